import { pause, type Reading } from './reading';

/** So many characters are looked at between two pauses. */
const charactersPerTurn = 64 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * An object's text in JSON, read value by value: `JSON.parse` reads its text at once, and one of mebibytes takes long. Where
 * values begin and end is found here, what they are by `JSON.parse`. What is no JSON is a SyntaxError, as there.
 *
 * @param inPieces a member that is a list: its elements are read one by one
 * @param characterCountMax of one value. @throws RangeError for a longer one
 */
export function* parseObject(text: string, inPieces: string, characterCountMax: number): Reading<object> {
  const scanner = new Scanner(text, characterCountMax);
  const entries: [string, unknown][] = [];
  scanner.expect(openBrace);
  while (!scanner.skips(closeBrace)) {
    if (entries.length > 0) scanner.expect(comma);
    const key = yield* scanner.value();
    if (typeof key !== 'string') throw new SyntaxError('a key that is no text');
    scanner.expect(colon);
    if (key !== inPieces || !scanner.skips(openBracket)) {
      entries.push([key, yield* scanner.value()]);
      continue;
    }
    const elements: unknown[] = [];
    while (!scanner.skips(closeBracket)) {
      if (elements.length > 0) scanner.expect(comma);
      elements.push(yield* scanner.value());
    }
    entries.push([key, elements]);
  }
  scanner.expectEnd();
  return Object.fromEntries(entries);
}

class Scanner {
  private _at = 0;
  private _turnEnd = charactersPerTurn;

  constructor(
    private readonly text: string,
    private readonly characterCountMax: number,
  ) {}

  /** Whether that character comes next: then it is passed over. */
  skips(character: number): boolean {
    this.#skipSpace();
    if (this.text.charCodeAt(this._at) !== character) return false;
    this._at++;
    return true;
  }

  expect(character: number): void {
    if (!this.skips(character)) this.#fail();
  }

  expectEnd(): void {
    this.#skipSpace();
    if (this._at < this.text.length) this.#fail();
  }

  *value(): Reading<unknown> {
    this.#skipSpace();
    const start = this._at;
    for (let depth = 0; ; ) {
      depth += this.#skipPart();
      if (depth <= 0) break;
      if (this._at < this._turnEnd) continue;
      this._turnEnd = this._at + charactersPerTurn;
      yield pause;
    }
    const length = this._at - start;
    if (length > this.characterCountMax) throw new RangeError(String(length));
    return JSON.parse(this.text.slice(start, this._at));
  }

  /** A bracket, a string, or what lies up to the next of them. @returns by how much that changes the depth */
  #skipPart(): number {
    const character = this.text.charCodeAt(this._at);
    if (Number.isNaN(character)) this.#fail();
    if (character === quote) {
      this.#skipString();
      return 0;
    }
    this._at++;
    if (character === openBrace || character === openBracket) return 1;
    if (character === closeBrace || character === closeBracket) return -1;
    while (this._at < this.text.length && !isEnd(this.text.charCodeAt(this._at))) this._at++;
    return 0;
  }

  #skipString(): void {
    for (this._at++; ; this._at++) {
      const character = this.text.charCodeAt(this._at);
      if (Number.isNaN(character)) this.#fail();
      if (character === backslash) this._at++;
      else if (character === quote) break;
    }
    this._at++;
  }

  #skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this._at))) this._at++;
  }

  #fail(): never {
    throw new SyntaxError(`at ${this._at}`);
  }
}

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}

/** Of a number or a word. */
function isEnd(character: number): boolean {
  return (
    character === comma ||
    character === quote ||
    character === openBrace ||
    character === openBracket ||
    character === closeBrace ||
    character === closeBracket ||
    isSpace(character)
  );
}
