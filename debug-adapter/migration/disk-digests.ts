import type { Host } from '../debuggee/host';
import { isZero } from '../debuggee/zero-bytes';
import { virtioSectionPlace } from '../emulator/devices/virtio-state';
import type { ImageFile } from '../emulator/machine/image-file';
import type { DeviceState } from '../vmstate/device-state';
import type { DiskContents } from './disk-contents';

/** Of what a disk held at the freeze: its digest, in the description of its device. */
const key = 'diskPiecesSha256';
const pieceByteCount = 1 << 16;
/** How many are read at once. */
const piecesAtOnce = 16;

/**
 * SHA-256 of a disk by pieces of 64 KiB: of the list of their SHA-256, each a line in hexadecimal digits. So nothing is
 * read again but the pieces that have been written to.
 */
export class DiskDigests {
  /** Of the image's first pieces, as far as they have been read. */
  readonly #ofPieces: string[] = [];
  readonly #buffer = new Uint8Array(piecesAtOnce * pieceByteCount);
  #ofZeros: string | undefined;

  constructor(
    private readonly image: ImageFile,
    private readonly sha256: Host['sha256'],
  ) {}

  /** Of the image that has been read, from 0 to 1. */
  get share(): number {
    const { byteCount } = this.image;
    return byteCount === 0 ? 1 : Math.min(1, (this.#ofPieces.length * pieceByteCount) / byteCount);
  }

  /** Reads on, up to 1 MiB. False: all of the image has been read. */
  read(): boolean {
    const start = this.#ofPieces.length * pieceByteCount;
    const byteCount = Math.min(this.image.byteCount - start, piecesAtOnce * pieceByteCount);
    if (byteCount <= 0) return false;
    const bytes = this.#buffer.subarray(0, byteCount);
    this.image.readInto(bytes, start);
    for (let at = 0; at < byteCount; at += pieceByteCount) {
      this.#ofPieces.push(this.#of(bytes.subarray(at, at + pieceByteCount)));
    }
    return true;
  }

  /** Of the image with what has been written to it. Reads what has not been read of it yet. */
  of(contents: DiskContents): string {
    while (this.read());
    const written = contents.writtenPieces(pieceByteCount);
    const piece = this.#buffer.subarray(0, pieceByteCount);
    const lines = this.#ofPieces.map((digest, index) => {
      const isWritten = written.has(index);
      return `${isWritten ? this.#of(contents.readInto(piece, index * pieceByteCount)) : digest}\n`;
    });
    return this.sha256()
      .update(new TextEncoder().encode(lines.join('')))
      .digest();
  }

  /** Most of a large disk is often zero. */
  #of(piece: Uint8Array): string {
    const isHole = piece.length === pieceByteCount && isZero(piece);
    if (isHole && this.#ofZeros !== undefined) return this.#ofZeros;
    const digest = this.sha256().update(piece).digest();
    if (isHole) this.#ofZeros = digest;
    return digest;
  }
}

/** Says in the stream which disks belong to it. @param digests in the order of the block devices */
export function withDiskDigests(sections: readonly DeviceState[], digests: readonly string[]): DeviceState[] {
  const left = [...digests];
  return sections.map((section) => {
    const digest = isBlock(section.name) ? left.shift() : undefined;
    return digest === undefined ? section : { ...section, beyondQemu: { ...section.beyondQemu, [key]: digest } };
  });
}

/** Of each block device; of those of a stream by QEMU nothing is known. */
export function diskDigests(devices: readonly Pick<DeviceState, 'name' | 'beyondQemu'>[]): (string | 'unknown')[] {
  return devices
    .filter(({ name }) => isBlock(name))
    .map(({ beyondQemu }) => {
      const digest = beyondQemu?.[key];
      return typeof digest === 'string' ? digest : 'unknown';
    });
}

function isBlock(sectionName: string): boolean {
  return virtioSectionPlace(sectionName)?.name === 'virtio-blk';
}
