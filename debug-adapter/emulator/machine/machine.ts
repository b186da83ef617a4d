import type { Pieces } from '../../debuggee/pieces';
import type { CodeGeneration, GuestCore } from '../core/guest-core';
import type { HartStop, HartTurns, TurnsTaken } from '../core/guest-harts';
import type { VirtioMmio } from '../devices/virtio-mmio';
import type { DmaWrite } from '../devices/virtqueue';
import type { ImageFile } from './image-file';
import type { MachineState } from './machine-state';
import type { DebugSections, LaterImage, SymbolizedImage } from './symbol-table';

export type { DmaWrite, VirtioMmio };

/** The `virt` board as the VMM's threads and the debugger see it: harts, RAM blocks, devices, no notion of snapshots. */
export interface Machine {
  readonly core: GuestCore;
  readonly hartCount: number;
  readonly nsPerInstruction: number;
  /** In the order QEMU lists them in a stream's MEM_SIZE record: the largest first. */
  readonly ramBlocks: readonly RamBlock[];
  readonly symbols: SymbolTable;
  /** In the order of the options that made them. */
  readonly virtio: readonly VirtioMmio[];
  /** All its slots have the modern interface; otherwise all have the legacy one. */
  readonly hasModernVirtio: boolean;
  /** Of the block devices, by their place in `virtio`; never changed. */
  readonly diskImages: ReadonlyMap<number, ImageFile>;

  /**
   * Runs a hart for at most `instructionCount` instructions from `clockNs` (guest virtual time) and never past the
   * next change of an interrupt line that time alone brings (mtimecmp).
   */
  runHart(hart: number, instructionCount: number, clockNs: number): HartRun;
  /**
   * Turns of harts with each other, none past a change of an interrupt line that time alone brings; see
   * `GuestHarts.takeTurns`. Lowers `turns.untilNs` to that.
   */
  takeTurns(turns: HartTurns, untilNs: number, instructionCountMax: number): TurnsTaken;
  /** When the next interrupt line changes by time alone, in guest virtual ns; Infinity when none will. */
  nextTimerNs(hart: number): number;

  /**
   * Bytes are typed at the console that the guest has printed on last: the UART's, or a virtio console's; at `guestNs` of
   * the guest's virtual time. @returns the virtio device whose input queues are to be served then
   */
  receive(bytes: Uint8Array, guestNs: number): VirtioMmio | undefined;
  /** Undefined: the board has none. */
  readonly balloon: Balloon | undefined;
  onConsole: (bytes: Uint8Array) => void;
  /** Asked before every device access by a hart: false makes the instruction wait (`bus-retry`). */
  mayAccessDevices: (hart: number) => boolean;
  /** False makes an instruction wait that writes to flash, likewise. */
  mayWriteFlash: boolean;

  /** What one hart did may end the WFI of another, or its wait for a timer; at `guestNs` of the guest's virtual time. */
  onInterruptChange: (hart: number, guestNs: number) => void;

  /** A driver has put requests into a virtqueue: they wait for someone to serve them. */
  onVirtioNotify: (device: VirtioMmio, queue: number, guestNs: number) => void;

  /** Set once the guest wrote to the test finisher; `reset` takes it back. */
  readonly powerOff: PowerOff | undefined;
  /** Harts and devices are as at the start. RAM is not: what was loaded there is `loaded`, to be written again. */
  reset(): void;
  /** Images and device tree, where they are in RAM at the start. */
  readonly loaded: readonly LoadedBytes[];
  /** State of every device and hart, for a stream and for the state hash. */
  save(): MachineState;
  restore(state: MachineState): void;
  /** 64-bit hash of RAM, harts and devices. */
  stateHash(): bigint;
  /** The same, of large RAM in pieces. */
  stateHashInPieces(): Pieces<bigint>;
}

export interface HartRun {
  readonly stop: HartStop;
  readonly instructionCount: number;
  /** As `GuestHarts.dirtied`. */
  readonly dirtied: number;
}

export interface Balloon {
  /** Pages that its driver has given away. */
  readonly actual: number;
  /** Asks the driver to give so many away. */
  setTarget(pageCount: number): void;
}

