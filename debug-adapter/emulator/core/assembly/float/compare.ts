// Comparisons, minimum and maximum, classes and signs (unprivileged manual, sections 11.6 to 11.9).
import { NV, raise } from './flags';
import { canonicalNan, exponentMax, fractionBits, infinity, isNan, isSignalling, signBit } from './format';

/** Quiet: only a signalling NaN is invalid. */
export function isEqual(a: u64, b: u64, double: bool): bool {
  if (isNan(a, double) || isNan(b, double)) {
    if (isSignalling(a, double) || isSignalling(b, double)) raise(NV);
    return false;
  }
  return a == b || ((a | b) & ~signBit(double)) == 0;
}

/** Signalling: any NaN is invalid. */
export function isLess(a: u64, b: u64, double: bool): bool {
  if (isNan(a, double) || isNan(b, double)) {
    raise(NV);
    return false;
  }
  return ((a | b) & ~signBit(double)) != 0 && isBefore(a, b, double);
}

export function isLessOrEqual(a: u64, b: u64, double: bool): bool {
  if (isNan(a, double) || isNan(b, double)) {
    raise(NV);
    return false;
  }
  return ((a | b) & ~signBit(double)) == 0 || !isBefore(b, a, double);
}

/** IEEE 754-2019 minimumNumber. */
export function minimum(a: u64, b: u64, double: bool): u64 {
  return chosen(a, b, double, isBefore(a, b, double));
}

export function maximum(a: u64, b: u64, double: bool): u64 {
  return chosen(a, b, double, isBefore(b, a, double));
}

function chosen(a: u64, b: u64, double: bool, first: bool): u64 {
  if (isSignalling(a, double) || isSignalling(b, double)) raise(NV);
  if (isNan(a, double)) return isNan(b, double) ? canonicalNan(double) : b;
  return isNan(b, double) || first ? a : b;
}

/** The order of numbers, with -0 before +0. */
function isBefore(a: u64, b: u64, double: bool): bool {
  const minus = signBit(double);
  if (((a ^ b) & minus) != 0) return (a & minus) != 0;
  return (a & minus) != 0 ? a > b : a < b;
}

/** One bit of ten. */
export function classify(bits: u64, double: bool): u64 {
  if (isNan(bits, double)) return isSignalling(bits, double) ? 1 << 8 : 1 << 9;
  const negative = (bits & signBit(double)) != 0;
  const magnitude = bits & ~signBit(double);
  if (magnitude == infinity(double)) return negative ? 1 << 0 : 1 << 7;
  if (magnitude == 0) return negative ? 1 << 3 : 1 << 4;
  const normal = (<i32>(bits >> fractionBits(double)) & exponentMax(double)) != 0;
  if (normal) return negative ? 1 << 1 : 1 << 6;
  return negative ? 1 << 2 : 1 << 5;
}

export function injectSign(magnitude: u64, sign: u64, double: bool): u64 {
  const minus = signBit(double);
  return (magnitude & ~minus) | (sign & minus);
}
