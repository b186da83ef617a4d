import { ByteCursor } from '../../vmstate/byte-cursor';
import { ByteSink } from '../../vmstate/byte-sink';
import type { StateLayout } from '../../vmstate/device-state';
import { sectionType } from '../../vmstate/stream-format';
import { decodeBackEnd, encodeBackEnd, type VirtioBackEndState, type VirtioKind } from './virtio-back-end-state';

/** A virtio-mmio slot with a device. */
export interface VirtioState {
  readonly slot: number;
  /** What the modern interface has of its own; missing for the legacy one. */
  readonly modern?: VirtioModernState | undefined;
  /** How often the configuration has changed; a stream does not say. */
  readonly generation?: number | undefined;
  readonly status: number;
  readonly interruptStatus: number;
  readonly hostFeaturesSelect: number;
  readonly guestFeaturesSelect: number;
  /** Accepted: a bit each. */
  readonly guestFeatures: bigint;
  readonly guestPageShift: number;
  readonly queueSelect: number;
  /** The configuration as the driver has last read or written it. */
  readonly config: Uint8Array;
  /** The driver has begun to use it. */
  readonly started: boolean;
  /** A queue was none: only a reset helps. */
  readonly broken: boolean;
  readonly queues: readonly VirtqueueState[];
  readonly backEnd: VirtioBackEndState;
}

/** Written by the driver, to count from when it says so. */
export interface VirtioModernState {
  /** Features in two halves of 32 bits. */
  readonly driverFeatures: readonly number[];
  /** Those of which anything has been written, by number; there need not be a queue of that number. */
  readonly queues: ReadonlyMap<number, VirtioModernQueueState>;
}

export interface VirtioModernQueueState {
  readonly size: number;
  readonly isReady: boolean;
  /** Addresses. */
  readonly descriptors: bigint;
  readonly available: bigint;
  readonly used: bigint;
}

export interface VirtqueueRings {
  readonly available: number;
  readonly used: number;
}

export interface VirtqueueState {
  readonly size: number;
  readonly sizeAtReset: number;
  readonly align: number;
  /** Of the descriptor table; 0: the queue is not set up. */
  readonly address: number;
  /** Where they are, unless behind the descriptor table. */
  readonly rings?: VirtqueueRings | undefined;
  readonly lastAvailable: number;
  /** What guest memory says, unless given; a stream does not. */
  readonly usedIndex?: number | undefined;
  readonly signalledUsed?: number | undefined;
}

/*
 * What QEMU's `virtio_save` writes, in one field without a structure, for a device behind virtio-mmio:
 *
 *     transport   u32 host feature select, u32 guest feature select, u32 guest page shift
 *     device      u8 status, u8 interrupt status, u16 queue select, u32 guest features, u32 length + configuration
 *     queues      u32 count, then of each u32 size, u32 align, u64 address, u16 last available index
 *     kind        what the kind of device adds
 *     virtio/…    subsections; of a modern device, with the addresses of all rings, and the transport's own state
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

/** Which slot it is in, its section's name says. */
export type SavedVirtio = Omit<VirtioState, 'slot'>;

