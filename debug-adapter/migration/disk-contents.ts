import { KeptSectors, sectorByteCount } from '../emulator/devices/written-sectors';
import type { ImageFile } from '../emulator/machine/image-file';
import type { Machine } from '../emulator/machine/machine';

const noSectors = new KeptSectors(undefined, 0);

/** What a disk holds at one instant: its image, and the sectors that the guest has written. None of it changes later. */
export class DiskContents {
  readonly #image: ImageFile;
  readonly #written: KeptSectors;

  constructor(image: ImageFile, written = noSectors) {
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
    return !this.#written.isEmpty;
  }

  /** Fills `bytes` up to the disk's end. @param offset of a sector. @returns what has been filled of them */
  readInto(bytes: Uint8Array, offset: number): Uint8Array {
    const read = bytes.subarray(0, this.byteCount - offset);
    this.#image.readInto(read, offset);
    for (let at = 0, sector = offset / sectorByteCount; at < read.length; at += sectorByteCount, sector++) {
      const written = this.#written.get(sector);
      if (written) read.set(written.subarray(0, read.length - at), at);
    }
    return read;
  }

  /** Those pieces of so many bytes, a multiple of 4096, in which the guest has written. */
  writtenPieces(pieceByteCount: number): Set<number> {
    return this.#written.pieces(pieceByteCount / sectorByteCount);
  }

  /** Sectors that are not the same in both, in order. */
  differences(other: DiskContents): number[] {
    return this.#written.candidates(other.#written).filter((sector) => !this.#isSame(other, sector));
  }

  #isSame(other: DiskContents, sector: number): boolean {
    const [mine, theirs] = [this.#sector(sector), other.#sector(sector)];
    return mine.every((byte, index) => byte === theirs[index]);
  }

  #sector(sector: number): Uint8Array {
    return this.#written.get(sector) ?? this.readInto(new Uint8Array(sectorByteCount), sector * sectorByteCount);
  }
}

/** Of every block device, in the machine's order. */
export function disksOf({ virtio, diskImages }: Machine): DiskContents[] {
  return virtio.flatMap((device, index) => {
    const image = diskImages.get(index);
    const { backEnd } = device.save();
    return image && backEnd.kind === 'block' ? [new DiskContents(image, backEnd.written)] : [];
  });
}
