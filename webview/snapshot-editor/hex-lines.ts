/** Lines of a hex view, cut where a selection begins and ends. Pure. */
export const bytesPerLine = 16;

export interface HexLine {
  readonly offset: number;
  /** Digits and characters before, in and behind the selection. */
  readonly hex: readonly [string, string, string];
  readonly text: readonly [string, string, string];
}

export interface Selection {
  readonly offset: number;
  readonly byteCount: number;
}

/** @param bytes of the line; undefined while they are not known */
export function hexLine(
  offset: number,
  bytes: Uint8Array | undefined,
  { offset: start, byteCount }: Selection,
): HexLine {
  if (!bytes) return { offset, hex: ['', '', ''], text: ['', '', ''] };
  const from = Math.max(0, Math.min(bytes.length, start - offset));
  const to = Math.max(from, Math.min(bytes.length, start + byteCount - offset));
  const cuts = [
    [0, from],
    [from, to],
    [to, bytes.length],
  ] as const;
  const [before, inside, behind] = cuts.map(([low, high]) => hexOf(bytes, low, high)) as [string, string, string];
  const [textBefore, textInside, textBehind] = cuts.map(([low, high]) => textOf(bytes, low, high)) as [
    string,
    string,
    string,
  ];
  return { offset, hex: [before, inside, behind], text: [textBefore, textInside, textBehind] };
}

/** Each byte with the space behind it; after eight of them there are two. */
function hexOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    text += `${bytes[at]!.toString(16).padStart(2, '0')} ${at === bytesPerLine / 2 - 1 ? ' ' : ''}`;
  }
  return text;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  }
  return text;
}
