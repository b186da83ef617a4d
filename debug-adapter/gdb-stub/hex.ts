/** Two digits a byte. */
export function hexOf(bytes: Iterable<number>): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Undefined when these are no bytes. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  );
}

/** In the guest's byte order, the lowest first. */
export function hexOfNumber(value: bigint, byteCount: number): string {
  const digits = BigInt.asUintN(8 * byteCount, value).toString(16);
  return digits
    .padStart(2 * byteCount, '0')
    .match(/../g)!
    .reverse()
    .join('');
}

export function numberFromHex(text: string): bigint | undefined {
  const bytes = fromHex(text);
  if (!bytes || bytes.length === 0) return undefined;
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

export function hexOfText(text: string): string {
  return hexOf(new TextEncoder().encode(text));
}

/** Undefined when it is no number. */
export function parseNumber(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]{1,16}$/i.test(text) ? BigInt(`0x${text}`) : undefined;
}
