import type { VirtioBackEnd } from './virtio-mmio';
import type { VirtioRequest } from './virtqueue';

export const sectorByteCount = 512;

const headerByteCount = 16;
const requestType = { in: 0, out: 1, flush: 4, getId: 8 } as const;
const status = { ok: 0, ioError: 1, unsupported: 2 } as const;
const feature = { segMax: 1 << 2, blkSize: 1 << 6, flush: 1 << 9 } as const;
const idByteCount = 20;
const queueSize = 256;

/**
 * Block device (Virtual I/O Device 1.2, section 5.2) on a raw image that it never changes: sectors written are kept
 * apart. What goes beyond the image's last whole sector is an I/O error.
 */
export class VirtioBlock implements VirtioBackEnd {
  readonly deviceId = 2;
  readonly features = feature.segMax | feature.blkSize | feature.flush;
  readonly queueSizes = [queueSize];
  readonly config = new Uint8Array(24);
  /** A sector's bytes are replaced, never changed: saved states share them. */
  #written = new Map<number, Uint8Array>();
  readonly #sectorCount: number;

  constructor(private readonly image: Uint8Array) {
    this.#sectorCount = Math.floor(image.length / sectorByteCount);
    const view = new DataView(this.config.buffer);
    view.setBigUint64(0, BigInt(this.#sectorCount), true); // capacity
    view.setUint32(12, queueSize - 2, true); // seg_max: all but header and status
    view.setUint32(20, sectorByteCount, true); // blk_size
  }

  /** The data that was asked for, and the status as the last byte. */
  serve(_queue: number, { out, inByteCount }: VirtioRequest): Uint8Array {
    const answer = new Uint8Array(inByteCount);
    if (inByteCount > 0) answer[inByteCount - 1] = this.#perform(out, answer.subarray(0, inByteCount - 1));
    return answer;
  }

  save(): ReadonlyMap<number, Uint8Array> {
    return new Map(this.#written);
  }

  restore(state: unknown): void {
    this.#written = new Map(state as ReadonlyMap<number, Uint8Array>);
  }

  #perform(out: Uint8Array, data: Uint8Array): number {
    if (out.length < headerByteCount) return status.ioError;
    const header = new DataView(out.buffer, out.byteOffset, headerByteCount);
    const sector = Number(header.getBigUint64(8, true));
    switch (header.getUint32(0, true)) {
      case requestType.in:
        return this.#read(sector, data);
      case requestType.out:
        return this.#write(sector, out.subarray(headerByteCount));
      case requestType.flush:
        return status.ok;
      case requestType.getId:
        data.set(new TextEncoder().encode('freezeframe').subarray(0, Math.min(data.length, idByteCount)));
        return status.ok;
      default:
        return status.unsupported;
    }
  }

  #read(sector: number, data: Uint8Array): number {
    if (!this.#has(sector, data.length)) return status.ioError;
    for (let at = 0; at < data.length; at += sectorByteCount, sector++) {
      const start = sector * sectorByteCount;
      data.set(this.#written.get(sector) ?? this.image.subarray(start, start + sectorByteCount), at);
    }
    return status.ok;
  }

  #write(sector: number, data: Uint8Array): number {
    if (!this.#has(sector, data.length)) return status.ioError;
    for (let at = 0; at < data.length; at += sectorByteCount, sector++) {
      this.#written.set(sector, data.slice(at, at + sectorByteCount));
    }
    return status.ok;
  }

  #has(sector: number, byteCount: number): boolean {
    return byteCount % sectorByteCount === 0 && sector + byteCount / sectorByteCount <= this.#sectorCount;
  }
}
