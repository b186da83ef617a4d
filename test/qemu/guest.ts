import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { startQemu } from '../../debug-adapter/qemu/start-qemu';
import { requirePart } from '../../tools/parts.mjs';

const workingSet = resolve(__dirname, '../../extension/sample/guests/working-set.elf');
/** Nothing that is awaited takes a tenth of it. */
const hangMs = 60_000;

/** Of the sample guest that writes to a few pages again and again, behind the binary. */
export const workingSetArgs = ['-M', 'virt', '-m', '16M', '-bios', workingSet, '-nic', 'none', '-display', 'none'];

export async function startWorkingSet(): Promise<RunningQemu> {
  const args = [...workingSetArgs, '-serial', 'null'];
  const listener = { onConsole() {}, onMessage() {}, onQmpEvent() {} };
  const qemu = await startQemu({ binary: requirePart('qemu'), args }, listener);
  await until(() => qemu.facts.runTimeNs(qemu.vcpus[0]!.tid) > 100e6, 'guest that runs');
  return qemu;
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + hangMs; !condition(); ) {
    assert.ok(performance.now() < deadline, `no ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
