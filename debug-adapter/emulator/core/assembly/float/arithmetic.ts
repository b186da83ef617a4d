// Sum, product, quotient and square root, in software.
import { mulhu } from '../generated/arithmetic';
import { DZ, NV, RDN, raise } from './flags';
import { canonicalNan, infinity, isNan, isSignalling, signBit } from './format';
import { exponent, normalizeAndPack, pack, shiftRightJam, significand, unpack } from './unpacked';

/** The answer to an operation on at least one NaN. */
export function nanOf(a: u64, b: u64, double: bool): u64 {
  if (isSignalling(a, double) || isSignalling(b, double)) raise(NV);
  return canonicalNan(double);
}

export function invalid(double: bool): u64 {
  raise(NV);
  return canonicalNan(double);
}

/** For the difference, flip the sign of `b`. */
export function add(a: u64, b: u64, mode: u32, double: bool): u64 {
  if (isNan(a, double) || isNan(b, double)) return nanOf(a, b, double);
  const minus = signBit(double);
  const infinite = infinity(double);
  if ((a & ~minus) == infinite) return (b & ~minus) == infinite && a != b ? invalid(double) : a;
  if ((b & ~minus) == infinite) return b;
  unpack(a, double);
  let exponentA = exponent;
  let x = significand;
  unpack(b, double);
  let exponentB = exponent;
  let y = significand;
  if (x == 0 && y == 0) return a == b ? a : zeroSum(mode, double);
  if (x == 0) return b;
  if (y == 0) return a;
  let sign = (a & minus) != 0;
  const differ = ((a ^ b) & minus) != 0;
  if (exponentA < exponentB || (exponentA == exponentB && x < y)) {
    const otherExponent = exponentA;
    exponentA = exponentB;
    exponentB = otherExponent;
    const other = x;
    x = y;
    y = other;
    sign = (b & minus) != 0;
  }
  y = shiftRightJam(y, <u32>(exponentA - exponentB));
  if (differ) {
    if (x == y) return zeroSum(mode, double);
    return normalizeAndPack(sign, exponentA, x - y, mode, double);
  }
  return normalizeAndPack(sign, exponentA + 1, shiftRightJam(x + y, 1), mode, double);
}

/** Sign of an exact zero that comes from numbers of different signs. */
export function zeroSum(mode: u32, double: bool): u64 {
  return mode == RDN ? signBit(double) : 0;
}

export function multiply(a: u64, b: u64, mode: u32, double: bool): u64 {
  if (isNan(a, double) || isNan(b, double)) return nanOf(a, b, double);
  const minus = signBit(double);
  const infinite = infinity(double);
  const signBits = (a ^ b) & minus;
  const magnitudeA = a & ~minus;
  const magnitudeB = b & ~minus;
  if (magnitudeA == infinite || magnitudeB == infinite) {
    return magnitudeA == 0 || magnitudeB == 0 ? invalid(double) : signBits | infinite;
  }
  if (magnitudeA == 0 || magnitudeB == 0) return signBits;
  unpack(a, double);
  const exponentA = exponent;
  const x = significand << 1;
  unpack(b, double);
  const y = significand << 1;
  const product = mulhu(x, y) | (x * y != 0 ? 1 : 0);
  return normalizeAndPack(signBits != 0, exponentA + exponent + 1, shiftRightJam(product, 1), mode, double);
}

export function divide(a: u64, b: u64, mode: u32, double: bool): u64 {
  if (isNan(a, double) || isNan(b, double)) return nanOf(a, b, double);
  const minus = signBit(double);
  const infinite = infinity(double);
  const signBits = (a ^ b) & minus;
  const magnitudeA = a & ~minus;
  const magnitudeB = b & ~minus;
  if (magnitudeA == infinite) return magnitudeB == infinite ? invalid(double) : signBits | infinite;
  if (magnitudeB == infinite) return signBits;
  if (magnitudeB == 0) {
    if (magnitudeA == 0) return invalid(double);
    raise(DZ);
    return signBits | infinite;
  }
  if (magnitudeA == 0) return signBits;
  unpack(a, double);
  const exponentA = exponent;
  const dividend = significand >> 10;
  unpack(b, double);
  const divisor = significand >> 10;
  // Significands of 53 bits: eleven bits of the quotient at a time fit into 64.
  let quotient = dividend / divisor;
  let rest = dividend % divisor;
  for (let step = 0; step < 5; step++) {
    rest <<= 11;
    quotient = (quotient << 11) | (rest / divisor);
    rest %= divisor;
  }
  // The quotient has 55 bits behind the point.
  const value = (quotient << 7) | (rest != 0 ? 1 : 0);
  return normalizeAndPack(signBits != 0, exponentA - exponent, value, mode, double);
}

export function squareRoot(a: u64, mode: u32, double: bool): u64 {
  if (isNan(a, double)) return nanOf(a, a, double);
  const minus = signBit(double);
  if ((a & ~minus) == 0) return a;
  if ((a & minus) != 0) return invalid(double);
  if (a == infinity(double)) return a;
  unpack(a, double);
  const odd = (exponent & 1) != 0;
  // Digit by digit: two bits of the radicand for one of the root, of which 56 are made.
  let radicand = odd ? significand << 1 : significand;
  let root: u64 = 0;
  let rest: u64 = 0;
  for (let step = 0; step < 56; step++) {
    rest = (rest << 2) | (radicand >> 62);
    radicand <<= 2;
    const trial = (root << 2) | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  return pack(false, exponent >> 1, (root << 7) | (rest != 0 ? 1 : 0), mode, double);
}