export interface LoadedBytes {
  /** `the kernel vmlinux`, `the device tree`, … */
  readonly name: string;
  /** Of an ELF file, as far as they are in here. */
  readonly sections: readonly LoadedSection[];
  /** Symbols are so much further on. */
  readonly virtualOffset: bigint;
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Zeros behind `bytes`. */
  readonly zeroByteCount: number;
}

export interface LoadedSection {
  readonly name: string;
  /** Guest physical. */
  readonly address: number;
  readonly byteCount: number;
}

export interface RamBlock {
  /** As in QEMU: `riscv_virt_board.ram`, `virt.flash0`, `virt.flash1`, `riscv_virt_board.mrom`. */
  readonly name: string;
  readonly address: number;
  /** Live. Changed only by `write`, by harts and by devices. */
  readonly bytes: Uint8Array;
  /** False: a snapshot needs no protection of it; ROM, and flash, whose writes are commands. */
  readonly writable: boolean;
  /** All 4096 bytes of the page are zero. */
  isZero(page: number): boolean;
  /** From outside the guest, such as from a stream. */
  write(offset: number, bytes: Uint8Array): void;
}

export type PowerOff = { readonly kind: 'pass' | 'reset' } | { readonly kind: 'fail'; readonly code: number };

export interface SymbolTable {
  /** Further names, behind those that are there. */
  add(image: SymbolizedImage): void;
  /** One that is looked for when nothing else has a name or an address. */
  addLater(image: LaterImage): void;
  /** Of the images that are ELF files. */
  readonly debug: readonly DebugSections[];
  addressOf(name: string): bigint | undefined;
  /** So many at most. */
  namesWith(prefix: string, countMax: number): readonly string[];
  /** The symbol at or below the address, with the distance, within the same image. */
  nearest(address: bigint): { readonly name: string; readonly offset: number } | undefined;
  /** Where the function begins that covers the address: of a symbol of that kind, else of whatever is nearest. */
  functionAt(address: bigint): bigint | undefined;
}

/** The board without what is loaded into it. */
export interface BoardOptions {
  readonly hartCount: number;
  readonly ramByteCount: number;
  readonly nsPerInstruction: number;
  /** See `GuestCoreOptions`. */
  readonly codeGeneration?: CodeGeneration;
  /** What the real-time clock shows when the machine starts, in ns since 1970; 2026-01-01 unless given. */
  readonly rtcEpochNs?: bigint;
  /** False leaves out the two banks of flash, which the board has, and with them 16,384 pages of each snapshot. */
  readonly hasFlash?: boolean;
  /** Devices in virtio-mmio slots: without one of their own, in the last that is free, as QEMU places them. */
  readonly virtio?: readonly VirtioOptions[];
  /** All slots have the modern interface, as with QEMU's `-global virtio-mmio.force-legacy=false`. */
  readonly hasModernVirtio?: boolean;
}

export interface MachineOptions extends BoardOptions {
  /** Bare-metal program (ELF or flat, loaded at RAM's start), exclusive with bios. */
  readonly program?: Image;
  readonly bios?: Image;
  readonly kernel?: Image;
  /** Initial RAM disk, for the kernel to unpack: a cpio archive, packed or not. */
  readonly initrd?: Image;
  /** The kernel's command line. */
  readonly append?: string;
  /**
   * What the banks of flash hold at the start, each as long as a bank (QEMU's `-drive if=pflash`). Without a program or a
   * bios, harts start in the first; a bios starts what is there.
   */
  readonly flash?: readonly (Image | undefined)[];
}

/**
 * `seed`: what the random numbers are drawn from. `image`: raw, never changed. A network device's peer is echo-peer.ts.
 */
export type VirtioOptions = VirtioKindOptions & { readonly slot?: number | undefined };

type VirtioKindOptions =
  | { readonly kind: 'rng'; readonly seed: number }
  | { readonly kind: 'block'; readonly image: ImageFile }
  | { readonly kind: 'console' }
  | { readonly kind: 'net' }
  | { readonly kind: 'balloon' };

export interface Image {
  /** For messages. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
