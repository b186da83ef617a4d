// The F and D extensions (unprivileged manual, chapters 11 and 12) on the hart's registers. Records hold the whole
// instruction word as their immediate, loads and stores aside.
import { HART_F, HART_FCSR, HART_MSTATUS } from '../memory-map';
import { trap } from './events';
import { instructionAt } from './fetch';
import {
  FADD_D, FADD_S, FCLASS_D, FCLASS_S, FCVT_D_L, FCVT_D_LU, FCVT_D_S, FCVT_D_W, FCVT_D_WU, FCVT_L_D, FCVT_L_S, FCVT_LU_D,
  FCVT_LU_S, FCVT_S_D, FCVT_S_L, FCVT_S_LU, FCVT_S_W, FCVT_S_WU, FCVT_W_D, FCVT_W_S, FCVT_WU_D, FCVT_WU_S, FDIV_D, FDIV_S,
  FEQ_D, FEQ_S, FLE_D, FLE_S, FLT_D, FLT_S, FMADD_D, FMADD_S, FMAX_D, FMAX_S, FMIN_D, FMIN_S, FMSUB_D, FMSUB_S, FMUL_D, FMUL_S,
  FMV_D_X, FMV_W_X, FMV_X_D, FMV_X_W, FNMADD_D, FNMADD_S, FNMSUB_D, FNMSUB_S, FSGNJ_D, FSGNJ_S, FSGNJN_D, FSGNJN_S, FSGNJX_D,
  FSGNJX_S, FSQRT_D, FSQRT_S, FSUB_D, FSUB_S,
} from './generated/isa';
import { classify, injectSign, isEqual, isLess, isLessOrEqual, maximum, minimum } from './float/compare';
import { fromInteger, narrow, toInteger, widen } from './float/convert';
import {
  add32, add64, divide32, divide64, fused64 as fuse64, multiply32, multiply64, squareRoot32, squareRoot64,
} from './float/fast';
import { RMM, takeFlags } from './float/flags';
import { box, signBit, unbox } from './float/format';
import { fusedMultiplyAdd } from './float/fused';
import { loadSlow, storeSlow, Width } from './memory';
import { currentHart, following, isFloatRd, opcodeOf, pcOf, s1 as x1, s2 as x2, set, wordOf } from './records';
import { CAUSE_ILLEGAL, FS, hartState, setHartState } from './traps';

/** `rm`: the mode is the one in fcsr. */
const DYNAMIC: u32 = 7;

// @ts-ignore: decorator
@inline function x3(word: u32): u64 { return load<u64>(currentHart() + (<usize>(word >>> 27) << 3), HART_F); }
// @ts-ignore: decorator
@inline function s1(record: usize): u64 { return unbox(x1(record)); }
// @ts-ignore: decorator
@inline function s2(record: usize): u64 { return unbox(x2(record)); }

/** A load or store whose fast path does not apply; mstatus.FS is Off, or the load makes it Dirty. */
export function loadFloat(record: usize, address: u64, width: Width): usize {
  return isOff() ? illegalAccess(record) : loadSlow(record, address, width);
}

export function storeFloat(record: usize, address: u64, width: Width): usize {
  return isOff() ? illegalAccess(record) : storeSlow(record, address, width);
}

function isOff(): bool {
  return (hartState(HART_MSTATUS) & FS) == 0;
}

function illegalAccess(record: usize): usize {
  return trap(record, CAUSE_ILLEGAL, instructionAt(pcOf(record)));
}

/** Writes the destination and adds what was raised to fcsr. */
function finish(record: usize, value: u64): usize {
  set(record, value);
  if (isFloatRd(record)) setHartState(HART_MSTATUS, hartState(HART_MSTATUS) | FS);
  const raised = takeFlags();
  if (raised != 0) setHartState(HART_FCSR, hartState(HART_FCSR) | raised);
  return following(record);
}

/** Instructions that have a rounding mode, needed or not. */
export function roundedFloat(record: usize): usize {
  const word = wordOf(record);
  const fcsr = <u32>hartState(HART_FCSR);
  const field = (word >>> 12) & 7;
  const mode = field == DYNAMIC ? fcsr >>> 5 : field;
  if (isOff() || mode > RMM) return trap(record, CAUSE_ILLEGAL, word);
  return finish(record, rounded(record, word, mode, fcsr & 31));
}

