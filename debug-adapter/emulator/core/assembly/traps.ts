// Privilege, traps and interrupts; privileged manual, sections 3.1 and 4.1.
import {
  BUDGET, DATA_TLB, HART, HART_INSTRUCTIONS_RETIRED, HART_MCAUSE, HART_MEDELEG, HART_MENVCFG, HART_MEPC, HART_MIDELEG, HART_MIE,
  HART_MIP_LINES, HART_MIP_SOFT, HART_MSTATUS, HART_MTVAL, HART_MTVEC, HART_NEXT, HART_PRIVILEGE, HART_RESERVATION, HART_SCAUSE,
  HART_SELECTED_TLBS, HART_SEPC, HART_STVAL, HART_STVEC, HART_TLBS, HART_TRAPS, HART_TRAPS_AT, PC, RUN_COUNT, STOP_WFI, TLB_FETCH, TLB_GROUP_BYTES,
} from '../memory-map';
import { begin, leaveTo, next, stopAfter, trap } from './events';
import { wordOf } from './records';

export const USER: u32 = 0;
export const SUPERVISOR: u32 = 1;
export const MACHINE: u32 = 3;

export const CAUSE_FETCH_ACCESS: u32 = 1;
export const CAUSE_ILLEGAL: u32 = 2;
export const CAUSE_BREAKPOINT: u32 = 3;
export const CAUSE_LOAD_MISALIGNED: u32 = 4;
export const CAUSE_LOAD_ACCESS: u32 = 5;
export const CAUSE_STORE_MISALIGNED: u32 = 6;
export const CAUSE_STORE_ACCESS: u32 = 7;
export const CAUSE_USER_ECALL: u32 = 8;

export const SIE: u64 = 1 << 1;
export const MIE: u64 = 1 << 3;
export const SPIE: u64 = 1 << 5;
export const MPIE: u64 = 1 << 7;
export const SPP: u64 = 1 << 8;
export const MPP: u64 = 3 << 11;
/** Floating point: 0 Off, 1 Initial, 2 Clean, 3 Dirty (section 3.1.6.6). */
export const FS: u64 = 3 << 13;
export const MPRV: u64 = 1 << 17;
export const SUM: u64 = 1 << 18;
export const MXR: u64 = 1 << 19;
export const TVM: u64 = 1 << 20;
export const TW: u64 = 1 << 21;
export const TSR: u64 = 1 << 22;
/** Of menvcfg: STIP is the comparison of time with stimecmp (Sstc), which the host holds up as a line. */
export const STCE: u64 = (<u64>1) << 63;
export const STIP: u64 = 1 << 5;

// @ts-ignore: decorator
@inline export function hartState(field: usize): u64 { return load<u64>(<usize>load<u32>(HART) + field); }
// @ts-ignore: decorator
@inline export function setHartState(field: usize, value: u64): void { store<u64>(<usize>load<u32>(HART) + field, value); }
// @ts-ignore: decorator
@inline export function privilege(): u32 { return load<u32>(<usize>load<u32>(HART) + HART_PRIVILEGE); }

/** That of loads and stores: MPP's while MPRV is set. */
export function dataPrivilege(): u32 {
  return dataPrivilegeOf(privilege(), hartState(HART_MSTATUS));
}

// @ts-ignore: decorator
@inline function dataPrivilegeOf(now: u32, mstatus: u64): u32 { return now == MACHINE && (mstatus & MPRV) != 0 ? <u32>((mstatus & MPP) >> 11) : now; }

/** To be called after each change of privilege or of mstatus: selects the TLBs that hold the mode's translations. */
export function updateMode(): void {
  const hart = <usize>load<u32>(HART);
  selectTlbs(hart);
  store<u64>(DATA_TLB, load<u64>(hart, HART_SELECTED_TLBS));
}

/** Those of the hart's present mode. */
export function selectTlbs(hart: usize): void {
  const now = load<u32>(hart, HART_PRIVILEGE);
  const mstatus = load<u64>(hart, HART_MSTATUS);
  const data = dataPrivilegeOf(now, mstatus);
  // Groups are numbered as privileges are, and S with SUM is 2, which is no privilege.
  const group = data + <u32>(data == SUPERVISOR && (mstatus & SUM) != 0);
  store<u32>(hart, <u32>hart + HART_TLBS + group * TLB_GROUP_BYTES, HART_SELECTED_TLBS);
  store<u32>(hart, <u32>hart + HART_TLBS + now * TLB_GROUP_BYTES + TLB_FETCH, HART_SELECTED_TLBS + 4);
}

export function setPrivilege(value: u32): void {
  setHartState(HART_PRIVILEGE, value);
  setHartState(HART_RESERVATION, u64.MAX_VALUE);
  store<u32>(<usize>load<u32>(HART), 0, HART_NEXT);
  updateMode();
}

/** Instructions that the hart has retired at the present boundary between two of them. */
export function retiredNow(): u64 {
  return hartState(HART_INSTRUCTIONS_RETIRED) + <u64>(load<i32>(RUN_COUNT) - load<i32>(BUDGET));
}

