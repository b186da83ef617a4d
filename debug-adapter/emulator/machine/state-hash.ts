/** The prime of FNV is this and 2^40. */
const primeLow = 0x1b3;

/** FNV-1a, 64 bits, over plain data: numbers, bigints, booleans, strings, arrays, objects, and maps in key order. */
export function hashPlainData(seed: bigint, value: unknown): bigint {
  // In halves: a bigint for each character would be garbage at once.
  let high = Number(BigInt.asUintN(64, seed) >> 32n);
  let low = Number(BigInt.asUintN(32, seed));
  const mix = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const mixed = (low ^ text.charCodeAt(i)) >>> 0;
      const product = mixed * primeLow;
      high = (high * primeLow + Math.floor(product / 0x1_0000_0000) + ((mixed << 8) >>> 0)) >>> 0;
      low = product >>> 0;
    }
  };
  const visit = (item: unknown): void => {
    if (Array.isArray(item)) {
      mix('[');
      for (const element of item) visit(element);
      mix(']');
    } else if (item instanceof Map) {
      visit([...item].sort(([one], [other]) => (one < other ? -1 : 1)));
    } else if (typeof item === 'object' && item !== null) {
      for (const [key, element] of Object.entries(item)) {
        mix(`${key}=`);
        visit(element);
      }
    } else {
      mix(`${typeof item}:${String(item)};`);
    }
  };
  visit(value);
  return (BigInt(high) << 32n) | BigInt(low);
}
