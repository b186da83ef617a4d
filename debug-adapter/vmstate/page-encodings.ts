import { unzlibSync } from 'fflate';

/**
 * The forms in which a page may come besides its bytes and the mark of a zero page: compressed by zlib (capability
 * `compress`, QEMU < 9.1) and as a difference from its last copy (`xbzrle`; docs/devel/migration/xbzrle.rst).
 */

/** zlib's compressBound: what a page may be at most when it is compressed. */
export function compressedByteCountMax(pageByteCount: number): number {
  return pageByteCount + (pageByteCount >> 12) + (pageByteCount >> 14) + (pageByteCount >> 25) + 13;
}

/** The page that was compressed, or undefined when it is not one page or is damaged. */
export function inflatePage(compressed: Uint8Array, pageByteCount: number): Uint8Array | undefined {
  // One byte more than a page, by which one that is too long is known.
  const out = new Uint8Array(pageByteCount + 1);
  let page: Uint8Array;
  try {
    page = unzlibSync(compressed, { out });
  } catch {
    return undefined;
  }
  return page.length === pageByteCount && adler32(page) === checksumOf(compressed) ? page : undefined;
}

function checksumOf({ buffer, byteOffset, length }: Uint8Array): number {
  return new DataView(buffer, byteOffset, length).getUint32(length - 4);
}

/** RFC 1950: fflate does not look at it. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

/**
 * Changes the page by an XBZRLE difference: again and again the length of a run that stays, the length of one that does
 * not, and the latter's bytes. Lengths are ULEB128 of at most two bytes.
 *
 * @returns false, with the page in part changed, when the bytes are no difference of a page
 */
export function applyDifference(difference: Uint8Array, page: Uint8Array): boolean {
  let [at, place] = [0, 0];
  const length = (): number => {
    const low = difference[at++] ?? Number.NaN;
    if (low < 0x80) return low;
    const high = difference[at++] ?? Number.NaN;
    return high < 0x80 ? (low & 0x7f) + high * 0x80 : Number.NaN;
  };
  while (at < difference.length) {
    const isFirst = at === 0;
    const kept = length();
    const changed = length();
    if (!(changed > 0 && (kept > 0 || (isFirst && kept === 0)))) return false;
    const end = place + kept + changed;
    if (end > page.length || at + changed > difference.length) return false;
    page.set(difference.subarray(at, at + changed), place + kept);
    at += changed;
    place = end;
  }
  return true;
}
