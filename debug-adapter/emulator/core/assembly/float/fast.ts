// WebAssembly's own arithmetic rounds to nearest, ties to even, and raises nothing. It serves where no flag can change:
// the result is a normal number that no rounding brought there from the subnormal ones, and either inexactness is
// already noted in fcsr or the operation is exact, which shows in the error of the sum (Knuth's two-sum).
import { add, divide, multiply, squareRoot } from './arithmetic';
import { NX, RNE } from './flags';
import { fusedMultiplyAdd } from './fused';

/** Biased exponents from 2 up to that of the largest numbers. */
// @ts-ignore: decorator
@inline function isSafe64(bits: u64): bool { return (<u32>(bits >> 52) & 0x7ff) - 2 < 0x7fd; }
// @ts-ignore: decorator
@inline function isSafe32(bits: u32): bool { return ((bits >>> 23) & 0xff) - 2 < 0xfd; }
// @ts-ignore: decorator
@inline function mayRound(mode: u32, flags: u32): bool { return mode == RNE && (flags & NX) != 0; }

/** `flags` are those that fcsr holds. */
export function add64(a: u64, b: u64, mode: u32, flags: u32): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  const sum = x + y;
  const bits = reinterpret<u64>(sum);
  if (isSafe64(bits) && (mayRound(mode, flags) || isExactSum<f64>(x, y, sum))) return bits;
  return add(a, b, mode, true);
}

function isExactSum<T>(x: T, y: T, sum: T): bool {
  const part = sum - x;
  return x - (sum - part) + (y - part) == 0;
}

export function add32(a: u64, b: u64, mode: u32, flags: u32): u64 {
  const x = reinterpret<f32>(<u32>a);
  const y = reinterpret<f32>(<u32>b);
  const sum = x + y;
  const bits = reinterpret<u32>(sum);
  if (isSafe32(bits) && (mayRound(mode, flags) || isExactSum<f32>(x, y, sum))) return bits;
  return add(a, b, mode, false);
}

export function multiply64(a: u64, b: u64, mode: u32, flags: u32): u64 {
  if (mayRound(mode, flags)) {
    const bits = reinterpret<u64>(reinterpret<f64>(a) * reinterpret<f64>(b));
    if (isSafe64(bits)) return bits;
  }
  return multiply(a, b, mode, true);
}

/** A product of two f32 is exact as an f64. */
export function multiply32(a: u64, b: u64, mode: u32, flags: u32): u64 {
  const product = <f64>reinterpret<f32>(<u32>a) * <f64>reinterpret<f32>(<u32>b);
  const rounded = <f32>product;
  const bits = reinterpret<u32>(rounded);
  if (isSafe32(bits) && (mayRound(mode, flags) || <f64>rounded == product)) return bits;
  return multiply(a, b, mode, false);
}

export function divide64(a: u64, b: u64, mode: u32, flags: u32): u64 {
  // A quotient by zero is infinite and so not safe.
  if (mayRound(mode, flags)) {
    const bits = reinterpret<u64>(reinterpret<f64>(a) / reinterpret<f64>(b));
    if (isSafe64(bits)) return bits;
  }
  return divide(a, b, mode, true);
}

export function divide32(a: u64, b: u64, mode: u32, flags: u32): u64 {
  if (mayRound(mode, flags)) {
    const bits = reinterpret<u32>(reinterpret<f32>(<u32>a) / reinterpret<f32>(<u32>b));
    if (isSafe32(bits)) return bits;
  }
  return divide(a, b, mode, false);
}

export function squareRoot64(a: u64, mode: u32, flags: u32): u64 {
  if (mayRound(mode, flags)) {
    const bits = reinterpret<u64>(sqrt<f64>(reinterpret<f64>(a)));
    if (isSafe64(bits)) return bits;
  }
  return squareRoot(a, mode, true);
}

export function squareRoot32(a: u64, mode: u32, flags: u32): u64 {
  if (mayRound(mode, flags)) {
    const bits = reinterpret<u32>(sqrt<f32>(reinterpret<f32>(<u32>a)));
    if (isSafe32(bits)) return bits;
  }
  return squareRoot(a, mode, false);
}

export function fused64(a: u64, b: u64, c: u64, mode: u32, flags: u32): u64 {
  const bits = mayRound(mode, flags) ? fusedFast(a, b, c) : 0;
  return bits != 0 ? bits : fusedMultiplyAdd(a, b, c, mode, true);
}

/**
 * a × b + c with one rounding to nearest even, of numbers in the middle of the range; 0, which is no such result, if they
 * are not or it is not certain. Boldo and Melquiond: "Emulation of a FMA and Correctly Rounded Sums" (2008).
 */
export function fusedFast(a: u64, b: u64, c: u64): u64 {
  if (!isMiddling(a, 450) || !isMiddling(b, 450) || !isMiddling(c, 900)) return 0;
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  const addend = reinterpret<f64>(c);
  // The product and its error, by halves of the significands (Dekker).
  const product = x * y;
  const xHigh = upperHalf(x);
  const yHigh = upperHalf(y);
  const xLow = x - xHigh;
  const yLow = y - yHigh;
  const error = xHigh * yHigh - product + xHigh * yLow + xLow * yHigh + xLow * yLow;
  const small = addend + error;
  const smallError = sumError(addend, error, small);
  const sum = product + small;
  const sumErrorHigh = sumError(product, small, sum);
  const result = reinterpret<u64>(sum + oddSum(smallError, sumErrorHigh));
  return isSafe64(result) ? result : 0;
}

/** A biased exponent at most `distance` from that of 1. */
// @ts-ignore: decorator
@inline function isMiddling(bits: u64, distance: u32): bool { return (<u32>(bits >> 52) & 0x7ff) - (1023 - distance) <= 2 * distance; }

function upperHalf(x: f64): f64 {
  const scaled = x * 134217729;
  return scaled - (scaled - x);
}

/** What a rounded sum lacks (Knuth). */
function sumError(x: f64, y: f64, sum: f64): f64 {
  const part = sum - x;
  return x - (sum - part) + (y - part);
}

/** A sum rounded to odd: of the two numbers around one that is none, that whose last bit is 1. */
function oddSum(x: f64, y: f64): f64 {
  const sum = x + y;
  const error = sumError(x, y, sum);
  const bits = reinterpret<u64>(sum);
  if (error == 0 || (bits & 1) != 0) return sum;
  return reinterpret<f64>(error > 0 == sum > 0 ? bits + 1 : bits - 1);
}
