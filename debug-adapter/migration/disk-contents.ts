import type { ImageFile } from '../emulator/machine/image-file';
import type { Machine } from '../emulator/machine/machine';

export const sectorByteCount = 512;

/** What a disk holds at one instant: its image, and the sectors that the guest has written. None of it changes later. */
export class DiskContents {
  readonly #image: ImageFile;
  readonly #written: ReadonlyMap<number, Uint8Array>;

  constructor(image: ImageFile, written: ReadonlyMap<number, Uint8Array>) {
    this.#image = image;
    this.#written = written;
  }

  get image(): ImageFile {
    return this.#image;
  }

  get byteCount(): number {
    return this.#image.byteCount;
  }

  get differsFromImage(): boolean {
    return this.#written.size > 0;
  }

  /** Fills `bytes` from a sector's start on, up to the disk's end. @returns what has been filled of them */
  readInto(bytes: Uint8Array, sector: number): Uint8Array {
    const start = sector * sectorByteCount;
    const read = bytes.subarray(0, this.byteCount - start);
    this.#image.readInto(read, start);
    for (let at = 0; at < read.length; at += sectorByteCount, sector++) {
      const written = this.#written.get(sector);
      if (written) read.set(written.subarray(0, read.length - at), at);
    }
    return read;
  }

  /** Those pieces of so many sectors in which the guest has written. */
  writtenPieces(sectorCount: number): Set<number> {
    return new Set([...this.#written.keys()].map((sector) => Math.floor(sector / sectorCount)));
  }

  /** Sectors that are not the same in both, in order. */
  differences(other: DiskContents): number[] {
    const candidates = new Set([...this.#written.keys(), ...other.#written.keys()]);
    return [...candidates].filter((sector) => !this.#isSame(other, sector)).sort((a, b) => a - b);
  }

  #isSame(other: DiskContents, sector: number): boolean {
    const [mine, theirs] = [this.#sector(sector), other.#sector(sector)];
    return mine === theirs || mine.every((byte, index) => byte === theirs[index]);
  }

  #sector(sector: number): Uint8Array {
    return this.#written.get(sector) ?? this.readInto(new Uint8Array(sectorByteCount), sector);
  }
}

/** Of every block device, in the machine's order. */
export function disksOf({ virtio, diskImages }: Machine): DiskContents[] {
  return virtio.flatMap((device, index) => {
    const image = diskImages.get(index);
    const { backEnd } = device.save();
    return image && backEnd.kind === 'block' ? [new DiskContents(image, backEnd.written ?? new Map())] : [];
  });
}
