// Zba, Zbb, Zbc and Zbs: arithmetic on two registers, or on one and an immediate, which touches nothing else.
import {
  ADD_UW, ANDN, BCLR, BCLRI, BEXT, BEXTI, BINV, BINVI, BSET, BSETI, CLMUL, CLMULH, CLMULR, CLZ, CLZW, CPOP, CPOPW, CTZ, CTZW,
  MAX, MAXU, MIN, MINU, ORC_B, ORN, REV8, ROL, ROLW, ROR, RORI, RORIW, RORW, SEXT_B, SEXT_H, SH1ADD, SH1ADD_UW, SH2ADD,
  SH2ADD_UW, SH3ADD, SH3ADD_UW, SLLI_UW, XNOR, ZEXT_H,
} from './generated/isa';

// @ts-ignore: decorator
@inline function word(value: u32): u64 { return <u64>(<i64>(<i32>value)); }
// @ts-ignore: decorator
@inline function low(value: u64): u64 { return value & 0xffffffff; }
// @ts-ignore: decorator
@inline function bit(index: u64): u64 { return <u64>1 << (index & 63); }

/** `b` is the value of rs2 or the immediate; instructions of one operand leave it alone. */
export function manipulateBits(operation: u16, a: u64, b: u64): u64 {
  switch (operation) {
    case ADD_UW:
      return low(a) + b;
    case SH1ADD:
      return (a << 1) + b;
    case SH2ADD:
      return (a << 2) + b;
    case SH3ADD:
      return (a << 3) + b;
    case SH1ADD_UW:
      return (low(a) << 1) + b;
    case SH2ADD_UW:
      return (low(a) << 2) + b;
    case SH3ADD_UW:
      return (low(a) << 3) + b;
    case SLLI_UW:
      return low(a) << b;
    case ANDN:
      return a & ~b;
    case ORN:
      return a | ~b;
    case XNOR:
      return ~(a ^ b);
    case CLZ:
      return clz(a);
    case CLZW:
      return clz(<u32>a);
    case CTZ:
      return ctz(a);
    case CTZW:
      return ctz(<u32>a);
    case CPOP:
      return popcnt(a);
    case CPOPW:
      return popcnt(<u32>a);
    case MAX:
      return <i64>a > <i64>b ? a : b;
    case MAXU:
      return a > b ? a : b;
    case MIN:
      return <i64>a < <i64>b ? a : b;
    case MINU:
      return a < b ? a : b;
    case SEXT_B:
      return <u64>(<i64>(<i8>a));
    case SEXT_H:
      return <u64>(<i64>(<i16>a));
    case ZEXT_H:
      return a & 0xffff;
    case ROL:
      return rotl(a, b);
    case ROLW:
      return word(rotl(<u32>a, <u32>b));
    case ROR:
    case RORI:
      return rotr(a, b);
    case RORW:
    case RORIW:
      return word(rotr(<u32>a, <u32>b));
    case ORC_B:
      return orCombine(a);
    case REV8:
      return bswap(a);
    case CLMUL:
      return carrylessMultiply(a, b);
    case CLMULH:
      return carrylessMultiplyHigh(a, b) >> 1;
    case CLMULR:
      return carrylessMultiplyHigh(a, b);
    case BCLR:
    case BCLRI:
      return a & ~bit(b);
    case BEXT:
    case BEXTI:
      return (a >> (b & 63)) & 1;
    case BINV:
    case BINVI:
      return a ^ bit(b);
    case BSET:
    case BSETI:
      return a | bit(b);
  }
  return unreachable();
}

/** All ones for each byte that is not zero. */
function orCombine(value: u64): u64 {
  const low7: u64 = 0x7f7f7f7f7f7f7f7f;
  const top = (((value & low7) + low7) | value) & ~low7;
  return (top >> 7) * 0xff;
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
