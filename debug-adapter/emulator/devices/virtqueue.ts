import type { VirtqueueRings, VirtqueueState } from './virtio-state';

/** Guest RAM as a device's back end reads it, by physical address. Undefined: not all of it is RAM. */
export type GuestMemory = (address: number, byteCount: number) => Uint8Array | undefined;

/** A stretch of guest memory that the device may write. */
export interface Segment {
  readonly address: number;
  readonly byteCount: number;
}

/** Bytes on their way into guest memory. */
export interface DmaWrite {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A chain of descriptors that the driver has made available. */
export interface VirtioRequest {
  /** Index of the chain's first descriptor: how the driver knows it again. */
  readonly head: number;
  /** What the driver gave, in one piece. */
  readonly out: Uint8Array;
  /** Where the answer goes. */
  readonly in: readonly Segment[];
  readonly inByteCount: number;
}

const descriptorByteCount = 16;
const hasNext = 1;
const isWritable = 2;
const isIndirect = 4;
const noInterrupt = 1;
/** Feature bits that every device may offer. */
export const virtioFeature = { notifyOnEmpty: 24, anyLayout: 27, indirectDescriptors: 28, eventIndex: 29 } as const;
/** By the modern interface, every device offers these too. Resetting a queue is QEMU's to offer, though its transport cannot. */
export const modernFeature = { version1: 32, ringReset: 40 } as const;

/** More than any driver asks for at once. */
const requestByteCountMax = 64 * 1024 * 1024;

/** What the driver has put into guest memory is not a queue: the device needs a reset. */
export class VirtqueueFault extends Error {}

/**
 * A split virtqueue (Virtual I/O Device 1.2, section 2.7), little-endian. Modern drivers put its rings where they like;
 * in the layout of legacy ones, descriptor table, available ring and, at the next multiple of `align`, used ring are one
 * piece of guest memory.
 */
export class Virtqueue {
  size: number;
  align = 4096;
  /** Of the descriptor table; 0: the queue is not set up. */
  address = 0;
  /** Unless they follow the descriptor table, as with legacy drivers. */
  rings: VirtqueueRings | undefined;
  private _lastAvailable = 0;
  private _usedIndex = 0;
  /** The used index of which the driver last had a chance to be told. Undefined: of none yet. */
  private _signalledUsed: number | undefined;

  /** @param feature whether the driver has accepted a feature */
  constructor(
    private readonly sizeAtReset: number,
    private readonly memory: GuestMemory,
    private readonly feature: (bit: number) => boolean,
  ) {
    this.size = sizeAtReset;
  }

  reset(): void {
    this.size = this.sizeAtReset;
    this.address = 0;
    this.rings = undefined;
    this._lastAvailable = 0;
    this._usedIndex = 0;
    this._signalledUsed = undefined;
  }

  /** The next request. Undefined: none is there. @throws VirtqueueFault */
  pop(): VirtioRequest | undefined {
    if (this.address === 0) return undefined;
    // What the answer is written to must be there, too.
    this.#bytes(this.#used, 6 + 8 * this.size);
    const available = this.#view(this.#available, 6 + 2 * this.size);
    const waiting = this.#waiting;
    if (waiting === 0) return undefined;
    if (waiting > this.size) throw new VirtqueueFault(`${waiting} requests in a queue of ${this.size}`);
    const head = available.getUint16(4 + 2 * (this._lastAvailable % this.size), true);
    const request = this.#chain(head);
    this._lastAvailable = (this._lastAvailable + 1) & 0xffff;
    return request;
  }

  /** The used ring's next element: the request is done, `byteCount` bytes were written. It counts from `flush` on. */
  fill({ head }: VirtioRequest, byteCount: number): DmaWrite {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, head, true);
    view.setUint32(4, byteCount, true);
    return { address: this.#used + 4 + 8 * (this._usedIndex % this.size), bytes };
  }

