// Conversions between the formats and to and from integers (unprivileged manual, section 11.7).
import { nanOf } from './arithmetic';
import { NV, NX, raise } from './flags';
import { infinity, isNan, signBit } from './format';
import { exponent, pack, roundsUp, significand, unpack } from './unpacked';

export function widen(bits: u64): u64 {
  if (isNan(bits, false)) {
    nanOf(bits, bits, false);
    return 0x7ff8000000000000;
  }
  return convert(bits, 0, false, true);
}

export function narrow(bits: u64, mode: u32): u64 {
  if (isNan(bits, true)) {
    nanOf(bits, bits, true);
    return 0x7fc00000;
  }
  return convert(bits, mode, true, false);
}

function convert(bits: u64, mode: u32, from: bool, to: bool): u64 {
  const negative = (bits & signBit(from)) != 0;
  const magnitude = bits & ~signBit(from);
  const signBits = negative ? signBit(to) : 0;
  if (magnitude == 0) return signBits;
  if (magnitude == infinity(from)) return signBits | infinity(to);
  unpack(bits, from);
  return pack(negative, exponent, significand, mode, to);
}

/** An integer of `bitCount` bits as the register holds it: a word is sign-extended even if it has no sign. */
export function toInteger(bits: u64, mode: u32, double: bool, bitCount: u32, signed: bool): u64 {
  const negative = !isNan(bits, double) && (bits & signBit(double)) != 0;
  const magnitude = bits & ~signBit(double);
  if (magnitude >= infinity(double)) return outOfRange(negative, bitCount, signed);
  unpack(bits, double);
  if (exponent > 63) return outOfRange(negative, bitCount, signed);
  let whole: u64 = 0;
  let fraction: u64 = 0;
  if (exponent >= 62) {
    whole = significand << (exponent - 62);
  } else {
    const shift = <u32>(62 - exponent);
    if (shift < 64) {
      whole = significand >> shift;
      fraction = significand << (64 - shift);
    } else {
      fraction = significand != 0 ? 1 : 0;
    }
  }
  if (roundsUp(fraction, (whole & 1) != 0, negative, mode)) whole++;
  const most = largest(bitCount, signed);
  const least: u64 = signed ? most + 1 : 0;
  if (whole > (negative ? least : most)) return outOfRange(negative, bitCount, signed);
  if (fraction != 0) raise(NX);
  const value = negative ? 0 - whole : whole;
  return bitCount == 32 ? <u64>(<i64>(<i32>value)) : value;
}

/** Magnitude of the largest integer. */
function largest(bitCount: u32, signed: bool): u64 {
  return u64.MAX_VALUE >> (64 - bitCount + (signed ? 1 : 0));
}

/** NaN counts as positive. */
function outOfRange(negative: bool, bitCount: u32, signed: bool): u64 {
  raise(NV);
  const most = largest(bitCount, signed);
  const value = negative ? (signed ? ~most : 0) : most;
  return bitCount == 32 ? <u64>(<i64>(<i32>value)) : value;
}

/** A word is given extended to 64 bits by its kind. */
export function fromInteger(value: u64, mode: u32, double: bool, signed: bool): u64 {
  if (value == 0) return 0;
  const negative = signed && <i64>value < 0;
  const magnitude = negative ? 0 - value : value;
  const shift = <u32>clz(magnitude);
  const top = magnitude << shift;
  return pack(negative, 63 - <i32>shift, (top >> 1) | (top & 1), mode, double);
}
