const utf8 = new TextEncoder();
/** Of ends of other names, as which a linker keeps a name: more are not worth looking for. */
const endCountMax = 32;

/**
 * What stands in the bytes of entries that have a name: the name itself, or its offset in `.debug_str` (of 4 bytes), where a
 * linker may keep it as the end of another one.
 */
export function marksOf(name: string, strings: Uint8Array): Uint8Array[] {
  const text = utf8.encode(`${name}\0`);
  const offsets: number[] = [];
  for (let at = indexOf(strings, text, 0); at >= 0; at = indexOf(strings, text, at + 1)) {
    const isWhole = at === 0 || strings[at - 1] === 0;
    if (isWhole) offsets.length = 0;
    offsets.push(at);
    if (isWhole || offsets.length === endCountMax) break;
  }
  return [text, ...offsets.map(inBytes)];
}

/** What stands in the bytes of a variable's entry: where it is (DW_OP_addr). */
export function placeMark(address: bigint): Uint8Array {
  const mark = new Uint8Array(9);
  mark[0] = 0x03;
  new DataView(mark.buffer).setBigUint64(1, BigInt.asUintN(64, address), true);
  return mark;
}

/** Of a text of several bytes in others, from a place on; -1 where it is not. */
export function indexOf(bytes: Uint8Array, text: Uint8Array, from: number): number {
  // Zeros are everywhere: it is looked for by another byte of it, if there is one.
  const pivot = Math.max(
    0,
    text.findIndex((byte) => byte >= 0x10),
  );
  for (let at = from + pivot; ; at++) {
    at = bytes.indexOf(text[pivot]!, at);
    const start = at - pivot;
    if (at < 0 || start + text.length > bytes.length) return -1;
    if (text.every((byte, index) => bytes[start + index] === byte)) return start;
  }
}

function inBytes(offset: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(offset).buffer);
}
