import type { HartStop } from '../emulator/core/guest-harts';
import type { HartActor } from '../emulator/machine/hart-actor';
import type { Action } from '../simulation/actions';
import type { Actor } from '../simulation/actor';
import type { Scheduler } from '../simulation/scheduler';
import type { VmmThread } from '../simulation/vmm-thread';
import { costs } from '../vmm/costs';
import type { Vmm } from '../vmm/vmm';
import { type Course, instructionsPerAction } from './course';
import type { StopConditions } from './stop-conditions';
import type { TimelineRecorder } from './timeline-recorder';

/** A turn that is still to be looked at, and to be ended in the timeline. */
export type LastTurn =
  | { readonly actor: VmmThread; readonly action: Action }
  | { readonly actor: HartActor; readonly stop: HartStop | undefined; readonly retired: number };

/** What a thread does one after the other without time going by. On the whole an action takes it as long as a trivial one. */
const actionsInNoTimeMax = 16;

/**
 * Takes the turns of a VMM thread, and between them those of the only hart, up to one that somebody has to look at; of the
 * scheduler it asks no more than who else is due. Where the order of the two cannot be told (`leadEndsNs`), the hart runs a
 * long way first and the thread follows. What it leaves is the same as after as many turns one by one.
 */
export class ThreadTurns {
  /** @param leadEndsNs until when nobody can tell whether the hart has run before the thread acts */
  constructor(
    private readonly vmm: Vmm,
    private readonly scheduler: Scheduler<Actor>,
    private readonly stops: StopConditions,
    private readonly course: Course,
    private readonly recorder: TimelineRecorder,
    private readonly leadEndsNs: (thread: VmmThread) => number,
  ) {}

  /** The action changes nothing but what it performs and the thread's clock, and nobody stops before it. */
  isPlain(action: Action): boolean {
    return (action.kind === 'do' || action.kind === 'call') && !action.phase && !this.stops.mayStopAtLabel(action.at);
  }

  /**
   * @param thread whose turn it is, before a plain action
   * @param limitNs when the run is to end
   * @param workMax about how many instructions' worth; one turn is taken in any case
   */
  take(thread: VmmThread, limitNs: number, workMax: number): LastTurn | undefined {
    const { course, recorder, scheduler } = this;
    const { harts, machine } = this.vmm;
    const hart = harts.length === 1 ? harts[0] : undefined;
    // Whoever has waited appears in the timeline when it acts again.
    let goesOn = hart !== undefined && !machine.powerOff && recorder.isRunning(hart);
    // Several harts may be behind the thread although it is its turn: their order is the scheduler's to know.
    let isNext = true;
    let work = 0;
    let actionCount = 0;
    let instructionCount = 0;
    // Of the course only what instructions have passed is kept up to date on the way.
    const { eventRoom } = course;
    const actionRoom = course.roomOf(thread);
    const instructionRoom = hart ? course.roomOf(hart) : Infinity;
    const hasRoom = () =>
      actionCount < actionRoom && instructionCount < instructionRoom && actionCount + instructionCount < eventRoom;
    const pass = (retired: number): void => {
      course.pass(retired);
      instructionCount += retired;
      work += retired;
    };
    /** Beyond it something may be due in the midst of what the hart and the thread do one after the other. */
    const roomNs = (): number => {
      const room = Math.min(eventRoom - actionCount, instructionRoom) - instructionCount;
      const events = Math.min(room, actionRoom - actionCount) - actionsInNoTimeMax;
      return events / (1 / machine.nsPerInstruction + 1 / costs.trivialNs);
    };
    let last: LastTurn | undefined;
    recorder.turnBegins(thread);
    do {
      const dueNs = Math.min(limitNs, scheduler.dueNsBeside(thread, hart));
      if (hart?.wait) goesOn = false;
      // Of equals the hart comes first: it has joined first.
      if (!isNext && hart && !hart.wait && hart.clockNs <= thread.clockNs) {
        if (!goesOn || hart.clockNs >= dueNs) break;
        const countMax = Math.min(eventRoom - actionCount, instructionRoom) - instructionCount;
        const turnMax = Math.min(Math.max(1, workMax - work), countMax);
        const leadNs = hart.isFree ? Math.min(dueNs, this.leadEndsNs(thread), hart.clockNs + roomNs()) : 0;
        if (leadNs > thread.clockNs) {
          const { stop, instructionCount: retired } = hart.runAhead(leadNs, turnMax);
          const count = this.#actUntil(Math.min(dueNs, this.#timeOf(stop, retired, hart)), thread);
          actionCount += count;
          work += count * instructionsPerAction;
          if (stop.kind === 'count' || this.#isServed(stop)) {
            pass(retired);
            continue;
          }
          hart.hasStopped(stop);
          recorder.turnGoesOn(hart);
          last = { actor: hart, stop, retired };
          break;
        }
        const before = hart.instructionCount;
        const stop = hart.run(Math.min(dueNs, thread.clockNs), turnMax);
        const retired = hart.instructionCount - before;
        if (stop?.kind !== 'count') {
          recorder.turnGoesOn(hart);
          last = { actor: hart, stop, retired };
          break;
        }
        pass(retired);
        continue;
      }
      const action = thread.pending!;
      const hartNs = hart?.wait ? hart.wait.deadlineNs : Infinity;
      if (!isNext && (thread.clockNs >= Math.min(dueNs, hartNs) || !this.isPlain(action))) break;
      isNext = false;
      thread.act();
      if (thread.pending === action || !thread.pending) {
        last = { actor: thread, action };
        break;
      }
      recorder.turnEnds(thread);
      actionCount++;
      work += instructionsPerAction;
    } while (work < workMax && hasRoom());
    course.haveActed(thread.id, actionCount);
    return last;
  }

  /**
   * Up to the first action at this time or later, or one that is not plain: an output that takes no more ends the saving
   * before its time.
   *
   * @returns how many
   */
  #actUntil(timeNs: number, thread: VmmThread): number {
    let count = 0;
    for (; thread.clockNs < timeNs && this.isPlain(thread.pending!); count++) {
      thread.act();
      this.recorder.turnEnds(thread);
    }
    return count;
  }

  /** It was a write to a page that the thread had let go by then. */
  #isServed(stop: HartStop): boolean {
    return stop.kind === 'write-fault' && !this.vmm.machine.core.pages.isProtected(stop.page);
  }

  /** Of the last instruction, if the stop comes with that; or of the one before which it comes. */
  #timeOf({ kind }: HartStop, retired: number, { clockNs }: HartActor): number {
    const isBehind = retired > 0 && (kind === 'requested' || kind === 'wfi');
    return isBehind ? clockNs - this.vmm.machine.nsPerInstruction : clockNs;
  }
}