/** Enters the trap handler from the instruction at PC. */
export function takeTrap(cause: u32, value: u64, isInterrupt: bool): void {
  countTrap();
  const from = privilege();
  const delegated = (isInterrupt ? hartState(HART_MIDELEG) : hartState(HART_MEDELEG)) >> cause;
  const fullCause = (isInterrupt ? <u64>1 << 63 : 0) | cause;
  const mstatus = hartState(HART_MSTATUS);
  let vector: u64;
  if (from <= SUPERVISOR && (delegated & 1) != 0) {
    setHartState(HART_SCAUSE, fullCause);
    setHartState(HART_SEPC, load<u64>(PC));
    setHartState(HART_STVAL, value);
    let status = mstatus & ~(SIE | SPIE | SPP);
    if ((mstatus & SIE) != 0) status |= SPIE;
    if (from == SUPERVISOR) status |= SPP;
    setHartState(HART_MSTATUS, status);
    vector = hartState(HART_STVEC);
    setPrivilege(SUPERVISOR);
  } else {
    setHartState(HART_MCAUSE, fullCause);
    setHartState(HART_MEPC, load<u64>(PC));
    setHartState(HART_MTVAL, value);
    let status = mstatus & ~(MIE | MPIE | MPP);
    if ((mstatus & MIE) != 0) status |= MPIE;
    setHartState(HART_MSTATUS, status | (<u64>from << 11));
    vector = hartState(HART_MTVEC);
    setPrivilege(MACHINE);
  }
  store<u64>(PC, (vector & ~3) + (isInterrupt && (vector & 1) != 0 ? <u64>cause << 2 : 0));
}

function countTrap(): void {
  const retired = retiredNow();
  const inARow = hartState(HART_TRAPS_AT) == retired ? hartState(HART_TRAPS) : 0;
  setHartState(HART_TRAPS, inARow + 1);
  setHartState(HART_TRAPS_AT, retired);
}

/** Traps taken since an instruction last retired. */
export function trapsInARow(): u64 {
  return hartState(HART_TRAPS_AT) == retiredNow() ? hartState(HART_TRAPS) : 0;
}

export function mip(): u64 {
  const soft = hartState(HART_MIP_SOFT);
  const written = (hartState(HART_MENVCFG) & STCE) != 0 ? soft & ~STIP : soft;
  return written | hartState(HART_MIP_LINES);
}

export function pendingInterrupts(): u64 {
  return mip() & hartState(HART_MIE);
}

/** Enters the handler of the most urgent interrupt that is enabled, if there is one (sections 3.1.9, 4.1.3). */
// @ts-ignore: decorator
@inline export function takeInterrupt(hart: usize): void {
  const raised = load<u64>(hart, HART_MIP_SOFT) | load<u64>(hart, HART_MIP_LINES);
  if ((raised & load<u64>(hart, HART_MIE)) != 0) takeRaised();
}

function takeRaised(): void {
  const pending = pendingInterrupts();
  if (pending == 0) return;
  const now = privilege();
  const mstatus = hartState(HART_MSTATUS);
  const mideleg = hartState(HART_MIDELEG);
  let enabled = now < MACHINE || (mstatus & MIE) != 0 ? pending & ~mideleg : 0;
  if (enabled == 0 && (now < SUPERVISOR || (now == SUPERVISOR && (mstatus & SIE) != 0))) enabled = pending & mideleg;
  if (enabled != 0) takeTrap(mostUrgent(enabled), 0, true);
}

function mostUrgent(pending: u64): u32 {
  if (pending & (1 << 11)) return 11;
  if (pending & (1 << 3)) return 3;
  if (pending & (1 << 7)) return 7;
  if (pending & (1 << 9)) return 9;
  if (pending & (1 << 1)) return 1;
  return 5;
}

function illegal(record: usize): usize {
  return trap(record, CAUSE_ILLEGAL, wordOf(record));
}

/** Section 3.3.2. The decoder leaves the instruction's word in the immediate of these records. */
export function mret(record: usize): usize {
  if (privilege() != MACHINE) return illegal(record);
  begin(record);
  const mstatus = hartState(HART_MSTATUS);
  const to = <u32>((mstatus & MPP) >> 11);
  let status = (mstatus & ~(MIE | MPP)) | MPIE;
  if ((mstatus & MPIE) != 0) status |= MIE;
  if (to != MACHINE) status &= ~MPRV;
  setHartState(HART_MSTATUS, status);
  setPrivilege(to);
  return leaveTo(record, hartState(HART_MEPC));
}

export function sret(record: usize): usize {
  const mstatus = hartState(HART_MSTATUS);
  if (privilege() == USER || (privilege() == SUPERVISOR && (mstatus & TSR) != 0)) return illegal(record);
  begin(record);
  let status = (mstatus & ~(SIE | SPP | MPRV)) | SPIE;
  if ((mstatus & SPIE) != 0) status |= SIE;
  setHartState(HART_MSTATUS, status);
  setPrivilege((mstatus & SPP) != 0 ? SUPERVISOR : USER);
  return leaveTo(record, hartState(HART_SEPC));
}

/** Section 3.3.3: goes on at once if an interrupt is pending, enabled globally or not. */
export function wfi(record: usize): usize {
  const now = privilege();
  if (now == USER || (now == SUPERVISOR && (hartState(HART_MSTATUS) & TW) != 0)) return illegal(record);
  return pendingInterrupts() != 0 ? next(record) : stopAfter(record, STOP_WFI);
}
