import type { ByteCursor } from '../../vmstate/byte-cursor';
import type { ByteSink } from '../../vmstate/byte-sink';
import { sectionType } from '../../vmstate/stream-format';
import type { KeptSectors } from './written-sectors';

/** What a kind of device has of its own. What a stream leaves out stays as it is at a restore. */
export type VirtioBackEndState =
  | {
      readonly kind: 'rng';
      /** Of the generator. */
      readonly generator?: bigint | undefined;
    }
  | {
      readonly kind: 'block';
      readonly written?: KeptSectors | undefined;
    }
  | {
      readonly kind: 'console';
      /** The guest uses its port. */
      readonly isOpen: boolean;
      /** What is typed is for it. */
      readonly hasFocus?: boolean | undefined;
      /** Typed and not yet read. */
      readonly input?: readonly number[] | undefined;
      /** Control messages to the driver. */
      readonly messages?: readonly Uint8Array[] | undefined;
    }
  | {
      readonly kind: 'net';
      readonly filter: NetFilter;
      readonly hasMergeableBuffers: boolean;
      readonly hasGuestOffloads: boolean;
      /** Frames that have come and that the driver had no buffers for. */
      readonly waiting?: readonly Uint8Array[] | undefined;
    }
  | {
      readonly kind: 'balloon';
      /** Pages that the driver is asked to put into it, and says it has. */
      readonly target: number;
      readonly actual: number;
      /** What the driver fills free pages with, if it has said that it may. */
      readonly poison?: number | undefined;
    };

/** Which frames a driver wants to receive. */
export interface NetFilter {
  readonly mac: Uint8Array;
  /** Promiscuous, all multicast, all unicast, no multicast, no unicast, no broadcast. */
  readonly modes: readonly boolean[];
  /** One address after the other. */
  readonly macTable: Uint8Array;
  /** A bit a VLAN. */
  readonly vlans: Uint8Array;
}

export type VirtioKind = VirtioBackEndState['kind'];

const consolePortCountMax = 31;
const macByteCount = 6;
const macTableEntryCountMax = 64;
const vlanByteCount = 512;
const ctrlGuestOffloads = 1 << 2;
const linkUp = 1;
const balloonPagePoison = 1 << 4;
const pagePoison = 'virtio-balloon-device/page-poison';

/** What a kind of virtio device writes between its queues and the subsections. */
export function encodeBackEnd(out: ByteSink, state: VirtioBackEndState): void {
  switch (state.kind) {
    case 'rng':
      break;
    case 'block':
      // No request is under way: each is served whole, and the machine does not stop in between.
      out.u8(0);
      break;
    case 'console':
      // Columns and rows, not known; one port, whose other end is there and which holds no request.
      for (const value of [0, consolePortCountMax, 1, 1, 0]) out.u32(value);
      out.u8(state.isOpen ? 1 : 0);
      out.u8(1);
      out.u32(0);
      break;
    case 'net':
      encodeNet(out, state);
      break;
    case 'balloon':
      out.u32(state.target);
      out.u32(state.actual);
      if (state.poison !== undefined) {
        out.u8(sectionType.subsection);
        out.shortName(pagePoison);
        out.u32(1);
        out.u32(state.poison);
      }
      break;
  }
}

/** @throws StreamReadError, Insufficient */
export function decodeBackEnd(cursor: ByteCursor, kind: VirtioKind, guestFeatures: number): VirtioBackEndState {
  switch (kind) {
    case 'rng':
      return { kind };
    case 'block':
      none(cursor, 'requests of a disk', cursor.u8());
      return { kind };
    case 'console':
      return decodeConsole(cursor);
    case 'net':
      return decodeNet(cursor, (guestFeatures & ctrlGuestOffloads) !== 0);
    case 'balloon':
      return decodeBalloon(cursor, (guestFeatures & balloonPagePoison) !== 0);
  }
}

function decodeConsole(cursor: ByteCursor): VirtioBackEndState {
  cursor.u32(); // columns, rows
  const portCountMax = atMost(cursor, 'ports of a console', consolePortCountMax);
  for (let word = 0; word < Math.ceil(portCountMax / 32); word++) cursor.u32(); // which there are
  const portCount = atMost(cursor, 'ports of a console', consolePortCountMax);
  let isOpen = false;
  for (let port = 0; port < portCount; port++) {
    const id = cursor.u32();
    const guestConnected = cursor.u8();
    cursor.u8(); // the other end
    none(cursor, 'requests of a port', cursor.u32());
    if (id === 0) isOpen = guestConnected !== 0;
  }
  return { kind: 'console', isOpen };
}

function encodeNet(out: ByteSink, state: VirtioBackEndState & { kind: 'net' }): void {
  const { mac, modes, macTable, vlans } = state.filter;
  const flag = (mode: number): void => out.u8(modes[mode] ? 1 : 0);
  out.writeBytes(mac);
  out.u32(0); // no transmission waits
  out.u32(state.hasMergeableBuffers ? 1 : 0);
  out.u16(linkUp);
  flag(0);
  flag(1);
  out.u32(macTable.length / macByteCount);
  out.writeBytes(macTable);
  out.writeBytes(vlans);
  out.u32(0); // the back end knows no virtio headers
  out.u16(0); // neither table has overflowed
  for (let mode = 2; mode < 6; mode++) flag(mode);
  out.u8(0); // UFO
  if (state.hasGuestOffloads) out.u64(0n);
}

function decodeNet(cursor: ByteCursor, hasGuestOffloads: boolean): VirtioBackEndState {
  const flags = (count: number): boolean[] => Array.from({ length: count }, () => cursor.u8() !== 0);
  const mac = cursor.take(macByteCount).slice();
  cursor.u32(); // a transmission that waits is looked for again
  const hasMergeableBuffers = cursor.u32() !== 0;
  cursor.u16();
  const modes = flags(2);
  const entryCount = atMost(cursor, 'addresses of a network filter', macTableEntryCountMax);
  const macTable = cursor.take(entryCount * macByteCount).slice();
  const vlans = cursor.take(vlanByteCount).slice();
  none(cursor, 'virtio headers at the back end', cursor.u32());
  cursor.u16();
  modes.push(...flags(4));
  cursor.u8();
  if (hasGuestOffloads) cursor.u64();
  const filter: NetFilter = { mac, modes, macTable, vlans };
  return { kind: 'net', filter, hasMergeableBuffers, hasGuestOffloads };
}

function decodeBalloon(cursor: ByteCursor, mayPoison: boolean): VirtioBackEndState {
  const state = { kind: 'balloon', target: cursor.u32(), actual: cursor.u32() } as const;
  if (!mayPoison) return state;
  const { offset } = cursor;
  const head = [cursor.u8(), cursor.shortName('subsection name'), cursor.u32()].join(' ');
  const expected = [sectionType.subsection, pagePoison, 1].join(' ');
  if (head !== expected) cursor.failAt(offset, 'bad-virtio', "a balloon's subsection", expected, head);
  return { ...state, poison: cursor.u32() };
}

function atMost(cursor: ByteCursor, what: string, max: number): number {
  const { offset } = cursor;
  const value = cursor.u32();
  if (value > max) cursor.failAt(offset, 'length-beyond-bound', what, `at most ${max}`, value);
  return value;
}

function none(cursor: ByteCursor, what: string, value: number): void {
  if (value !== 0) cursor.fail('bad-virtio', what, 'none', value);
}
