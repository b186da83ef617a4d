import { pageByteCount, ramBase } from '../core/guest-core';
import { RAM_PAGE_COUNT_MAX } from '../core/memory-map';
import { pflashByteCount } from '../devices/pflash-cfi01';
import { deviceTree } from './device-tree';
import { type Executable, extent, isElf, readElf } from './elf';
import type { Image, LoadedSection, MachineOptions } from './machine';
import { machineErrors } from './machine-errors';
import { flashBase } from './memory-map';
import type { SymbolizedImage } from './symbol-table';

/** Everything that is in RAM and flash before the first instruction, and what the reset vector must know. */
export interface Layout {
  /** Disjoint, within RAM. */
  readonly regions: readonly Region[];
  /** Where the reset vector jumps to. */
  readonly start: bigint;
  /** Where the firmware finds what it starts, or 0. */
  readonly kernelEntry: bigint;
  readonly fdtAddress: number;
  /** What is in the banks of flash, each as long as a bank; undefined for one that is empty. */
  readonly flash: readonly (Uint8Array | undefined)[];
  readonly images: readonly SymbolizedImage[];
}

export interface Region {
  /** For messages. */
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
  /** At least as many as `bytes`; the rest is zero. */
  readonly byteCount: number;
  readonly sections?: readonly LoadedSection[];
  /** From here to where symbols are. */
  readonly virtualOffset?: bigint;
}

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;
const ramByteCountMax = RAM_PAGE_COUNT_MAX * pageByteCount;

/**
 * Places images and device tree as QEMU 7.2 does: the firmware (or bare-metal program) at the start of RAM, the kernel
 * behind it at the next multiple of 2 MiB, an ELF file where its program headers say.
 * @throws DebuggeeError when an image is none, does not fit, or overlaps another
 */
export function layOut(options: MachineOptions): Layout {
  const { program, bios, kernel, initrd, append, ramByteCount, hartCount, hasFlash = true } = options;
  checkRamSize(ramByteCount);
  if (program && (bios || kernel)) throw machineErrors.programAndBios();
  if (kernel && !bios) throw machineErrors.kernelWithoutBios();
  if (initrd && !kernel) throw machineErrors.withoutKernel('initrd');
  if (append && !kernel) throw machineErrors.withoutKernel('append');
  const flash = readFlash(options);
  const first = program ?? bios;
  if (!first && !flash[0]) throw machineErrors.noImage();

  const executables: Executable[] = [];
  const regions: Region[] = [];
  if (first) {
    const firmware = readImage(first, ramBase);
    executables.push(firmware);
    regions.push(...place(firmware, program ? 'the program' : 'the bios', ramByteCount));
  }
  if (kernel) {
    const executable = readImage(kernel, alignUp(Math.max(...regions.map(endOf)), 2 * mib));
    executables.push(executable);
    regions.push(...place(executable, 'the kernel', ramByteCount));
  }
  const kernelEntry = executables[1]?.entry ?? flashEntry(flash, first !== undefined);
  const disk = initrd && placeInitrd(initrd, Number(kernelEntry), ramByteCount);
  if (disk) regions.push(disk);
  const fdt = placeDeviceTree(ramByteCount);
  const tree = deviceTree({
    hartCount,
    ramByteCount,
    hasFlash,
    totalByteCount: fdt.byteCount,
    append: append ?? '',
    initrd: disk && { start: disk.address, end: endOf(disk) },
  });
  regions.push({ name: 'the device tree', address: fdt.address, bytes: tree, byteCount: tree.length });
  checkOverlaps(regions, ramByteCount);
  return {
    regions,
    start: executables[0]?.entry ?? BigInt(flashBase(0)),
    kernelEntry,
    fdtAddress: fdt.address,
    flash,
    images: executables.map(({ segments, symbols, debug }) => ({ ...extent(segments), symbols, debug })),
  };
}

/** Nothing is loaded: the state comes from elsewhere. */
export const emptyLayout: Layout = {
  regions: [],
  start: BigInt(ramBase),
  kernelEntry: 0n,
  fdtAddress: 0,
  flash: [],
  images: [],
};

/** @throws DebuggeeError when an image is not as long as a bank, or there is a kernel besides */
function readFlash({ flash = [], kernel }: MachineOptions): Layout['flash'] {
  if (kernel && flash.some((bank) => bank)) throw machineErrors.kernelAndFlash();
  return flash.map((bank) => {
    if (!bank) return undefined;
    const { path, bytes } = bank;
    if (bytes.length !== pflashByteCount) throw machineErrors.flashSize(path, bytes.length, pflashByteCount);
    return bytes;
  });
}

/**
 * What a firmware in RAM is to start: the code in flash, in the first bank as in QEMU since 8.1, or alone in the second as in
 * 7.2. A firmware that is in the first bank itself starts the second, if it asks at all.
 */
function flashEntry(flash: Layout['flash'], hasFirmware: boolean): bigint {
  if (hasFirmware && flash[0]) return BigInt(flashBase(0));
  return flash[1] ? BigInt(flashBase(1)) : 0n;
}

/** @throws DebuggeeError */
export function checkRamSize(ramByteCount: number): void {
  if (ramByteCount > 0 && ramByteCount % pageByteCount === 0 && ramByteCount <= ramByteCountMax) return;
  throw machineErrors.ramSize(ramByteCount, ramByteCountMax);
}

