import { type Phase, phaseName } from '../debuggee/phase';
import type { ThreadId, ThreadInfo } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import { Activity } from '../protocol/timeline';
import { type TimelineMark as Mark, Timeline } from '../timeline/timeline';
import type { SnapshotCounts } from './held-snapshot';
import { faultState, mainLoop, vcpuId } from './threads';

/** What the vCPUs of a real QEMU did, as far as somebody looked, what was sent, and the phases. */
export class QemuTimeline {
  readonly #timeline = new Timeline();
  readonly #vcpus: readonly ThreadId[];
  /** Of the snapshot under way. */
  #told = { byteCount: 0, pageCount: 0 };

  constructor(vcpus: readonly { readonly index: number }[]) {
    this.#vcpus = vcpus.map(({ index }) => vcpuId(index));
    for (const id of this.#vcpus) this.#timeline.lane(id);
  }

  beginSnapshot(timeNs: number): void {
    this.#told = { byteCount: 0, pageCount: 0 };
    this.#timeline.beginSnapshot(timeNs);
  }

  /** @param isRunning whether vCPUs do that are in no write fault */
  noteThreads(threads: readonly ThreadInfo[], isRunning: boolean, timeNs: number): void {
    for (const id of this.#vcpus) {
      const isFaulting = threads.find((each) => each.id === id)?.state === faultState;
      const lane = this.#timeline.lane(id);
      const activity = isFaulting ? Activity.InFault : isRunning ? Activity.Running : Activity.Stopped;
      this.#timeline.become(lane, activity, timeNs);
      lane.count(timeNs);
    }
  }

  /** A page is sent for a thread that has slept in a write to it. @param page of the guest's RAM */
  noteFault(thread: ThreadId, page: number, sinceNs: number, timeNs: number): void {
    if (!this.#vcpus.includes(thread)) return;
    const lane = this.#timeline.lane(thread);
    // Since its last one it has run, if only unseen.
    this.#timeline.become(lane, Activity.Running, timeNs);
    this.#timeline.become(lane, Activity.InFault, timeNs);
    this.#timeline.fault(lane, page, sinceNs);
  }

  noteSent({ byteCount, pages }: SnapshotCounts, timeNs: number): void {
    this.#timeline.sent(timeNs, byteCount - this.#told.byteCount, pages - this.#told.pageCount);
    this.#told = { byteCount, pageCount: pages };
  }

  enterPhase(phase: Phase, thread: ThreadId, timeNs: number): void {
    const role = thread === mainLoop ? 'main-loop' : 'migration';
    this.#timeline.enterPhase({ phase, label: phaseName(phase), thread, role }, timeNs);
    if (phase === 'vm-start-bh') this.#timeline.endPhase(thread, timeNs);
  }

  look(since: TimelineMark | undefined, isStill: boolean, timeNs: number): TimelineLook {
    return this.#timeline.update(since as Mark | undefined, { timeNs, hasDetail: isStill });
  }
}
