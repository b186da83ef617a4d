import { type GuestCore, pageByteCount } from '../emulator/core/guest-core';
import type { PageWords } from '../emulator/core/held-pages';
import {
  apply,
  applyWanted,
  Entries,
  EntryWriter,
  isUnchanged,
  lengthOf,
  maskAt,
  maskLength,
  merged,
  noEntries,
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
 * chunks       ├── 0 ────┼── 1 ────┼── 2 ──►
 * ```
 * RAM comes from one of the instants, `here`, and has been written to since. A word at instant k is in the first chunk
 * from k on that has it; if none has it, it is as it was here. Whoever goes back puts into the last chunk what the words
 * held that change on the way there. So every word that is in a chunk behind `here` is in the last one, too; every instant
 * can be gone to from every other; and a stretch that is run through again adds nothing.
 */
export class KeptPages {
  readonly #chunks: Entries[] = [];
  readonly #ram: Int32Array;
  /** Of each page, 1 + the index of its mask among those that are to be fetched; else 0. */
  readonly #maskOf: Int32Array;
  #here = 0;
  /** Pages held since the present came from there that have had to make room for others. */
  #full: Int32Array[] = [];
  #byteCount = 0;

  constructor(private readonly core: Pick<GuestCore, 'ram' | 'held'>) {
    const { buffer, byteOffset, byteLength } = core.ram;
    this.#ram = new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT);
    this.#maskOf = new Int32Array(byteLength / pageByteCount);
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  /** What the pages take that have been written to since the present came from an instant. */
  get heldByteCount(): number {
    return this.#full.reduce((sum, { byteLength }) => sum + byteLength, this.core.held.byteCount);
  }

  /** The instant that RAM comes from. */
  get here(): number {
    return this.#here;
  }

  /** Whether a page may have been written to between an instant and the next. */
  mayWrite(index: number, page: number): boolean {
    return this.#chunks[index]!.find(page) >= 0;
  }

  /** Another instant, this one: the last. */
  add(): void {
    const changes = this.#takeChanges();
    if (this.#chunks.length > 0) this.#put(this.#chunks.length - 1, changes);
    this.#chunks.push(noEntries);
    this.#comeTo(this.#chunks.length - 1);
  }

  /** Another instant, this one: between the one that RAM comes from and the next. */
  insert(): void {
    const index = this.#here;
    const toNext = this.#chunks[index]!;
    const toThis = this.#takeChanges();
    // What has changed since, and is again at the next as it was, nobody has seen change.
    this.#put(this.#chunks.length - 1, toThis);
    const fromThis = merged(readAgain(toThis, this.#ram), toNext);
    this.#byteCount += toThis.byteCount + fromThis.byteCount - toNext.byteCount;
    this.#chunks.splice(index, 1, toThis, fromThis);
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
  goToDifference(index: number, { words }: PagesDifference): void {
    this.goTo(index);
    for (let at = 0; at < words.length; at += lengthOf(words, at)) {
      this.core.held.hold(words[at]!);
      apply(words, at, this.#ram);
      this.core.held.noteChange(words[at]!);
    }
  }

  /** RAM as at an instant. What is about to change on the way back is known in the last chunk from then on. */
  goTo(index: number): void {
    this.#putBackHeld();
    const wanted = this.#wordsOf(this.#chunks.slice(Math.min(index, this.#here), Math.max(index, this.#here)));
    const last = this.#chunks.length - 1;
    if (index < this.#here) this.#put(last, this.#heldNow(wanted, this.#chunks[last]!));
    this.#fetch(wanted, index);
    this.#comeTo(index);
  }

  /** Not the first, nor the one that RAM comes from. */
  forget(index: number): void {
    const [chunk] = this.#chunks.splice(index, 1);
    this.#byteCount -= chunk!.byteCount;
    if (index < this.#here) this.#here--;
    this.#put(index - 1, chunk!);
  }

  /** The words that any of these has. Until they are fetched, `#maskOf` tells the mask of each page. */
  #wordsOf(chunks: readonly Entries[]): Words {
    const pages: number[] = [];
    let masks = new Int32Array(maskLength * 256);
    for (const { words, starts } of chunks) {
      for (const at of starts) {
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

  /** What words hold now, but for those that are known. */
  #heldNow({ pages, masks }: Words, known: Entries): Entries {
    const writer = new EntryWriter(0);
    const unknown = new Int32Array(maskLength);
    for (const [index, page] of pages.entries()) {
      unknown.set(masks.subarray(index * maskLength, (index + 1) * maskLength));
      if (removeKnown(unknown, known.words, known.find(page))) writer.read(page, unknown, this.#ram);
    }
    return writer.entries;
  }

  /** Puts into RAM what words held at an instant: what the first chunk from there on says that has them. */
  #fetch({ pages, masks }: Words, instant: number): void {
    let pagesLeft = pages.length;
    for (let chunk = instant; pagesLeft > 0; chunk++) {
      const { pages, starts, words } = this.#chunks[chunk]!;
      for (let entry = 0; entry < pages.length; entry++) {
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
    this.#full = [];
    this.core.held.begin(() => this.#full.push(this.core.held.take()));
  }

  /** What the words held that have changed since the present came from an instant. */
  #takeChanges(): Entries {
    const parts = [this.core.held.takeChanges()];
    for (const held of this.#full) {
      this.core.held.give(held);
      parts.push(this.core.held.takeChanges());
    }
    return new Entries(joined(parts));
  }

  #putBackHeld(): void {
    this.core.held.putBack();
    for (const held of this.#full) {
      this.core.held.give(held);
      this.core.held.putBack();
    }
  }

  /** Words beside those that a chunk has. */
  #put(index: number, entries: Entries): void {
    this.#byteCount -= this.#chunks[index]!.byteCount;
    this.#chunks[index] = merged(this.#chunks[index]!, entries);
    this.#byteCount += this.#chunks[index]!.byteCount;
  }
}

/** @returns whether any is left in the mask */
function removeKnown(mask: Int32Array, known: PageWords, at: number): boolean {
  let left = 0;
  for (let index = 0; index < maskLength; index++) {
    if (at >= 0 && !isUnchanged(known, at)) mask[index]! &= ~known[at + maskAt + index]!;
    left |= mask[index]!;
  }
  return left !== 0;
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
