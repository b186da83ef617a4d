// Zba, Zbb, Zbc and Zbs: arithmetic on two registers, or on one and an immediate, which touches nothing else.
import * as arithmetic from './generated/arithmetic';
import {
  ADD_UW, ANDN, BCLR, BCLRI, BEXT, BEXTI, BINV, BINVI, BSET, BSETI, CLMUL, CLMULH, CLMULR, CLZ, CLZW, CPOP, CPOPW, CTZ, CTZW,
  MAX, MAXU, MIN, MINU, ORC_B, ORN, REV8, ROL, ROLW, ROR, RORI, RORIW, RORW, SEXT_B, SEXT_H, SH1ADD, SH1ADD_UW, SH2ADD,
  SH2ADD_UW, SH3ADD, SH3ADD_UW, SLLI_UW, XNOR, ZEXT_H,
} from './generated/isa';

/** `b` is the value of rs2 or the immediate; instructions of one operand leave it alone. */
export function manipulateBits(operation: u16, a: u64, b: u64): u64 {
  switch (operation) {
    case ADD_UW:
      return arithmetic.add_uw(a, b);
    case SH1ADD:
      return arithmetic.sh1add(a, b);
    case SH2ADD:
      return arithmetic.sh2add(a, b);
    case SH3ADD:
      return arithmetic.sh3add(a, b);
    case SH1ADD_UW:
      return arithmetic.sh1add_uw(a, b);
    case SH2ADD_UW:
      return arithmetic.sh2add_uw(a, b);
    case SH3ADD_UW:
      return arithmetic.sh3add_uw(a, b);
    case SLLI_UW:
      return arithmetic.slli_uw(a, b);
    case ANDN:
      return arithmetic.andn(a, b);
    case ORN:
      return arithmetic.orn(a, b);
    case XNOR:
      return arithmetic.xnor(a, b);
    case CLZ:
      return arithmetic.clz(a, b);
    case CLZW:
      return arithmetic.clzw(a, b);
    case CTZ:
      return arithmetic.ctz(a, b);
    case CTZW:
      return arithmetic.ctzw(a, b);
    case CPOP:
      return arithmetic.cpop(a, b);
    case CPOPW:
      return arithmetic.cpopw(a, b);
    case MAX:
      return arithmetic.max(a, b);
    case MAXU:
      return arithmetic.maxu(a, b);
    case MIN:
      return arithmetic.min(a, b);
    case MINU:
      return arithmetic.minu(a, b);
    case SEXT_B:
      return arithmetic.sext_b(a, b);
    case SEXT_H:
      return arithmetic.sext_h(a, b);
    case ZEXT_H:
      return arithmetic.zext_h(a, b);
    case ROL:
      return arithmetic.rol(a, b);
    case ROLW:
      return arithmetic.rolw(a, b);
    case ROR:
      return arithmetic.ror(a, b);
    case RORI:
      return arithmetic.rori(a, b);
    case RORW:
      return arithmetic.rorw(a, b);
    case RORIW:
      return arithmetic.roriw(a, b);
    case ORC_B:
      return arithmetic.orc_b(a, b);
    case REV8:
      return arithmetic.rev8(a, b);
    case CLMUL:
      return carrylessMultiply(a, b);
    case CLMULH:
      return carrylessMultiplyHigh(a, b) >> 1;
    case CLMULR:
      return carrylessMultiplyHigh(a, b);
    case BCLR:
      return arithmetic.bclr(a, b);
    case BCLRI:
      return arithmetic.bclri(a, b);
    case BEXT:
      return arithmetic.bext(a, b);
    case BEXTI:
      return arithmetic.bexti(a, b);
    case BINV:
      return arithmetic.binv(a, b);
    case BINVI:
      return arithmetic.binvi(a, b);
    case BSET:
      return arithmetic.bset(a, b);
    case BSETI:
      return arithmetic.bseti(a, b);
  }
  return unreachable();
}

/** Bits 0 to 63 of the product. */
function carrylessMultiply(a: u64, b: u64): u64 {
  let product: u64 = 0;
  for (; b != 0; b &= b - 1) product ^= a << ctz(b);
  return product;
}

/** Bits 63 to 126 of the product. */
function carrylessMultiplyHigh(a: u64, b: u64): u64 {
  let product: u64 = 0;
  for (; b != 0; b &= b - 1) product ^= a >> (63 - ctz(b));
  return product;
}
