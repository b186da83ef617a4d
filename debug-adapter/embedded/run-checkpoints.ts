import { Checkpoints as States } from '../checkpoint/checkpoints';
import type { Breakpoints, WatchedData } from '../debuggee/breakpoints';
import type { Checkpoints } from '../debuggee/debuggee';
import { type Pieces, whole } from '../debuggee/pieces';
import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import type { HostTurns } from './host-turns';
import type { RunLoop } from './run-loop';

/** So much work is to pass for each page that has to be copied, in instructions: then that costs little beside it. */
const workPerPage = 1000;
/** Of work between two, in instructions: less is not worth a state, more has taken a good while on any machine. */
const workBetween = { least: 8_000_000, most: 128_000_000 };
/** On the clock on the wall, between two: to come back to what is between them takes as long. */
const msBetween = { least: 20, most: 160 };
/** They are so many times further apart than what they take, as far as that goes. */
const timesCost = 5;
/** What it takes to hold a page before its first change, about. */
const heldPageMs = 0.001;
/** On the way to a place, so small a part of the least work is worth a state. */
const onTheWayPart = 1 / 8;
/** So many of those stay that were taken on the way to a place. Whoever looks through the past would stop at each of them. */
const onTheWayCountMax = 8;
/** Whoever goes back looks at each page that has been written to since. A guest that fills its RAM writes to many at once. */
const heldPagesMax = 16_384;

export interface CheckpointOptions {
  /** What all together may take, about; with less than two of them need there are two. 256 MiB unless given. */
  readonly byteCountMax?: number;
  /** How much work passes up to the next, in instructions; unless given, as much as makes them cost little. */
  readonly workMax?: number;
}

interface Note {
  /** The owner's. */
  readonly owners: unknown;
  readonly met: RunLoop['met'];
}

interface Kept {
  readonly machine: Machine;
  readonly loop: RunLoop;
  /** What else has state. */
  readonly others: readonly object[];
  /** What does not change, or is nobody's to put back. */
  readonly leaves: readonly object[];
  readonly options: CheckpointOptions;
  /** A clock on the wall, in ms. No run depends on where its states are. */
  readonly now: () => number;
  readonly turns: HostTurns;
  readonly onNewCourse: () => void;
}

/** The checkpoints of an embedded debuggee. */
export class RunCheckpoints implements Checkpoints {
  note: () => unknown = () => undefined;
  readonly #states: States;
  readonly #loop: RunLoop;
  readonly #byteCountMax: number;
  readonly #workBetween: { readonly least: number; readonly most: number };
  readonly #now: () => number;
  readonly #turns: HostTurns;
  readonly #onNewCourse: () => void;
  #workAtLast = 0;
  #msAtLast: number;
  /** What the last one has taken, with what has been forgotten for it. */
  #costMs = 0;
  #mayBeOverBudget = false;
  /** One is being taken: that has to come to its end before anything else. */
  #taking: Pieces<void> | undefined;
  /** One is being forgotten. */
  #thinning: Pieces<boolean> | undefined;
  /** Of the one that the present has come from. */
  #workAtHere = 0;
  /** Instants of those that were taken on the way to a place, as they came. */
  readonly #onTheWay: number[] = [];
  /** What the pages had taken that were held when the last one was taken: as much may be held again. */
  #heldByteCountAtLast = 0;

