// a × b + c with one rounding, in software. The exact product and the sum are 128 bits in two words.
import { mulhu } from '../generated/arithmetic';
import { invalid, nanOf, zeroSum } from './arithmetic';
import { NV, raise } from './flags';
import { infinity, isNan, isSignalling, signBit } from './format';
import { exponent, pack, significand, unpack } from './unpacked';

let high: u64 = 0;
let low: u64 = 0;

/** For the other three signs, flip those of `a` and `c`. */
export function fusedMultiplyAdd(a: u64, b: u64, c: u64, mode: u32, double: bool): u64 {
  const minus = signBit(double);
  const infinite = infinity(double);
  const magnitudeA = a & ~minus;
  const magnitudeB = b & ~minus;
  const magnitudeC = c & ~minus;
  const productSign = (a ^ b) & minus;
  // Zero times infinity is invalid even if the addend is a quiet NaN (section 11.6).
  const isInvalid = (magnitudeA == infinite && magnitudeB == 0) || (magnitudeA == 0 && magnitudeB == infinite);
  if (isNan(a, double) || isNan(b, double) || isNan(c, double)) {
    if (isInvalid || isSignalling(c, double)) raise(NV);
    return nanOf(a, b, double);
  }
  if (isInvalid) return invalid(double);
  if (magnitudeA == infinite || magnitudeB == infinite) {
    return magnitudeC == infinite && (c & minus) != productSign ? invalid(double) : productSign | infinite;
  }
  if (magnitudeC == infinite) return c;
  if (magnitudeA == 0 || magnitudeB == 0) {
    if (magnitudeC != 0) return c;
    return (c & minus) == productSign ? c : zeroSum(mode, double);
  }
  return addProduct(a, b, c, productSign != 0, mode, double);
}

function addProduct(a: u64, b: u64, c: u64, productSign: bool, mode: u32, double: bool): u64 {
  unpack(a, double);
  const exponentA = exponent;
  const x = significand;
  unpack(b, double);
  const y = significand;
  // Bit 124 of the product, and of the addend when it is put there, stands for 2^exponent.
  let exponentOfProduct = exponentA + exponent;
  let productHigh = mulhu(x, y);
  let productLow = x * y;
  unpack(c, double);
  if (significand == 0) return packWide(productSign, exponentOfProduct, productHigh, productLow, mode, double);
  const distance = exponentOfProduct - exponent;
  high = significand >> 2;
  low = significand << 62;
  if (distance >= 0) {
    shiftWideRightJam(<u32>distance);
  } else {
    const addendHigh = high;
    const addendLow = low;
    high = productHigh;
    low = productLow;
    shiftWideRightJam(<u32>(-distance));
    productHigh = high;
    productLow = low;
    high = addendHigh;
    low = addendLow;
    exponentOfProduct = exponent;
  }
  const addendSign = (c & signBit(double)) != 0;
  if (addendSign == productSign) {
    const sum = productLow + low;
    const carry: u64 = sum < low ? 1 : 0;
    return packWide(productSign, exponentOfProduct, productHigh + high + carry, sum, mode, double);
  }
  const isLess = productHigh < high || (productHigh == high && productLow < low);
  if (productHigh == high && productLow == low) return zeroSum(mode, double);
  const difference = isLess ? low - productLow : productLow - low;
  const borrow: u64 = (isLess ? low < productLow : productLow < low) ? 1 : 0;
  const differenceHigh = (isLess ? high - productHigh : productHigh - high) - borrow;
  return packWide(isLess ? addendSign : productSign, exponentOfProduct, differenceHigh, difference, mode, double);
}

function shiftWideRightJam(count: u32): void {
  if (count == 0) return;
  if (count < 64) {
    const lost = low << (64 - count) != 0;
    low = (low >> count) | (high << (64 - count)) | (lost ? 1 : 0);
    high >>= count;
  } else if (count < 128) {
    const lost = low != 0 || (count > 64 && high << (128 - count) != 0);
    low = (high >> (count - 64)) | (lost ? 1 : 0);
    high = 0;
  } else {
    low = (high | low) != 0 ? 1 : 0;
    high = 0;
  }
}

/** A number other than zero below 2^127 whose bit 124 stands for 2^exponentOfBit124. */
function packWide(sign: bool, exponentOfBit124: i32, wideHigh: u64, wideLow: u64, mode: u32, double: bool): u64 {
  let top = wideHigh;
  let rest = wideLow;
  let exponentOfTop = exponentOfBit124 + 2;
  if (top == 0) {
    // The lower word becomes the upper one, its highest bit jammed in if there is one.
    exponentOfTop -= 63;
    top = rest >> 1;
    rest <<= 63;
  }
  const shift = <i32>clz(top) - 1;
  if (shift > 0) {
    top = (top << shift) | (rest >> (64 - shift));
    rest <<= shift;
  }
  return pack(sign, exponentOfTop - shift, top | (rest != 0 ? 1 : 0), mode, double);
}
