import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { restoredText } from '../../debug-adapter/embedded/restore';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import type { MachineOptions } from '../../debug-adapter/emulator/machine/machine';
import { ByteSink } from '../../debug-adapter/vmstate/byte-sink';
import { descriptionText } from '../../debug-adapter/vmstate/description';
import type { DeviceState } from '../../debug-adapter/vmstate/device-state';
import * as writer from '../../debug-adapter/vmstate/stream-writer';
import { image } from '../boot/console';
import { bench, restored, snapshotPath } from '../snapshot/harness';
import { EmbeddedGuest } from './embedded-guest';

const program = image(join(resolve(__dirname, '../../extension/sample/guests'), 'working-set.elf'));

async function snapshotOf(options: Partial<MachineOptions> = {}): Promise<Buffer> {
  const machine = { program, ...options };
  const { debuggee, files } = bench({ machine, trigger: { kind: 'time', ns: 100_000 }, msPerLook: 1 });
  await new EmbeddedGuest(debuggee).message();
  return Buffer.from(files.get(snapshotPath)!);
}

/** Every occurrence, in sections as in the description; of equal length. */
function replaced(stream: Buffer, text: string, by: string): Buffer {
  assert.equal(by.length, text.length);
  return Buffer.from(stream.toString('latin1').replaceAll(text, by), 'latin1');
}

/** A stream with one RAM block and no page of it; it describes devices, but has none. */
function withBlock(name: string, byteCount: number, devices: readonly DeviceState[] = []): Uint8Array {
  const out = new ByteSink();
  writer.writeHeader(out);
  writer.writeConfiguration(out, 'virt');
  writer.beginSection(out, { type: 'start', id: 1, name: 'ram', instanceId: 0, version: 4 });
  writer.writeBlockList(out, [{ name, byteCount }]);
  writer.writeEndOfRam(out);
  writer.endSection(out, 1);
  writer.writeEof(out);
  writer.writeVmDescription(out, descriptionText(4096, devices));
  return out.bytes();
}

describe('a stream that cannot be restored', () => {
  let stream: Buffer;
  before(async () => {
    stream = await snapshotOf();
  });

  it('is refused with what is wrong and what to do', async () => {
    const cases: [string, Uint8Array, RegExp][] = [
      ['nothing', new Uint8Array(0), /cannot be restored: truncated at byte 0: .*The file ends too early/],
      [
        'cut short',
        stream.subarray(0, stream.length - 1),
        /truncated at byte \d+: the description: .*The file ends too early/,
      ],
      [
        'broken',
        Buffer.concat([stream.subarray(0, 8000), stream.subarray(9000)]),
        /cannot be restored: .* at byte \d+/,
      ],
      [
        'another machine',
        replaced(stream, '\0\0\0\x04virt', '\0\0\0\x04spik'),
        /QEMU's machine "spik"; only those of "virt"/,
      ],
      [
        'no such RAM',
        replaced(stream, 'riscv_virt_board.ram', 'riscv_virt_board.mem'),
        /no RAM block `riscv_virt_board\.ram`, but riscv_virt_board\.mem/,
      ],
      ['no timer', replaced(stream, 'riscv_mtimer', 'riscv_xtimer'), /no section "riscv_mtimer".*its default devices/],
      ['a field of another name', replaced(stream, 'env.mepc', 'env.xepc'), /"cpu" has no field "env\.mepc"/],
      [
        'a field of another kind',
        replaced(stream, '"env.frm","type":"uint64"', '"env.frm","type":"buffer"'),
        /"env\.frm" of "cpu" is not uint64/,
      ],
      [
        'compressed',
        Buffer.from([0x1f, 0x8b, 8, 0]),
        /it is a file compressed by gzip, not a migration stream.*`gzip -dc/,
      ],
      ['no hart', withBlock('riscv_virt_board.ram', 4096), /there is no section "cpu"/],
    ];
    for (const [what, bytes, words] of cases) {
      await assert.rejects(restored(bytes), { name: 'Error', message: words }, what);
    }
  });

  it('is refused before anything is made of it when RAM or harts are too many', async () => {
    const layout = { name: 'cpu', version: 5, fields: [], subsections: [] };
    const cpu = { name: 'cpu', instanceId: 0, state: { layout, fields: [], subsections: [] } };
    const huge = withBlock('riscv_virt_board.ram', 2 ** 40, [cpu]);
    await assert.rejects(restored(huge), /with 1048576 MiB of RAM; the limit here is 4016/);
    const many = Array.from({ length: 9 }, (_, instanceId) => ({ ...cpu, instanceId }));
    await assert.rejects(restored(withBlock('riscv_virt_board.ram', 4096, many)), /9 harts; the limit here is 8/);
  });

  it('wants the disk that it does not hold', async () => {
    const disk = inMemory({ path: 'disk', bytes: new Uint8Array(512) });
    const withDisk = await snapshotOf({ virtio: [{ kind: 'block', image: disk }] });
    await assert.rejects(restored(withDisk), /a virtio disk, whose contents a snapshot never holds: set `disk`/);
    assert.equal((await restored(withDisk, disk)).machine.virtio.length, 1);
  });
});

describe('what a machine does not have', () => {
  it('is passed over and named', async () => {
    const incoming = await restored(replaced(await snapshotOf(), 'PCIBUS', 'FLOPPY'));
    assert.deepEqual(incoming.skipped, ['FLOPPY']);
    assert.match(restoredText('file', incoming), /Not restored, as this machine has no such device: FLOPPY\.$/);
  });
});
