import { type Pieces, whole } from '../debuggee/pieces';
import type { GuestCore, KeptCore } from '../emulator/core/guest-core';
import { ChangedPages } from '../protocol/changed-pages';
import { BitSet } from './bit-set';
import { KeptPages, type PagesDifference } from './kept-pages';
import { type KeptGraph, ObjectGraph } from './object-graph';
import { type Pieces as ArrayPieces, PieceTable } from './piece-table';

/** The whole state at one instant, but for RAM. */
interface State {
  readonly graph: KeptGraph;
  readonly core: KeptCore;
  readonly records: readonly ArrayPieces[];
}

interface Point extends State {
  /** Events up to here: see `Instant`. */
  readonly events: number;
  readonly byteCount: number;
  readonly note: unknown;
  /** In which pages code has run from there to the next; undefined: not known yet. */
  executed?: BitSet;
}

/** The whole state at an instant that is left for a while. */
export interface Left extends State {
  /** Which RAM came from. */
  readonly from: Point;
  readonly difference: PagesDifference;
}

interface Kept {
  readonly core: GuestCore;
  /** From which all state outside the core can be reached. */
  readonly root: object;
  /** What does not change, and what is nobody's to put back. */
  readonly leaves: ReadonlySet<object>;
}

/**
 * The states of a run at several instants, oldest first, each of which it can go to from every other. What comes in pieces is
 * to come to its end before anything else is done with them.
 */
export class Checkpoints {
  readonly #core: GuestCore;
  readonly #graph: ObjectGraph;
  readonly #records: readonly PieceTable[];
  readonly #changedRecords: ChangedPages;
  readonly #pages: KeptPages;
  readonly #points: Point[] = [];
  readonly #left = new Set<Left>();
  #byteCount = 0;

  constructor({ core, root, leaves }: Kept) {
    this.#core = core;
    this.#graph = new ObjectGraph(root, leaves, core.ram.buffer);
    this.#records = core.pages.records.map((record) => new PieceTable(record));
    this.#changedRecords = new ChangedPages(core.pages.states.length, core.pages.groups);
    this.#pages = new KeptPages(core);
  }

  get instants(): readonly number[] {
    return this.#points.map(({ events }) => events);
  }

  /** Of the last one; -1 before the first. */
  get lastInstant(): number {
    return this.#points[this.#points.length - 1]?.events ?? -1;
  }

  noteOf(index: number): unknown {
    return this.#points[index]!.note;
  }

  /** Pages that have been written to since the present came from one of them. */
  get heldPageCount(): number {
    return this.#core.held.pageCount;
  }

  /** Those that have had to be copied for it: they were not zero. */
  get copiedPageCount(): number {
    return this.#core.held.copiedPageCount;
  }

  /** Whether a page may have been written to between one and the next. */
  mayWrite(index: number, page: number): boolean {
    return this.#pages.mayWrite(index, page);
  }

  get byteCount(): number {
    return this.#byteCount + this.#pages.byteCount;
  }

  /** What is held beside them, of the pages that have been written to since the present came from one of them. */
  get heldByteCount(): number {
    return this.#pages.heldByteCount;
  }

