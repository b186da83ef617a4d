/** Letters of gdb's formats for numbers; a number has so many bytes. */
export const numberFormats = {
  x: (value: bigint, byteCount: number) =>
    `0x${unsigned(value, byteCount)
      .toString(16)
      .padStart(byteCount * 2, '0')}`,
  d: (value: bigint, byteCount: number) => String(BigInt.asIntN(byteCount * 8, value)),
  u: (value: bigint, byteCount: number) => String(unsigned(value, byteCount)),
  o: (value: bigint, byteCount: number) => `0${unsigned(value, byteCount).toString(8)}`,
  t: (value: bigint, byteCount: number) => unsigned(value, byteCount).toString(2),
  a: (value: bigint, byteCount: number) => `0x${unsigned(value, byteCount).toString(16)}`,
  c: (value: bigint, byteCount: number) => {
    const code = Number(unsigned(value, byteCount) & 0xffn);
    return `${code} '${code >= 32 && code < 127 ? String.fromCharCode(code) : `\\${code.toString(8).padStart(3, '0')}`}'`;
  },
} as const;

export type NumberFormat = keyof typeof numberFormats;

export function numberIn(format: NumberFormat, value: bigint, byteCount: number): string {
  return numberFormats[format](value, byteCount);
}

function unsigned(value: bigint, byteCount: number): bigint {
  return BigInt.asUintN(byteCount * 8, value);
}
