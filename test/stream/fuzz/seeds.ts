import { ByteSink } from '../../../debug-adapter/vmstate/byte-sink';
import { descriptionText } from '../../../debug-adapter/vmstate/description';
import type { DeviceState } from '../../../debug-adapter/vmstate/device-state';
import { readStreamFile } from '../../../debug-adapter/vmstate/file-reader';
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

/** Small streams, each with a few devices of a real machine. */
export function seeds(): Uint8Array[] {
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
  readStreamFile({ byteCount: bytes.length, read: (at, length) => bytes.subarray(at, at + length) }, (record) => {
    if (record.kind === 'device') devices.push({ ...record.section, state: record.state });
  });
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
