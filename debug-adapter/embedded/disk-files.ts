import type { OutputFile } from '../debuggee/host';
import type { DiskContents } from '../migration/disk-contents';
import type { SnapshotFiles } from './output';

/**
 * Raw images of a snapshot's disks, in files beside it. A disk that is still as its own image needs none, unless an older
 * snapshot's lies there and would be taken for it.
 */
export class DiskFiles {
  private readonly _written: { readonly path: string; readonly disk: DiskContents; readonly index: number }[] = [];

  constructor(private readonly files: SnapshotFiles) {}

  get paths(): readonly string[] {
    return this._written.map(({ path }) => path);
  }

  /** A file for each of the disks, as it is in the snapshot. */
  pathsOf(disks: readonly DiskContents[]): string[] {
    return disks.map(({ imagePath }, at) => this._written.find(({ index }) => index === at)?.path ?? imagePath);
  }

  /** Undefined, or what went wrong, in words. */
  write(disks: readonly DiskContents[]): string | undefined {
    try {
      for (const [index, disk] of disks.entries()) {
        if (!disk.differsFromImage && !this.files.replacesDisk(index)) continue;
        const file = this.files.createDisk(index);
        this._written.push({ path: file.path, disk, index });
        const error = writeAll(file, disk);
        if (error !== undefined) return `the disk could not be written: ${error}`;
      }
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
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
}

function writeAll(file: Pick<OutputFile, 'write'>, disk: DiskContents): string | undefined {
  for (const chunk of disk.chunks()) {
    const error = file.write(chunk);
    if (error !== undefined) return error;
  }
  return undefined;
}
