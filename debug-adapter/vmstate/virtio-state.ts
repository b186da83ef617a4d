import type { VirtioState, VirtqueueState } from '../emulator/machine/machine-state';
import { ByteCursor } from './byte-cursor';
import { ByteSink } from './byte-sink';
import type { StateLayout } from './device-state';
import { sectionType } from './stream-format';
import { decodeBackEnd, encodeBackEnd, type VirtioKind } from './virtio-back-end-state';

/*
 * What QEMU's `virtio_save` writes, in one field without a structure, for a legacy device behind virtio-mmio:
 *
 *     transport   u32 host feature select, u32 guest feature select, u32 guest page shift
 *     device      u8 status, u8 interrupt status, u16 queue select, u32 guest features, u32 length + configuration
 *     queues      u32 count, then of each u32 size, u32 align, u64 address, u16 last available index
 *     kind        what the kind of device adds
 *     virtio/…    subsections
 */

/** As QEMU names a kind's section, and its version. */
export const virtioSections: Readonly<Record<VirtioKind, { readonly name: string; readonly version: number }>> = {
  rng: { name: 'virtio-rng', version: 1 },
  block: { name: 'virtio-blk', version: 2 },
  console: { name: 'virtio-console', version: 3 },
  net: { name: 'virtio-net', version: 11 },
  balloon: { name: 'virtio-balloon', version: 1 },
};

/** A section's name has the slot's address and the kind's name. */
export function virtioSectionName(address: number, kind: VirtioKind): string {
  return `virtio-mmio@${address.toString(16).padStart(16, '0')}/${virtioSections[kind].name}`;
}

/** The inverse; undefined for the section of something else. */
export function virtioSectionPlace(section: string): { readonly address: number; readonly name: string } | undefined {
  const [, address, name] = /^virtio-mmio@([0-9a-f]{16})\/(virtio-[a-z]+)$/.exec(section) ?? [];
  return address === undefined || name === undefined ? undefined : { address: Number.parseInt(address, 16), name };
}

export const virtioKinds = Object.keys(virtioSections) as VirtioKind[];

/** VIRTIO_QUEUE_MAX. */
const queueCountMax = 1024;
const configByteCountMax = 4096;

/** The layout of a kind's section: a single field, as long as its contents say. */
export function virtioLayout(kind: VirtioKind): StateLayout {
  const { name, version } = virtioSections[kind];
  const measure = (cursor: ByteCursor): void => {
    decode(cursor, kind);
  };
  return { name, version, fields: [{ name: 'virtio', type: 'virtio', size: 0, measure }], subsections: [] };
}

export function encodeVirtio(state: VirtioState): Uint8Array {
  const out = new ByteSink();
  out.u32(state.hostFeaturesSelect);
  out.u32(state.guestFeaturesSelect);
  out.u32(state.guestPageShift);
  out.u8(state.status);
  out.u8(state.interruptStatus);
  out.u16(state.queueSelect);
  out.u32(state.guestFeatures);
  out.u32(state.config.length);
  out.writeBytes(state.config);
  out.u32(state.queues.length);
  for (const { size, align, address, lastAvailable } of state.queues) {
    out.u32(size);
    out.u32(align);
    out.u64Number(address);
    out.u16(lastAvailable);
  }
  encodeBackEnd(out, state.backEnd);
  encodeSubsections(out, state);
  return out.bytes().slice();
}

/** @throws StreamReadError at the offset in `bytes`, Insufficient when they end. */
export function decodeVirtio(bytes: Uint8Array, kind: VirtioKind): VirtioState {
  // In a stream the section's footer follows, which ends the subsections.
  const withFooter = new Uint8Array(bytes.length + 1);
  withFooter.set(bytes);
  withFooter[bytes.length] = sectionType.footer;
  const cursor = new ByteCursor(withFooter, 0);
  const state = decode(cursor, kind);
  if (cursor.position !== bytes.length) {
    cursor.fail('bad-virtio', `end of a ${virtioSections[kind].name}`, bytes.length, cursor.position);
  }
  return state;
}

