// Finite numbers as sign, exponent and significand: the value is significand / 2^62 × 2^exponent, and the significand of
// a number other than zero has bit 62 as its highest. Bits that are shifted out are remembered in bit 0 ("jammed").
import { NX, OF, RDN, RMM, RNE, RUP, raise, UF } from './flags';
import { bias, exponentMax, fractionBits, infinity, signBit } from './format';

/** Of the number last unpacked. */
export let exponent: i32 = 0;
export let significand: u64 = 0;

/** A finite number. */
export function unpack(bits: u64, double: bool): void {
  const width = fractionBits(double);
  const fraction = bits & ((<u64>1 << width) - 1);
  const biased = <i32>(bits >> width) & exponentMax(double);
  if (biased != 0) {
    exponent = biased - bias(double);
    significand = (fraction | (<u64>1 << width)) << (62 - width);
  } else if (fraction == 0) {
    exponent = 0;
    significand = 0;
  } else {
    const shift = <u32>clz(fraction) - 1;
    exponent = 1 - bias(double) + 62 - <i32>(width + shift);
    significand = fraction << shift;
  }
}

export function shiftRightJam(value: u64, count: u32): u64 {
  if (count == 0) return value;
  if (count > 63) return value != 0 ? 1 : 0;
  return (value >> count) | (value << (64 - count) != 0 ? 1 : 0);
}

/** Moves the highest bit to bit 62 and rounds; `value` is not zero and has bit 63 clear. */
export function normalizeAndPack(sign: bool, exponentOfBit62: i32, value: u64, mode: u32, double: bool): u64 {
  const shift = <i32>clz(value) - 1;
  return pack(sign, exponentOfBit62 - shift, value << shift, mode, double);
}

/** Rounds to the format and raises NX, UF and OF. Tininess is detected after rounding (section 11.2). */
export function pack(sign: bool, exponent: i32, value: u64, mode: u32, double: bool): u64 {
  const width = fractionBits(double);
  const shift = 62 - width;
  const exponentMin = 1 - bias(double);
  const signBits = sign ? signBit(double) : 0;
  let kept = value;
  let field = exponent - exponentMin;
  let tiny = false;
  if (exponent < exponentMin) {
    // With an exponent range without bounds, would it reach the smallest normal number?
    tiny = field < -1 || round(value, shift, sign, mode) >> (width + 1) == 0;
    kept = shiftRightJam(value, <u32>(-field));
    field = 0;
  }
  const exact = (kept & ((<u64>1 << shift) - 1)) == 0;
  // The significand's highest bit adds one to the exponent's field; rounding may add another.
  const bits = (<u64>field << width) + round(kept, shift, sign, mode);
  if (bits >= infinity(double) || field >= exponentMax(double)) {
    raise(OF | NX);
    return signBits | (overflows(sign, mode) ? infinity(double) : infinity(double) - 1);
  }
  if (!exact) raise(tiny ? UF | NX : NX);
  return signBits | bits;
}

function overflows(sign: bool, mode: u32): bool {
  return mode == RNE || mode == RMM || mode == (sign ? RDN : RUP);
}

/** `value` / 2^`shift` as an integer; `shift` is from 1 to 62 and `value` below 2^63. */
function round(value: u64, shift: u32, sign: bool, mode: u32): u64 {
  const rest = value & ((<u64>1 << shift) - 1);
  const whole = value >> shift;
  return whole + (roundsUp(rest << (64 - shift), (whole & 1) != 0, sign, mode) ? 1 : 0);
}

/** Whether a magnitude with this fraction, in units of 2^-64, is rounded away from zero. */
export function roundsUp(fraction: u64, odd: bool, sign: bool, mode: u32): bool {
  const half = <u64>1 << 63;
  if (mode == RNE) return fraction > half || (fraction == half && odd);
  if (mode == RMM) return fraction >= half;
  if (mode == RDN) return sign && fraction != 0;
  return mode == RUP && !sign && fraction != 0;
}
