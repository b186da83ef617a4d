export type PartName =
  | 'qemu'
  | 'qemu-x86'
  | 'opensbi'
  | 'opensbi-dynamic'
  | 'u-boot'
  | 'chromium'
  | 'dtc'
  | 'binutils'
  | 'gcc'
  | 'gdb'
  | 'gpg'
  | 'apt'
  | 'dpkg';
export class MissingPart extends Error {
  readonly code: 'MISSING_PART';
}
export function requirePart(name: PartName, program?: string): string;
export function firmwarePaths(): { opensbi: string; dynamic: string; uBoot: string };
