import type { Pieces } from '../debuggee/pieces';
import { type GuestCore, pageByteCount } from '../emulator/core/guest-core';
import type { PageWords } from '../emulator/core/held-pages';
import { Layers } from './layers';
import {
  apply,
  applyWanted,
  Entries,
  EntryWriter,
  entriesPerPiece,
  isUnchanged,
  lengthOfAll,
  maskAt,
  maskLength,
  merged,
  readAgain,
} from './page-words';

/** How RAM differs from what it was at an instant: what the words hold that have changed since, by all pages written to. */
export type PagesDifference = Entries;

/** Words of some pages: each page once, its mask where it is in the order of pages. */
interface Words {
  readonly pages: readonly number[];
  readonly masks: Int32Array;
}

/**
 * What guest RAM held at each of several instants, by its changes: between two of them, what every word that changed had
 * held at the first. A page that has been written to has an entry, whether it has changed or not.
 *
 * ```
 * instants     0         1         2  (the last one)
 * chunks       ├── 0 ────┼── 1 ────┼─ tail ─►
 * ```
 * RAM comes from one of the instants, `here`, and has been written to since. A word at instant k is in the first chunk
 * from k on that has it; if none has it, it is as it was here. Whoever goes back puts into the tail what the words held
 * that change on the way there. So every word that is in a chunk behind `here` is in the tail, too; every instant can be
 * gone to from every other; and a stretch that is run through again adds nothing.
 */
export class KeptPages {
  /** One less than there are instants. */
  readonly #chunks: Layers[] = [];
  /** It can be large, and is added to on nearly every way back. */
  #tail = new Layers();
  readonly #ram: Int32Array;
  /** Of each page, 1 + the index of its mask among those that are to be fetched; else 0. */
  readonly #maskOf: Int32Array;
  #here = -1;
  /** Pages held since the present came from there that have had to make room for others. */
  #full: Int32Array[] = [];
  /** One that was among them: new memory takes longer to get than to fill. */
  #spare: Int32Array | undefined;
  #chunksByteCount = 0;

  constructor(private readonly core: Pick<GuestCore, 'ram' | 'held'>) {
    const { buffer, byteOffset, byteLength } = core.ram;
    this.#ram = new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT);
    this.#maskOf = new Int32Array(byteLength / pageByteCount);
  }

  get byteCount(): number {
    return this.#chunksByteCount + this.#tail.byteCount;
  }

