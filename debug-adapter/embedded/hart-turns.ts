import type { HartTurns as CoreTurns, HartStop } from '../emulator/core/guest-core';
import type { HartActor } from '../emulator/machine/hart-actor';
import type { Vmm } from '../migration/vmm';
import { saltOf } from '../simulation/interleaving';
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
}

const counted: HartStop = { kind: 'count' };

/**
 * Has the core take the turns of harts with each other in which nobody has anything to do but the harts. What it leaves is
 * the same as after as many turns one by one: of each the clock, the instructions and the lane of the timeline.
 */
export class HartTurns {
  readonly #turns: CoreTurns;
  /** The core has left a turn to the caller: it need not be asked again at once. No run depends on it. */
  #isCallersTurn = false;

  constructor(
    private readonly vmm: Vmm,
    private readonly recorder: TimelineRecorder,
  ) {
    const { seed, quantumNs } = vmm.interleaving;
    const clocksNs = vmm.harts.map(() => Infinity);
    const salts = vmm.harts.map(({ index }) => saltOf(seed, index));
    this.#turns = { clocksNs, untilNs: [...clocksNs], salts, quantumNs };
  }

  /** @param untilNs when somebody else is to act, or the run to end. Undefined: the next turn is the caller's */
  take(untilNs: number, instructionCountMax: number): TurnsTaken | undefined {
    const { clock, machine } = this.vmm;
    if (this.#isCallersTurn || instructionCountMax < 2 || clock.isStopped || !this.#areReady()) {
      this.#isCallersTurn = false;
      return undefined;
    }
    const { hart, stop, retired } = machine.takeTurns(this.#turns, clock.at(untilNs), instructionCountMax);
    if (hart === undefined) return undefined;
    let instructionCount = 0;
    for (const other of this.vmm.harts) {
      const count = retired[other.index]!;
      instructionCount += count;
      if (count === 0 || other.index === hart) continue;
      this.recorder.turnBegins(other);
      other.hasRun({ stop: counted, instructionCount: count, dirtied: 0 });
      this.recorder.turnEnds(other);
    }
    this.#isCallersTurn = stop.kind === 'count' && instructionCount < instructionCountMax;
    const last = this.vmm.harts[hart]!;
    this.recorder.turnBegins(last);
    last.hasRun({ stop, instructionCount: retired[hart]!, dirtied: machine.core.dirtied });
    return { hart: last, stop, retired: machine.core.retired, instructionCount };
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
