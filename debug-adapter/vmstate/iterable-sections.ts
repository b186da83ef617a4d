import type { ByteCursor } from './byte-cursor';

/**
 * Sections besides `ram` that come in parts (START, PART, END). Their bodies are in no description: each has a format of
 * its own, of which we know where a record ends.
 *
 * @returns true at the record that ends the part
 */
export type ReadPartRecord = (cursor: ByteCursor) => boolean;

export const iterableSections: ReadonlyMap<string, ReadPartRecord> = new Map([
  ['dirty-bitmap', readDirtyBitmapChunk],
  ['block', readDiskBlock],
  ['s390-storage_attributes', readStorageAttributes],
  ['pbs-state', readBackupState],
]);

/** More than any writer sends at once. */
const recordByteCountMax = 16 * 2 ** 20;

/** DIRTY_BITMAP_MIG_FLAG_* of QEMU's migration/block-dirty-bitmap.c */
const bitmapFlag = {
  eos: 0x01,
  zeroes: 0x02,
  bitmapName: 0x04,
  deviceName: 0x08,
  start: 0x10,
  complete: 0x20,
  bits: 0x40,
};

function readDirtyBitmapChunk(cursor: ByteCursor): boolean {
  const { offset } = cursor;
  const flags = cursor.u8();
  if (flags > 0x7f) cursor.failAt(offset, 'bad-section-body', 'flags of a dirty bitmap', 'below 0x80', flags);
  if (flags & bitmapFlag.deviceName) cursor.shortName('node of a dirty bitmap');
  if (flags & bitmapFlag.bitmapName) cursor.shortName('name of a dirty bitmap');
  if (flags & bitmapFlag.start) {
    cursor.u32(); // granularity
    cursor.u8(); // enabled, persistent, autoloading
  } else if (flags & bitmapFlag.bits) {
    cursor.take(8 + 4); // first sector, number of sectors
    if (!(flags & bitmapFlag.zeroes)) takeCounted(cursor, 'bits of a dirty bitmap');
  }
  return (flags & bitmapFlag.eos) !== 0;
}

/** BLK_MIG_FLAG_* of QEMU's migration/block.c: the low bits of a word whose rest is a sector or a percentage. */
const blockFlag = { deviceBlock: 0x01, eos: 0x02, progress: 0x04, zeroBlock: 0x08 };
const sectorByteCount = 512;
const diskBlockByteCount = 2 ** 20;

function readDiskBlock(cursor: ByteCursor): boolean {
  const { offset } = cursor;
  const flags = Number(cursor.u64() % BigInt(sectorByteCount));
  switch (flags) {
    case blockFlag.deviceBlock:
      cursor.shortName('name of a disk');
      cursor.take(diskBlockByteCount);
      return false;
    case blockFlag.deviceBlock | blockFlag.zeroBlock:
      cursor.shortName('name of a disk');
      return false;
    case blockFlag.progress:
      return false;
    case blockFlag.eos:
      return true;
    default:
      return cursor.failAt(offset, 'bad-section-body', 'flags of a disk block', 'a block, progress or the end', flags);
  }
}

/** STATTR_FLAG_* of QEMU's hw/s390x/s390-stattrib.c */
const attributeFlag = { eos: 0x01n, more: 0x02n, done: 0x08n };

function readStorageAttributes(cursor: ByteCursor): boolean {
  const { offset } = cursor;
  const flags = cursor.u64() % 4096n;
  switch (flags) {
    case attributeFlag.more:
      takeCounted(cursor, 'storage attributes');
      return false;
    case attributeFlag.done:
      return false;
    case attributeFlag.eos:
      return true;
    default: {
      const what = 'flags of storage attributes';
      return cursor.failAt(offset, 'bad-section-body', what, 'attributes or the end', Number(flags));
    }
  }
}

/** Proxmox: what its backup server knows of the disks. */
function readBackupState(cursor: ByteCursor): boolean {
  takeCounted(cursor, 'backup state');
  return true;
}

function takeCounted(cursor: ByteCursor, what: string): void {
  cursor.take(cursor.u64Number(`length of ${what}`, recordByteCountMax));
}
