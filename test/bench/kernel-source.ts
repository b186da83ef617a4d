import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { requirePart } from '../../tools/parts.mjs';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { linuxGuest, wholeBoot } from '../linux/linux-guest';
import { quantile } from './quantiles';

const hart0 = 1;
const stepCount = 300;
/** Called by a driver's probe within a device's registration within another probe: a stack of some 30 frames. */
const functionName = 'serial8250_config_port';

interface Session {
  /** From the launch until the breakpoint is set, in ms. */
  readonly setMs: number;
  readonly firstStackMs: number;
  /** A step by line, and the stack behind it, in ms each; the frames of each stack. */
  readonly steps: readonly number[];
  readonly stacks: readonly number[];
  readonly frameCounts: readonly number[];
  readonly heldByteCount: number;
}

/**
 * The debug information of a whole kernel: how long until its first breakpoint is set, what it takes of memory, and what a
 * step by line and a stack take then. Beside gdb, which reads the same file for the same breakpoint.
 *
 * Debian's is too big to fetch without being asked: the file is named by FREEZEFRAME_VMLINUX.
 */
export async function benchKernelSource(say: (line: string) => void): Promise<void> {
  const vmlinux = process.env.FREEZEFRAME_VMLINUX;
  if (vmlinux === undefined) {
    say(
      "\nA kernel's own debug information: not measured; FREEZEFRAME_VMLINUX names the vmlinux of Debian's -dbg package",
    );
    return;
  }
  const without = await session([]);
  const { setMs, firstStackMs, steps, stacks, frameCounts, heldByteCount } = await session([vmlinux]);
  const gdb = ['-batch', '-nx', '-ex', `break ${functionName}`, vmlinux];
  const gdbMs = await timed(() => execFileSync(requirePart('gdb'), gdb, { stdio: 'ignore' }));
  say(`\nA kernel's own debug information (${vmlinux})`);
  say(
    `launched, with a breakpoint on a function: ${setMs.toFixed(0)} ms, ${(setMs / gdbMs).toFixed(2)} of gdb's ${gdbMs.toFixed(0)} ms`,
  );
  say(`the first stack ${firstStackMs.toFixed(0)} ms; memory ${mib(heldByteCount - without.heldByteCount)} MiB`);
  say(
    `${stepCount} steps by line, median and 99 %: ${quantiles(steps)} ms; the stack behind each: ${quantiles(stacks)} ms, of ${Math.min(...frameCounts)} to ${Math.max(...frameCounts)} frames`,
  );
}

async function session(symbols: readonly string[]): Promise<Session> {
  const adapter = RecordedAdapter.begun();
  try {
    const { kernel, initrd, bios } = linuxGuest(128);
    const images = { bios: bios.path, kernel: kernel.path, initrd: initrd.path, append: `${wholeBoot} nokaslr` };
    await adapter.initializeRequest({ adapterID: 'freezeframe', pathFormat: 'path' });
    const heldBefore = await heldNow();
    const setMs = await timed(async () => {
      // Its checkpoints are not what is measured.
      const plain = { ram: '128M', stopOnEntry: true, timeTravel: false, snapshot: { when: 'command' } };
      await adapter.launchRequest({ ...images, ...plain, symbols } as never);
      const { body } = await adapter.setFunctionBreakpointsRequest({ breakpoints: [{ name: functionName }] });
      if (!body.breakpoints[0]!.verified) throw new Error(`${kernel.path} has no ${functionName}`);
    });
    await adapter.configurationDoneRequest();
    await adapter.nextStop();
    await adapter.goOn();
    const stack = () => adapter.stackTraceRequest({ threadId: hart0 });
    const firstStackMs = await timed(stack);
    const [steps, stacks, frameCounts]: [number[], number[], number[]] = [[], [], []];
    for (let count = 0; count < stepCount; count++) {
      const step = async () => {
        if (count % 3 === 0) await adapter.stepInRequest({ threadId: hart0 });
        else await adapter.nextRequest({ threadId: hart0 });
        await adapter.nextStop();
      };
      steps.push(await timed(step));
      stacks.push(
        await timed(async () => {
          frameCounts.push((await stack()).body.stackFrames.length);
        }),
      );
    }
    return { setMs, firstStackMs, steps, stacks, frameCounts, heldByteCount: (await heldNow()) - heldBefore };
  } finally {
    await adapter.stop();
  }
}

/** In ms. */
async function timed(act: () => unknown): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** Without what nothing refers to: what WebAssembly lets go of is gone after the collection behind the next task. */
async function heldNow(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let round = 0; round < 4; round++) {
    collect();
    await setTimeout(10);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function mib(byteCount: number): string {
  return (byteCount / (1 << 20)).toFixed(0);
}

function quantiles(values: readonly number[]): string {
  return [0.5, 0.99].map((part) => quantile(values, part).toFixed(1)).join(' and ');
}
