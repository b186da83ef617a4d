/**
 * What a body has been given, for a checkpoint: of each thing the label of the action that it answers or the name of the
 * look (empty for the first), the thing, what was seen then, and how often that came in a row. It only grows, so that any
 * number of checkpoints can share it.
 */
export interface KeptThings {
  readonly entries: readonly unknown[];
  /** How many entries there are of it; what is behind them is of another course. */
  readonly length: number;
  /** How often the last thing came. */
  readonly lastCount: number;
}

const entriesPerThing = 4;
const countAt = 3;

/** What a body has been given so far. */
export class GivenThings {
  #entries: unknown[] = [];
  #length = 0;
  #lastCount = 0;
  /** Others have the entries, which may go on in another way. */
  #isOthers = false;

  add(of: string, thing: unknown, seen: unknown): void {
    if (this.#isOthers) this.#takeOver();
    const entries = this.#entries;
    const last = this.#length - entriesPerThing;
    // The pages of an iteration: all of them would take more memory than all else of a checkpoint.
    if (last >= 0 && entries[last] === of && entries[last + 1] === thing && entries[last + 2] === seen) {
      entries[last + countAt] = ++this.#lastCount;
      return;
    }
    entries.push(of, thing, seen, 1);
    this.#length += entriesPerThing;
    this.#lastCount = 1;
  }

  /** All but the first. */
  forget(): void {
    this.#entries = this.#entries.slice(0, entriesPerThing);
    this.#length = entriesPerThing;
    this.#lastCount = 1;
    this.#isOthers = false;
  }

  keep(): KeptThings {
    return { entries: this.#entries, length: this.#length, lastCount: this.#lastCount };
  }

  putBack({ entries, length, lastCount }: KeptThings): void {
    this.#entries = entries as unknown[];
    this.#length = length;
    this.#lastCount = lastCount;
    this.#isOthers = true;
  }

  #takeOver(): void {
    this.#entries = this.#entries.slice(0, this.#length);
    if (this.#length > 0) this.#entries[this.#length - 1] = this.#lastCount;
    this.#isOthers = false;
  }
}

/** In their order. */
export function* thingsOf({ entries, length, lastCount }: KeptThings): Generator<{ thing: unknown; seen: unknown }> {
  for (let at = 0; at < length; at += entriesPerThing) {
    const isLast = at + entriesPerThing === length;
    const count = isLast ? lastCount : (entries[at + countAt] as number);
    for (let time = 0; time < count; time++) yield { thing: entries[at + 1], seen: entries[at + 2] };
  }
}

/** The last of each name, beside those that are known from before. */
export function lastThings(
  { entries, length }: KeptThings,
  before: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> {
  const last = new Map(before);
  for (let at = 0; at < length; at += entriesPerThing) {
    const of = entries[at] as string;
    if (of) last.set(of, entries[at + 1]);
  }
  return last;
}
