import type { PageGroups } from '../../protocol/changed-pages';
import type { PageState } from '../../protocol/page-states';
import type { HeldPages } from './held-pages';

/**
 * The emulated harts, their MMU and the protection of guest RAM: what the WebAssembly core offers to the machine.
 * Physical addresses, page numbers, times and instruction counts are numbers (all < 2^53); anything that can hold 64
 * significant bits is a bigint. RAM pages are counted from the start of RAM, 4 KiB each.
 */
export interface GuestCore {
  /** Guest RAM, from physical address `ramBase`. A live view into the core's memory. */
  readonly ram: Uint8Array;
  /** One `PageState` a RAM page. Live. The core itself makes one transition: copied by the scan or zero → dirty at a write. */
  readonly pageStates: Uint8Array;
  /** Virtual time in ns at which each page came into its state. Live. */
  readonly pageTimesNs: Float64Array;
  /** The actor that brought it there: a hart's index, or a number ≥ 0x80 that the machine's owner chose. Live. */
  readonly pageActors: Uint8Array;

  /**
   * Runs one hart for exactly `instructionCount` instructions, or fewer when it stops before. `clockNs` is the guest's
   * virtual clock at the first of them; each takes `nsPerInstruction` (given at creation), and `time` reads
   * clock / 100 (10 MHz) and `timeDelta`. Pending interrupts are taken as soon as they are enabled, precisely. The state after
   * n + m instructions does not depend on how they were cut into calls.
   */
  run(hart: number, instructionCount: number, clockNs: number): HartStop;
  /** How many instructions the last `run` retired. A trap taken counts as none. */
  readonly retired: number;
  /**
   * The turns that several harts take with each other, each as by a `run`, up to one that is the caller's: it begins at
   * `untilNs` or later, or the one before it has stopped, or a device is to do something. `instructionCountMax` of all
   * harts together may cut the last one. `retired` is that of the last one, too.
   */
  takeTurns(turns: HartTurns, untilNs: number, instructionCountMax: number): TurnsTaken;
  /**
   * Pages that stores of the last `run` were the first to write to since the dirty log was last cleared. Such a store
   * ends the run, so that time can be charged for it; setting A and D bits in a page table is logged but not counted.
   */
  readonly dirtied: number;
  /** Ends the current `run` after the instruction that is executing: for devices, called from within a bus access. */
  requestStop(): void;
  /** Within a bus access: the virtual time of the instruction that makes it. */
  readonly accessTimeNs: number;
  /**
   * Within a bus access: what a clock shows that all harts read. As the `time` CSR, it is `accessTimeNs` or what another
   * hart has read already if that is later: between harts that run ahead of each other, time never goes backwards.
   */
  readonly clockNs: number;
  /** The latest time that any hart has read. */
  latestClockNs: number;
  /** What software has added to the ticks of `time`, by writing mtime. */
  timeDelta: bigint;

  reset(hart: number, pc: bigint): void;
  readX(hart: number, register: number): bigint;
  writeX(hart: number, register: number, value: bigint): void;
  /** f0 to f31, a single NaN-boxed. */
  readF(hart: number, register: number): bigint;
  writeF(hart: number, register: number, value: bigint): void;
  readonly pc: { get(hart: number): bigint; set(hart: number, value: bigint): void };
  /** 0 U, 1 S, 3 M. */
  privilege(hart: number): number;
  setPrivilege(hart: number, privilege: number): void;
  /** What the last LR has reserved, if no SC or trap has ended that. */
  reservation(hart: number): Reservation | undefined;
  /** After `setPrivilege`, which ends a reservation. */
  setReservation(hart: number, reservation: Reservation): void;
  /** Raw CSR state, whatever the privilege, without side effects; undefined for one that does not exist. */
  readCsr(hart: number, csr: number): bigint | undefined;
  writeCsr(hart: number, csr: number, value: bigint): void;
  /** All of them: of the CSRs, only the selected one is to be seen. */
  triggers(hart: number): HartTriggers;
  /** Levels of the interrupt lines into `mip`: bit numbers 3 MSIP, 5 STIP (with Sstc), 7 MTIP, 9 SEIP, 11 MEIP (1 is the guest's). */
  setInterruptLine(hart: number, bit: number, level: boolean): void;
  /** Virtual time in ns at which `stimecmp` raises STIP (line 5, which the caller holds); Infinity without Sstc on. */
  supervisorTimerNs(hart: number): number;
  /** An interrupt that would end WFI is pending: mip & mie is not zero. */
  interruptPending(hart: number): boolean;
  /** How many traps in a row the hart took without retiring an instruction: a hart gone wild has many. */
  trapsInARow(hart: number): number;

