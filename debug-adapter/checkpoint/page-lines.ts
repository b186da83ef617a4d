/** A page is kept in lines, since what runs for a moment changes few of them. */
const lineCount = 64;
const wordsPerLine = 16;
export const wordsPerPage = lineCount * wordsPerLine;
/** Memory is asked for in pieces of so many pages: one by one takes ten times as long as the copying. */
const pagesPerSlab = 64;

/** Which lines of a page: lines 0 to 31, 32 to 63, a bit each. */
export interface LineMask {
  readonly low: number;
  readonly high: number;
}

/** What some lines of a page held, one behind the other. */
export interface PageLines extends LineMask {
  readonly words: Int32Array;
}

const none = new Int32Array(0);
export const zeroPage = new Int32Array(wordsPerPage);
export const noLines: PageLines = { low: 0, high: 0, words: none };

/** In which lines two pages differ. */
export function differences(one: Int32Array, other: Int32Array): LineMask {
  return { low: differencesFrom(one, other, 0), high: differencesFrom(one, other, wordsPerPage / 2) };
}

function differencesFrom(one: Int32Array, other: Int32Array, begin: number): number {
  let mask = 0;
  for (let line = 0; line < 32; line++) {
    const first = begin + line * wordsPerLine;
    for (let word = first; word < first + wordsPerLine; word++) {
      if (one[word] === other[word]) continue;
      mask |= 1 << line;
      break;
    }
  }
  return mask;
}

export function without(mask: LineMask, { low, high }: LineMask): LineMask {
  return { low: mask.low & ~low, high: mask.high & ~high };
}

export function isEmpty({ low, high }: LineMask): boolean {
  return (low | high) === 0;
}

/** Puts the lines into a page. */
export function apply(lines: PageLines, page: Int32Array): void {
  let at = 0;
  forEachRun(lines, (begin, end) => {
    page.set(lines.words.subarray(at, at + end - begin), begin);
    at += end - begin;
  });
}

/** How many bytes are taken by lines, and what refers to them: about. */
export function byteCountOf({ words }: PageLines): number {
  return words.buffer === zeroPage.buffer ? entryByteCount : entryByteCount + words.byteLength;
}

const entryByteCount = 150;

/** Memory for pages and their lines. What has been used once is used again, for new memory takes longer than a copy. */
export class LineStore {
  #slab = none;
  #used = 0;
  /** By how many lines they have. */
  readonly #free: Int32Array[][] = Array.from({ length: lineCount + 1 }, () => []);

  copy(page: Int32Array): Int32Array {
    const copy = this.#take(lineCount);
    copy.set(page);
    return copy;
  }

  pick(mask: LineMask, page: Int32Array): PageLines {
    if (isEmpty(mask)) return noLines;
    const { low, high } = mask;
    const count = countOf(mask);
    if (page === zeroPage) return { low, high, words: zeroPage.subarray(0, count * wordsPerLine) };
    const words = this.#take(count);
    let at = 0;
    forEachRun(mask, (begin, end) => {
      words.set(page.subarray(begin, end), at);
      at += end - begin;
    });
    return { low, high, words };
  }

  /** The lines of both, those of the first where both have one. Neither may be used any more. */
  merge(first: PageLines, second: PageLines): PageLines {
    if (isEmpty(without(second, first))) {
      this.release(second.words);
      return first;
    }
    if (isEmpty(first)) return second;
    const mask = { low: first.low | second.low, high: first.high | second.high };
    const words = this.#take(countOf(mask));
    let [at, atFirst, atSecond] = [0, 0, 0];
    for (let line = 0; line < lineCount; line++) {
      if (!has(mask, line)) continue;
      if (has(first, line)) copyLine(first.words, atFirst, words, at);
      else copyLine(second.words, atSecond, words, at);
      if (has(first, line)) atFirst += wordsPerLine;
      if (has(second, line)) atSecond += wordsPerLine;
      at += wordsPerLine;
    }
    this.release(first.words);
    this.release(second.words);
    return { ...mask, words };
  }

  /** Nobody refers to it any more. */
  release(words: Int32Array): void {
    if (words.length > 0 && words.buffer !== zeroPage.buffer) this.#free[words.length / wordsPerLine]!.push(words);
  }

  #take(count: number): Int32Array {
    return this.#free[count]!.pop() ?? this.#cut(count * wordsPerLine);
  }

  #cut(wordCount: number): Int32Array {
    if (this.#used + wordCount > this.#slab.length) {
      this.#slab = new Int32Array(pagesPerSlab * wordsPerPage);
      this.#used = 0;
    }
    this.#used += wordCount;
    return this.#slab.subarray(this.#used - wordCount, this.#used);
  }
}

function has({ low, high }: LineMask, line: number): boolean {
  return ((line < 32 ? low >>> line : high >>> (line - 32)) & 1) !== 0;
}

/** Of lines one behind the other: where in a page their words begin and end. */
function forEachRun(mask: LineMask, visit: (begin: number, end: number) => void): void {
  for (let line = 0; line < lineCount; ) {
    const begin = line;
    while (line < lineCount && has(mask, line)) line++;
    if (line > begin) visit(begin * wordsPerLine, line * wordsPerLine);
    else line++;
  }
}

function countOf({ low, high }: LineMask): number {
  return bitCount(low) + bitCount(high);
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function copyLine(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  for (let word = 0; word < wordsPerLine; word++) to[toAt + word] = from[fromAt + word]!;
}