  constructor({ machine, loop, others, leaves, options, now, turns, onNewCourse }: Kept) {
    this.#loop = loop;
    const { byteCountMax = 256 * 2 ** 20, workMax } = options;
    this.#byteCountMax = byteCountMax;
    this.#workBetween = workMax === undefined ? workBetween : { least: workMax, most: workMax };
    this.#now = now;
    this.#turns = turns;
    this.#msAtLast = now();
    this.#onNewCourse = onNewCourse;
    const { core, symbols, loaded, diskImages, ramBlocks } = machine;
    // ROM, and flash, which keeps itself.
    const notWritable = ramBlocks.filter(({ writable }) => !writable).map(({ bytes }) => bytes);
    this.#states = new States({
      core,
      root: [loop, ...others],
      leaves: new Set<object>([
        core,
        core.pages,
        symbols,
        loaded,
        diskImages,
        ...diskImages.values(),
        ...notWritable,
        ...leaves,
      ]),
    });
  }

  get instants(): readonly number[] {
    return this.#states.instants;
  }

  get byteCount(): number {
    return this.#states.byteCount + this.#states.heldByteCount;
  }

  take(): void {
    whole(this.#states.take(this.#loop.eventCount, () => this.#note));
  }

  async takeOnTheWay(): Promise<void> {
    const { eventCount, work } = this.#loop;
    const states = this.#states;
    if (work - this.#workAtHere < this.#workBetween.least * onTheWayPart || !states.isBetween(eventCount)) return;
    await this.#turns.all(states.insert(eventCount, () => this.#note));
    this.#workAtHere = work;
    this.#onTheWay.push(eventCount);
    if (this.#onTheWay.length > onTheWayCountMax) await this.#turns.all(states.forgetAt(this.#onTheWay.shift()!));
  }

  leave(): ReturnType<Checkpoints['leave']> {
    this.#thinning = undefined;
    let hasComeBack = false;
    const left = this.#states.leave();
    return {
      comeBack: async () => {
        hasComeBack = true;
        await this.#turns.all(this.#states.comeBack(left));
        this.#loop.placeBreakpoints();
      },
      drop: async () => {
        this.#states.drop(left);
        // To go back has taken some memory, too. Who only looks around may have found something from one of them on.
        if (!hasComeBack) await this.#turns.all(this.#forgetAllOver());
      },
    };
  }

  /** Between two turns, where the run is for the first time: begins to take one. */
  takeIfDue(): void {
    // Nearly every turn is over here.
    const passed = this.#loop.work - this.#workAtLast;
    const states = this.#states;
    const heldPageCount = states.heldPageCount;
    if (passed < this.#workBetween.least && heldPageCount < heldPagesMax) return;
    const beganMs = this.#now();
    const isLate = passed >= this.#workBetween.most || heldPageCount >= heldPagesMax;
    if (!isLate && beganMs - this.#msAtLast < this.#msBetween) return;
    const isFull = this.byteCount > this.#byteCountMax;
    if (passed < workPerPage * states.copiedPageCount && !isFull) return;
    const { eventCount } = this.#loop;
    if (eventCount <= states.lastInstant) return;
    this.#heldByteCountAtLast = states.heldByteCount;
    this.#workAtLast += passed;
    this.#costMs = heldPageCount * heldPageMs;
    this.#mayBeOverBudget = true;
    this.#taking = states.take(eventCount, () => this.#note);
    this.work();
  }

  get #msBetween(): number {
    return Math.min(Math.max(msBetween.least, timesCost * this.#costMs), msBetween.most);
  }

  /**
   * Does some of what takes a while with large ones, for which the run waits: to take one; and where the run is for the first
   * time, to forget some if they are over their budget. False: nothing is to be done.
   */
  work(): boolean {
    if (!this.#taking && !this.#mayThin) return false;
    const beganMs = this.#now();
    if (this.#taking) this.#goOnTaking(this.#taking);
    else this.#thin();
    this.#msAtLast = this.#now();
    this.#costMs += this.#msAtLast - beganMs;
    return true;
  }

  /** The run does not wait any more. */
  finish(): void {
    if (this.#taking) whole(this.#taking);
    this.#taking = undefined;
  }

  #goOnTaking(taking: Pieces<void>): void {
    if (this.#turns.some(taking).done) this.#taking = undefined;
  }

  get #mayThin(): boolean {
    return this.#mayBeOverBudget && !this.#states.isLeft && this.#loop.eventCount >= this.#states.lastInstant;
  }

  #thin(): void {
    this.#thinning ??= this.#forgetOne();
    const { done, value } = this.#turns.some(this.#thinning);
    if (!done) return;
    this.#thinning = undefined;
    this.#mayBeOverBudget = value;
  }

  *#forgetAllOver(): Pieces<void> {
    while (yield* this.#forgetOne()) yield;
  }

  /** @returns false: they need not be fewer */
  *#forgetOne(): Pieces<boolean> {
    const isOver = this.#states.byteCount + this.#heldByteCountAtLast > this.#byteCountMax;
    return isOver && (yield* this.#states.thin());
  }

  async goTo(index: number): Promise<void> {
    this.#thinning = undefined;
    await this.#turns.all(this.#states.goTo(index));
    this.#workAtHere = this.#loop.work;
    this.#loop.placeBreakpoints();
  }

  noteOf(index: number): unknown {
    return this.#notedAt(index).owners;
  }

  #notedAt(index: number): Note {
    return this.#states.noteOf(index) as Note;
  }

  get #note(): Note {
    return { owners: this.note(), met: this.#loop.met };
  }

  mayHit(index: number, { phases, writeFaults, lines, addresses, data }: Breakpoints): boolean {
    if (index + 1 === this.instants.length) return true;
    if (addresses.some(({ address }) => this.#states.mayExecute(index, address))) return true;
    const before = this.#notedAt(index).met;
    const after = this.#notedAt(index + 1).met;
    if (phases.length > 0 && after.phases !== before.phases) return true;
    if (writeFaults.length > 0 && after.writeFaults !== before.writeFaults) return true;
    if (lines.length > 0 && after.actions !== before.actions) return true;
    return data.some((watched) => this.#mayAccess(index, watched));
  }

  #mayAccess(index: number, { physicalAddress, byteCount, access }: WatchedData): boolean {
    if (access === 'read' || access === 'readWrite') return true;
    const begin = physicalAddress - ramBase;
    const last = Math.floor((begin + byteCount - 1) / pageByteCount);
    for (let page = Math.floor(begin / pageByteCount); page <= last; page++)
      if (this.#states.mayWrite(index, page)) return true;
    return false;
  }

  forgetAhead(): void {
    this.finish();
    this.#thinning = undefined;
    const { eventCount, work } = this.#loop;
    this.#states.forgetBehind(eventCount);
    this.#workAtLast = Math.min(this.#workAtLast, work);
  }

  takeNewCourse(): void {
    this.forgetAhead();
    this.#onNewCourse();
  }
}
