import { type GuestCore, pageByteCount } from '../emulator/core/guest-core';
import type { PageWords } from '../emulator/core/held-pages';
import {
  apply,
  Entries,
  EntryWriter,
  isUnchanged,
  lengthOf,
  maskAt,
  maskLength,
  merged,
  noEntries,
} from './page-words';

/** How RAM differs from what it was at an instant: what the words hold that have changed since, by all pages written to. */
export type PagesDifference = Entries;

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
  /** Of each page, 1 + the index of its mask among those collected; else 0. */
  readonly #maskOf: Int32Array;
  #here = 0;
  /** Pages held since the present came from there that have had to make room for others. */
  #full: Int32Array[] = [];
  #byteCount = 0;

  constructor(private readonly core: GuestCore) {
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
    }
  }

  /** RAM as at an instant. */
  goTo(index: number): void {
    this.#putBackHeld();
    if (index < this.#here) this.#goBack(index);
    else this.#goAhead(index);
    this.#comeTo(index);
  }

  /** Not the first, nor the one that RAM comes from. */
  forget(index: number): void {
    const [chunk] = this.#chunks.splice(index, 1);
    this.#byteCount -= chunk!.byteCount;
    if (index < this.#here) this.#here--;
    this.#put(index - 1, chunk!);
  }

  /** What is about to change is known in the last chunk from then on. */
  #goBack(index: number): void {
    const last = this.#chunks.length - 1;
    this.#put(last, this.#heldNow(this.#chunks.slice(index, this.#here), this.#chunks[last]!));
    for (let at = this.#here - 1; at >= index; at--) {
      const { words } = this.#chunks[at]!;
      for (let entry = 0; entry < words.length; entry += lengthOf(words, entry)) apply(words, entry, this.#ram);
    }
  }

  /** By way of what the pages that change on the way there are known to hold from there on. */
  #goAhead(index: number): void {
    const changes = new Uint8Array(this.#maskOf.length);
    for (const { words } of this.#chunks.slice(this.#here, index)) {
      for (let at = 0; at < words.length; at += lengthOf(words, at)) changes[words[at]!] = 1;
    }
    for (let chunk = this.#chunks.length - 1; chunk >= index; chunk--) {
      const { words } = this.#chunks[chunk]!;
      for (let at = 0; at < words.length; at += lengthOf(words, at)) {
        if (changes[words[at]!] === 1) apply(words, at, this.#ram);
      }
    }
  }

  /** What the words hold now that any of the chunks has, but for those that are known. */
  #heldNow(chunks: readonly Entries[], known: Entries): Entries {
    const pages: number[] = [];
    let masks = new Int32Array(maskLength * 256);
    for (const { words } of chunks) {
      for (let at = 0; at < words.length; at += lengthOf(words, at)) {
        if (isUnchanged(words, at)) continue;
        const page = words[at]!;
        if (this.#maskOf[page] === 0) this.#maskOf[page] = pages.push(page);
        if (pages.length * maskLength > masks.length) masks = doubled(masks);
        const mask = (this.#maskOf[page]! - 1) * maskLength;
        for (let index = 0; index < maskLength; index++) masks[mask + index]! |= words[at + maskAt + index]!;
      }
    }
    const writer = new EntryWriter(0);
    for (const [index, page] of pages.entries()) {
      this.#maskOf[page] = 0;
      const mask = index * maskLength;
      if (removeKnown(masks, mask, known.words, known.find(page))) writer.read(page, masks, mask, this.#ram);
    }
    return writer.entries;
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

/** @returns whether any is left */
function removeKnown(masks: Int32Array, mask: number, known: PageWords, at: number): boolean {
  let left = 0;
  for (let index = 0; index < maskLength; index++) {
    if (at >= 0 && !isUnchanged(known, at)) masks[mask + index]! &= ~known[at + maskAt + index]!;
    left |= masks[mask + index]!;
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
