import type { VirtioBackEnd } from './virtio-back-end';
import type { VirtioBackEndState } from './virtio-back-end-state';
import { type VirtioRequest, virtioFeature } from './virtqueue';
import { type KeptSectors, sectorByteCount, WrittenSectors } from './written-sectors';

const headerByteCount = 16;
const requestType = { in: 0, out: 1, flush: 4, getId: 8, discard: 11, writeZeroes: 13 } as const;
/** A flag of old drivers, beside the type. */
const barrier = 0x8000_0000;
const status = { ok: 0, ioError: 1, unsupported: 2 } as const;
const feature = {
  segMax: 2,
  geometry: 4,
  blkSize: 6,
  scsi: 7,
  flush: 9,
  topology: 10,
  configWce: 11,
  discard: 13,
  writeZeroes: 14,
} as const;
const queueSize = 256;
const configByteCount = 57;
const configWriteCache = 32;
const rangeByteCount = 16;
const rangeSectorCountMax = 0x3f_ffff;
const unmap = 1;

/** Raw, read by pieces, never changed. */
interface RawImage {
  readonly byteCount: number;
  /** Fills `bytes`; the caller stays within `byteCount`. */
  readInto(bytes: Uint8Array, offset: number): void;
}

/**
 * Block device (Virtual I/O Device 1.2, section 5.2) on an image whose sectors stay as they are: those written are kept
 * apart. An image that ends within a sector goes on with zeros to the sector's end. What goes beyond is an I/O error.
 */
export class VirtioBlock implements VirtioBackEnd {
  readonly deviceId = 2;
  readonly features = [
    ...Object.values(feature),
    virtioFeature.notifyOnEmpty,
    virtioFeature.indirectDescriptors,
    virtioFeature.eventIndex,
  ];
  readonly legacyFeatures = [feature.scsi];
  readonly queueSizes = [queueSize];
  readonly config = new Uint8Array(configByteCount);
  readonly #written: WrittenSectors;
  private readonly _sectorCount: number;

  constructor(private readonly image: RawImage) {
    this._sectorCount = Math.ceil(image.byteCount / sectorByteCount);
    this.#written = new WrittenSectors(this._sectorCount);
    const view = new DataView(this.config.buffer);
    view.setBigUint64(0, BigInt(this._sectorCount), true); // capacity
    view.setUint32(12, queueSize - 2, true); // seg_max: all but header and status
    const { cylinders, heads, sectors } = geometryOf(image, this._sectorCount);
    view.setUint16(16, cylinders, true);
    view.setUint8(18, heads);
    view.setUint8(19, sectors);
    view.setUint32(20, sectorByteCount, true); // blk_size
    view.setUint8(configWriteCache, 1);
    view.setUint16(34, 1, true); // num_queues
    for (const at of [36, 48]) view.setUint32(at, rangeSectorCountMax, true); // max_discard_, max_write_zeroes_sectors
    for (const at of [40, 52]) view.setUint32(at, 1, true); // max_discard_, max_write_zeroes_seg
    view.setUint32(44, 1, true); // discard_sector_alignment
    view.setUint8(56, 1); // write_zeroes_may_unmap
  }

  /** The driver may turn the write cache off, which changes nothing here. */
  configWritten(config: DataView): void {
    this.config[configWriteCache] = config.getUint8(configWriteCache) === 0 ? 0 : 1;
  }

  /** A driver that can do neither is to find its data written through. */
  driverOk(has: (bit: number) => boolean): void {
    if (!has(feature.configWce)) this.config[configWriteCache] = has(feature.flush) ? 1 : 0;
  }

  reset(): void {
    this.config[configWriteCache] = 1;
  }

  /** The data that was asked for, and the status as the last byte. */
  serve(_queue: number, { out, inByteCount }: VirtioRequest): Uint8Array {
    const answer = new Uint8Array(inByteCount);
    if (inByteCount > 0) answer[inByteCount - 1] = this.#perform(out, answer.subarray(0, inByteCount - 1));
    return answer;
  }

  /** What has been written, for a checkpoint. */
  keep(): KeptSectors {
    return this.#written.keep();
  }

  /** How many bytes the last `keep` took. */
  get newByteCount(): number {
    return this.#written.newByteCount;
  }

  putBack(kept: KeptSectors): void {
    this.#written.putBack(kept);
  }

  save(): VirtioBackEndState {
    return { kind: 'block', written: this.keep() };
  }

