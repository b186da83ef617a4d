const esc = 0x1b;
const bell = 0x07;
/** Backspace, tab, line feed, carriage return, and the bell. */
const controlsShown = [bell, 0x08, 0x09, 0x0a, 0x0d];
/** First byte of the C1 controls in UTF-8, and of other characters. */
const c1Lead = 0xc2;
/** What may follow ESC by itself: save and restore the cursor, keypad, index. */
const simpleEscapes = '78=>DEM';
/** What begins a text that goes to the terminal itself: DCS, SOS, OSC, PM, APC. */
const stringEscapes = 'PX]^_';
/** What CSI may end with: the cursor, erasing, inserting, scrolling, colours. */
const finals = '@ABCDEFGHJKLMPSTXZ`abdefmrsu';
/** Modes that editors set: insertion, cursor keys, wrapping, the cursor, the other screen, bracketed paste. */
const modes = ['4', '?1', '?7', '?25', '?47', '?1047', '?1048', '?1049', '?2004'];
/** What is longer is no sequence. */
const controlByteCountMax = 64;
const stringByteCountMax = 4096;

/**
 * A guest's console on the user's terminal: text, colours and the movements that a shell or an editor makes. Of a guest
 * that nobody trusts, nothing else reaches the terminal: no titles, no clipboard, and no question that the terminal would
 * answer as if the user had typed.
 */
export class TerminalConsole {
  readonly #showsSequences: boolean;
  /** A sequence that has not ended. */
  #sequence: number[] = [];

  /** @param showsSequences false: text alone, without colours and movements */
  constructor({ showsSequences = true } = {}) {
    this.#showsSequences = showsSequences;
  }

  filter(bytes: Uint8Array): Uint8Array {
    const shown: number[] = [];
    for (const byte of bytes) {
      const isPlain = (byte >= 0x20 && byte !== 0x7f) || controlsShown.includes(byte);
      if (this.#sequence.length === 0 && byte !== esc && byte !== c1Lead) {
        if (isPlain) shown.push(byte);
        continue;
      }
      this.#sequence.push(byte);
      // U+0080 to U+009F are the same as ESC and a letter.
      const isC1 = this.#sequence.length === 2 && this.#sequence[0] === c1Lead && byte >= 0x80 && byte <= 0x9f;
      if (isC1) this.#sequence = [esc, byte - 0x40];
      const part = shownOf(this.#sequence);
      if (part === undefined) continue;
      if (this.#showsSequences || part[0] !== esc) shown.push(...part);
      this.#sequence = [];
    }
    return Uint8Array.from(shown);
  }
}

/** What is shown of a sequence; undefined while it has not ended. */
function shownOf(sequence: readonly number[]): readonly number[] | undefined {
  if (sequence.length === 1) return undefined;
  if (sequence[0] === c1Lead) return sequence;
  const kind = String.fromCharCode(sequence[1]!);
  const last = sequence.at(-1)!;
  if (kind === '[') {
    const isOpen = sequence.length === 2 || (last < 0x40 && sequence.length < controlByteCountMax);
    if (isOpen) return undefined;
    return isShownControl(sequence) ? sequence : [];
  }
  if (stringEscapes.includes(kind)) {
    if (last === bell || (last === 0x5c && sequence.at(-2) === esc && sequence.length > 3)) return [];
    const isOpen = sequence.length < stringByteCountMax;
    return isOpen ? undefined : sequence.slice(2).filter((byte) => byte >= 0x20 && byte !== 0x7f);
  }
  if (kind === '(' || kind === ')') return sequence.length === 2 ? undefined : sequence;
  return simpleEscapes.includes(kind) ? sequence : [];
}

/** ESC [ parameters final */
function isShownControl(sequence: readonly number[]): boolean {
  const text = String.fromCharCode(...sequence.slice(2));
  const [, parameters, final] = /^([0-9;:?]*)([@-~])$/.exec(text) ?? [];
  if (parameters === undefined || final === undefined) return false;
  if (final === 'h' || final === 'l') return parameters.split(';').every((mode) => modes.includes(mode));
  return finals.includes(final) && !parameters.includes('?');
}
