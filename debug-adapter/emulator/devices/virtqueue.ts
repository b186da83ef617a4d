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

export interface VirtqueueState {
  readonly size: number;
  readonly align: number;
  /** Guest page of the descriptor table; 0: the queue is not set up. */
  readonly pageFrame: number;
  readonly lastAvailable: number;
  readonly usedIndex: number;
}

const descriptorByteCount = 16;
const hasNext = 1;
const isWritable = 2;
const isIndirect = 4;
const noInterrupt = 1;
/** More than any driver asks for at once. */
const requestByteCountMax = 64 * 1024 * 1024;

/** What the driver has put into guest memory is not a queue: the device needs a reset. */
export class VirtqueueFault extends Error {}

/**
 * A split virtqueue in the layout of legacy drivers (Virtual I/O Device 1.2, section 2.7): descriptor table, available
 * ring and, at the next multiple of `align`, used ring, in one piece of guest memory. Little-endian.
 */
export class Virtqueue {
  size: number;
  align = 4096;
  pageFrame = 0;
  #lastAvailable = 0;
  #usedIndex = 0;

  constructor(
    private readonly sizeAtReset: number,
    private readonly memory: GuestMemory,
    private readonly pageByteCount: () => number,
  ) {
    this.size = sizeAtReset;
  }

  reset(): void {
    this.restore({ size: this.sizeAtReset, align: 4096, pageFrame: 0, lastAvailable: 0, usedIndex: 0 });
  }

  /** The next request. Undefined: none is there. @throws VirtqueueFault */
  pop(): VirtioRequest | undefined {
    if (this.pageFrame === 0) return undefined;
    // What the answer is written to must be there, too.
    this.#bytes(this.#used, 6 + 8 * this.size);
    const available = this.#view(this.#available, 4 + 2 * this.size);
    const waiting = (available.getUint16(2, true) - this.#lastAvailable) & 0xffff;
    if (waiting === 0) return undefined;
    if (waiting > this.size) throw new VirtqueueFault(`${waiting} requests in a queue of ${this.size}`);
    const head = available.getUint16(4 + 2 * (this.#lastAvailable % this.size), true);
    const request = this.#chain(head);
    this.#lastAvailable = (this.#lastAvailable + 1) & 0xffff;
    return request;
  }

  /** The used ring's next element: the request is done, `byteCount` bytes were written. It counts from `flush` on. */
  fill({ head }: VirtioRequest, byteCount: number): DmaWrite {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, head, true);
    view.setUint32(4, byteCount, true);
    return { address: this.#used + 4 + 8 * (this.#usedIndex % this.size), bytes };
  }

  flush(): DmaWrite {
    this.#usedIndex = (this.#usedIndex + 1) & 0xffff;
    return { address: this.#used + 2, bytes: Uint8Array.of(this.#usedIndex & 0xff, this.#usedIndex >> 8) };
  }

  /** @throws VirtqueueFault */
  get wantsInterrupt(): boolean {
    return (this.#view(this.#available, 2).getUint16(0, true) & noInterrupt) === 0;
  }

  save(): VirtqueueState {
    const { size, align, pageFrame } = this;
    return { size, align, pageFrame, lastAvailable: this.#lastAvailable, usedIndex: this.#usedIndex };
  }

  restore(state: VirtqueueState): void {
    this.size = state.size;
    this.align = state.align;
    this.pageFrame = state.pageFrame;
    this.#lastAvailable = state.lastAvailable;
    this.#usedIndex = state.usedIndex;
  }

  get #table(): number {
    return this.pageFrame * this.pageByteCount();
  }

  get #available(): number {
    return this.#table + descriptorByteCount * this.size;
  }

  get #used(): number {
    return Math.ceil((this.#available + 6 + 2 * this.size) / this.align) * this.align;
  }

  #chain(head: number): VirtioRequest {
    let table = this.#table;
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
        if (table !== this.#table || byteCount % descriptorByteCount !== 0) throw new VirtqueueFault('indirect table');
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

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
