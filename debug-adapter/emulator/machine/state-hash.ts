const prime = 0x100_0000_01b3n;
const mask = 0xffff_ffff_ffff_ffffn;

/** FNV-1a, 64 bits, over plain data: numbers, bigints, booleans, strings, arrays, objects, and maps in key order. */
export function hashPlainData(seed: bigint, value: unknown): bigint {
  let hash = seed;
  const mix = (text: string): void => {
    for (let i = 0; i < text.length; i++) hash = ((hash ^ BigInt(text.charCodeAt(i))) * prime) & mask;
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
  return hash;
}
