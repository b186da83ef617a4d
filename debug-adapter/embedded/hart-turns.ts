import type { HartTurns as CoreTurns, HartStop } from '../emulator/core/guest-harts';
import { counted, type HartActor } from '../emulator/machine/hart-actor';
import { saltOf } from '../simulation/interleaving';
import type { VmmThread } from '../simulation/vmm-thread';
import type { Vmm } from '../vmm/vmm';
import type { RunAhead } from './run-ahead';
import type { TimelineRecorder } from './timeline-recorder';

/** Turns that the core has taken. */
export interface TurnsTaken {
  /** Whose turn was the last; it has yet to be ended in the timeline. */
  readonly hart: HartActor;
  /** How that one ended, and how many instructions retired in it. */
  readonly stop: HartStop;
  readonly retired: number;
  /** In all turns. */
  readonly instructionCount: number;
  /** What the thread has done that follows. */
  readonly actionCount: number;
}

/** To ask the core costs about as much as so many turns that are taken one by one. */
const quantaWorthAsking = 4;
const turnsToPassMax = 256;

/**
 * Has the core take the turns of harts with each other in which nobody has anything to do but the harts. What it leaves is
 * the same as after as many turns one by one: of each the clock, the instructions and the lane of the timeline.
 */
export class HartTurns {
  readonly #turns: CoreTurns;
  /** So many turns are the caller's before the core is asked again: where it takes few at a time, it is asked less often. */
  #turnsToPass = 0;
  #turnsToPassNext = 1;

  constructor(
    private readonly vmm: Vmm,
    private readonly ahead: RunAhead,
    private readonly recorder: TimelineRecorder,
  ) {
    const { seed, quantumNs } = vmm.interleaving;
    const clocksNs = vmm.harts.map(() => Infinity);
    const salts = vmm.harts.map(({ index }) => saltOf(seed, index));
    this.#turns = { clocksNs, untilNs: [...clocksNs], salts, quantumNs };
  }

  /** Before each turn of a hart: true if it had better be taken by itself. */
  passes(): boolean {
    if (this.vmm.harts.length === 1) return true;
    if (this.#turnsToPass === 0) return false;
    this.#turnsToPass--;
    return true;
  }

  /**
   * Undefined: the next turn is the caller's.
   *
   * @param untilNs when somebody else is to act, or the run to end
   * @param follower a thread that the harts may be ahead of until then
   */
  take(untilNs: number, instructionCountMax: number, follower?: VmmThread): TurnsTaken | undefined {
    const { clock, harts, machine } = this.vmm;
    if (instructionCountMax < 2 || clock.isStopped || !this.#areReady()) return undefined;
    const { hart, stop, retired } = machine.takeTurns(this.#turns, clock.at(untilNs), instructionCountMax);
    const all = retired.reduce((sum, count) => sum + count, 0);
    this.#decideHowOften(all, stop.kind === 'count' && all < instructionCountMax);
    if (hart === undefined) return undefined;
    for (const other of harts) if (other.index !== hart) this.#noteTurns(other, retired[other.index]!);
    const last = harts[hart]!;
    this.recorder.turnBegins(last);
    const { retired: lastRetired, dirtied } = machine.core;
    last.hasRun({ stop: counted, instructionCount: retired[hart]!, dirtied });
    const actionCount = follower ? this.#follow(follower, last, { stop, retired }) : 0;
    const isOver = follower && this.ahead.isServed(stop);
    last.hasStopped(isOver ? counted : stop);
    return { hart: last, stop: isOver ? counted : stop, retired: lastRetired, instructionCount: all, actionCount };
  }

  #noteTurns(hart: HartActor, instructionCount: number): void {
    if (instructionCount === 0) return;
    this.recorder.turnBegins(hart);
    hart.hasRun({ stop: counted, instructionCount, dirtied: 0 });
    this.recorder.turnEnds(hart);
  }

  /** The thread acts before what a hart does in its turn, up to the last turn of each. */
  #follow(
    thread: VmmThread,
    last: HartActor,
    { stop, retired }: { stop: HartStop; retired: readonly number[] },
  ): number {
    let timeNs = -Infinity;
    for (const hart of this.vmm.harts) {
      const count = retired[hart.index]!;
      if (hart === last) timeNs = Math.max(timeNs, this.ahead.timeOf(stop, this.vmm.machine.core.retired, hart));
      else if (count > 0) timeNs = Math.max(timeNs, this.ahead.timeOf(counted, count, hart));
    }
    const count = this.ahead.follow(thread, timeNs);
    this.recorder.turnGoesOn(last);
    return count;
  }

  /** No run depends on it. `isCallers`: the core has left the turn that is under way to the caller. */
  #decideHowOften(instructionCount: number, isCallers: boolean): void {
    const quanta = (instructionCount * this.vmm.machine.nsPerInstruction) / this.#turns.quantumNs;
    if (quanta < quantaWorthAsking) {
      this.#turnsToPass = this.#turnsToPassNext;
      this.#turnsToPassNext = Math.min(2 * this.#turnsToPassNext, turnsToPassMax);
    } else {
      this.#turnsToPass = isCallers ? 1 : 0;
      this.#turnsToPassNext = 1;
    }
  }

  /** Several harts are to act, all at whole nanoseconds, which is what the core counts in. */
  #areReady(): boolean {
    const { clocksNs, untilNs } = this.#turns;
    const { clock, harts } = this.vmm;
    let freeCount = 0;
    for (const hart of harts) {
      const { index, wait } = hart;
      const readyNs = clock.at(wait ? Math.max(hart.clockNs, wait.deadlineNs) : hart.clockNs);
      if (readyNs < Infinity && !Number.isInteger(readyNs)) return false;
      const { isFree } = hart;
      clocksNs[index] = readyNs;
      untilNs[index] = isFree ? Infinity : 0;
      if (isFree) freeCount++;
    }
    return freeCount > 1;
  }
}
