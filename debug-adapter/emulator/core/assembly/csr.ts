// Control and status registers; privileged manual, chapter 2 and the sections that describe each.
import {
  ACCESS_COUNT,
  CLOCK,
  CSR_MISSING,
  HART,
  HART_BYTES,
  HART_FCSR,
  HART_MCAUSE,
  HART_MCOUNTEREN,
  HART_MCOUNTINHIBIT,
  HART_MEDELEG,
  HART_MENVCFG,
  HART_MEPC,
  HART_MIDELEG,
  HART_MIE,
  HART_MIP_LINES,
  HART_MIP_SOFT,
  HART_MSCRATCH,
  HART_MSTATUS,
  HART_MTVAL,
  HART_MTVEC,
  HART_PMPADDR,
  HART_PMPCFG,
  HART_SATP,
  HART_SCAUSE,
  HART_SCOUNTEREN,
  HART_SENVCFG,
  HART_SEPC,
  HART_SSCRATCH,
  HART_STIMECMP,
  HART_STVAL,
  HART_STVEC,
  HART_TSELECT,
  HARTS,
  LATEST_CLOCK,
  LEAVE,
  NS_PER_INSTRUCTION,
  STOP_WANTED,
  TIME_DELTA,
} from '../memory-map';
import { dropAllBlocks } from './blocks';
import { isCounter, readCounter, readEvent, writeCounter, writeEvent, writeInhibit } from './counters';
import { begin, next, trap } from './events';
import * as csrs from './generated/csrs';
import { flushTlbs } from './mmu';
import { PMP_ADDRESS_MASK, PMP_COUNT, pmpAddress, updatePmp, writePmpAddress, writePmpConfig } from './pmp';
import { set } from './records';
import {
  CAUSE_ILLEGAL,
  FS,
  hartState,
  MACHINE,
  MIE,
  MPIE,
  MPP,
  MPRV,
  MXR,
  privilege,
  mip,
  SIE,
  SPIE,
  SPP,
  STCE,
  STIP,
  SUM,
  SUPERVISOR,
  setHartState,
  TSR,
  TVM,
  TW,
  USER,
  updateMode,
} from './traps';
import {
  legalTdata1, matchesExecution, readTdata1, readTdata2, setTrigger, TINFO, writeTselect,
} from './triggers';

const SUPERVISOR_INTERRUPTS: u64 = 0x222;
const ALL_INTERRUPTS: u64 = 0xaaa;
const SSIP: u64 = 1 << 1;
const SEIP: u64 = 1 << 9;
const MSTATUS_WRITABLE: u64 = SIE | MIE | SPIE | MPIE | SPP | MPP | FS | MPRV | SUM | MXR | TVM | TW | TSR;
const SSTATUS_WRITABLE: u64 = SIE | SPIE | SPP | FS | SUM | MXR;
/** SXL and UXL: 64 bits. */
const UXL: u64 = (<u64>2) << 32;
const SXL: u64 = (<u64>2) << 34;
/** Read-only: FS is Dirty. */
const SD: u64 = (<u64>1) << 63;
/** RV64IMAFDCSU. */
const MISA: u64 = ((<u64>2) << 62) | (1 << 0) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 8) | (1 << 12) | (1 << 18) | (1 << 20);
/** All exceptions that there are, those of the hypervisor extension included: as QEMU 7.2 lets them be written. */
const DELEGABLE: u64 = 0xf0bfff;
const FIOM: u64 = 1;
/** CBIE, CBCFE, CBZE and PBMTE are kept, as by QEMU 7.2, although nothing looks at them. */
const SENVCFG_WRITABLE: u64 = FIOM | 0xf0;
const MENVCFG_WRITABLE: u64 = SENVCFG_WRITABLE | (<u64>1 << 62) | STCE;
/** The `time` bit of mcounteren. */
const TM: u64 = 1 << 1;

/** csrrw, csrrs and csrrc, as funct3 counts them. */
export const CSR_WRITE: u32 = 1;
export const CSR_SET: u32 = 2;
export const CSR_CLEAR: u32 = 3;

/** Section 9.1 of the unprivileged manual. `operand` is rs1's value or the immediate. */
export function csrInstruction(record: usize, kind: u32, operand: u64, csr: u32, writes: bool, word: u32): usize {
  begin(record);
  if (!mayAccess(csr, writes)) return trap(record, CAUSE_ILLEGAL, word);
  const old = readCsr(csr);
  if (load<u32>(CSR_MISSING) != 0) return trap(record, CAUSE_ILLEGAL, word);
  if (writes) {
    // A device's SEIP must not become the software's (section 3.1.9).
    const base = csr == csrs.MIP ? (old & ~SEIP) | (hartState(HART_MIP_SOFT) & SEIP) : old;
    const value = kind == CSR_WRITE ? operand : kind == CSR_SET ? base | operand : base & ~operand;
    writeCsr(csr, value);
    afterWrite(csr, kind == CSR_WRITE || operand != 0);
  }
  set(record, old);
  return next(record);
}