/** An ELF file, or a flat image for `flatAddress`. */
function readImage(image: Image, flatAddress: number): Executable {
  const { path, bytes } = image;
  if (bytes.length === 0) throw machineErrors.emptyImage(path);
  if (isElf(image) || path.toLowerCase().endsWith('.elf')) return readElf(image);
  const address = BigInt(flatAddress);
  const byteCount = Math.max(bytes.length, linuxImageByteCount(bytes));
  const segments = [{ address, virtualAddress: address, bytes, byteCount }];
  return {
    path,
    entry: address,
    segments,
    symbols: [],
    sections: [],
    debug: { path, section: () => undefined, isInMemory: () => false },
  };
}

/**
 * What a RISC-V Linux Image takes in RAM with the zeros behind its file (Documentation/arch/riscv/boot-image-header.rst);
 * 0 for a flat image that is none.
 */
function linuxImageByteCount(bytes: Uint8Array): number {
  const headerByteCount = 0x40;
  const isImage = bytes.length >= headerByteCount && riscv.every((byte, index) => bytes[0x30 + index] === byte);
  if (!isImage) return 0;
  const byteCount = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0x10, true);
  return byteCount > BigInt(ramByteCountMax) ? ramByteCountMax : Number(byteCount);
}

/** The Image's magic, "RISCV". */
const riscv = [0x52, 0x49, 0x53, 0x43, 0x56];

/** QEMU's `riscv_load_initrd`: half of RAM behind the kernel's entry, but no more than 128 MiB. */
function placeInitrd({ path, bytes }: Image, kernelEntry: number, ramByteCount: number): Region {
  if (bytes.length === 0) throw machineErrors.emptyImage(path);
  const address = kernelEntry + Math.min(ramByteCount / 2, 128 * mib);
  const name = `the initrd ${path}`;
  const end = address + bytes.length;
  if (end > ramBase + ramByteCount) {
    // It moves as RAM grows, up to 128 MiB.
    let needed = ramByteCount;
    while (kernelEntry + Math.min(needed / 2, 128 * mib) + bytes.length > placeDeviceTree(needed).address)
      needed += mib;
    throw machineErrors.ramTooSmall(name, bytes.length, address, ramByteCount, needed);
  }
  return { name, address, bytes, byteCount: bytes.length };
}

function place({ path, segments, sections }: Executable, name: string, ramByteCount: number): Region[] {
  const ramEnd = ramBase + ramByteCount;
  return segments.map(withoutHeadersBelowRam).map(({ address, virtualAddress, bytes, byteCount }) => {
    const end = address + BigInt(byteCount);
    // What starts in RAM's address range wants more RAM; what starts elsewhere wants another linker script.
    if (address < BigInt(ramBase) || end > BigInt(ramBase + ramByteCountMax)) {
      throw machineErrors.outsideRam(path, address, end, ramBase, ramEnd);
    }
    if (end > BigInt(ramEnd)) {
      const needed = ramNeeded(Number(end));
      throw machineErrors.ramTooSmall(`${name} ${path}`, byteCount, Number(address), ramByteCount, needed);
    }
    const virtualOffset = virtualAddress - address;
    const inside = sections.filter(({ virtualAddress: at }) => {
      return at >= virtualAddress && at < virtualAddress + BigInt(byteCount);
    });
    return {
      name: `${name} ${path}`,
      address: Number(address),
      bytes,
      byteCount,
      virtualOffset,
      sections: inside.map((section) => ({ ...section, address: Number(section.virtualAddress - virtualOffset) })),
    };
  });
}

/**
 * A linker that is told where the text begins, and nothing else, puts the file's headers into the same segment, before
 * it and thus below RAM: QEMU loads the part that is in RAM.
 */
function withoutHeadersBelowRam(segment: Executable['segments'][number]): Executable['segments'][number] {
  const below = ramBase - Number(segment.address);
  if (below <= 0 || below >= segment.byteCount) return segment;
  return {
    address: BigInt(ramBase),
    virtualAddress: segment.virtualAddress + BigInt(below),
    bytes: segment.bytes.subarray(below),
    byteCount: segment.byteCount - below,
  };
}

/**
 * QEMU's `riscv_load_fdt`: 1 MiB below the end of RAM or below 3 GiB, whichever is lower, aligned down to 2 MiB. In RAM
 * so small that this is where the program goes, QEMU gives up; here 16 KiB at its end must do.
 */
function placeDeviceTree(ramByteCount: number): { address: number; byteCount: number } {
  const end = Math.min(ramBase + ramByteCount, 3 * gib);
  const address = alignDown(end - mib, 2 * mib);
  if (address > ramBase) return { address, byteCount: mib };
  const byteCount = 16 * kib;
  return { address: alignDown(end - byteCount, pageByteCount), byteCount };
}

/** The smallest RAM, in whole MiB, that holds what ends at `end` and the device tree above. */
function ramNeeded(end: number): number {
  let byteCount = mib;
  while (byteCount < ramByteCountMax && placeDeviceTree(byteCount).address < end) byteCount += mib;
  return byteCount;
}

function checkOverlaps(regions: readonly Region[], ramByteCount: number): void {
  const sorted = [...regions].sort((a, b) => a.address - b.address);
  for (const [index, region] of sorted.entries()) {
    const next = sorted[index + 1];
    if (!next || endOf(region) <= next.address) continue;
    // The device tree, placed last, lies as high as it can: more RAM moves it out of the way.
    const tree = regions.at(-1);
    const other = region === tree ? next : next === tree ? region : undefined;
    if (other) {
      const needed = ramNeeded(endOf(other));
      throw machineErrors.ramTooSmall(other.name, other.byteCount, other.address, ramByteCount, needed);
    }
    throw machineErrors.overlap(region.name, next.name, next.address);
  }
}

function endOf({ address, byteCount }: Region): number {
  return address + byteCount;
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function alignDown(value: number, alignment: number): number {
  return Math.floor(value / alignment) * alignment;
}