  /** Physical address for a virtual one as the hart would see it now, without side effects; undefined on a fault. */
  translate(hart: number, address: bigint, access: 'read' | 'write' | 'execute'): number | undefined;

  /** Virtual addresses at which `run` stops before executing. Replaces those before. */
  setBreakpoints(addresses: readonly bigint[]): void;

  /**
   * The host's page table has an entry for the page: a hart, the loader or a device's write has touched it. (A device
   * that only reads a page counts for nothing here; guests give devices no pages they never wrote.)
   */
  isTouched(page: number): boolean;
  /** Somebody reads a byte of every page. */
  touchAll(): void;
  /** userfaultfd's WRITEPROTECT(on) for all of RAM; page states are the caller's business. */
  protectAll(): void;
  /** The same, as kernels do it that pass over pages without an entry. */
  protectTouched(): void;
  /**
   * The host takes a page away (madvise DONTNEED): the next to read it finds zeros. Nobody has touched it now, and it is
   * not protected.
   */
  discard(page: number, actor: number, timeNs: number): void;
  /** WRITEPROTECT(off) for one page. */
  unprotect(page: number): void;
  unprotectAll(): void;
  isProtected(page: number): boolean;
  /** For whoever keeps the page map: nobody else writes states. */
  setPageState(page: number, state: PageState, actor: number, timeNs: number): void;
  setAllPageStates(state: PageState, actor: number, timeNs: number): void;

  /**
   * From now on `preserve` is called once before each page's first change, by whichever writer, protected or not: while
   * it runs, `ram` still holds the old bytes. Ends with `stopPreserving`.
   */
  startPreserving(preserve: Preserve): void;
  stopPreserving(): void;
  /** The page has not changed since `startPreserving`. */
  isPreserved(page: number): boolean;

  /**
   * Dirty logging (KVM_MEM_LOG_DIRTY_PAGES): all pages are clean now, and the first write to each, by whichever writer,
   * makes it dirty. Apart from protection, and together with it: a store that the protection stops makes nothing dirty.
   */
  startDirtyLog(): void;
  /** Calls `onDirty` for each dirty page in order and makes them clean again. */
  syncDirtyLog(onDirty: (page: number) => void): void;
  stopDirtyLog(): void;

  /**
   * Watches bytes of RAM, instead of those before. Accesses to other pages are as quick as ever. One that hits ends the
   * run behind its instruction, and is in `watchHits`.
   */
  watch(ranges: readonly WatchedRange[]): void;
  /** Accesses to watched bytes, oldest first, until whoever looks empties it. */
  readonly watchHits: WatchHit[];

  /** What pages held before they changed. */
  readonly held: HeldPages;
  /** Not 0 where code has run since `held.begin`: an entry for each virtual page, which it shares with others. Live. */
  readonly executedPages: Uint8Array;
  /** The entry of the page that an address is in. */
  executedEntry(address: bigint): number;
  /** What is known of each page, one array after the other, for whoever keeps it. Live. */
  readonly pageRecords: readonly Uint8Array[];
  /** Of which any of the records may have changed. Who puts them back notes that by `putBack`. */
  readonly pageGroups: PageGroups;
  /** All else but RAM. */
  keep(): KeptCore;
  /** After RAM and `pageRecords` have been put back. */
  putBack(kept: KeptCore): void;

  /** All 4096 bytes are zero (SIMD). */
  isZero(page: number): boolean;
  /** The first of 4096 bytes that the page of RAM has otherwise, or -1 (SIMD). */
  firstDifference(page: number, bytes: Uint8Array): number;
  /**
   * Bytes of RAM written from outside a hart (loader, restore, DMA) go through here, so that decoded code is dropped.
   * `actor`, `timeNs`: who writes and when, for `pageActors`, `pageTimesNs` and `preserve`.
   */
  writeRam(offset: number, bytes: Uint8Array, actor?: number, timeNs?: number): void;
  /** 64-bit hash over RAM and every hart's architectural state. */
  stateHash(): bigint;
}

