// WebAssembly's own arithmetic rounds to nearest, ties to even, and raises nothing. It serves where no flag can change:
// the result is a normal number that no rounding brought there from the subnormal ones, and either inexactness is
// already noted in fcsr or the operation is exact, which shows in the error of the sum (Knuth's two-sum).
import { add, divide, multiply, squareRoot } from './arithmetic';
import { NX, RNE } from './flags';

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
