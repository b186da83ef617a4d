import type { HartStop } from '../emulator/core/guest-harts';
import type { HartActor } from '../emulator/machine/hart-actor';
import type { Action } from '../simulation/actions';
import type { Actor } from '../simulation/actor';
import type { Scheduler } from '../simulation/scheduler';
import type { VmmThread } from '../simulation/vmm-thread';
import type { Vmm } from '../vmm/vmm';
import { type Course, instructionsPerAction } from './course';
import type { RunAhead } from './run-ahead';
import type { TimelineRecorder } from './timeline-recorder';

/** A turn that is still to be looked at, and to be ended in the timeline. */
export type LastTurn =
  | { readonly actor: VmmThread; readonly action: Action }
  | { readonly actor: HartActor; readonly stop: HartStop | undefined; readonly retired: number };

/**
 * Takes the turns of a VMM thread, and between them those of the only hart that is awake, up to one that somebody has to
 * look at; of the scheduler it asks no more than who else is due. Where the order of the two cannot be told, the hart runs a
 * long way first and the thread follows. What it leaves is the same as after as many turns one by one.
 */
export class ThreadTurns {
  constructor(
    private readonly vmm: Vmm,
    private readonly scheduler: Scheduler<Actor>,
    private readonly ahead: RunAhead,
    private readonly course: Course,
    private readonly recorder: TimelineRecorder,
  ) {}

  /**
   * @param thread whose turn it is, before a plain action
   * @param limitNs when the run is to end
   * @param workMax about how many instructions' worth; one turn is taken in any case
   */
  take(thread: VmmThread, limitNs: number, workMax: number): LastTurn | undefined {
    const { ahead, course, recorder, scheduler } = this;
    const { harts, machine } = this.vmm;
    const hart = onlyAwake(harts);
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
    const follow = (timeNs: number): void => {
      const count = ahead.follow(thread, timeNs);
      actionCount += count;
      work += count * instructionsPerAction;
    };
    let isHeldBack = false;
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
        const room = Math.min(countMax, actionRoom - actionCount);
        const endsNs = hart.isFree && !isHeldBack ? ahead.endsNs(thread, { fromNs: hart.clockNs, dueNs, room }) : 0;
        if (endsNs > thread.clockNs) {
          const { stop, instructionCount: retired } = hart.runAhead(endsNs, turnMax);
          follow(ahead.timeOf(stop, retired, hart));
          isHeldBack = ahead.isHeldBack(stop, hart);
          if (stop.kind === 'count' || isHeldBack || ahead.isServed(stop)) {
            pass(retired);
            continue;
          }
          hart.hasStopped(stop);
          recorder.turnGoesOn(hart);
          last = { actor: hart, stop, retired };
          break;
        }
        isHeldBack = false;
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
      if (!isNext) {
        const otherNs = Math.min(dueNs, hart?.wait ? hart.wait.deadlineNs : (hart?.clockNs ?? Infinity));
        if (thread.clockNs >= otherNs || !ahead.isPlain(action)) break;
        const room = Math.min(eventRoom - instructionCount, actionRoom) - actionCount;
        const endsNs = ahead.endsNs(thread, { fromNs: thread.clockNs, dueNs: otherNs, room });
        if (endsNs > thread.clockNs) {
          follow(endsNs);
          continue;
        }
      }
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
}

function onlyAwake(harts: readonly HartActor[]): HartActor | undefined {
  let awake: HartActor | undefined;
  for (const hart of harts) {
    if (hart.wait) continue;
    if (awake) return undefined;
    awake = hart;
  }
  return awake;
}
