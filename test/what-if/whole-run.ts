import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { type Bench, snapshotPath } from '../snapshot/harness';
import { readSnapshot } from '../stream/naive-reader';

/** Runs through the snapshot and returns what was said of it. */
export async function runToEnd(run: Bench): Promise<string> {
  run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
  const stop = await run.debuggee.run({ kind: 'continue' });
  assert.deepEqual(stop, { reason: 'phase', thread: 'migration', phase: 'completed' });
  while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  return run.messages[0]!;
}

/** RAM at the freeze, from a run that is not for anything else. */
export async function frozenRam({ debuggee, machine }: Bench): Promise<Uint8Array> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'wp-arm' }] });
  await debuggee.run({ kind: 'continue' });
  return machine.core.ram.slice();
}

/** Pages of the file that differ from RAM at the freeze. */
export function wrongPages(run: Bench, frozen: Uint8Array): number[] {
  const { bytes } = readSnapshot(run.files.get(snapshotPath)!).blocks.get('riscv_virt_board.ram')!;
  const pages = Array.from({ length: frozen.length / 4096 }, (_, page) => page);
  return pages.filter((page) => {
    const range = [page * 4096, (page + 1) * 4096] as const;
    return Buffer.compare(Buffer.from(bytes.subarray(...range)), Buffer.from(frozen.subarray(...range))) !== 0;
  });
}
