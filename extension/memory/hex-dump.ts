/** A hex dump as text, and the places in it that differ from the one before. Pure. */

const bytesPerLine = 16;

/**
 * ```
 * 0x80400000  13 05 00 00 93 05 10 00  6f 00 00 01 00 00 00 00  ........o.......
 * ```
 */
export function hexDump(address: bigint, bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    const line = [...bytes.subarray(at, at + bytesPerLine)];
    const hex = line.map((byte, i) => `${i === bytesPerLine / 2 ? ' ' : ''}${byte.toString(16).padStart(2, '0')}`);
    const text = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(`${addressText(address + BigInt(at))}  ${hex.join(' ').padEnd(48)}  ${text.join('')}`);
  }
  return lines.join('\n');
}

/** Where a byte's two digits stand in the dump. */
export interface DumpPosition {
  readonly line: number;
  readonly column: number;
}

/** The bytes that differ; none when there was no dump before or it had another length. */
export function changedBytes(address: bigint, before: Uint8Array | undefined, now: Uint8Array): DumpPosition[] {
  if (before?.length !== now.length) return [];
  const positions: DumpPosition[] = [];
  for (let at = 0; at < now.length; at++) {
    if (before[at] === now[at]) continue;
    const line = Math.floor(at / bytesPerLine);
    positions.push({ line, column: columnOf(addressText(address), at % bytesPerLine) });
  }
  return positions;
}

/** The address of the byte whose digits, or whose character, stand at a column of a line; undefined for a line of no dump. */
export function byteAt(line: string, column: number): bigint | undefined {
  const address = /^0x[0-9a-f]+(?= )/.exec(line)?.[0];
  if (address === undefined) return undefined;
  const textColumn = columnOf(address, bytesPerLine) + 1;
  const isText = column >= textColumn;
  let at = bytesPerLine - 1;
  while (at > 0 && column < (isText ? textColumn + at : columnOf(address, at))) at--;
  return BigInt(address) + BigInt(at);
}

function columnOf(address: string, inLine: number): number {
  return address.length + 2 + inLine * 3 + (inLine >= bytesPerLine / 2 ? 1 : 0);
}

function addressText(address: bigint): string {
  return `0x${address.toString(16).padStart(8, '0')}`;
}
