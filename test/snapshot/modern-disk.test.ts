import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeVirtio, encodeVirtio } from '../../debug-adapter/emulator/devices/virtio-state';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { readSnapshot } from '../stream/naive-reader';
import { Qemu } from '../stream/qemu';
import { type Bench, bench, benchOf, restored, snapshotPath } from './harness';
import { countNames, countsAddress, disk, modernDiskGuest } from './modern-disk-guest';
import { runToEnd } from './typing';

const ramMib = 8;
const image = inMemory({ path: 'disk', bytes: disk });
const guest = { program: { path: 'guest', bytes: modernDiskGuest() }, ramByteCount: ramMib << 20, hasFlash: true };
const board = { ...guest, hasModernVirtio: true, virtio: [{ kind: 'block', slot: 0, image } as const] };

type Counts = Readonly<Record<(typeof countNames)[number], number>>;

function counts({ machine }: Pick<Bench, 'machine'>): Counts {
  const { ram } = machine.core;
  const view = new DataView(ram.buffer, ram.byteOffset + countsAddress - 0x8000_0000);
  return named(countNames.map((_, index) => Number(view.getBigUint64(8 * index, true))));
}

async function countsIn(qemu: Qemu): Promise<Counts> {
  const values: number[] = [];
  for (const index of countNames.keys()) values.push(await qemu.halfWord(countsAddress + 8 * index));
  return named(values);
}

const named = (values: readonly number[]): Counts =>
  Object.fromEntries(countNames.map((name, index) => [name, values[index]])) as Counts;

/** Runs until so many sectors have been read. */
async function runTo(run: Bench, sectors: number): Promise<void> {
  run.onSlice = () => {
    if (counts(run).sectors >= sectors) run.debuggee.pause();
  };
  await run.debuggee.run({ kind: 'continue' });
  run.onSlice = () => {};
}

function diskSection(stream: Uint8Array): Uint8Array {
  return readSnapshot(stream).devices.find(({ name }) => name.endsWith('@0000000010001000/virtio-blk'))!.bytes;
}

describe('a disk behind the modern interface of slot 0, with level interrupts left standing', () => {
  let folder: string;
  let qemuArguments: string[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-modern-'));
    writeFileSync(join(folder, 'disk'), disk);
    writeFileSync(join(folder, 'guest'), guest.program.bytes);
    const drive = `if=none,format=raw,id=d,file=${join(folder, 'disk')}`;
    qemuArguments = [
      ...['-m', `${ramMib}M`, '-global', 'virtio-mmio.force-legacy=false', '-drive', drive],
      ...['-device', 'virtio-blk-device,drive=d,bus=virtio-mmio-bus.0'],
    ];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is read with one interrupt for each request', async () => {
    const run = bench({ machine: board, msPerLook: 1 });
    await runTo(run, 200);
    const { sectors, ...faults } = counts(run);
    assert(sectors >= 200);
    assert.deepEqual(faults, { pendingAfterCompletion: 0, early: 0, wrong: 0 });
  });

  for (const [acceptsVersion1, accepts] of [
    [true, 'accepts'],
    [false, 'does not accept'],
  ] as const) {
    it(`is snapshotted, and goes on in QEMU, where the driver ${accepts} VERSION_1`, async () => {
      const program = { path: 'guest', bytes: modernDiskGuest(acceptsVersion1) };
      const run = bench({ machine: { ...board, program }, trigger: { kind: 'time', ns: 3_000_000 } });
      await runToEnd(run);
      const qemu = await Qemu.incoming(run.files.get(snapshotPath)!, [...qemuArguments, '-bios', 'none']);
      try {
        const { sectors } = await countsIn(qemu);
        await qemu.execute('cont');
        // A device with its wire up raises it again when QEMU loads it, which the guest sees once or twice: before its
        // request completes, and, if that completes while the guest serves it, behind it.
        await qemu.until(async () => (await countsIn(qemu)).sectors > sectors + 100, '100 more sectors');
        const { pendingAfterCompletion, early } = await countsIn(qemu);
        assert(pendingAfterCompletion + early <= 2);
        await qemu.until(async () => (await countsIn(qemu)).sectors > sectors + 600, '500 more sectors');
        const { sectors: _, ...faults } = await countsIn(qemu);
        assert.deepEqual(faults, { pendingAfterCompletion, early, wrong: 0 });
      } finally {
        await qemu.stop();
      }
    });
  }

  it("goes on here from QEMU's snapshot, whose section is written here byte for byte", async () => {
    const qemu = await Qemu.start([...qemuArguments, '-bios', join(folder, 'guest')]);
    let stream: Uint8Array;
    try {
      await qemu.until(async () => (await countsIn(qemu)).sectors > 500, '500 sectors');
      stream = await readFile(await qemu.migrate('background'));
    } finally {
      await qemu.stop();
    }
    const bytes = diskSection(stream);
    assert.deepEqual(Buffer.from(encodeVirtio(decodeVirtio(bytes, 'block'))), Buffer.from(bytes));

    const incoming = await restored(stream, image);
    const run = benchOf(incoming.machine, incoming, { msPerLook: 1 });
    const before = counts(run);
    await runTo(run, before.sectors + 200);
    const { sectors, ...faults } = counts(run);
    assert(sectors >= before.sectors + 200);
    assert.deepEqual(faults, { pendingAfterCompletion: 0, early: 0, wrong: 0 });
  });
});
