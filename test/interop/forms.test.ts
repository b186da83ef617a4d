import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';
import { benchOf, restored } from '../snapshot/harness';
import { captured } from '../stream/captured';
import { captureOf } from '../stream/machine-capture';

const ramOf = ({ ramBlocks }: Machine): Uint8Array => ramBlocks.find(({ writable }) => writable)!.bytes;

describe('a machine restored from a stream of another form', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-forms-'));
  after(() => rmSync(folder, { recursive: true }));

  it('has the RAM that QEMU loaded, be there no description, compressed pages, no footers or more behind the end', async () => {
    const path = join(folder, 'pattern');
    writeFileSync(
      path,
      Uint8Array.from({ length: 0x5000 }, (_, index) => (index >> 9) + 1),
    );
    const loader = `loader,file=${path},addr=0x80010000`;
    const args = ['-m', '1M', '-bios', 'none', '-nic', 'none', '-smp', '2', '-device', loader] as const;
    const capture = (machine: string, ...more: readonly string[]) =>
      captureOf('qemu-system-riscv64', '-M', machine, ...args, ...more);
    const plain = capture('virt');
    // The device tree, elsewhere in RAM, has a random seed.
    const pattern = (machine: Machine) => ramOf(machine).slice(0x10000, 0x15000);
    const expected = pattern((await restored(plain)).machine);
    assert.equal(expected[0x4fff], 0x28);
    const forms: [string, Uint8Array][] = [
      ['without a description', capture('virt,suppress-vmdesc=on')],
      ['without footers', capture('virt', '-global', 'migration.send-section-footer=off')],
      ['without a configuration', capture('virt', '-global', 'migration.send-configuration=off')],
      ['compressed', capture('virt', '-global', 'migration.x-compress=on')],
      ['on a larger volume', Buffer.concat([plain, new Uint8Array(100_000).fill(0x33)])],
    ];
    for (const [what, stream] of forms) {
      const { machine, runState } = await restored(stream);
      assert.deepEqual(pattern(machine), expected, what);
      assert.deepEqual([machine.hartCount, runState], [2, 'paused'], what);
    }
  });

  it('is one of QEMU 10.0, which has other widths of fields: RAM is right, and its guest goes on to count', async () => {
    const incoming = await restored(captured('virt-10'));
    const ram = ramOf(incoming.machine);
    const sha256 = createHash('sha256').update(ram).digest('hex');
    assert.equal(sha256, '72bc60fa693483778ec3218777c67623b877d7b6e5d9e92b6deadcbe221d7174');
    assert.equal(incoming.runState, 'running');
    const counts = () => Array.from({ length: 64 }, (_, page) => ram[0x10000 + 4096 * page]!);
    const before = counts();
    const { debuggee } = benchOf(incoming.machine, incoming, { trigger: { kind: 'time', ns: 1_000_000 } });
    debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 0, phase: 'setup' }] });
    assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'phase');
    // A pass takes some 500 instructions: each byte has been counted up as often as the others, give or take one.
    const rounds = counts().map((count, page) => (count - before[page]! + 256) % 256);
    assert.ok(Math.max(...rounds) - Math.min(...rounds) <= 1 && Math.max(...rounds) > 0, rounds.join());
  });
});
