import type { GuestCore, HartTriggers } from '../core/guest-core';
import type { HartState } from './machine-state';

const mip = 0x344;
const [tselect, tdata1, tdata2] = [0x7a0, 0x7a1, 0x7a2];

/** CSRs with state of their own (privileged architecture 1.12, table 2): shadows such as sstatus and counters are none. */
const statefulCsrs: readonly number[] = [
  0x001, // fflags
  0x002, // frm
  0x300, // mstatus
  0x301, // misa
  0x302, // medeleg
  0x303, // mideleg
  0x304, // mie
  0x305, // mtvec
  0x306, // mcounteren
  0x30a, // menvcfg
  0x320, // mcountinhibit
  0x340, // mscratch
  0x341, // mepc
  0x342, // mcause
  0x343, // mtval
  mip,
  ...Array.from({ length: 16 }, (_, index) => 0x3b0 + index), // pmpaddr0 to pmpaddr15, before a lock shuts them
  0x3a0, // pmpcfg0
  0x3a2, // pmpcfg2
  ...Array.from({ length: 29 }, (_, index) => 0x323 + index), // mhpmevent3 to mhpmevent31
  0xb00, // mcycle
  0xb02, // minstret
  ...Array.from({ length: 16 }, (_, index) => 0xb03 + index), // mhpmcounter3 to mhpmcounter18
  0x105, // stvec
  0x106, // scounteren
  0x10a, // senvcfg
  0x14d, // stimecmp
  0x140, // sscratch
  0x141, // sepc
  0x142, // scause
  0x143, // stval
  0x180, // satp
];

export function saveHart(core: GuestCore, hart: number, halted: boolean): HartState {
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
export function restoreHart(core: GuestCore, hart: number, state: HartState, lines: bigint): void {
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

function restoreTriggers(core: GuestCore, hart: number, { selected, triggers }: HartTriggers): void {
  for (const [index, trigger] of triggers.entries()) {
    core.writeCsr(hart, tselect, BigInt(index));
    core.writeCsr(hart, tdata1, trigger.tdata1);
    core.writeCsr(hart, tdata2, trigger.tdata2);
  }
  core.writeCsr(hart, tselect, BigInt(selected));
}