function mayAccess(csr: u32, writes: bool): bool {
  const now = privilege();
  if (((csr >>> 8) & 3) > now) return false;
  if (writes && csr >>> 10 == 3) return false;
  if (csr == csrs.SATP && now == SUPERVISOR && (hartState(HART_MSTATUS) & TVM) != 0) return false;
  if (csr <= csrs.FCSR && (hartState(HART_MSTATUS) & FS) == 0) return false;
  if (csr == csrs.STIMECMP && now < MACHINE) {
    return (hartState(HART_MCOUNTEREN) & TM) != 0 && (hartState(HART_MENVCFG) & STCE) != 0;
  }
  if (csr >= csrs.CYCLE && csr < csrs.CYCLE + 32 && now < MACHINE) {
    const bit = csr & 31;
    if (((hartState(HART_MCOUNTEREN) >> bit) & 1) == 0) return false;
    if (now == USER && ((hartState(HART_SCOUNTEREN) >> bit) & 1) == 0) return false;
  }
  return true;
}

/** Registers that can enable an interrupt end the block; those that change what an address means have no stale TLB. */
function afterWrite(csr: u32, changes: bool): void {
  if (csr <= csrs.FCSR) {
    // To set or clear no bits leaves FS, as in QEMU 7.2.
    if (changes) setHartState(HART_MSTATUS, hartState(HART_MSTATUS) | FS);
  } else if (csr == csrs.SSTATUS || csr == csrs.MSTATUS) {
    updateMode();
    store<u32>(LEAVE, 1);
  } else if (isOfInterrupts(csr) || csr == csrs.MIDELEG || csr == csrs.SATP) {
    store<u32>(LEAVE, 1);
  } else if (csr == csrs.STIMECMP || csr == csrs.MENVCFG) {
    // The host has cut the run for the old deadline.
    store<u32>(STOP_WANTED, 1);
    store<u32>(LEAVE, 1);
  } else if (csr >= csrs.PMPCFG0 && csr < csrs.PMPADDR0 + 64) {
    store<u32>(LEAVE, 1);
  }
}

/** mie, mip and what S-mode sees of them: their numbers differ by the mode. */
function isOfInterrupts(csr: u32): bool {
  return (csr & 0xcff) == (csrs.MIE & 0xcff) || (csr & 0xcff) == (csrs.MIP & 0xcff);
}

/** Also sets CSR_MISSING. */
export function readCsr(csr: u32): u64 {
  store<u32>(CSR_MISSING, 0);
  if (csr >= csrs.PMPADDR0 && csr < csrs.PMPADDR0 + PMP_COUNT) return pmpAddress(csr - csrs.PMPADDR0);
  if (isMachineCounter(csr) || (csr >= csrs.CYCLE && csr != csrs.TIME && isCounter(csr - csrs.CYCLE))) return readCounter(csr & 31);
  if (csr >= csrs.MHPMEVENT3 && csr < csrs.MSCRATCH) return readEvent(csr & 31);
  switch (csr) {
    case csrs.FFLAGS:
      return hartState(HART_FCSR) & 31;
    case csrs.FRM:
      return hartState(HART_FCSR) >> 5;
    case csrs.FCSR:
      return hartState(HART_FCSR);
    case csrs.SSTATUS:
      return withSd(hartState(HART_MSTATUS) & SSTATUS_WRITABLE) | UXL;
    case csrs.SIE:
      return hartState(HART_MIE) & hartState(HART_MIDELEG);
    case csrs.STVEC:
      return hartState(HART_STVEC);
    case csrs.SCOUNTEREN:
      return hartState(HART_SCOUNTEREN);
    case csrs.SENVCFG:
      return hartState(HART_SENVCFG);
    case csrs.SSCRATCH:
      return hartState(HART_SSCRATCH);
    case csrs.SEPC:
      return hartState(HART_SEPC);
    case csrs.SCAUSE:
      return hartState(HART_SCAUSE);
    case csrs.STVAL:
      return hartState(HART_STVAL);
    case csrs.SIP:
      return mip() & hartState(HART_MIDELEG);
    case csrs.STIMECMP:
      return hartState(HART_STIMECMP);
    case csrs.SATP:
      return hartState(HART_SATP);
    case csrs.MSTATUS:
      return withSd(hartState(HART_MSTATUS)) | UXL | SXL;
    case csrs.MISA:
      return MISA;
    case csrs.MEDELEG:
      return hartState(HART_MEDELEG);
    case csrs.MIDELEG:
      return hartState(HART_MIDELEG);
    case csrs.MIE:
      return hartState(HART_MIE);
    case csrs.MTVEC:
      return hartState(HART_MTVEC);
    case csrs.MCOUNTEREN:
      return hartState(HART_MCOUNTEREN);
    case csrs.MENVCFG:
      return hartState(HART_MENVCFG);
    case csrs.MCOUNTINHIBIT:
      return hartState(HART_MCOUNTINHIBIT);
    case csrs.MSCRATCH:
      return hartState(HART_MSCRATCH);
    case csrs.MEPC:
      return hartState(HART_MEPC);
    case csrs.MCAUSE:
      return hartState(HART_MCAUSE);
    case csrs.MTVAL:
      return hartState(HART_MTVAL);
    case csrs.MIP:
      return mip();
    case csrs.PMPCFG0:
      return hartState(HART_PMPCFG);
    case csrs.PMPCFG2:
      return hartState(HART_PMPCFG + 8);
    case csrs.TSELECT:
      return hartState(HART_TSELECT);
    case csrs.TDATA1:
      return readTdata1();
    case csrs.TDATA2:
      return readTdata2();
    case csrs.TDATA3:
      return 0;
    case csrs.TINFO:
      return TINFO;
    case csrs.TIME:
      return time();
    case csrs.MVENDORID:
    case csrs.MARCHID:
    case csrs.MIMPID:
    case csrs.MCONFIGPTR:
      return 0;
    case csrs.MHARTID:
      return <u64>((<usize>load<u32>(HART) - HARTS) / HART_BYTES);
  }
  store<u32>(CSR_MISSING, 1);
  return 0;
}

