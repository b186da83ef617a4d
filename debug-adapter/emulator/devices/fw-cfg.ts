import type { FwCfgState } from '../machine/machine-state';
import type { Device } from './device';

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
  #current = 0;
  #offset = 0;
  #dmaAddress = 0n;

  constructor(hartCount: number) {
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

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    // Writing to an entry is by DMA only.
    if (offset === data && size === 1) return 'ok';
    if (offset === selector && size === 2) {
      this.#select(Number(((value & 0xffn) << 8n) | ((value >> 8n) & 0xffn)));
      return 'ok';
    }
    return 'fault';
  }

  save(): FwCfgState {
    return { current: this.#current, offset: this.#offset, dmaAddress: this.#dmaAddress };
  }

  restore({ current, offset, dmaAddress }: FwCfgState): void {
    this.#current = current;
    this.#offset = offset;
    this.#dmaAddress = dmaAddress;
  }

  #select(selected: number): void {
    this.#offset = 0;
    this.#current = (selected & ~(localBit | writeBit)) < entryCount ? selected : noEntry;
  }

  get #entry(): Uint8Array | undefined {
    return (this.#current & localBit) === 0 ? this.#entries.get(this.#current & ~writeBit) : undefined;
  }

  #next(size: number): bigint {
    const entry = this.#entry ?? new Uint8Array(0);
    const value = littleEndian(entry, this.#offset, size);
    // The end is where it stays.
    this.#offset = Math.min(this.#offset + size, Math.max(this.#offset, entry.length));
    return value;
  }
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