function decode(cursor: ByteCursor, kind: VirtioKind): VirtioState {
  const hostFeaturesSelect = cursor.u32();
  const guestFeaturesSelect = cursor.u32();
  const guestPageShift = cursor.u32();
  const status = cursor.u8();
  const interruptStatus = cursor.u8();
  const queueSelect = cursor.u16();
  const guestFeatures = cursor.u32();
  const config = cursor.take(bounded(cursor, 'length of a virtio configuration', configByteCountMax)).slice();
  const queueCount = bounded(cursor, 'number of virtqueues', queueCountMax);
  const queues = Array.from({ length: queueCount }, (): VirtqueueState => {
    const size = cursor.u32();
    const align = cursor.u32();
    const address = cursor.u64Number('address of a virtqueue', Number.MAX_SAFE_INTEGER);
    return { size, sizeAtReset: size, align, address, lastAvailable: cursor.u16() };
  });
  const backEnd = decodeBackEnd(cursor, kind, guestFeatures);
  const { sizesAtReset, started, broken } = decodeSubsections(cursor);
  return {
    status,
    interruptStatus,
    hostFeaturesSelect,
    guestFeaturesSelect,
    guestFeatures,
    guestPageShift,
    queueSelect,
    config,
    started,
    broken,
    queues: queues.map((queue, index) => ({ ...queue, sizeAtReset: sizesAtReset?.[index] ?? queue.sizeAtReset })),
    backEnd,
  };
}

const features64 = { name: 'virtio/64bit_features', byteCount: 8 };
const ringSize = { name: 'virtio/ringsize', byteCount: 4 * queueCountMax };
const broken = { name: 'virtio/broken', byteCount: 1 };
const started = { name: 'virtio/started', byteCount: 1 };
const subsections = [features64, ringSize, broken, started];

/** In the order in which QEMU writes them. */
function encodeSubsections(out: ByteSink, state: VirtioState): void {
  const begin = ({ name }: { name: string }): void => {
    out.u8(sectionType.subsection);
    out.shortName(name);
    out.u32(1);
  };
  begin(features64);
  out.u64(BigInt(state.guestFeatures >>> 0));
  if (state.queues.some(({ size, sizeAtReset }) => size !== sizeAtReset)) {
    begin(ringSize);
    for (let index = 0; index < queueCountMax; index++) out.u32(state.queues[index]?.sizeAtReset ?? 0);
  }
  if (state.broken) {
    begin(broken);
    out.u8(1);
  }
  if (state.started) {
    begin(started);
    out.u8(1);
  }
}

function decodeSubsections(cursor: ByteCursor): {
  sizesAtReset: readonly number[] | undefined;
  started: boolean;
  broken: boolean;
} {
  const found = new Map<string, Uint8Array>();
  while (cursor.peekU8() === sectionType.subsection) {
    const { offset } = cursor;
    cursor.u8();
    const name = cursor.shortName('subsection name');
    const known = subsections.find((candidate) => candidate.name === name);
    if (!known || found.has(name)) {
      const names = subsections.map((candidate) => candidate.name).join(', ');
      return cursor.failAt(offset, 'unknown-subsection', 'subsection of "virtio"', `one of ${names}, each once`, name);
    }
    const versionOffset = cursor.offset;
    const version = cursor.u32();
    if (version !== 1) cursor.failAt(versionOffset, 'unsupported-version', `subsection "${name}"`, 1, version);
    found.set(name, cursor.take(known.byteCount));
  }
  const sizes = found.get(ringSize.name);
  const view = sizes && new DataView(sizes.buffer, sizes.byteOffset, sizes.length);
  return {
    sizesAtReset: view && Array.from({ length: queueCountMax }, (_, index) => view.getUint32(4 * index)),
    started: found.get(started.name)?.[0] === 1,
    broken: found.get(broken.name)?.[0] === 1,
  };
}

function bounded(cursor: ByteCursor, what: string, max: number): number {
  const { offset } = cursor;
  const value = cursor.u32();
  if (value > max) cursor.failAt(offset, 'length-beyond-bound', what, `at most ${max}`, value);
  return value;
}
