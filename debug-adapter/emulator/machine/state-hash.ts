import { KeptSectors } from '../devices/written-sectors';

/** The prime of FNV is this and 2^40. */
const primeLow = 0x1b3;

/** FNV-1a, 64 bits, over plain data: numbers, bigints, booleans, strings, arrays, objects, maps in key order, and sectors of a disk. */
export function hashPlainData(seed: bigint, value: unknown): bigint {
  // In halves: a bigint for each character would be garbage at once. In signed words, as the processor multiplies them.
  let high = Number(BigInt.asIntN(32, seed >> 32n));
  let low = Number(BigInt.asIntN(32, seed));
  const mix = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const mixed = low ^ text.charCodeAt(i);
      const middle = (mixed >>> 16) * primeLow + (((mixed & 0xffff) * primeLow) >>> 16);
      high = (Math.imul(high, primeLow) + (middle >>> 16) + (mixed << 8)) | 0;
      low = Math.imul(mixed, primeLow);
    }
  };
  const visit = (item: unknown): void => {
    if (Array.isArray(item)) {
      mix('[');
      for (const element of item) visit(element);
      mix(']');
    } else if (item instanceof KeptSectors) {
      visit(item.hash);
    } else if (item instanceof Map) {
      visit([...item].sort(([one], [other]) => (one < other ? -1 : 1)));
    } else if (typeof item === 'object' && item !== null) {
      for (const [key, element] of Object.entries(item)) {
        mix(key);
        mix('=');
        visit(element);
      }
    } else {
      mix(typeof item);
      mix(':');
      mix(String(item));
      mix(';');
    }
  };
  visit(value);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
