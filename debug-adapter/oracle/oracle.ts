import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine, RamBlock } from '../emulator/machine/machine';
import { SharedArray } from '../vmm/shared-array';
import { FrozenPages } from './frozen-pages';

/** The first write to a page after the freeze that came before the page had left for the output. */
export interface EarlyWrite {
  /** As in `GuestPages.actors`. */
  readonly actor: number;
  readonly timeNs: number;
  /** Why nothing stopped it, in words. */
  readonly cause: string;
}

/** A page of the stream that is not what it was at the freeze. */
export interface Mismatch {
  readonly block: string;
  /** Counted from the block's start. */
  readonly page: number;
  readonly problem: 'differs' | 'sent again' | 'missing';
  /** First differing byte of the page. */
  readonly offset?: number;
  readonly expected?: number;
  readonly actual?: number;
  /** Who changed it, for a page that differs. */
  readonly write?: EarlyWrite;
}

export interface Verdict {
  /** Pages of the stream compared with the truth. */
  readonly pageCount: number;
  readonly mismatchCount: number;
  /** The first of them. */
  readonly mismatches: readonly Mismatch[];
}

/** Compares a stream with the truth about RAM. */
export interface ImageOracle {
  /** This instant is the freeze. */
  freeze(): void;
  /** A page has left for the output. `bytes` undefined: as a zero page. */
  check(block: string, page: number, bytes: Uint8Array | undefined): void;
  /** All of RAM has left. */
  finish(): Verdict;
  /** There will be no verdict. */
  stop(): void;
  /** A page of guest RAM as it was at the freeze; undefined when nobody knows any more, or no freeze is shown. */
  atFreeze(page: number): Uint8Array | undefined;
}

/** How many mismatches are kept with all that is known of them. */
const mismatchesKeptMax = 1000;

/** Of pages that have changed since the freeze, 64 MiB are kept for who wants to compare. */
const frozenCountMax = 16_384;

/** All that is wrong is counted; the first of it is kept. */
export class MismatchList {
  private readonly _kept: Mismatch[] = [];
  private _count = 0;

  add(mismatch: Mismatch): void {
    this._count++;
    if (this._kept.length < mismatchesKeptMax) this._kept.push(mismatch);
  }

  verdict(pageCount: number): Verdict {
    return { pageCount, mismatchCount: this._count, mismatches: this._kept };
  }
}

/** Memory is asked for in pieces of so many pages: one by one takes ten times as long as the copying. */
const pagesPerSlab = 64;

/** What pages of RAM hold now, set aside. */
class PageCopies {
  #slab = new Uint8Array(0);
  #used = 0;

  constructor(private readonly ram: Uint8Array) {}

  of(page: number): Uint8Array {
    if (this.#used === this.#slab.length) {
      this.#slab = new Uint8Array(pagesPerSlab * pageByteCount);
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + pageByteCount);
    this.#used += pageByteCount;
    copy.set(this.ram.subarray(page * pageByteCount, (page + 1) * pageByteCount));
    return copy;
  }
}

/** What the oracle asks and tells. */
export interface OracleEnvironment {
  /** The simulation's time of a write by this actor, whose own clock shows `clockNs`. */
  timeOfWrite(actor: number, clockNs: number): number;
  /** Why nothing stops a write to this page of the writable block. */
  causeOfWrite(page: number): string;
  /** At once when it is known: the stream has got a page of the writable block with bytes written after the freeze. */
  onLeak(page: number, write: EarlyWrite | undefined): void;
}

/**
 * Keeps the truth about RAM at the freeze and compares every page of the stream with it, independently of the write
 * protection: before a page's first change after the freeze, by whichever writer, its bytes are set aside. Reads the
 * bytes as they leave for the output.
 */
export class Oracle implements ImageOracle {
  /** Of pages changed since the freeze and not sent yet. */
  readonly #truth = new Map<number, Uint8Array>();
  /** Of pages changed since the freeze, for who asks: as many as there is room for, sent or not. */
  private readonly _frozen = new FrozenPages();
  private _isPreserving = false;
  readonly #earlyWrites = new Map<number, EarlyWrite>();
  private readonly _timesSent = new Map<string, SharedArray<Uint8Array>>();
  private readonly _mismatches = new MismatchList();
  private readonly _writableBlock: string;
  private _pageCount = 0;
  private readonly _zeroPage = new Uint8Array(pageByteCount);
  readonly #blocks: ReadonlyMap<string, RamBlock>;