/** mcycle, minstret, mhpmcounter3 and on. */
function isMachineCounter(csr: u32): bool {
  return csr >= csrs.MCYCLE && csr < csrs.MCYCLE + 32 && isCounter(csr - csrs.MCYCLE);
}

/** Stores what the register can hold of `value`. */
export function writeCsr(csr: u32, value: u64): void {
  // The next instruction reads what was written (unprivileged manual, section 9.1).
  if (isMachineCounter(csr)) return writeCounter(csr & 31, value, 1);
  if (csr >= csrs.MHPMEVENT3 && csr < csrs.MSCRATCH) return writeEvent(csr & 31, value);
  if (csr >= csrs.PMPADDR0 && csr < csrs.PMPADDR0 + PMP_COUNT) {
    writePmpAddress(csr - csrs.PMPADDR0, value);
    flushTlbs();
    return;
  }
  switch (csr) {
    case csrs.FFLAGS:
      return setHartState(HART_FCSR, merge(hartState(HART_FCSR), value, 31));
    case csrs.FRM:
      return setHartState(HART_FCSR, merge(hartState(HART_FCSR), value << 5, 7 << 5));
    case csrs.FCSR:
      return setHartState(HART_FCSR, value & 0xff);
    case csrs.SSTATUS:
      return writeMstatus(value, SSTATUS_WRITABLE);
    case csrs.SIE:
      return setHartState(HART_MIE, merge(hartState(HART_MIE), value, hartState(HART_MIDELEG)));
    case csrs.STVEC:
      return writeVector(HART_STVEC, value);
    case csrs.SCOUNTEREN:
      return setHartState(HART_SCOUNTEREN, value);
    case csrs.SENVCFG:
      return setHartState(HART_SENVCFG, value & SENVCFG_WRITABLE);
    case csrs.SSCRATCH:
      return setHartState(HART_SSCRATCH, value);
    case csrs.SEPC:
      return setHartState(HART_SEPC, value & ~(<u64>1));
    case csrs.SCAUSE:
      return setHartState(HART_SCAUSE, value);
    case csrs.STVAL:
      return setHartState(HART_STVAL, value);
    case csrs.SIP:
      return setHartState(HART_MIP_SOFT, merge(hartState(HART_MIP_SOFT), value, hartState(HART_MIDELEG) & SSIP));
    case csrs.STIMECMP:
      return setHartState(HART_STIMECMP, value);
    case csrs.SATP:
      return writeSatp(value);
    case csrs.MSTATUS:
      return writeMstatus(value, MSTATUS_WRITABLE);
    case csrs.MEDELEG:
      return setHartState(HART_MEDELEG, value & DELEGABLE);
    case csrs.MIDELEG:
      return setHartState(HART_MIDELEG, value & SUPERVISOR_INTERRUPTS);
    case csrs.MIE:
      return setHartState(HART_MIE, value & ALL_INTERRUPTS);
    case csrs.MTVEC:
      return writeVector(HART_MTVEC, value);
    case csrs.MCOUNTEREN:
      return setHartState(HART_MCOUNTEREN, value);
    case csrs.MENVCFG:
      return setHartState(HART_MENVCFG, value & MENVCFG_WRITABLE);
    case csrs.MSCRATCH:
      return setHartState(HART_MSCRATCH, value);
    case csrs.MEPC:
      return setHartState(HART_MEPC, value & ~(<u64>1));
    case csrs.MCAUSE:
      return setHartState(HART_MCAUSE, value);
    case csrs.MTVAL:
      return setHartState(HART_MTVAL, value);
    case csrs.MIP:
      return setHartState(HART_MIP_SOFT, merge(hartState(HART_MIP_SOFT), value, softwareInterrupts()));
    case csrs.PMPCFG0:
    case csrs.PMPCFG2:
      writePmpConfig((csr - csrs.PMPCFG0) << 2, value);
      return flushTlbs();
    case csrs.MCOUNTINHIBIT:
      return writeInhibit(value);
    case csrs.TSELECT:
      return writeTselect(value);
    case csrs.TDATA1:
      return writeTrigger(legalTdata1(value, readTdata1()), readTdata2());
    case csrs.TDATA2:
      return writeTrigger(readTdata1(), value);
  }
}

