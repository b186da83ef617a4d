import { deflateSync } from 'node:zlib';
import { virtBoard } from '../../../debug-adapter/emulator/machine/virt-layouts';
import { ByteSink } from '../../../debug-adapter/vmstate/byte-sink';
import { descriptionText } from '../../../debug-adapter/vmstate/description';
import { type DeviceState, type FieldLayout, makeState } from '../../../debug-adapter/vmstate/device-state';
import { readStreamFile } from '../../../debug-adapter/vmstate/file-reader';
import { ramFlag } from '../../../debug-adapter/vmstate/stream-format';
import type { StreamRecord } from '../../../debug-adapter/vmstate/stream-records';
import {
  beginSection,
  endSection,
  writeBlockList,
  writeConfiguration,
  writeDeviceSection,
  writeEndOfRam,
  writeEof,
  writeHeader,
  writePage,
  writeVmDescription,
  writeZeroPage,
} from '../../../debug-adapter/vmstate/stream-writer';
import { captured } from '../captured';

/** Devices whose bodies and descriptions together are larger than this would make fuzzing slow. */
const deviceByteCountMax = 3000;
const devicesPerSeed = 3;

export function seeds(): Uint8Array[] {
  return [...smallSeeds(), ...largeDeviceSeeds(), ...formSeeds()];
}

/** Small streams, each with a few devices of a real machine. */
function smallSeeds(): Uint8Array[] {
  return (['pc', 'spike'] as const).flatMap((name) => {
    const devices = devicesOf(captured(name)).filter(
      (device) => descriptionText(4096, [device]).length <= deviceByteCountMax,
    );
    const streams: Uint8Array[] = [];
    for (let first = 0; first < devices.length; first += devicesPerSeed) {
      streams.push(streamOf(name, devices.slice(first, first + devicesPerSeed)));
    }
    return streams;
  });
}

function devicesOf(bytes: Uint8Array): DeviceState[] {
  const devices: DeviceState[] = [];
  const source = { byteCount: bytes.length, read: (at: number, length: number) => bytes.subarray(at, at + length) };
  const accept = (record: StreamRecord): void => {
    if (record.kind === 'device') devices.push({ ...record.section, state: record.state });
  };
  readStreamFile(source, accept, { board: virtBoard });
  return devices;
}

function streamOf(machine: string, devices: readonly DeviceState[]): Uint8Array {
  const out = new ByteSink();
  const ramId = 2;
  writeHeader(out);
  writeConfiguration(out, machine);
  out.u8(5);
  out.shortName('configuration/capabilities');
  out.u32(1);
  out.u32(1);
  out.shortName('validate-uuid');
  out.u8(5);
  out.shortName('configuration/uuid');
  out.u32(1);
  out.writeBytes(new Uint8Array(16).fill(7));
  beginSection(out, { type: 'start', id: ramId, name: 'ram', instanceId: 0, version: 4 });
  writeBlockList(out, [
    { name: 'ram', byteCount: 0x4000 },
    { name: 'rom', byteCount: 0x1000 },
  ]);
  writeEndOfRam(out);
  endSection(out, ramId);
  beginSection(out, { type: 'part', id: ramId });
  writeZeroPage(out, { block: 'ram', offset: 0x2000 });
  writeZeroPage(out, { block: undefined, offset: 0x1000 });
  writeEndOfRam(out);
  endSection(out, ramId);
  beginSection(out, { type: 'end', id: ramId });
  writePage(out, { block: 'rom', offset: 0 }, new Uint8Array(4096).fill(0x5a));
  writeZeroPage(out, { block: 'ram', offset: 0 });
  writeEndOfRam(out);
  endSection(out, ramId);
  for (const [index, device] of devices.entries()) writeDeviceSection(out, ramId + 1 + index, device);
  writeEof(out);
  writeVmDescription(out, descriptionText(4096, devices));
  return out.bytes().slice();
}

/** Bytes of a device; the largest array that a QEMU device has is e1000's, of 128 KiB. */
const deviceSizes = [1, 100, 1000, 10_000, 40_000];

/** A device of each size, of one array, of structs, or of a field for each byte. */
function largeDeviceSeeds(): Uint8Array[] {
  const byte = (name: string): FieldLayout => ({ name, type: 'uint8', size: 1 });
  const layout = (name: string, fields: readonly FieldLayout[]) => ({ name, version: 1, fields, subsections: [] });
  const pair = layout('pair', [byte('x'), byte('y')]);
  return deviceSizes.flatMap((size) => {
    const fields: FieldLayout[][] = [
      [{ ...byte('array'), arrayLength: size }],
      [{ name: 'structs', type: 'struct', size: 2, arrayLength: Math.ceil(size / 2), struct: pair }],
      // A description takes some fifty bytes a field.
      Array.from({ length: Math.min(size, 1000) }, (_, index) => byte(`field${index % 700}`)),
    ];
    return fields.map((each) =>
      streamOf('large', [{ name: 'large', instanceId: 0, state: makeState(layout('large', each), {}) }]),
    );
  });
}

/** RAM in the forms that our writer does not write, without configuration and footers; other sections in parts. */
function formSeeds(): Uint8Array[] {
  const head = (isMapped: boolean): ByteSink => {
    const out = new ByteSink();
    writeHeader(out);
    if (isMapped) writeConfiguration(out, 'x', ['mapped-ram']);
    beginSection(out, { type: 'start', id: 1, name: 'ram', instanceId: 0, version: 4 });
    return out;
  };
  const encoded = head(false);
  writeBlockList(encoded, [{ name: 'ram', byteCount: 0x2000 }]);
  const page = deflateSync(new Uint8Array(4096).fill(7));
  encoded.u64Number(ramFlag.compressPage);
  encoded.shortName('ram');
  encoded.u32(page.length);
  encoded.writeBytes(page);
  encoded.u64Number(ramFlag.xbzrle + ramFlag.continue);
  encoded.writeBytes(Uint8Array.of(1, 0, 7, 0x80, 0x10, 1, 0x55, 1, 1, 0x66));
  encoded.u64Number(ramFlag.multifdFlush);
  writeEndOfRam(encoded);
  for (const [id, name, body] of [
    [2, 'dirty-bitmap', [0x1c, 1, 0x64, 1, 0x62, 0, 0, 0, 1, 0, 0, 1]],
    [3, 'pbs-state', [0, 0, 0, 0, 0, 0, 0, 2, 9, 9]],
    [4, 's390-storage_attributes', [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 1]],
    [5, 'block', [0, 0, 0, 0, 0, 0, 0, 9, 1, 0x64, 0, 0, 0, 0, 0, 0, 0, 2]],
  ] as const) {
    beginSection(encoded, { type: 'start', id, name, instanceId: 0, version: 1 });
    encoded.writeBytes(Uint8Array.from(body));
  }
  writeEof(encoded);

  const mapped = head(true);
  mapped.u64Number(0x2000 + ramFlag.memSize);
  mapped.shortName('ram');
  mapped.u64Number(0x2000);
  const bitmapOffset = mapped.byteCount + 28;
  mapped.u32(1);
  for (const word of [4096, bitmapOffset, bitmapOffset + 8]) mapped.u64Number(word);
  mapped.writeBytes(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
  mapped.writeBytes(new Uint8Array(0x2000).fill(3));
  writeEndOfRam(mapped);
  endSection(mapped, 1);
  writeEof(mapped);
  return [encoded, mapped].map((out) => out.bytes().slice());
}
