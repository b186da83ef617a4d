import type { GuestHarts, HartTriggers, Reservation } from '../core/guest-harts';
import { csrNumbers as csrs } from '../isa/csrs';

export interface HartState {
  /** x0 to x31. */
  readonly x: readonly bigint[];
  /** f0 to f31, a single NaN-boxed. */
  readonly f: readonly bigint[];
  readonly pc: bigint;
  /** 0 U, 1 S, 3 M. */
  readonly privilege: number;
  /** In WFI, waiting for an interrupt. */
  readonly halted: boolean;
  /** By LR. */
  readonly reservation: Reservation | undefined;
  /** Every CSR with state of its own, by number: mstatus, mip, mie, satp, pmpcfg0 and so on. */
  readonly csrs: ReadonlyMap<number, bigint>;
  /** As out of reset, unless given: QEMU says it since 7.2. */
  readonly triggers?: HartTriggers | undefined;
}

const { mip, tselect, tdata1, tdata2 } = csrs;

/** CSRs with state of their own (privileged architecture 1.12, table 2): shadows such as sstatus and counters are none. */
const statefulCsrs: readonly number[] = [
  csrs.fflags,
  csrs.frm,
  csrs.mstatus,
  csrs.misa,
  csrs.medeleg,
  csrs.mideleg,
  csrs.mie,
  csrs.mtvec,
  csrs.mcounteren,
  csrs.menvcfg,
  csrs.mcountinhibit,
  csrs.mscratch,
  csrs.mepc,
  csrs.mcause,
  csrs.mtval,
  mip,
  ...from(csrs.pmpaddr0, 16), // before a lock shuts them
  csrs.pmpcfg0,
  csrs.pmpcfg0 + 2, // in RV64 there are no odd ones
  ...from(csrs.mhpmevent3, 29),
  csrs.mcycle,
  csrs.minstret,
  ...from(csrs.mhpmcounter3, 16),
  csrs.stvec,
  csrs.scounteren,
  csrs.senvcfg,
  csrs.stimecmp,
  csrs.sscratch,
  csrs.sepc,
  csrs.scause,
  csrs.stval,
  csrs.satp,
];

function from(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

export function saveHart(core: GuestHarts, hart: number, halted: boolean): HartState {
  const csrs = new Map<number, bigint>();
  for (const csr of statefulCsrs) {
    const value = core.readCsr(hart, csr);
    if (value !== undefined) csrs.set(csr, value);
  }
  return {
    x: Array.from({ length: 32 }, (_, register) => core.readX(hart, register)),
    f: Array.from({ length: 32 }, (_, register) => core.readF(hart, register)),
    pc: core.pc.get(hart),
    privilege: core.privilege(hart),
    halted,
    reservation: core.reservation(hart),
    csrs,
    triggers: core.triggers(hart),
  };
}

/**
 * @param lines bits of mip that devices hold up: they come back by their wires, not as bits that software wrote
 */
export function restoreHart(core: GuestHarts, hart: number, state: HartState, lines: bigint): void {
  core.reset(hart, state.pc);
  for (const csr of statefulCsrs) {
    const value = state.csrs.get(csr);
    if (value !== undefined) core.writeCsr(hart, csr, csr === mip ? value & ~lines : value);
  }
  for (let register = 1; register < 32; register++) core.writeX(hart, register, state.x[register] ?? 0n);
  for (let register = 0; register < 32; register++) core.writeF(hart, register, state.f[register] ?? 0n);
  core.setPrivilege(hart, state.privilege);
  if (state.reservation) core.setReservation(hart, state.reservation);
  if (state.triggers) restoreTriggers(core, hart, state.triggers);
}

function restoreTriggers(core: GuestHarts, hart: number, { selected, triggers }: HartTriggers): void {
  for (const [index, trigger] of triggers.entries()) {
    core.writeCsr(hart, tselect, BigInt(index));
    core.writeCsr(hart, tdata1, trigger.tdata1);
    core.writeCsr(hart, tdata2, trigger.tdata2);
  }
  core.writeCsr(hart, tselect, BigInt(selected));
}