/** Who takes turns, as simulation/scheduler.ts has it, by what quanta. By hart; times in ns of the guest's virtual clock, whole. */
export interface HartTurns {
  /** Infinity: it takes no turns. */
  readonly clocksNs: number[];
  /** From then on its turns are the caller's. */
  readonly untilNs: number[];
  /** See simulation/interleaving.ts. */
  readonly salts: readonly number[];
  readonly quantumNs: number;
}

export interface TurnsTaken {
  /** Whose turn was the last one; undefined if there was none. */
  readonly hart: number | undefined;
  /** How the last one ended. */
  readonly stop: HartStop;
  /** By hart. */
  readonly retired: readonly number[];
}

/** State of the harts and of what all share; nobody looks inside. */
export interface KeptCore {
  readonly harts: Uint8Array;
  readonly words: Uint8Array;
  readonly preserve: Preserve;
  readonly isLoggingDirty: boolean;
}

/** Bytes from an offset in RAM. Reads are those of harts, writes those of all. */
export interface WatchedRange {
  readonly offset: number;
  readonly byteCount: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

export interface WatchHit {
  readonly range: WatchedRange;
  readonly kind: 'read' | 'write';
  /** The bytes accessed, from an offset in RAM. */
  readonly offset: number;
  readonly byteCount: number;
  /** As in `pageActors`. */
  readonly actor: number;
  /** Of the instruction, when a hart makes the access. */
  readonly pc: bigint;
  /** The watched bytes as they were. */
  readonly before: Uint8Array;
}

/** `actor`: who is about to write, as in `pageActors`. `timeNs`: for a hart, of the guest's virtual clock. */
export type Preserve = (page: number, actor: number, timeNs: number) => void;

export type HartStop =
  | { readonly kind: 'count' }
  /** `requestStop` was called, a store made a page dirty (see `dirtied`), or the hart took 256 traps without retiring an instruction: see `trapsInARow`. */
  | { readonly kind: 'requested' }
  | { readonly kind: 'breakpoint' }
  /** In WFI with nothing pending; the pc is behind the WFI instruction. */
  | { readonly kind: 'wfi' }
  /** A store to a protected page. Nothing of the instruction has happened; it runs again after `unprotect`. */
  | { readonly kind: 'write-fault'; readonly page: number; readonly physicalAddress: number }
  /** The bus answered `retry`. Nothing of the instruction has happened. */
  | { readonly kind: 'bus-retry' };

/** Everything outside RAM. `size` is 1, 2, 4 or 8 bytes; a fault becomes an access-fault trap. */
export interface Bus {
  /** @param inTurns within `takeTurns`: a read that would have an effect is a `retry` */
  read(hart: number, address: number, size: number, inTurns: boolean): bigint | 'fault' | 'retry';
  write(hart: number, address: number, size: number, value: bigint): 'ok' | 'fault' | 'retry' | BusWriteFault;
  /** Instruction fetch outside RAM: the read-only memories. Bytes from `address` to the end of its 4 KiB page. */
  fetch(address: number): Uint8Array | undefined;
}

/**
 * The device is to write to RAM itself, at once, and the page is protected: nothing has happened, and the access is made
 * again after `unprotect`.
 */
export interface BusWriteFault {
  readonly physicalAddress: number;
}

export interface GuestCoreOptions {
  readonly hartCount: number;
  readonly ramByteCount: number;
  readonly nsPerInstruction: number;
  /** `hot` if nothing is said. Nobody can tell by what the guest does. */
  readonly codeGeneration?: CodeGeneration;
}

/** Which of the guest's code becomes WebAssembly: none, what is executed often, or, for tests, all that was executed. */
export type CodeGeneration = 'off' | 'hot' | 'at-once';

/** Physical address of RAM on QEMU's `virt` board. */
export const ramBase = 0x8000_0000;
export const pageByteCount = 4096;

/** The debug specification's: a breakpoint exception before an instruction, load or store at an address. */
export interface HartTriggers {
  /** tselect. */
  readonly selected: number;
  readonly triggers: readonly { readonly tdata1: bigint; readonly tdata2: bigint }[];
}

/** An SC succeeds at the address while that holds the value (QEMU: load_res, load_val). */
export interface Reservation {
  /** Virtual. */
  readonly address: bigint;
  /** As LR read it, sign-extended. */
  readonly value: bigint;
}