  /** Whether code in the page of a virtual address may have run between one and the next. */
  mayExecute(index: number, address: bigint): boolean {
    const { executed } = this.#points[index]!;
    return executed === undefined || executed.has(this.#core.executedEntry(address));
  }

  /** Of this instant, behind all others. */
  *take(events: number, note: () => unknown): Pieces<void> {
    const last = this.#points[this.#points.length - 1];
    if (last) last.executed = BitSet.of(this.#core.executedPages);
    // This empties the write TLBs: so their flags, which come and go, are no changes of the records.
    yield* this.#pages.add();
    this.#put(events, note());
  }

  /** Whether an instant is between the one that the present has come from and the next. */
  isBetween(events: number): boolean {
    const { here } = this.#pages;
    return this.#points[here]!.events < events && events < (this.#points[here + 1]?.events ?? -1);
  }

  /** Of this instant, which is. */
  *insert(events: number, note: () => unknown): Pieces<void> {
    const before = this.#points[this.#pages.here]!;
    const { executed } = before;
    before.executed = BitSet.of(this.#core.executedPages);
    yield* this.#pages.insert();
    this.#put(events, note(), executed);
  }

  #put(events: number, note: unknown, executed?: BitSet): void {
    const state = this.#keep();
    const byteCount = this.#records.reduce((sum, { newByteCount }) => sum + newByteCount, state.graph.byteCount);
    this.#points.splice(this.#pages.here, 0, { events, ...state, byteCount, note, ...(executed && { executed }) });
    this.#byteCount += byteCount;
  }

  /** So that this instant can be come back to. */
  leave(): Left {
    const left = { from: this.#points[this.#pages.here]!, difference: this.#pages.difference, ...this.#keep() };
    this.#left.add(left);
    return left;
  }

  *comeBack(left: Left): Pieces<void> {
    yield* this.#pages.goToDifference(this.#points.indexOf(left.from), left.difference);
    this.#putBack(left);
  }

  /** Somebody comes back to an instant that was left. */
  get isLeft(): boolean {
    return this.#left.size > 0;
  }

  /** Nobody comes back there any more. */
  drop(left: Left): void {
    this.#left.delete(left);
  }

  #keep(): State {
    return { core: this.#core.keep(), records: this.#keepRecords(), graph: this.#graph.keep() };
  }

  #keepRecords(): ArrayPieces[] {
    const stretches = this.#changedRecords.take();
    return this.#core.pages.records.map(({ length }, which) => {
      const bytesPerPage = length / this.#core.pages.states.length;
      return this.#records[which]!.keep(
        stretches.map(([first, end]) => [first * bytesPerPage, end * bytesPerPage] as const),
      );
    });
  }

  *goTo(index: number): Pieces<void> {
    yield* this.#pages.goTo(index);
    this.#putBack(this.#points[index]!);
  }

  #putBack({ graph, core, records }: State): void {
    for (const [at, pieces] of records.entries()) this.#records[at]!.putBack(pieces);
    this.#core.putBack(core);
    this.#graph.putBack(graph);
  }

  /** The one of an instant, if there is one still and nobody needs it. */
  *forgetAt(events: number): Pieces<void> {
    const index = this.#points.findIndex((point) => point.events === events);
    if (index > 0 && !this.#isNeeded(index)) yield* this.#forget(index);
  }

  /** The present comes from it, or one that was left. */
  #isNeeded(index: number): boolean {
    for (const { from } of this.#left) if (from === this.#points[index]) return true;
    return index === this.#pages.here;
  }

  /** Those behind this instant. */
  forgetBehind(events: number): void {
    const next = this.#pages.here + 1;
    if (next < this.#points.length && this.#points[next]!.events > events) this.#forgetFrom(next);
    while (this.lastInstant > events) whole(this.#forget(this.#points.length - 1));
  }

  /** Those behind the one that the present has come from, all at once. */
  #forgetFrom(next: number): void {
    this.#pages.forgetBehind();
    for (const { byteCount } of this.#points.splice(next)) this.#byteCount -= byteCount;
    delete this.#points[next - 1]!.executed;
  }

  /** Not the first. */
  *#forget(index: number): Pieces<void> {
    yield* this.#pages.forget(index);
    const [before, { executed }] = this.#points.slice(index - 1) as [Point, Point];
    before.executed = executed && before.executed?.with(executed);
    const [point] = this.#points.splice(index, 1);
    this.#byteCount -= point!.byteCount;
  }

  /**
   * Forgets one whose neighbours are nearest to each other, as seen from the last one: the past gets coarser as it recedes.
   *
   * It can be left off before its end, which is as if it had not been begun.
   *
   * @returns false: none may be forgotten
   */
  *thin(): Pieces<boolean> {
    const points = this.#points;
    const last = this.lastInstant;
    let best = -1;
    let bestGap = Infinity;
    for (let index = 1; index < points.length - 1; index++) {
      if (this.#isNeeded(index)) continue;
      const gap = points[index + 1]!.events - points[index - 1]!.events;
      const relative = gap / (last - points[index]!.events + 1);
      if (relative >= bestGap) continue;
      best = index;
      bestGap = relative;
    }
    if (best > 0) yield* this.#forget(best);
    return best > 0;
  }
}
