import { readFileSync } from 'node:fs';
import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import type { Host } from '../../debug-adapter/debuggee/host';
import { nowhere } from '../../debug-adapter/debuggee/nowhere';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';

/** What one snapshot took. */
export interface OneSnapshot {
  /** On the clock on the wall. */
  readonly ms: number;
  readonly cpu: CpuTime;
  /** What the guest alone takes for as long a stretch behind the snapshot. */
  readonly guestCpu: CpuTime;
  readonly pageCount: number;
  readonly zeroPageCount: number;
  readonly byteCount: number;
  /** The process's largest. */
  readonly residentByteCount: number;
}

/** In ms: of the thread that executes JavaScript and wasm, and of V8's, which compile and collect garbage. */
export interface CpuTime {
  readonly own: number;
  readonly others: number;
}

/**
 * A process of its own: one snapshot of a running guest that ends nowhere, bundled as the debugger ships.
 *
 *     node bench-snapshot.js PROGRAM RAM ORACLE
 */
async function main([program, ram, oracle]: readonly string[]): Promise<void> {
  const host: Host = {
    ...nodeHost,
    reserveOutput: () => nowhere,
  };
  const configuration = parseLaunchConfiguration({
    program,
    ram,
    oracle: oracle === 'true',
    snapshot: { when: { ms: 400 }, output: 'nowhere' },
  });
  const debuggee = await launch(configuration, host, readResources());
  let [startedMs, endedMs, ending] = [0, 0, ''];
  let before = cpuTime();
  let cpu = before;
  let startNs = 0;
  debuggee.onEvent((event) => {
    if (event.kind === 'phase' && event.phase === 'setup') {
      startedMs = performance.now();
      startNs = debuggee.status().timeNs;
      before = cpuTime();
    }
    if (event.kind !== 'message') return;
    endedMs = performance.now();
    cpu = cpuSince(before);
    ending = event.text;
    debuggee.pause();
  });
  await debuggee.run({ kind: 'continue' });
  const [, pages, zero, bytes] = /: (\d+) pages \((\d+) zero\), (\d+) bytes/.exec(ending) ?? [];
  if (bytes === undefined) throw new Error(`the snapshot did not come out right: ${ending}`);
  const residentByteCount = Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  const { timeNs } = debuggee.status();
  before = cpuTime();
  await debuggee.run({ kind: 'continue', untilNs: 2 * timeNs - startNs });
  const result: OneSnapshot = {
    ms: endedMs - startedMs,
    cpu,
    guestCpu: cpuSince(before),
    pageCount: Number(pages),
    zeroPageCount: Number(zero),
    byteCount: Number(bytes),
    residentByteCount,
  };
  process.stdout.write(JSON.stringify(result));
}

function cpuTime(): CpuTime {
  const { user, system } = process.cpuUsage();
  // Of this thread, in ns (Linux, Documentation/scheduler/sched-stats.rst).
  const own = Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
  return { own, others: (user + system) / 1000 - own };
}

function cpuSince(before: CpuTime): CpuTime {
  const now = cpuTime();
  return { own: now.own - before.own, others: now.others - before.others };
}

void main(process.argv.slice(2));