export function encodeVirtio(state: SavedVirtio): Uint8Array {
  const out = new ByteSink();
  out.u32(state.hostFeaturesSelect);
  out.u32(state.guestFeaturesSelect);
  out.u32(state.guestPageShift);
  out.u8(state.status);
  out.u8(state.interruptStatus);
  out.u16(state.queueSelect);
  out.u32(Number(BigInt.asUintN(32, state.guestFeatures)));
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
export function decodeVirtio(bytes: Uint8Array, kind: VirtioKind): SavedVirtio {
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

function decode(cursor: ByteCursor, kind: VirtioKind): SavedVirtio {
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
  const { features, rings, modern, sizesAtReset, started, broken } = decodeSubsections(cursor);
  return {
    status,
    interruptStatus,
    hostFeaturesSelect,
    guestFeaturesSelect,
    guestFeatures: acceptedFeatures(features ?? BigInt(guestFeatures), modern),
    guestPageShift,
    queueSelect,
    config,
    started,
    broken,
    queues: queues.map((queue, index) => ({
      ...queue,
      sizeAtReset: sizesAtReset?.[index] ?? queue.sizeAtReset,
      rings: queue.address === 0 ? undefined : rings?.(index),
    })),
    modern,
    backEnd,
  };
}

const features64 = { name: 'virtio/64bit_features', byteCount: 8 };
const virtqueues = { name: 'virtio/virtqueues', byteCount: 16 * queueCountMax };
const ringSize = { name: 'virtio/ringsize', byteCount: 4 * queueCountMax };
const broken = { name: 'virtio/broken', byteCount: 1 };
/** The transport's own: a subsection of its own, that follows. */
const extraState = { name: 'virtio/extra_state', byteCount: 0 };
const modernQueueByteCount = 27;
const transport = { name: 'virtio_mmio/state', byteCount: 8 + modernQueueByteCount * queueCountMax };
const started = { name: 'virtio/started', byteCount: 1 };
const subsections = [features64, virtqueues, ringSize, broken, extraState, transport, started];

/** VIRTIO_F_VERSION_1. */
const version1 = 1n << 32n;

/**
 * A driver may set up its queues by the modern interface and not accept VERSION_1, as xv6's does. QEMU 7.2 then loads
 * them with the rings behind the descriptors, where they are in a legacy device, and finds no request: so the stream
 * says that VERSION_1 was accepted. To a network card it makes a difference, which keeps what is true.
 */
function looksForRings({ modern, queues, backEnd }: SavedVirtio): boolean {
  return modern !== undefined && backEnd.kind !== 'net' && queues.some(({ rings }) => rings !== undefined);
}

/** The inverse: what the driver has not written, it has not accepted. */
function acceptedFeatures(features: bigint, modern: VirtioModernState | undefined): bigint {
  return modern && (modern.driverFeatures[1]! & 1) === 0 ? features & ~version1 : features;
}

/** In the order in which QEMU writes them. */
function encodeSubsections(out: ByteSink, state: SavedVirtio): void {
  const begin = ({ name }: { name: string }): void => {
    out.u8(sectionType.subsection);
    out.shortName(name);
    out.u32(1);
  };
  begin(features64);
  out.u64(looksForRings(state) ? state.guestFeatures | version1 : state.guestFeatures);
  if (state.modern) {
    begin(virtqueues);
    for (let index = 0; index < queueCountMax; index++) {
      const { available = 0, used = 0 } = state.queues[index]?.rings ?? {};
      out.u64Number(available);
      out.u64Number(used);
    }
  }
  if (state.queues.some(({ size, sizeAtReset }) => size !== sizeAtReset)) {
    begin(ringSize);
    for (let index = 0; index < queueCountMax; index++) out.u32(state.queues[index]?.sizeAtReset ?? 0);
  }
  if (state.broken) {
    begin(broken);
    out.u8(1);
  }
  if (state.modern) {
    begin(extraState);
    begin(transport);
    encodeModern(out, state.modern);
  }
  if (state.started) {
    begin(started);
    out.u8(1);
  }
}

/** Each of 64 bits in two halves, the lower first. */
function encodeModern(out: ByteSink, { driverFeatures, queues }: VirtioModernState): void {
  for (const half of driverFeatures) out.u32(half);
  for (let index = 0; index < queueCountMax; index++) {
    const queue = queues.get(index);
    out.u16(queue?.size ?? 0);
    out.u8(queue?.isReady ? 1 : 0);
    for (const address of [queue?.descriptors, queue?.available, queue?.used]) {
      out.u32(Number((address ?? 0n) & 0xffff_ffffn));
      out.u32(Number((address ?? 0n) >> 32n));
    }
  }
}

function decodeModern(bytes: Uint8Array): VirtioModernState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const queues = new Map<number, VirtioModernQueueState>();
  for (let index = 0; index < queueCountMax; index++) {
    const at = 8 + modernQueueByteCount * index;
    if (bytes.subarray(at, at + modernQueueByteCount).every((byte) => byte === 0)) continue;
    const address = (offset: number): bigint =>
      BigInt(view.getUint32(at + offset)) | (BigInt(view.getUint32(at + offset + 4)) << 32n);
    queues.set(index, {
      size: view.getUint16(at),
      isReady: view.getUint8(at + 2) !== 0,
      descriptors: address(3),
      available: address(11),
      used: address(19),
    });
  }
  return { driverFeatures: [view.getUint32(0), view.getUint32(4)], queues };
}

function decodeSubsections(cursor: ByteCursor): {
  features: bigint | undefined;
  /** Of a queue. */
  rings: ((index: number) => VirtqueueRings) | undefined;
  modern: VirtioModernState | undefined;
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
  const view = viewOf(found.get(ringSize.name));
  const modern = found.get(transport.name);
  return {
    features: viewOf(found.get(features64.name))?.getBigUint64(0),
    rings: ringsIn(viewOf(found.get(virtqueues.name))),
    modern: modern && decodeModern(modern),
    sizesAtReset: view && Array.from({ length: queueCountMax }, (_, index) => view.getUint32(4 * index)),
    started: found.get(started.name)?.[0] === 1,
    broken: found.get(broken.name)?.[0] === 1,
  };
}

function viewOf(bytes: Uint8Array | undefined): DataView | undefined {
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function ringsIn(view: DataView | undefined): ((index: number) => VirtqueueRings) | undefined {
  return (
    view &&
    ((index) => ({
      available: Number(view.getBigUint64(16 * index)),
      used: Number(view.getBigUint64(16 * index + 8)),
    }))
  );
}

function bounded(cursor: ByteCursor, what: string, max: number): number {
  const { offset } = cursor;
  const value = cursor.u32();
  if (value > max) cursor.failAt(offset, 'length-beyond-bound', what, `at most ${max}`, value);
  return value;
}