  flush(): DmaWrite {
    this._usedIndex = (this._usedIndex + 1) & 0xffff;
    return { address: this.#used + 2, bytes: littleEndian16(this._usedIndex) };
  }

  /** With event indices: tells the driver from which request on it is to notify. Undefined without. */
  availableEvent(): DmaWrite | undefined {
    if (!this.feature(virtioFeature.eventIndex)) return undefined;
    return { address: this.#used + 4 + 8 * this.size, bytes: littleEndian16(this._lastAvailable) };
  }

  /** The driver wants to know of what has been flushed since the last call. @throws VirtqueueFault */
  wantsInterrupt(): boolean {
    const isEmpty = this.#waiting === 0 && this._lastAvailable === this._usedIndex;
    if (isEmpty && this.feature(virtioFeature.notifyOnEmpty)) return true;
    const available = this.#view(this.#available, 6 + 2 * this.size);
    if (!this.feature(virtioFeature.eventIndex)) return (available.getUint16(0, true) & noInterrupt) === 0;
    const usedEvent = available.getUint16(4 + 2 * this.size, true);
    const since = this._signalledUsed;
    this._signalledUsed = this._usedIndex;
    // Virtual I/O Device 1.2, section 2.7.7.2: the driver waits for the index to go past its own.
    return since === undefined || isBetween(usedEvent, since, this._usedIndex);
  }

  save(): VirtqueueState {
    return {
      size: this.size,
      sizeAtReset: this.sizeAtReset,
      align: this.align,
      address: this.address,
      rings: this.rings,
      lastAvailable: this._lastAvailable,
      usedIndex: this._usedIndex,
      signalledUsed: this._signalledUsed,
    };
  }

  /** A state from a stream has no used index: guest memory, restored before, has it. */
  restore(state: VirtqueueState): void {
    this.size = state.size;
    this.align = state.align;
    this.address = state.address;
    this.rings = state.rings;
    this._lastAvailable = state.lastAvailable;
    this._usedIndex = state.usedIndex ?? this.#usedIndexInMemory;
    this._signalledUsed = state.signalledUsed;
  }

  get #usedIndexInMemory(): number {
    const used = this.address === 0 ? undefined : this.memory(this.#used, 4);
    return used ? used[2]! | (used[3]! << 8) : 0;
  }

  get #waiting(): number {
    const available = this.#view(this.#available, 4);
    return (available.getUint16(2, true) - this._lastAvailable) & 0xffff;
  }

  get #available(): number {
    return this.rings?.available ?? this.address + descriptorByteCount * this.size;
  }

  get #used(): number {
    return this.rings?.used ?? Math.ceil((this.#available + 6 + 2 * this.size) / this.align) * this.align;
  }

  #chain(head: number): VirtioRequest {
    let table = this.address;
    let count = this.size;
    let index = head;
    let visited = 0;
    const out: Uint8Array[] = [];
    const segments: Segment[] = [];
    let total = 0;
    for (;;) {
      if (index >= count || visited++ >= count) throw new VirtqueueFault(`descriptor ${index} of ${count}`);
      const view = this.#view(table + descriptorByteCount * index, descriptorByteCount);
      const address = Number(view.getBigUint64(0, true));
      const byteCount = view.getUint32(8, true);
      const flags = view.getUint16(12, true);
      if ((flags & isIndirect) !== 0) {
        if (table !== this.address || byteCount % descriptorByteCount !== 0) throw new VirtqueueFault('indirect table');
        table = address;
        count = Math.min(byteCount / descriptorByteCount, 0x8000);
        index = 0;
        visited = 0;
        continue;
      }
      const bytes = this.#bytes(address, byteCount);
      total += byteCount;
      if (total > requestByteCountMax) throw new VirtqueueFault(`a request of more than ${requestByteCountMax} bytes`);
      if ((flags & isWritable) !== 0) segments.push({ address, byteCount });
      else if (segments.length > 0) throw new VirtqueueFault('a buffer to read behind one to write');
      else out.push(bytes);
      if ((flags & hasNext) === 0) break;
      index = view.getUint16(14, true);
    }
    return {
      head,
      out: concatenated(out),
      in: segments,
      inByteCount: segments.reduce((sum, { byteCount }) => sum + byteCount, 0),
    };
  }

  #view(address: number, byteCount: number): DataView {
    const { buffer, byteOffset } = this.#bytes(address, byteCount);
    return new DataView(buffer, byteOffset, byteCount);
  }

  #bytes(address: number, byteCount: number): Uint8Array {
    const bytes = this.memory(address, byteCount);
    if (!bytes) throw new VirtqueueFault(`no RAM at 0x${address.toString(16)}`);
    return bytes;
  }
}

function littleEndian16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

/** Counting up from `from`, 16 bits wide, to `to`, one goes past `index`. */
function isBetween(index: number, from: number, to: number): boolean {
  return ((to - index - 1) & 0xffff) < ((to - from) & 0xffff);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
