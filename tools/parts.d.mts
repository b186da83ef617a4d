export type PartName = 'qemu' | 'opensbi' | 'opensbi-dynamic' | 'u-boot' | 'chromium' | 'dtc' | 'binutils' | 'gcc' | 'gdb';
export function findPart(name: PartName): string | undefined;
export function firmwarePaths(): { opensbi: string; dynamic: string; uBoot: string };
export function ensureParts(names: readonly PartName[]): Promise<void>;
