import type { Device, DmaFault, DmaMemory } from './device';
import type { FwCfgState } from './fw-cfg-state';

// Offsets of the registers, all big-endian (QEMU: docs/specs/fw_cfg.rst).
const data = 0x00;
const selector = 0x08;
const dmaAddress = 0x10;

/** Entries that every QEMU has. */
const key = { signature: 0x00, id: 0x01, noGraphic: 0x04, hartCount: 0x05, directory: 0x19, firstFile: 0x20 } as const;
const fileSlotCount = 0x20;
const entryCount = key.firstFile + fileSlotCount;
/** Of a key: the machine's own entries, of which there are none here; once, writing. */
const localBit = 0x8000;
const writeBit = 0x4000;
const noEntry = 0xffff;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Bits of a DMA request's control word; a key for `select` is in the upper half. */
const control = { error: 1, read: 2, skip: 4, select: 8, write: 16 } as const;
const requestByteCount = 16;

/** What `-M virt` of QEMU offers in files, in the order of their keys. */
const files: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['bios-geometry', new Uint8Array(0)],
  ['bootorder', new Uint8Array(0)],
  // -1: no waiting.
  ['etc/boot-fail-wait', Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
];

/**
 * QEMU's firmware configuration device: a guest selects an entry by its key and reads it byte by byte. Entries of no
 * length, or with no key, read as zeros.
 */
export class FwCfg implements Device {
  readonly #entries: ReadonlyMap<number, Uint8Array>;
  private _current = 0;
  private _offset = 0;
  private _dmaAddress = 0n;

  constructor(
    hartCount: number,
    private readonly memory: DmaMemory,
  ) {
    this.#entries = new Map([
      [key.signature, text('QEMU')],
      // The interface described here, and DMA.
      [key.id, Uint8Array.of(3, 0, 0, 0)],
      [key.noGraphic, Uint8Array.of(1, 0)],
      [key.hartCount, Uint8Array.of(hartCount, 0)],
      [key.directory, directory()],
      ...files.map(([, bytes], index): [number, Uint8Array] => [key.firstFile + index, bytes]),
    ]);
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (offset + size <= data + 8 && offset === data) return this.#next(size);
    if (offset >= dmaAddress && offset + size <= dmaAddress + 8)
      return littleEndian(text('QEMU CFG'), offset - dmaAddress, size);
    return 'fault';
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' | DmaFault {
    // Writing to an entry is by DMA only.
    if (offset === data) return 'ok';
    if (offset === selector && size === 2) {
      this.#select(Number(swapped(value, 2)));
      return 'ok';
    }
    if (offset === dmaAddress && size === 8) return this.#perform(swapped(value, 8));
    if (offset === dmaAddress && size === 4) {
      this._dmaAddress = swapped(value, 4) << 32n;
      return 'ok';
    }
    if (offset === dmaAddress + 4 && size === 4) return this.#perform(this._dmaAddress | swapped(value, 4));
    return 'fault';
  }

  save(): FwCfgState {
    return { current: this._current, offset: this._offset, dmaAddress: this._dmaAddress };
  }

  restore({ current, offset, dmaAddress }: FwCfgState): void {
    this._current = current;
    this._offset = offset;
    this._dmaAddress = dmaAddress;
  }

  #select(selected: number): void {
    this._offset = 0;
    this._current = (selected & ~(localBit | writeBit)) < entryCount ? selected : noEntry;
  }

  /** The request lies in guest memory, big-endian: control, length, address. What became of it is the new control. */
  #perform(requestAddress: bigint): 'ok' | DmaFault {
    const at = Number(requestAddress);
    const bytes = this.memory.read(at, requestByteCount);
    if (!bytes) {
      this._dmaAddress = 0n;
      return 'ok';
    }
    const request = new DataView(bytes.buffer, bytes.byteOffset, requestByteCount);
    const asked = request.getUint32(0);
    const address = Number(request.getBigUint64(8));
    const isRead = (asked & control.read) !== 0;
    const length = (asked & (control.read | control.write | control.skip)) !== 0 ? request.getUint32(4) : 0;
    const fault = this.memory.fault(at, 4) ?? (isRead ? this.memory.fault(address, length) : undefined);
    if (fault) return fault;
    this._dmaAddress = 0n;
    if ((asked & control.select) !== 0) this.#select(asked >>> 16);
    const answer = new Uint8Array(4);
    if (isRead) answer[3] = this.#readTo(address, length) ? 0 : control.error;
    else if ((asked & control.write) !== 0) answer[3] = length > 0 ? control.error : 0;
    // An entry that could not be read or written is behind the guest all the same.
    this.#skip(length);
    this.memory.write(at, answer);
    return 'ok';
  }

  /** Behind the entry's end there are zeros. False: not all of it is RAM. */
  #readTo(address: number, length: number): boolean {
    const entry = this.#entry ?? new Uint8Array(0);
    const bytes = entry.subarray(this._offset, this._offset + length);
    const piece = new Uint8Array(Math.min(length, 65_536));
    for (let done = 0; done < length; done += piece.length) {
      const byteCount = Math.min(piece.length, length - done);
      if (!this.memory.read(address + done, byteCount)) return false;
      piece.fill(0);
      piece.set(bytes.subarray(done, done + byteCount));
      this.memory.write(address + done, piece.subarray(0, byteCount));
    }
    return true;
  }

  /** The end is where it stays. */
  #skip(byteCount: number): void {
    const length = this.#entry?.length ?? 0;
    this._offset = Math.min(this._offset + byteCount, Math.max(this._offset, length));
  }

  get #entry(): Uint8Array | undefined {
    return (this._current & localBit) === 0 ? this.#entries.get(this._current & ~writeBit) : undefined;
  }

  #next(size: number): bigint {
    const entry = this.#entry ?? new Uint8Array(0);
    const value = littleEndian(entry, this._offset, size);
    this.#skip(size);
    return value;
  }
}

function swapped(value: bigint, byteCount: number): bigint {
  let result = 0n;
  for (let byte = 0; byte < byteCount; byte++) result = (result << 8n) | ((value >> BigInt(8 * byte)) & 0xffn);
  return result;
}

/** Big-endian: the count of files; of each its length, its key, two bytes of nothing, and its name in 56 bytes. */
function directory(): Uint8Array {
  const fileByteCount = 64;
  const bytes = new Uint8Array(4 + fileSlotCount * fileByteCount);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  for (const [index, [name, contents]] of files.entries()) {
    const at = 4 + index * fileByteCount;
    view.setUint32(at, contents.length);
    view.setUint16(at + 4, key.firstFile + index);
    bytes.set(text(name), at + 8);
  }
  return bytes;
}

function littleEndian(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let index = 0; index < size; index++) value |= BigInt(bytes[offset + index] ?? 0) << BigInt(8 * index);
  return value;
}
