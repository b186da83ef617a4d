import type { Pieces } from '../../debuggee/pieces';
import type { HeldPages, PageWords } from './held-pages';
import * as map from './memory-map';

/** That takes a few milliseconds. */
const pagesPerPiece = 1024;

/** What it takes of the core's exports. */
export interface HoldingCore {
  beginKeeping(): void;
  holdUnlessHeld(page: number): void;
  keepChanges(from: number, countMax: number): number;
  readChanges(from: number): number;
  putBackHeld(): void;
  noteChange(page: number): void;
}

/** Entries in the core's memory, behind RAM: see assembly/held-pages.ts. */
export class WasmHeldPages implements HeldPages {
  readonly #core: HoldingCore;
  readonly #memory: DataView;
  readonly #begin: number;
  #makeRoom: () => void = () => {};

  /** @param begin where there is room for them, up to the memory's end */
  constructor(core: HoldingCore, memory: DataView, begin: number) {
    this.#core = core;
    this.#memory = memory;
    this.#begin = begin;
    memory.setUint32(map.HELD_BEGIN, begin, true);
    memory.setUint32(map.HELD_LIMIT, memory.byteLength - map.HELD_READ_BYTES, true);
    memory.setUint32(map.HELD_END, begin, true);
  }

  begin(makeRoom: () => void): void {
    this.#makeRoom = makeRoom;
    this.#core.beginKeeping();
  }

  /** The core has none for the next page. */
  makeRoom(): void {
    this.#makeRoom();
  }

  hold(page: number): void {
    this.#core.holdUnlessHeld(page);
  }

  get copiedPageCount(): number {
    return this.#memory.getUint32(map.HELD_COPY_COUNT, true);
  }

  get pageCount(): number {
    return this.#memory.getUint32(map.HELD_COUNT, true);
  }

  get byteCount(): number {
    return this.#memory.getUint32(map.HELD_END, true) - this.#begin;
  }

  take(spare?: Int32Array): Int32Array {
    const held = new Int32Array(this.#memory.buffer, this.#begin, this.byteCount / Int32Array.BYTES_PER_ELEMENT);
    const isRoom = spare !== undefined && spare.buffer.byteLength >= held.byteLength;
    const taken = isRoom ? new Int32Array(spare.buffer, 0, held.length) : new Int32Array(held.length);
    taken.set(held);
    this.#memory.setUint32(map.HELD_END, this.#begin, true);
    return taken;
  }

  give(held: Int32Array): void {
    new Int32Array(this.#memory.buffer, this.#begin, held.length).set(held);
    this.#memory.setUint32(map.HELD_END, this.#begin + held.byteLength, true);
  }

  *takeChanges(): Pieces<PageWords> {
    const end = this.#begin + this.byteCount;
    for (let entry = this.#begin; entry < end; ) {
      entry = this.#core.keepChanges(entry, pagesPerPiece) >>> 0;
      yield;
    }
    return this.take();
  }

  *readChanges(): Generator<PageWords> {
    const { buffer } = this.#memory;
    const begin = this.#memory.getUint32(map.HELD_LIMIT, true);
    const end = this.#begin + this.byteCount;
    for (let entry = this.#begin; entry < end; ) {
      entry = this.#core.readChanges(entry) >>> 0;
      const byteCount = this.#memory.getUint32(map.HELD_READ_END, true) - begin;
      yield new Int32Array(buffer, begin, byteCount / Int32Array.BYTES_PER_ELEMENT).slice();
    }
  }

  noteChange(page: number): void {
    this.#core.noteChange(page);
  }

  putBack(): void {
    this.#core.putBackHeld();
  }
}
