import type { Progress } from './environment';

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
  ) {
    this.#nextMs = now() + redrawMs;
  }

  at(done: number, total: number): void {
    const now = this.now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + redrawMs;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth);
    const line = `${this.what} [${bar}] ${Math.floor(share * 100)
      .toString()
      .padStart(3)} %`;
    this.write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  end(): void {
    if (this.#width > 0) this.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}