  constructor(
    private readonly machine: Machine,
    private readonly environment: OracleEnvironment,
  ) {
    this.#blocks = new Map(machine.ramBlocks.map((block) => [block.name, block]));
    for (const { name, bytes } of machine.ramBlocks) {
      this._timesSent.set(name, new SharedArray(new Uint8Array(bytes.length / pageByteCount)));
    }
    this._writableBlock = machine.ramBlocks.find(({ writable }) => writable)!.name;
  }

  freeze(): void {
    const { core } = this.machine;
    const copies = new PageCopies(core.ram);
    const { items: sent } = this._timesSent.get(this._writableBlock)!;
    this._isPreserving = true;
    core.pages.startPreserving((page, actor, clockNs) => {
      const isKept = this._frozen.size < frozenCountMax;
      if (sent[page] !== 0 && !isKept) return;
      const bytes = core.isZero(page) ? this._zeroPage : copies.of(page);
      if (isKept) this._frozen.add(page, bytes);
      if (sent[page] !== 0) return;
      this.#truth.set(page, bytes);
      const timeNs = this.environment.timeOfWrite(actor, clockNs);
      this.#earlyWrites.set(page, { actor, timeNs, cause: this.environment.causeOfWrite(page) });
    });
  }

  check(block: string, page: number, bytes: Uint8Array | undefined): void {
    const sent = this._timesSent.get(block);
    if (!sent || page >= sent.items.length)
      throw new Error(`the stream names page ${page} of ${block}, which the machine has not`);
    this._pageCount++;
    const timesSent = sent.items[page]!;
    sent.set(page, timesSent + 1);
    if (timesSent > 0) this._mismatches.add({ block, page, problem: 'sent again' });
    const { bytes: truth, at } = this.#truthOf(block, page);
    const actual = bytes ?? this._zeroPage;
    const { core } = this.machine;
    let offset = -1;
    // Nearly all pages are either.
    if (truth === core.ram) offset = core.firstDifference(page, actual);
    else if (truth !== actual) offset = firstDifference(truth, at, actual);
    if (offset >= 0) {
      const write = block === this._writableBlock ? this.#earlyWrites.get(page) : undefined;
      const bytesThere = { offset, expected: truth[at + offset]!, actual: actual[offset]! };
      this._mismatches.add({ block, page, problem: 'differs', ...bytesThere, ...(write && { write }) });
      if (block === this._writableBlock) this.environment.onLeak(page, write);
    }
    if (block === this._writableBlock) {
      this.#truth.delete(page);
      this.#earlyWrites.delete(page);
    }
  }

  finish(): Verdict {
    for (const [block, { items: sent }] of this._timesSent) {
      for (let page = sent.indexOf(0); page >= 0; page = sent.indexOf(0, page + 1)) {
        this._mismatches.add({ block, page, problem: 'missing' });
      }
    }
    this.stop();
    return this._mismatches.verdict(this._pageCount);
  }

  stop(): void {
    this.machine.core.pages.stopPreserving();
    this._isPreserving = false;
    this.#truth.clear();
    this.#earlyWrites.clear();
  }

  atFreeze(page: number): Uint8Array | undefined {
    const { core } = this.machine;
    const kept = this._frozen.get(page) ?? this.#truth.get(page);
    if (kept || !this._isPreserving || !core.pages.isPreserved(page)) return kept;
    return core.ram.slice(page * pageByteCount, (page + 1) * pageByteCount);
  }

  /** What is known of single pages, for a checkpoint; the bytes themselves never change. */
  keep(): { readonly truth: ReadonlyMap<number, Uint8Array>; readonly earlyWrites: ReadonlyMap<number, EarlyWrite> } {
    return { truth: new Map(this.#truth), earlyWrites: new Map(this.#earlyWrites) };
  }

  putBack({ truth, earlyWrites }: ReturnType<Oracle['keep']>): void {
    putInto(this.#truth, truth);
    putInto(this.#earlyWrites, earlyWrites);
  }

  /** From `at` on. */
  #truthOf(block: string, page: number): { readonly bytes: Uint8Array; readonly at: number } {
    const kept = block === this._writableBlock ? this.#truth.get(page) : undefined;
    if (kept) return { bytes: kept, at: 0 };
    const { bytes, isZero } = this.#blocks.get(block)!;
    return isZero(page) ? { bytes: this._zeroPage, at: 0 } : { bytes, at: page * pageByteCount };
  }
}

/** Index of the first byte in which two pages differ, or -1. */
function firstDifference(truth: Uint8Array, at: number, actual: Uint8Array): number {
  for (let byte = 0; byte < pageByteCount; byte++) if (truth[at + byte] !== actual[byte]) return byte;
  return -1;
}

function putInto<Item>(map: Map<number, Item>, items: ReadonlyMap<number, Item>): void {
  map.clear();
  for (const [page, item] of items) map.set(page, item);
}
