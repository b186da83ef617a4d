import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { deviceSections, machineStateFrom } from '../../debug-adapter/emulator/machine/sections';
import { virtBoard, virtLayouts } from '../../debug-adapter/emulator/machine/virt-layouts';
import { descriptionText } from '../../debug-adapter/vmstate/description';
import type { DeviceState } from '../../debug-adapter/vmstate/device-state';
import { readStreamFile } from '../../debug-adapter/vmstate/file-reader';
import { StreamReader } from '../../debug-adapter/vmstate/stream-reader';
import type { StreamRecord } from '../../debug-adapter/vmstate/stream-records';
import { readSnapshot } from './naive-reader';
import { Qemu } from './qemu';

/** What a reader made of a stream, with every byte accounted for. */
class Collector {
  readonly pages = new Map<string, { bytes: Uint8Array; timesSent: Uint8Array }>();
  readonly devices: (DeviceState & { readonly bytes: Uint8Array })[] = [];
  description = '';
  configuration: StreamRecord | undefined;
  byteCount = 0;

  readonly accept = (record: StreamRecord): void => {
    assert.equal(record.start, this.byteCount, 'a record begins where the last one ended');
    this.byteCount += record.byteCount;
    if (record.kind === 'configuration') this.configuration = record;
    if (record.kind === 'ramBlockList') {
      for (const { name, byteCount } of record.blocks) {
        this.pages.set(name, { bytes: new Uint8Array(byteCount), timesSent: new Uint8Array(byteCount / 4096) });
      }
    }
    if (record.kind === 'ramPage') {
      this.pages.get(record.block)!.bytes.set(record.bytes, record.pageOffset);
      this.pages.get(record.block)!.timesSent[record.pageOffset / 4096]!++;
    }
    if (record.kind === 'zeroPage') {
      this.pages.get(record.block)!.bytes.fill(0, record.pageOffset, record.pageOffset + 4096);
      this.pages.get(record.block)!.timesSent[record.pageOffset / 4096]!++;
    }
    if (record.kind === 'device') {
      this.devices.push({ ...record.section, state: record.state, bytes: record.bytes.slice() });
    }
    if (record.kind === 'vmDescription') this.description = record.text;
  };
}

function readInChunks(bytes: Uint8Array, hartCount: number, chunkByteCount: number): Collector {
  const collector = new Collector();
  const layoutOf = virtLayouts(hartCount);
  const reader = new StreamReader({ layoutOf: ({ name }) => layoutOf(name), onRecord: collector.accept });
  for (let at = 0; at < bytes.length; at += chunkByteCount) reader.push(bytes.subarray(at, at + chunkByteCount));
  reader.end();
  return collector;
}

function readWhole(bytes: Uint8Array): Collector {
  const collector = new Collector();
  readStreamFile(
    { byteCount: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) },
    collector.accept,
    { board: virtBoard },
  );
  return collector;
}

const captures = new Map<string, Promise<Uint8Array>>();

/** The same stream for whoever asks for the same. */
function capture(
  kind: 'precopy' | 'background',
  args: readonly string[],
  capabilities: readonly string[] = [],
): Promise<Uint8Array> {
  const key = [kind, ...args, ...capabilities].join(' ');
  const stream = captures.get(key) ?? captureNow(kind, args, capabilities);
  captures.set(key, stream);
  return stream;
}

/** Boots Debian's OpenSBI until it waits for its payload, so that the stream is of a machine that did something. */
async function captureNow(
  kind: 'precopy' | 'background',
  args: readonly string[],
  capabilities: readonly string[],
): Promise<Uint8Array> {
  const qemu = await Qemu.start(['-m', '64M', ...args]);
  try {
    await qemu.printed('Boot HART MEDELEG');
    return await readFile(await qemu.migrate(kind, capabilities));
  } finally {
    await qemu.stop();
  }
}

describe('a stream written by a real QEMU', () => {
  after(() => captures.clear());

  for (const kind of ['precopy', 'background'] as const) {
    it(`by ${kind} is read to its last byte, by declared layouts as by its own description`, async () => {
      const bytes = await capture(kind, []);
      const naive = readSnapshot(bytes);
      for (const read of [readInChunks(bytes, 1, 1000), readWhole(bytes)]) {
        assert.equal(read.byteCount, bytes.length);
        assert.deepEqual([...read.pages.keys()], [...naive.blocks.keys()]);
        for (const [name, block] of naive.blocks) {
          assert.ok(Buffer.from(read.pages.get(name)!.bytes).equals(block.bytes), `bytes of ${name}`);
          assert.deepEqual(read.pages.get(name)!.timesSent, block.timesSent);
        }
        assert.deepEqual(
          read.devices.map(({ name, instanceId, bytes }) => ({ name, instanceId, bytes })),
          naive.devices,
        );
      }
    });
  }

  it('by background holds each page once', async () => {
    const { blocks } = readSnapshot(await capture('background', []));
    for (const [name, { timesSent }] of blocks)
      assert.ok(
        timesSent.every((times) => times === 1),
        name,
      );
  });

  it('with two harts fits the layouts for two harts', async () => {
    const bytes = await capture('precopy', ['-smp', '2']);
    const read = readInChunks(bytes, 2, 65_536);
    assert.equal(read.byteCount, bytes.length);
    const { state } = machineStateFrom(read.devices);
    assert.equal(state.harts.length, 2);
    assert.equal(state.plic.enables.length, 4);
    // On a busy machine the second hart may not have left the reset vector yet. One that has come to the payload, which is
    // zeros, traps to address 0, and there over and over.
    const isSomewhere = (pc: bigint): boolean =>
      (pc >= 0x8000_0000n && pc < 0x8400_0000n) || (pc >= 0x1000n && pc < 0x1030n) || pc === 0n;
    assert.ok(state.harts.every(({ pc }) => isSomewhere(pc)));
  });

  it('has the sections that we write, in the same order', async () => {
    const { devices } = readInChunks(await capture('precopy', ['-smp', '2']), 2, 65_536);
    const { state, ...moment } = machineStateFrom(devices);
    const named = (sections: readonly DeviceState[]) => sections.map(({ name, instanceId }) => `${name} ${instanceId}`);
    assert.deepEqual(named(deviceSections(state, moment)), named(devices));
  });

  it('names the capabilities that its reader must share, and gives the addresses of blocks', async () => {
    const bytes = await capture(
      'precopy',
      ['-uuid', '01234567-89ab-cdef-0123-456789abcdef'],
      ['x-ignore-shared', 'validate-uuid'],
    );
    const { configuration, byteCount } = readWhole(bytes);
    assert.equal(byteCount, bytes.length);
    assert.ok(configuration?.kind === 'configuration');
    assert.deepEqual(configuration.capabilities, ['x-ignore-shared']);
    assert.equal(Buffer.from(configuration.uuid!).toString('hex'), '0123456789abcdef0123456789abcdef');
  });

  it('describes the devices that we have with the fields, types and sizes that we declare', async () => {
    const read = readInChunks(await capture('precopy', []), 1, 65_536);
    const devices = JSON.parse(read.description).devices as { name: string }[];
    assert.deepEqual(JSON.parse(descriptionText(4096, read.devices)).devices, devices);
  });
});
