/**
 * The harts and their MMU. Physical addresses, times and instruction counts are numbers (all < 2^53); anything that can hold
 * 64 significant bits is a bigint.
 */
export interface GuestHarts {
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
