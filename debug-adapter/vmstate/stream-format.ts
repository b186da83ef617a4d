/**
 * Numbers of the migration stream (QEMU's migration/savevm.c and migration/ram.c). Every integer on the wire is
 * big-endian.
 *
 *     magic "QEVM" · version 3 · [ configuration ]
 *     ( START|FULL id name instance version  body  [ footer ]
 *     | PART|END   id                        body  [ footer ] )*
 *     EOF · [ VMDESCRIPTION ]
 *
 * What stands in brackets depends on the machine type: `send-configuration`, `send-section-footer`, `suppress-vmdesc`.
 */
export const streamMagic = 0x5145_564d;
export const streamVersion = 3;

export const sectionType = {
  eof: 0x00,
  start: 0x01,
  part: 0x02,
  end: 0x03,
  full: 0x04,
  subsection: 0x05,
  vmDescription: 0x06,
  configuration: 0x07,
  command: 0x08,
  footer: 0x7e,
} as const;

/** RAM_SAVE_FLAG_*: the low bits of the 64-bit word that begins each RAM record. */
export const ramFlag = {
  zero: 0x02,
  memSize: 0x04,
  page: 0x08,
  eos: 0x10,
  continue: 0x20,
  xbzrle: 0x40,
  compressPage: 0x100,
  /** Pages travel in channels of their own (capability `multifd`, QEMU ≥ 8.1): wait for them. */
  multifdFlush: 0x200,
} as const;

export const ramSectionName = 'ram';
export const ramSectionVersion = 4;
/** Migration pages: TARGET_PAGE_SIZE of every machine that we write, and of most that we read. */
export const migrationPageByteCount = 4096;
/** The longest name that a one-byte length can announce. */
export const nameByteCountMax = 255;
