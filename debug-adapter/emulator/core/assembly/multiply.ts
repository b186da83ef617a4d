// The M extension where WebAssembly has no such operation, or traps where RISC-V does not (manual, chapter 7).

/** Upper half of the unsigned product, from four products of 32 bits. */
export function mulhu(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}

export function mulh(a: u64, b: u64): u64 {
  let high = mulhu(a, b);
  if (<i64>a < 0) high -= b;
  if (<i64>b < 0) high -= a;
  return high;
}

export function mulhsu(a: u64, b: u64): u64 {
  const high = mulhu(a, b);
  return <i64>a < 0 ? high - b : high;
}

export function div(a: u64, b: u64): u64 {
  if (b == 0) return u64.MAX_VALUE;
  if (<i64>b == -1) return 0 - a;
  return <u64>(<i64>a / <i64>b);
}

export function rem(a: u64, b: u64): u64 {
  if (b == 0) return a;
  if (<i64>b == -1) return 0;
  return <u64>(<i64>a % <i64>b);
}

export function divw(a: u64, b: u64): u64 {
  const divisor = <i32>b;
  if (divisor == 0) return u64.MAX_VALUE;
  const dividend = <i32>a;
  const quotient: i32 = divisor == -1 ? -dividend : dividend / divisor;
  return <u64>(<i64>quotient);
}

export function remw(a: u64, b: u64): u64 {
  const divisor = <i32>b;
  if (divisor == 0) return <u64>(<i64>(<i32>a));
  if (divisor == -1) return 0;
  return <u64>(<i64>(<i32>a % divisor));
}
