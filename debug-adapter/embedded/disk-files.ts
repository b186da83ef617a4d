import { isZero } from '../debuggee/zero-bytes';
import type { DiskContents } from '../migration/disk-contents';
import type { SnapshotFiles } from './output';

/** What is written at once, so that others have their turns in between. */
const pieceByteCount = 1 << 20;
const buffer = new Uint8Array(pieceByteCount);

interface WrittenDisk {
  readonly path: string;
  readonly disk: DiskContents;
  readonly index: number;
}

/**
 * Raw images of a snapshot's disks, in files beside it. A disk that is still as its own image needs none, unless an older
 * snapshot's lies there and would be taken for it.
 */
export class DiskFiles {
  private _written: readonly WrittenDisk[] = [];
  /** Why one could not be written, in words. */
  private _failure: string | undefined;

  constructor(private readonly files: SnapshotFiles) {}

  get paths(): readonly string[] {
    return this._written.map(({ path }) => path);
  }

  /** A file for each of the disks, as it is in the snapshot. */
  pathsOf(disks: readonly DiskContents[]): string[] {
    return disks.map(({ image }, at) => this._written.find(({ index }) => index === at)?.path ?? image.path);
  }

  /** They will hold this. */
  begin(disks: readonly DiskContents[]): void {
    try {
      this._written = disks.flatMap((disk, index) => {
        if (!disk.differsFromImage && !this.files.replacesDisk(index)) return [];
        return [{ path: this.files.disk(index).path, disk, index }];
      });
    } catch (error) {
      this._failure = inWords(error);
    }
  }

  /** Of them that has been written, from 0 to 1; also 1 where there is nothing to write. */
  get share(): number {
    if (!this.#isWritable) return 1;
    const total = this._written.reduce((sum, { disk }) => sum + disk.byteCount, 0);
    const done = this._written.reduce((sum, { index }) => sum + this.files.diskByteCount(index), 0);
    return total === 0 ? 1 : done / total;
  }

  /** Writes a piece. False: there is nothing more to write. */
  write(): boolean {
    if (!this.#isWritable) return false;
    try {
      const next = this._written.find(({ disk, index }) => this.files.diskByteCount(index) < disk.byteCount);
      return next !== undefined && this.#writePiece(next);
    } catch (error) {
      this._failure = inWords(error);
      return false;
    }
  }

  /** Writes what is left. Undefined, or what went wrong, in words. */
  finish(): string | undefined {
    while (this.write());
    return this._failure;
  }

  /** In words, for disks that are not as they were at the freeze. */
  problems(disksAtFreeze: readonly DiskContents[]): string[] {
    return this._written.flatMap(({ path, disk, index }) => {
      const sectors = disk.differences(disksAtFreeze[index]!);
      if (sectors.length === 0) return [];
      const count = sectors.length === 1 ? 'one sector is' : `${sectors.length} sectors are`;
      return [`The disk in ${path} is not of the freeze: ${count} other than then, the first is ${sectors[0]}.`];
    });
  }

  get #isWritable(): boolean {
    return this._failure === undefined && !this.files.isNowhere;
  }

  #writePiece({ disk, index }: WrittenDisk): boolean {
    const file = this.files.disk(index);
    const piece = disk.readInto(buffer, this.files.diskByteCount(index));
    const error = isZero(piece) ? file.writeZeros(piece.length) : file.write(piece);
    if (error !== undefined) this._failure = `the disk could not be written: ${error}`;
    return error === undefined;
  }
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