  restore(state: VirtioBackEndState): void {
    if (state.kind !== 'block') throw new RangeError(`the state of a ${state.kind} device for a block device`);
    if (state.written) this.putBack(state.written);
  }

  #perform(out: Uint8Array, data: Uint8Array): number {
    if (out.length < headerByteCount) return status.ioError;
    const header = new DataView(out.buffer, out.byteOffset, headerByteCount);
    const sector = Number(header.getBigUint64(8, true));
    switch ((header.getUint32(0, true) & ~barrier) >>> 0) {
      case requestType.in:
        return this.#read(sector, data);
      case requestType.out:
        return this.#write(sector, out.subarray(headerByteCount));
      case requestType.flush:
      // It has no serial number to tell.
      case requestType.getId:
        return status.ok;
      case requestType.discard:
        return this.#clear(out.subarray(headerByteCount), false);
      case requestType.writeZeroes:
        return this.#clear(out.subarray(headerByteCount), true);
      default:
        return status.unsupported;
    }
  }

  #read(sector: number, data: Uint8Array): number {
    if (!this.#has(sector, data.length)) return status.ioError;
    const start = sector * sectorByteCount;
    this.image.readInto(data.subarray(0, this.image.byteCount - start), start);
    if (this.#written.isEmpty) return status.ok;
    for (let at = 0; at < data.length; at += sectorByteCount, sector++) {
      const written = this.#written.get(sector);
      if (written) data.set(written, at);
    }
    return status.ok;
  }

  #write(sector: number, data: Uint8Array): number {
    if (!this.#has(sector, data.length)) return status.ioError;
    for (let at = 0; at < data.length; at += sectorByteCount, sector++) {
      this.#written.set(sector, data.subarray(at, at + sectorByteCount));
    }
    return status.ok;
  }

  /** One range of sectors: its first, how many, flags. What is discarded keeps its data, as QEMU's default has it. */
  #clear(range: Uint8Array, withZeroes: boolean): number {
    if (range.length < rangeByteCount) return status.ioError;
    if (range.length > rangeByteCount) return status.unsupported;
    const view = new DataView(range.buffer, range.byteOffset, rangeByteCount);
    const sector = Number(view.getBigUint64(0, true));
    const sectorCount = view.getUint32(8, true);
    const flags = view.getUint32(12, true);
    if ((flags & ~(withZeroes ? unmap : 0)) !== 0) return status.unsupported;
    if (sectorCount > rangeSectorCountMax || !this.#has(sector, sectorCount * sectorByteCount)) return status.ioError;
    if (withZeroes) this.#written.clear(sector, sectorCount);
    return status.ok;
  }

  #has(sector: number, byteCount: number): boolean {
    return byteCount % sectorByteCount === 0 && sector + byteCount / sectorByteCount <= this._sectorCount;
  }
}

interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

const cylinderCountMax = 16_383;
const headCountMax = 16;

/** As QEMU guesses it: from the first partition that ends on a cylinder's boundary, or else that of a standard disk. */
function geometryOf(image: RawImage, sectorCount: number): Geometry {
  const guessed = geometryOfPartitions(image, sectorCount);
  if (guessed && guessed.heads <= headCountMax) return guessed;
  const cylinders = Math.floor(sectorCount / (16 * 63));
  return { cylinders: Math.min(Math.max(cylinders, 2), cylinderCountMax), heads: 16, sectors: 63 };
}

/** By the master boot record: four entries of 16 bytes, with the last sector's address and the number of sectors. */
function geometryOfPartitions(image: RawImage, sectorCount: number): Geometry | undefined {
  if (image.byteCount < sectorByteCount) return undefined;
  const record = new Uint8Array(sectorByteCount);
  image.readInto(record, 0);
  if (record[510] !== 0x55 || record[511] !== 0xaa) return undefined;
  const view = new DataView(record.buffer);
  for (let at = 0x1be; at < 510; at += 16) {
    const endHead = view.getUint8(at + 5);
    const sectors = view.getUint8(at + 6) & 63;
    if (endHead === 0 || sectors === 0 || view.getUint32(at + 12, true) === 0) continue;
    const heads = endHead + 1;
    const cylinders = Math.floor(sectorCount / (heads * sectors));
    if (cylinders >= 1 && cylinders <= cylinderCountMax) return { cylinders, heads, sectors };
  }
  return undefined;
}
