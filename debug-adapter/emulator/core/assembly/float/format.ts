// The two formats. Every function that takes `double` works on f64 bits if it is set, else on f32 bits in the low word.

/** The NaN that every operation answers (unprivileged manual, section 11.3). */
// @ts-ignore: decorator
@inline export function canonicalNan(double: bool): u64 { return double ? 0x7ff8000000000000 : 0x7fc00000; }
// @ts-ignore: decorator
@inline export function fractionBits(double: bool): u32 { return double ? 52 : 23; }
/** Biased exponent of infinities and NaNs. */
// @ts-ignore: decorator
@inline export function exponentMax(double: bool): i32 { return double ? 0x7ff : 0xff; }
// @ts-ignore: decorator
@inline export function bias(double: bool): i32 { return double ? 1023 : 127; }
// @ts-ignore: decorator
@inline export function signBit(double: bool): u64 { return double ? <u64>1 << 63 : <u64>1 << 31; }

// @ts-ignore: decorator
@inline export function infinity(double: bool): u64 { return double ? 0x7ff0000000000000 : 0x7f800000; }

// @ts-ignore: decorator
@inline export function isNan(bits: u64, double: bool): bool { return (bits & ~signBit(double)) > infinity(double); }

export function isSignalling(bits: u64, double: bool): bool {
  return isNan(bits, double) && (bits & (<u64>1 << (fractionBits(double) - 1))) == 0;
}

/** The f32 in a register; one that is not NaN-boxed reads as the canonical NaN (section 12.2). */
export function unbox(register: u64): u64 {
  return register >> 32 == 0xffffffff ? register & 0xffffffff : canonicalNan(false);
}

// @ts-ignore: decorator
@inline export function box(bits: u64): u64 { return bits | 0xffffffff00000000; }