/** Of the selected trigger. What it matches comes by the slow paths from now on. */
function writeTrigger(tdata1: u64, tdata2: u64): void {
  const matched = matchesExecution(readTdata1());
  setTrigger(tdata1, tdata2);
  if (matched || matchesExecution(tdata1)) dropAllBlocks();
  flushTlbs();
}

/** Those that M-mode sets and clears: not STIP while that is stimecmp's. */
function softwareInterrupts(): u64 {
  return (hartState(HART_MENVCFG) & STCE) != 0 ? SUPERVISOR_INTERRUPTS & ~STIP : SUPERVISOR_INTERRUPTS;
}

/** 10 MHz, as on the `virt` board; never less than another hart, which may be ahead, has read before. */
function time(): u64 {
  const nowNs = load<f64>(CLOCK) + <f64>load<i32>(ACCESS_COUNT) * load<f64>(NS_PER_INSTRUCTION);
  if (nowNs > load<f64>(LATEST_CLOCK)) store<f64>(LATEST_CLOCK, nowNs);
  return <u64>load<f64>(LATEST_CLOCK) / 100 + load<u64>(TIME_DELTA);
}

function withSd(status: u64): u64 {
  return (status & FS) == FS ? status | SD : status;
}

function merge(old: u64, value: u64, mask: u64): u64 {
  return (old & ~mask) | (value & mask);
}

function writeMstatus(value: u64, mask: u64): void {
  const old = hartState(HART_MSTATUS);
  let next = merge(old, value, mask);
  // 2 is no privilege mode; the field keeps a legal value.
  if ((next & MPP) >> 11 == 2) next = merge(next, old, MPP);
  setHartState(HART_MSTATUS, next);
  if (((next ^ old) & MXR) != 0) flushTlbs();
}

/** Modes 0 and 1; a write of another changes nothing. */
function writeVector(field: usize, value: u64): void {
  if ((value & 3) < 2) setHartState(field, value);
}

/** Bare, Sv39, Sv48 and Sv57; a write of another mode changes nothing (section 4.1.11). */
function writeSatp(value: u64): void {
  const mode = value >> 60;
  if (mode != 0 && (mode < 8 || mode > 10)) return;
  setHartState(HART_SATP, value);
  flushTlbs();
}

/** A debugger's or a restored snapshot's write: read-only counters too, and mip's external bit as the device's line. */
export function writeRaw(csr: u32, value: u64): void {
  if (csr == csrs.MIP) {
    setHartState(HART_MIP_SOFT, value & SUPERVISOR_INTERRUPTS & ~SEIP);
    setHartState(HART_MIP_LINES, (value & ALL_INTERRUPTS & ~SUPERVISOR_INTERRUPTS) | (value & SEIP));
  } else if (isMachineCounter(csr)) {
    writeCounter(csr & 31, value, 0);
  } else if (csr == csrs.PMPCFG0 || csr == csrs.PMPCFG2) {
    setHartState(HART_PMPCFG + <usize>(csr - csrs.PMPCFG0) * 4, value);
    afterRestore();
  } else if (csr >= csrs.PMPADDR0 && csr < csrs.PMPADDR0 + PMP_COUNT) {
    setHartState(HART_PMPADDR + <usize>(csr - csrs.PMPADDR0) * 8, value & PMP_ADDRESS_MASK);
    afterRestore();
  } else {
    writeCsr(csr, value);
    flushTlbs();
  }
}

/** Locked entries too are restored. */
function afterRestore(): void {
  updatePmp();
  flushTlbs();
}
