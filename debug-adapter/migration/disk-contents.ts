import type { Image, Machine } from '../emulator/machine/machine';

const sectorByteCount = 512;
const chunkByteCount = 1 << 20;

/** What a disk holds at one instant: its image, and the sectors that the guest has written. None of it changes later. */
export class DiskContents {
  readonly #image: Image;
  readonly #written: ReadonlyMap<number, Uint8Array>;

  constructor(image: Image, written: ReadonlyMap<number, Uint8Array>) {
    this.#image = image;
    this.#written = written;
  }

  get imagePath(): string {
    return this.#image.path;
  }

  get differsFromImage(): boolean {
    return this.#written.size > 0;
  }

  /** All of it, from the first sector on. */
  *chunks(): Generator<Uint8Array> {
    const end = this.#image.bytes.length;
    for (let start = 0; start < end; start += chunkByteCount) {
      // A copy, also of a Buffer, whose `slice` makes none.
      const chunk = new Uint8Array(this.#image.bytes.subarray(start, start + chunkByteCount));
      for (let sector = start / sectorByteCount; sector * sectorByteCount < start + chunk.length; sector++) {
        const bytes = this.#written.get(sector);
        if (bytes) chunk.set(bytes.subarray(0, end - sector * sectorByteCount), sector * sectorByteCount - start);
      }
      yield chunk;
    }
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
    const start = sector * sectorByteCount;
    return this.#written.get(sector) ?? this.#image.bytes.subarray(start, start + sectorByteCount);
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
