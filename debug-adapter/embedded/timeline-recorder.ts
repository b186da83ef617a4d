import { type Phase, phaseName } from '../debuggee/phase';
import type { ThreadId } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import { HartActor } from '../emulator/machine/hart-actor';
import type { Snapshot } from '../migration/snapshot';
import { Activity, type Latencies } from '../protocol/timeline';
import { VmmThread } from '../simulation/vmm-thread';
import type { LaneHistory } from '../timeline/lane-history';
import { type TimelineMark as Mark, Timeline } from '../timeline/timeline';
import { faultingPage } from '../vmm/userfaultfd';
import type { Vmm } from '../vmm/vmm';
import { roleOf } from './thread-roles';

/** Percentiles are looked for again when there are so many times more faults than the last time. */
const growthOfLook = 1.1;

type Recorded = HartActor | VmmThread;

/**
 * Notes what the actors do: told before and after each turn, it sees what the turn has changed. It only looks, and at the
 * virtual clocks alone.
 */
export class TimelineRecorder {
  private readonly _timeline = new Timeline();
  private readonly _lanes = new Map<Recorded, LaneHistory>();
  /** Whose turn it is; often it was before, too. */
  private _actor: Recorded | undefined;
  private _lane: LaneHistory | undefined;
  /** Whose bytes and pages are counted, and how many have been. */
  private _snapshot: Snapshot | undefined;
  private _byteCount = 0;
  private _pageCount = 0;
  private _percentiles:
    | { readonly of: Snapshot; readonly count: number; readonly p50Ns: number; readonly p99Ns: number }
    | undefined;

  constructor(
    private readonly vmm: Vmm,
    mainLoop: VmmThread,
  ) {
    for (const actor of [...vmm.harts, mainLoop]) this.#laneOf(actor);
    vmm.onVcpuStopped = (hart) => this._timeline.become(this.#laneOf(hart), Activity.Stopped, hart.clockNs);
  }

  /** It acts now, whatever it has waited for. */
  turnBegins(actor: Recorded): void {
    this.turnGoesOn(actor);
    const lane = this._lane!;
    const activity = this.vmm.bql.owner === actor.id ? Activity.HoldsBql : Activity.Running;
    if (activity !== lane.activity) this._timeline.become(lane, activity, actor.clockNs);
  }

  /** It has acted as it did the last time that somebody looked. */
  turnGoesOn(actor: Recorded): void {
    if (actor === this._actor) return;
    this._actor = actor;
    this._lane = this.#laneOf(actor);
  }

  isRunning(actor: Recorded): boolean {
    return this.#laneOf(actor).activity === Activity.Running;
  }

  turnEnds(actor: Recorded): void {
    const lane = this._lane!;
    const { wait } = actor;
    if (wait || (this.vmm.bql.owner === actor.id) !== (lane.activity === Activity.HoldsBql)) {
      this._timeline.become(lane, this.#activityOf(actor), actor.clockNs, wait && faultingPage(wait));
    }
    if (actor instanceof VmmThread) this.#countSent(actor.clockNs);
  }

  /** The thread has ended: another of its name may come. */
  forget(thread: VmmThread): void {
    this._timeline.endPhase(thread.id, thread.clockNs);
    this._lanes.delete(thread);
  }

  /** @param snapshot that is under way */
  enterPhase(phase: Phase, thread: ThreadId, timeNs: number, snapshot: Snapshot | undefined): void {
    if (phase === 'setup') {
      this._snapshot = snapshot;
      this._byteCount = 0;
      this._pageCount = 0;
      this._timeline.beginSnapshot(timeNs);
    }
    this._timeline.enterPhase({ phase, label: phaseName(phase), thread, role: roleOf(thread) }, timeNs);
  }

  endPhase(thread: ThreadId, timeNs: number): void {
    this._timeline.endPhase(thread, timeNs);
  }

  /** @param timeNs up to which all have come */
  look(since: TimelineMark | undefined, timeNs: number, isStill: boolean): TimelineLook {
    for (const [actor, lane] of this._lanes) {
      const isOver = lane.activity >= Activity.Waits || lane.activity <= Activity.Stopped;
      if (isOver && !actor.wait) this._timeline.become(lane, this.#activityOf(actor), actor.clockNs);
      lane.count(actor.wait ? Math.max(timeNs, actor.clockNs) : actor.clockNs);
    }
    const { update, mark } = this._timeline.update(since as Mark | undefined, { timeNs, hasDetail: isStill });
    const latencies = this.#latencies(isStill);
    return { update: { ...update, ...(latencies && { latencies }) }, mark };
  }

  #laneOf(actor: Recorded): LaneHistory {
    const known = this._lanes.get(actor);
    if (known) return known;
    const lane = this._timeline.lane(actor.id);
    this._lanes.set(actor, lane);
    return lane;
  }

  #activityOf(actor: Recorded): Activity {
    const { wait } = actor;
    if (!wait) return this.vmm.bql.owner === actor.id ? Activity.HoldsBql : Activity.Running;
    if (actor instanceof HartActor ? actor.isStopped : !actor.pending) {
      return actor instanceof HartActor ? Activity.Stopped : Activity.None;
    }
    if (faultingPage(wait) !== undefined) return Activity.InFault;
    if (this.vmm.bql.isReasonFor(wait)) return Activity.WaitsForBql;
    return wait.idle ? Activity.Idle : Activity.Waits;
  }

  #countSent(timeNs: number): void {
    const snapshot = this._snapshot;
    if (!snapshot) return;
    const { byteCount } = snapshot.file;
    const { pagesSent } = snapshot.state;
    if (byteCount === this._byteCount && pagesSent === this._pageCount) return;
    this._timeline.sent(timeNs, byteCount - this._byteCount, pagesSent - this._pageCount);
    this._byteCount = byteCount;
    this._pageCount = pagesSent;
  }

  #latencies(isExact: boolean): Latencies | undefined {
    const snapshot = this._snapshot;
    if (!snapshot) return undefined;
    const { faults } = snapshot.state;
    const known = this._percentiles;
    const isNewer = known?.of !== snapshot || known.count !== faults.count;
    if (isNewer && (isExact || known?.of !== snapshot || faults.count > growthOfLook * known.count)) {
      const [p50Ns = 0, p99Ns = 0] = faults.percentilesNs([50, 99]);
      this._percentiles = { of: snapshot, count: faults.count, p50Ns, p99Ns };
    }
    const { p50Ns, p99Ns } = this._percentiles!;
    return { count: faults.count, log2Counts: faults.log2Histogram(), p50Ns, p99Ns, maxNs: faults.maxNs };
  }
}
