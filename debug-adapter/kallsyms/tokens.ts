/** What each byte of a compressed name stands for (scripts/kallsyms.c). */
export interface TokenTable {
  readonly start: number;
  /** Behind the index that follows it. */
  readonly end: number;
  readonly texts: readonly string[];
}

const tokenCount = 256;
/** Longer than any that pays. */
const tokenLengthMax = 128;
/** 8 up to 6.x, then 4: an index that is found at one of them is no accident. */
const indexAlignments = [4, 8];
const zero = 0x30;
/** Digits stand for themselves, one behind the other: `0`, `1`, … each with a zero byte. */
const digits = Uint8Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? zero + index / 2 : 0));

/** Token tables in RAM. Everything else that has digits in a row has no index of their offsets behind it. */
export function* findTokens(ram: Uint8Array): Generator<TokenTable> {
  const words = new Uint32Array(ram.buffer, ram.byteOffset, ram.length >>> 2);
  // Of twenty bytes, a look at every sixteenth sees four.
  for (let word = 0; word < words.length; word += 4) {
    if (!mayBeDigits(words[word]!)) continue;
    for (let at = Math.max(0, 4 * word - digits.length); at <= 4 * word; at++) {
      if (!digits.every((byte, index) => ram[at + index] === byte)) continue;
      const tokens = readTokens(ram, at);
      if (tokens) yield tokens;
    }
  }
}

/** Two digits that follow each other, with zeros between them or before. */
function mayBeDigits(word: number): boolean {
  const pair = (word & 0x00ff00ff) === word ? word : word & 0xff00ff ? 0 : word >>> 8;
  const [low, high] = [pair & 0xff, pair >>> 16];
  return low >= zero && high === low + 1 && high <= zero + 9;
}

function readTokens(ram: Uint8Array, digitsAt: number): TokenTable | undefined {
  let start = digitsAt;
  for (let token = 0; token < zero; token++) {
    const end = start - 1;
    start = end;
    while (start > 0 && ram[start - 1] !== 0 && end - start <= tokenLengthMax) start--;
    if (start <= 0 || end - start > tokenLengthMax) return undefined;
  }
  const view = new DataView(ram.buffer, ram.byteOffset, ram.length);
  const texts: string[] = [];
  const offsets: number[] = [];
  let at = start;
  for (let token = 0; token < tokenCount; token++) {
    offsets.push(at - start);
    let text = '';
    while (at < ram.length && ram[at] !== 0 && text.length <= tokenLengthMax) text += String.fromCharCode(ram[at++]!);
    if (at >= ram.length || text.length > tokenLengthMax) return undefined;
    texts.push(text);
    at++;
  }
  for (const alignment of indexAlignments) {
    const index = Math.ceil(at / alignment) * alignment;
    const end = index + 2 * tokenCount;
    if (end > ram.length) return undefined;
    if (offsets.every((offset, token) => view.getUint16(index + 2 * token, true) === offset))
      return { start, end, texts };
  }
  return undefined;
}
