import type { Scope, ThreadId, Variable } from '../debuggee/thread';
import type { HostThread } from './process-facts';
import { QemuError } from './qemu-error';
import type { RunningQemu } from './running-qemu';
import { vcpuId } from './threads';

/**
 * Registers of vCPUs, one of which waits in a write fault or may soon, or why they cannot be had: nothing that would stop one is
 * asked for, since QEMU would hang with it. Under TCG such a one sleeps in a store of translated code, before
 * which its general registers have been written back. Where in its block it is has not, nor have its flags.
 *
 * @param isAnswering QMP, and so the main loop
 * @param advice how to come to where they can be had
 */
export async function heldRegisters(
  qemu: RunningQemu,
  isAnswering: boolean,
  advice: string,
): Promise<ReadonlyMap<ThreadId, Scope>> {
  const threads = new Map(qemu.facts.threads().map((thread) => [thread.tid, thread]));
  const scopes = new Map<ThreadId, Scope>();
  for (const { index, tid } of qemu.vcpus) {
    const why = whyUnknown(threads.get(tid), isAnswering, qemu.isKvm);
    const known = why === undefined ? await ofSleeping(qemu, index) : undefined;
    const variables = known ?? [text('not known', `${why ?? mainLoopHeld} ${advice}`)];
    scopes.set(vcpuId(index), { name: 'Registers', kind: 'registers', variables });
  }
  return scopes;
}

/** It does nothing else. */
const answerMs = 1000;
const mainLoopHeld = 'QEMU’s main loop, which would answer, is held too.';

function whyUnknown(thread: HostThread | undefined, isAnswering: boolean, isKvm: boolean): string | undefined {
  if (!isAnswering) return mainLoopHeld;
  if (!thread?.isFaulting) return 'The vCPU is not in a write fault, and stopping it now could hang QEMU.';
  return isKvm ? 'KVM has them, and asking for those of a vCPU in a write fault hangs QEMU.' : undefined;
}

/** Undefined where the main loop has come to wait meanwhile, in a write fault of its own. */
async function ofSleeping(qemu: RunningQemu, cpu: number): Promise<readonly Variable[] | undefined> {
  try {
    const registers = generalRegisters(await qemu.qmp.human('info registers', { cpu, timeoutMs: answerMs }));
    const variables = registers.map(([name, value]): Variable => ({ name, value, kind: 'register' }));
    return [...variables, text('pc', 'not known: TCG writes it back only at the end of the block')];
  } catch (error) {
    if (error instanceof QemuError) return undefined;
    throw error;
  }
}

/** Of `info registers`: `x10/a0  0000000000000000` of RISC-V, `RAX=0000000000000000` of x86, `X00=…` of Arm. */
function generalRegisters(dump: string): readonly (readonly [name: string, value: bigint])[] {
  const pattern = /(?:\bx\d+\/(\w+) +|\b(R\d+|[RE](?!IP|FL)[A-Z]{2}|X\d\d) *=)([0-9a-f]{16}|[0-9a-f]{8})\b/g;
  return [...dump.matchAll(pattern)].map(([, riscV, other, digits]) => {
    const name = riscV ?? other!.toLowerCase().replace(/^x0/, 'x');
    return [name, BigInt(`0x${digits}`)];
  });
}

function text(name: string, value: string): Variable {
  return { name, value, kind: 'plain' };
}
