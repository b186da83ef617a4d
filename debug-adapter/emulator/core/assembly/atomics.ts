// The A extension; unprivileged manual, chapter 8.
import { HART_RESERVATION, HART_RESERVED_VALUE, PHYSICAL, RAM, TLB_READ } from '../memory-map';
import { begin, next, refuse, trap } from './events';
import * as arithmetic from './generated/arithmetic';
import {
  AMOADD_D,
  AMOADD_W,
  AMOAND_D,
  AMOAND_W,
  AMOMAX_D,
  AMOMAX_W,
  AMOMIN_D,
  AMOMIN_W,
  AMOMINU_D,
  AMOMINU_W,
  AMOOR_D,
  AMOOR_W,
  AMOSWAP_D,
  AMOSWAP_W,
  AMOXOR_D,
  AMOXOR_W,
} from './generated/isa';
import { atomicAddress, fillTlb, refusedAs } from './memory';
import { ALLOWED, READ, ramOffset, translate } from './mmu';
import { mayReadFreely, notePageRead } from './pages';
import { s1, s2, set } from './records';
import { CAUSE_BREAKPOINT, CAUSE_LOAD_ACCESS, CAUSE_LOAD_MISALIGNED, CAUSE_STORE_MISALIGNED, hartState, setHartState } from './traps';
import { TRIGGER_LOAD, triggersOnAccess } from './triggers';

/** As in QEMU, an SC succeeds at the virtual address of the LR while that still holds the value that the LR read. */
export function loadReserved(record: usize, size: u32): usize {
  begin(record);
  const address = s1(record);
  if ((address & (size - 1)) != 0) return trap(record, CAUSE_LOAD_MISALIGNED, address);
  const refusal = translate(address, READ, size, true);
  if (refusal != ALLOWED) return refuse(record, refusal, address);
  if (triggersOnAccess(address, size, TRIGGER_LOAD)) return trap(record, CAUSE_BREAKPOINT, 0);
  const physical = load<u64>(PHYSICAL);
  const ram = ramOffset(physical);
  if (ram == u32.MAX_VALUE) return trap(record, CAUSE_LOAD_ACCESS, address);
  notePageRead(ram >>> 12, ram & 0xfff, size);
  // For generated code.
  if (mayReadFreely(ram >>> 12)) fillTlb(TLB_READ, address, physical);
  const value = read(RAM + ram, size);
  setHartState(HART_RESERVATION, address);
  setHartState(HART_RESERVED_VALUE, value);
  set(record, value);
  return next(record);
}

export function storeConditional(record: usize, size: u32): usize {
  begin(record);
  const address = s1(record);
  if ((address & (size - 1)) != 0) return trap(record, CAUSE_STORE_MISALIGNED, address);
  let failed: u64 = 1;
  // Without a reservation there is no access, hence no fault.
  if (hartState(HART_RESERVATION) == address) {
    const at = atomicAddress(record, address, size);
    if (at == 0) return refusedAs;
    if (read(at, size) == hartState(HART_RESERVED_VALUE)) {
      write(at, s2(record), size);
      failed = 0;
    }
  }
  setHartState(HART_RESERVATION, u64.MAX_VALUE);
  set(record, failed);
  return next(record);
}

export function amo(record: usize, opcode: u32, size: u32): usize {
  begin(record);
  const address = s1(record);
  if ((address & (size - 1)) != 0) return trap(record, CAUSE_STORE_MISALIGNED, address);
  const at = atomicAddress(record, address, size);
  if (at == 0) return refusedAs;
  const old = read(at, size);
  let operand = s2(record);
  if (size == 4) operand = <u64>(<i64>(<i32>operand));
  write(at, combine(opcode, old, operand), size);
  set(record, old);
  return next(record);
}

/** On sign-extended words the comparisons come out as on words, the unsigned ones too. */
function combine(opcode: u32, old: u64, operand: u64): u64 {
  switch (opcode) {
    case AMOSWAP_W:
    case AMOSWAP_D:
      return arithmetic.amoswap(old, operand);
    case AMOADD_W:
    case AMOADD_D:
      return arithmetic.amoadd(old, operand);
    case AMOXOR_W:
    case AMOXOR_D:
      return arithmetic.amoxor(old, operand);
    case AMOAND_W:
    case AMOAND_D:
      return arithmetic.amoand(old, operand);
    case AMOOR_W:
    case AMOOR_D:
      return arithmetic.amoor(old, operand);
    case AMOMIN_W:
    case AMOMIN_D:
      return arithmetic.amomin(old, operand);
    case AMOMAX_W:
    case AMOMAX_D:
      return arithmetic.amomax(old, operand);
    case AMOMINU_W:
    case AMOMINU_D:
      return arithmetic.amominu(old, operand);
    default:
      return arithmetic.amomaxu(old, operand);
  }
}

function read(at: usize, size: u32): u64 {
  return size == 4 ? <u64>(<i64>load<i32>(at)) : load<u64>(at);
}

function write(at: usize, value: u64, size: u32): void {
  if (size == 4) store<u32>(at, value);
  else store<u64>(at, value);
}