  /** What the pages take that have been written to since the present came from an instant. */
  get heldByteCount(): number {
    const beside = this.core.held.byteCount + (this.#spare?.byteLength ?? 0);
    return this.#full.reduce((sum, { byteLength }) => sum + byteLength, beside);
  }

  /** The instant that RAM comes from; -1: there is none yet. */
  get here(): number {
    return this.#here;
  }

  /** Whether a page may have been written to between an instant and the next. */
  mayWrite(index: number, page: number): boolean {
    return this.#chunks[index]!.has(page);
  }

  /** Another instant, this one: the last. */
  *add(): Pieces<void> {
    const changes = yield* this.#takeChanges();
    if (this.#here >= 0) {
      // What has not changed since the last instant is now as the tail has it.
      if (this.#here === this.#last) this.#tail.clear();
      yield* this.#tail.putBelow(changes);
      this.#replace(this.#last, 0, this.#tail);
      this.#tail = new Layers();
    }
    this.#comeTo(this.#last);
  }

  /** Another instant, this one: between the one that RAM comes from and the next. */
  *insert(): Pieces<void> {
    const index = this.#here;
    const toNext = yield* this.#chunks[index]!.flat();
    const toThis = yield* this.#takeChanges();
    // What has changed since, and is again at the next as it was, nobody has seen change.
    yield* this.#tail.putBelow(toThis);
    const toNextFromHere = yield* merged(readAgain(toThis, this.#ram), toNext);
    this.#replace(index, 1, new Layers(toThis), new Layers(toNextFromHere));
    this.#comeTo(index + 1);
  }

  /** How RAM differs from the instant that it comes from. */
  get difference(): PagesDifference {
    const parts = [...this.core.held.readChanges()];
    if (this.#full.length > 0) {
      const held = this.core.held.take();
      for (const full of this.#full) {
        this.core.held.give(full);
        parts.push(...this.core.held.readChanges());
      }
      this.core.held.give(held);
    }
    return new Entries(joined(parts));
  }

  /** RAM as it was when it had some difference from an instant, which still is the one with this index. */
  *goToDifference(index: number, { words, starts }: PagesDifference): Pieces<void> {
    yield* this.goTo(index);
    for (const [entry, at] of starts.entries()) {
      this.core.held.hold(words[at]!);
      apply(words, at, this.#ram);
      this.core.held.noteChange(words[at]!);
      if (entry % entriesPerPiece === 0) yield;
    }
  }

  /**
   * RAM as at an instant. What is about to change on the way back is known in the last chunk from then on. In between RAM is
   * neither here nor there.
   */
  *goTo(index: number): Pieces<void> {
    yield* this.#putBackHeld();
    const between = this.#chunks.slice(Math.min(index, this.#here), Math.max(index, this.#here));
    const wanted = yield* this.#wordsOf(between);
    if (index < this.#here) yield* this.#tail.putBelow(yield* this.#unknownNow(wanted));
    yield* this.#fetch(wanted, index);
    this.#comeTo(index);
  }

  /** Not the first, nor the one that RAM comes from. */
  *forget(index: number): Pieces<void> {
    const before = yield* this.#chunks[index - 1]!.flat();
    if (index < this.#last) {
      this.#replace(index - 1, 2, new Layers(yield* merged(before, yield* this.#chunks[index]!.flat())));
    } else {
      yield* this.#tail.putOnTop(before);
      this.#replace(index - 1, 1);
    }
    if (index < this.#here) this.#here--;
  }

  /** All behind the one that RAM comes from. */
  forgetBehind(): void {
    this.#replace(this.#here, this.#last - this.#here);
    // It tells of words that have changed behind there.
    this.#tail.clear();
  }

  /** The last instant. */
  get #last(): number {
    return this.#chunks.length;
  }

  #replace(index: number, count: number, ...chunks: readonly Layers[]): void {
    const total = (some: readonly Layers[]): number => some.reduce((sum, { byteCount }) => sum + byteCount, 0);
    this.#chunksByteCount += total(chunks) - total(this.#chunks.splice(index, count, ...chunks));
  }

  /** The words that any of these has. Until they are fetched, `#maskOf` tells the mask of each page. */
  *#wordsOf(chunks: readonly Layers[]): Pieces<Words> {
    const pages: number[] = [];
    let masks = new Int32Array(maskLength * 256);
    for (const { words, starts } of layersOf(chunks)) {
      for (const [entry, at] of starts.entries()) {
        if (entry % entriesPerPiece === 0) yield;
        if (isUnchanged(words, at)) continue;
        const page = words[at]!;
        if (this.#maskOf[page] === 0) this.#maskOf[page] = pages.push(page);
        if (pages.length * maskLength > masks.length) masks = doubled(masks);
        const mask = (this.#maskOf[page]! - 1) * maskLength;
        for (let index = 0; index < maskLength; index++) masks[mask + index]! |= words[at + maskAt + index]!;
      }
    }
    return { pages, masks };
  }

  /** What words hold now, but for those that the tail has. */
  *#unknownNow({ pages, masks }: Words): Pieces<Entries> {
    const unknown = masks.slice(0, pages.length * maskLength);
    for (const known of this.#tail.fromTop) {
      for (const [index, page] of pages.entries()) {
        removeKnown(unknown, index * maskLength, known.words, known.find(page));
        if (index % entriesPerPiece === 0) yield;
      }
    }
    const writer = new EntryWriter(lengthOfAll(unknown));
    for (const [index, page] of pages.entries()) {
      const mask = unknown.subarray(index * maskLength, (index + 1) * maskLength);
      if (mask.some((word) => word !== 0)) writer.read(page, mask, this.#ram);
      if (index % entriesPerPiece === 0) yield;
    }
    return writer.entries;
  }

  /** Puts into RAM what words held at an instant: what the first chunk from there on says that has them. */
  *#fetch({ pages, masks }: Words, instant: number): Pieces<void> {
    let pagesLeft = pages.length;
    for (const { pages, starts, words } of layersOf([...this.#chunks.slice(instant), this.#tail])) {
      if (pagesLeft === 0) return;
      for (let entry = 0; entry < pages.length; entry++) {
        if (entry % entriesPerPiece === 0) yield;
        const mask = this.#maskOf[pages[entry]!]!;
        if (mask === 0 || isUnchanged(words, starts[entry]!)) continue;
        if (applyWanted(words, starts[entry]!, masks, (mask - 1) * maskLength, this.#ram)) continue;
        this.core.held.noteChange(pages[entry]!);
        this.#maskOf[pages[entry]!] = 0;
        pagesLeft--;
      }
    }
  }

  #comeTo(index: number): void {
    this.#here = index;
    this.#spare ??= this.#full[0];
    this.#full = [];
    this.core.held.begin(() => this.#makeRoom());
  }

  #makeRoom(): void {
    this.#full.push(this.core.held.take(this.#spare));
    this.#spare = undefined;
  }

  /** What the words held that have changed since the present came from an instant. */
  *#takeChanges(): Pieces<Entries> {
    const parts = [yield* this.core.held.takeChanges()];
    for (const held of this.#full) {
      this.core.held.give(held);
      parts.push(yield* this.core.held.takeChanges());
    }
    return new Entries(joined(parts));
  }

  *#putBackHeld(): Pieces<void> {
    this.core.held.putBack();
    for (const held of this.#full) {
      yield;
      this.core.held.give(held);
      this.core.held.putBack();
    }
  }
}

function layersOf(chunks: readonly Layers[]): Entries[] {
  return chunks.flatMap(({ fromTop }) => fromTop);
}

function removeKnown(masks: Int32Array, mask: number, known: PageWords, at: number): void {
  if (at < 0 || isUnchanged(known, at)) return;
  for (let index = 0; index < maskLength; index++) masks[mask + index]! &= ~known[at + maskAt + index]!;
}

function doubled(masks: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * masks.length);
  larger.set(masks);
  return larger;
}

function joined(parts: readonly PageWords[]): PageWords {
  if (parts.length === 1) return parts[0]!;
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
