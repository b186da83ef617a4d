import type { Progress } from './environment';
import { printableLine } from './printable';

const barWidth = 24;
/** Redrawing more often than this helps nobody. */
const redrawMs = 100;

/**
 * A line that redraws itself: `reading a.qemu [#####               ]  25 %`. Nothing is drawn of work that is over
 * before the first redraw is due.
 */
export class ProgressLine implements Progress {
  #nextMs: number;
  #width = 0;

  constructor(
    private readonly what: string,
    private readonly write: (text: string) => void,
    private readonly now: () => number,
    private readonly columnCount: () => number = () => Infinity,
  ) {
    this.#nextMs = now() + redrawMs;
  }

  at(done: number, total: number): void {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth);
    const percent = Math.floor(share * 100).toString();
    this.tell(`${this.what} [${bar}] ${percent.padStart(3)} %`);
  }

  tell(text: string): void {
    const now = this.now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + redrawMs;
    // A line that is wrapped could not be redrawn.
    const line = withinColumns(printableLine(text), this.columnCount() - 1);
    const width = columnsOf(line);
    this.write(`\r${line}${' '.repeat(Math.max(0, this.#width - width))}`);
    this.#width = width;
  }

  end(): void {
    if (this.#width > 0) this.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}

function withinColumns(text: string, columnCount: number): string {
  let line = '';
  for (const character of text) {
    if (columnsOf(line + character) > columnCount) break;
    line += character;
  }
  return line;
}

/** At the most: from Hangul on, many characters are two wide. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (character < '\u1100' ? 1 : 2), 0);
}