function rounded(record: usize, word: u32, mode: u32, flags: u32): u64 {
  switch (opcodeOf(record)) {
    case FADD_D: return add64(x1(record), x2(record), mode, flags);
    case FSUB_D: return add64(x1(record), x2(record) ^ signBit(true), mode, flags);
    case FMUL_D: return multiply64(x1(record), x2(record), mode, flags);
    case FDIV_D: return divide64(x1(record), x2(record), mode, flags);
    case FSQRT_D: return squareRoot64(x1(record), mode, flags);
    case FADD_S: return box(add32(s1(record), s2(record), mode, flags));
    case FSUB_S: return box(add32(s1(record), s2(record) ^ signBit(false), mode, flags));
    case FMUL_S: return box(multiply32(s1(record), s2(record), mode, flags));
    case FDIV_S: return box(divide32(s1(record), s2(record), mode, flags));
    case FSQRT_S: return box(squareRoot32(s1(record), mode, flags));
    case FMADD_D: return fused64(record, word, 0, 0, mode, flags);
    case FMSUB_D: return fused64(record, word, 0, signBit(true), mode, flags);
    case FNMSUB_D: return fused64(record, word, signBit(true), 0, mode, flags);
    case FNMADD_D: return fused64(record, word, signBit(true), signBit(true), mode, flags);
    case FMADD_S: return fused32(record, word, 0, 0, mode);
    case FMSUB_S: return fused32(record, word, 0, signBit(false), mode);
    case FNMSUB_S: return fused32(record, word, signBit(false), 0, mode);
    case FNMADD_S: return fused32(record, word, signBit(false), signBit(false), mode);
    case FCVT_S_D: return box(narrow(x1(record), mode));
    case FCVT_D_S: return widen(s1(record));
    case FCVT_W_S: return toInteger(s1(record), mode, false, 32, true);
    case FCVT_WU_S: return toInteger(s1(record), mode, false, 32, false);
    case FCVT_L_S: return toInteger(s1(record), mode, false, 64, true);
    case FCVT_LU_S: return toInteger(s1(record), mode, false, 64, false);
    case FCVT_W_D: return toInteger(x1(record), mode, true, 32, true);
    case FCVT_WU_D: return toInteger(x1(record), mode, true, 32, false);
    case FCVT_L_D: return toInteger(x1(record), mode, true, 64, true);
    case FCVT_LU_D: return toInteger(x1(record), mode, true, 64, false);
    case FCVT_S_W: return box(fromInteger(<u64>(<i64>(<i32>x1(record))), mode, false, true));
    case FCVT_S_WU: return box(fromInteger(x1(record) & 0xffffffff, mode, false, false));
    case FCVT_S_L: return box(fromInteger(x1(record), mode, false, true));
    case FCVT_S_LU: return box(fromInteger(x1(record), mode, false, false));
    case FCVT_D_W: return fromInteger(<u64>(<i64>(<i32>x1(record))), mode, true, true);
    case FCVT_D_WU: return fromInteger(x1(record) & 0xffffffff, mode, true, false);
    case FCVT_D_L: return fromInteger(x1(record), mode, true, true);
    case FCVT_D_LU: return fromInteger(x1(record), mode, true, false);
    default: return unreachable();
  }
}

function fused64(record: usize, word: u32, flipProduct: u64, flipAddend: u64, mode: u32, flags: u32): u64 {
  return fuse64(x1(record) ^ flipProduct, x2(record), x3(word) ^ flipAddend, mode, flags);
}

function fused32(record: usize, word: u32, flipProduct: u64, flipAddend: u64, mode: u32): u64 {
  return box(fusedMultiplyAdd(s1(record) ^ flipProduct, s2(record), unbox(x3(word)) ^ flipAddend, mode, false));
}

/** Instructions without a rounding mode. */
export function plainFloat(record: usize): usize {
  return isOff() ? trap(record, CAUSE_ILLEGAL, wordOf(record)) : finish(record, plain(record));
}

function plain(record: usize): u64 {
  switch (opcodeOf(record)) {
    case FSGNJ_D: return injectSign(x1(record), x2(record), true);
    case FSGNJN_D: return injectSign(x1(record), ~x2(record), true);
    case FSGNJX_D: return injectSign(x1(record), x1(record) ^ x2(record), true);
    case FSGNJ_S: return box(injectSign(s1(record), s2(record), false));
    case FSGNJN_S: return box(injectSign(s1(record), ~s2(record), false));
    case FSGNJX_S: return box(injectSign(s1(record), s1(record) ^ s2(record), false));
    case FMIN_D: return minimum(x1(record), x2(record), true);
    case FMAX_D: return maximum(x1(record), x2(record), true);
    case FMIN_S: return box(minimum(s1(record), s2(record), false));
    case FMAX_S: return box(maximum(s1(record), s2(record), false));
    case FEQ_D: return isEqual(x1(record), x2(record), true) ? 1 : 0;
    case FLT_D: return isLess(x1(record), x2(record), true) ? 1 : 0;
    case FLE_D: return isLessOrEqual(x1(record), x2(record), true) ? 1 : 0;
    case FEQ_S: return isEqual(s1(record), s2(record), false) ? 1 : 0;
    case FLT_S: return isLess(s1(record), s2(record), false) ? 1 : 0;
    case FLE_S: return isLessOrEqual(s1(record), s2(record), false) ? 1 : 0;
    case FCLASS_D: return classify(x1(record), true);
    case FCLASS_S: return classify(s1(record), false);
    case FMV_X_D:
    case FMV_D_X: return x1(record);
    case FMV_X_W: return <u64>(<i64>(<i32>x1(record)));
    case FMV_W_X: return box(x1(record) & 0xffffffff);
    default: return unreachable();
  }
}
