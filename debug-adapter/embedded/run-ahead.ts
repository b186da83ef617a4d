import type { HartStop } from '../emulator/core/guest-harts';
import type { HartActor } from '../emulator/machine/hart-actor';
import type { Action, Shortcut } from '../simulation/actions';
import type { VmmThread } from '../simulation/vmm-thread';
import { costs } from '../vmm/costs';
import type { Vmm } from '../vmm/vmm';
import type { StopConditions } from './stop-conditions';
import type { TimelineRecorder } from './timeline-recorder';

/** What a thread does one after the other without time going by. On the whole an action takes it as long as a trivial one. */
const actionsInNoTimeMax = 16;

/** In what a thread does without anybody seeing whether harts have run before. */
export interface Lead {
  /** Until when nobody can tell; not beyond the thread's clock if it does not lead. */
  endsNs(thread: VmmThread): number;
  /** What the thread may do in one go as long as it leads. */
  shortcutOf(thread: VmmThread): Shortcut | undefined;
}

/**
 * Harts that run ahead of the migration thread where nobody can tell, and the thread that follows: it then does at once
 * what it would have done between their turns.
 */
export class RunAhead {
  constructor(
    private readonly vmm: Vmm,
    private readonly stops: StopConditions,
    private readonly recorder: TimelineRecorder,
    private readonly lead: Lead,
  ) {}

  /** The action changes nothing but what it performs and the thread's clock, and nobody stops before it. */
  isPlain(action: Action): boolean {
    return (action.kind === 'do' || action.kind === 'call') && !action.phase && !this.stops.mayStopAtLabel(action.at);
  }

  /**
   * How far harts may run, those that are awake from `fromNs` on; not beyond the thread's clock if they may not be ahead.
   *
   * @param dueNs when somebody else is to act
   * @param room how many events may come before something is due
   */
  endsNs(thread: VmmThread, { fromNs, dueNs, room }: { fromNs: number; dueNs: number; room: number }): number {
    const { harts, machine } = this.vmm;
    const eventsPerNs = harts.length / machine.nsPerInstruction + 1 / costs.trivialNs;
    return Math.min(dueNs, this.lead.endsNs(thread), fromNs + (room - actionsInNoTimeMax) / eventsPerNs);
  }

  /**
   * The thread's actions before this time, up to one that is not plain: an output that takes no more ends the saving before
   * its time.
   *
   * @returns how many
   */
  follow(thread: VmmThread, timeNs: number): number {
    const { recorder } = this;
    recorder.turnBegins(thread);
    const shortcut = this.lead.shortcutOf(thread);
    const acted = () => recorder.turnEnds(thread);
    let count = 0;
    while (thread.clockNs < timeNs && this.isPlain(thread.pending!)) {
      const atOnce = shortcut ? thread.callAtOnce(shortcut, timeNs, acted) : 0;
      count += atOnce;
      if (atOnce > 0) continue;
      thread.act();
      acted();
      count++;
    }
    return count;
  }

  /** It was a write to a page that the thread had let go by then. */
  isServed(stop: HartStop): boolean {
    return stop.kind === 'write-fault' && !this.vmm.machine.core.pages.isProtected(stop.page);
  }

  /** It would have written to flash, which it may when the thread has followed. */
  isHeldBack(stop: HartStop, hart: HartActor): boolean {
    return stop.kind === 'bus-retry' && this.vmm.machine.mayAccessDevices(hart.index);
  }

  /** Of a hart's last instruction, or of the one before which it has stopped: what threads do before comes before the stop. */
  timeOf({ kind }: HartStop, retired: number, { clockNs }: HartActor): number {
    const isBehind = retired > 0 && (kind === 'count' || kind === 'requested' || kind === 'wfi');
    return isBehind ? clockNs - this.vmm.machine.nsPerInstruction : clockNs;
  }
}
