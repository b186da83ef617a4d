import { DebuggeeError } from '../../debuggee/debuggee';

/** Why an image cannot be run, or a machine not be made: each says what and what to do. */
export const machineErrors = {
  noImage: () =>
    new DebuggeeError(
      'no-image',
      'There is nothing to run: set `program` to a bare-metal ELF file, `bios` to a firmware and `kernel` to what it starts, or the first bank of `pflash` to a firmware in flash.',
    ),
  flashSize: (path: string, byteCount: number, expected: number) =>
    new DebuggeeError(
      'flash-size',
      `${path} has ${byteCount} bytes; a flash image has ${expected}. \`truncate -s ${expected >> 20}M\` lengthens a shorter one.`,
    ),
  kernelAndFlash: () =>
    new DebuggeeError(
      'kernel-and-flash',
      '`kernel` and `pflash` exclude each other: the firmware starts what is in flash.',
    ),
  programAndBios: () =>
    new DebuggeeError(
      'program-and-bios',
      '`program` and `bios` or `kernel` exclude each other: keep `program` for a bare-metal guest, or `bios` and `kernel` for a firmware and what it starts.',
    ),
  kernelWithoutBios: () =>
    new DebuggeeError(
      'kernel-without-bios',
      '`kernel` needs a `bios` that starts it (OpenSBI, for example). For a bare-metal guest use `program` instead.',
    ),
  withoutKernel: (option: 'initrd' | 'append') =>
    new DebuggeeError(
      `${option}-without-kernel`,
      `\`${option}\` needs a kernel: set \`kernel\`, and \`bios\` to the firmware that starts it.`,
    ),
  emptyImage: (path: string) => new DebuggeeError('empty-image', `${path} is empty: rebuild it, or give another file.`),
  notElf: (path: string) =>
    new DebuggeeError(
      'not-elf',
      `${path} is not an ELF file despite its extension: give the linker's output. A flat image may have any other extension, such as \`.bin\`.`,
    ),
  not64Bit: (path: string) =>
    new DebuggeeError(
      'elf-32-bit',
      `${path} is a 32-bit ELF file; the guest is RV64: build it with \`-march=rv64imac -mabi=lp64\`.`,
    ),
  bigEndian: (path: string) =>
    new DebuggeeError(
      'elf-big-endian',
      `${path} is a big-endian ELF file; the guest is little-endian: build it for riscv64.`,
    ),
  otherMachine: (path: string, machine: string) =>
    new DebuggeeError(
      'elf-machine',
      `${path} is for another machine (${machine}); the guest is RISC-V: build it with a riscv64 toolchain, such as \`riscv64-unknown-elf-gcc\`.`,
    ),
  notExecutable: (path: string, type: string) =>
    new DebuggeeError('elf-type', `${path} is ${type}, not an executable: link it, and give the linker's output.`),
  nothingToLoad: (path: string) =>
    new DebuggeeError(
      'elf-no-segments',
      `${path} has no segment to load: link it with a script that places .text in RAM at 0x80000000.`,
    ),
  noSymbols: (path: string) =>
    new DebuggeeError(
      'no-symbols',
      `${path} has no symbols: it is a stripped ELF file, or neither ELF nor \`nm\` output. For a kernel, give the \`vmlinux\` or \`System.map\` of its build.`,
    ),
  hiddenSymbols: (path: string) =>
    new DebuggeeError(
      'hidden-symbols',
      `${path} has only zero addresses, as Linux shows \`/proc/kallsyms\` without privilege. In the guest, read it as root after \`sysctl kernel.kptr_restrict=0\`.`,
    ),
  notPlaced: (path: string) =>
    new DebuggeeError(
      'no-addresses',
      `${path} is an object file and has no addresses yet. For a kernel module, load it in the guest, save the output of \`cat /proc/kallsyms\`, and add that file to \`symbols\`.`,
    ),
  otherObject: (path: string, name: string) =>
    new DebuggeeError(
      'other-object',
      `${path} is not the build that the guest has loaded: \`${name}\` is at another address there. Give the file that was loaded, or save \`/proc/kallsyms\` again.`,
    ),
  truncated: (path: string, what: string, needed: number, present: number) =>
    new DebuggeeError(
      'elf-truncated',
      `${path} is cut short: ${what} ends at byte ${needed}, the file at ${present}. Copy or rebuild it.`,
    ),
  malformed: (path: string, what: string) =>
    new DebuggeeError('elf-malformed', `${path} is a damaged ELF file: ${what}. Rebuild it.`),
  outsideRam: (path: string, address: bigint, end: bigint, ramStart: number, ramEnd: number) =>
    new DebuggeeError(
      'outside-ram',
      `${path} loads at ${hex(address)} to ${hex(end)}, outside RAM (${hex(ramStart)} to ${hex(ramEnd)}): link it to run from 0x80000000.`,
    ),
  ramTooSmall: (what: string, byteCount: number, address: number, ramByteCount: number, neededByteCount: number) =>
    new DebuggeeError(
      'ram-too-small',
      `RAM is too small: ${what} needs ${size(byteCount)} at ${hex(address)}, \`ram\` is ${size(ramByteCount)}. Set \`ram\` to at least ${size(neededByteCount)}.`,
    ),
  overlap: (first: string, second: string, address: number) =>
    new DebuggeeError(
      'images-overlap',
      `${first} and ${second} overlap at ${hex(address)}: make \`ram\` larger, or link one of them elsewhere.`,
    ),
  ramSize: (ramByteCount: number, maxByteCount: number) =>
    new DebuggeeError(
      'ram-size',
      `\`ram\` is ${ramByteCount} bytes: give a multiple of 4 KiB up to ${size(maxByteCount)}, such as 64M.`,
    ),
} as const;

const kib = 1024;
const mib = 1024 * kib;

function size(byteCount: number): string {
  if (byteCount >= mib) return `${round(byteCount / mib)} MiB`;
  if (byteCount >= kib) return `${round(byteCount / kib)} KiB`;
  return `${byteCount} bytes`;
}

/** Two digits behind the point, upwards: what is needed is never understated. */
function round(value: number): number {
  return Math.ceil(value * 100) / 100;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
