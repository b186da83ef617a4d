import { setTimeout as delay } from 'node:timers/promises';
import { FaultWaits, type Wait } from './fault-waits';
import type { HostThread, ProcessFacts, UserfaultCounts } from './process-facts';

/** The write fault for which a page is sent before its turn. */
export interface ServedFault {
  /** Those that wait in a write fault; with one it is the one whose fault it is. */
  readonly waiting: readonly HostThread[];
  /** Until QEMU was held at its page; undefined where nobody is seen asleep. */
  readonly waited: Wait | undefined;
}

const againMs = 1;
/** Of a fault that is no thread's of QEMU, but the kernel's for it, nobody is ever seen asleep. */
const asleepMs = 1000;
/** Between two looks at faults while zero pages are sent: a look costs more than they do. */
const zeroLookMs = 1;

/** Who waits in a write fault of a QEMU that is held at pages, and whose fault the page is sent for. */
export class ServedFaults {
  /** Of faults at whose pages QEMU was held. */
  readonly waits = new FaultWaits(() => performance.now());
  /** At whose page QEMU is held. */
  #served: ServedFault | undefined;

  readonly #leftOver: readonly UserfaultCounts[];

  /** The snapshot is about to begin. */
  constructor(private readonly facts: ProcessFacts) {
    this.#leftOver = facts.userfaults();
  }

  /** Who waits in a write fault now: the more often it is asked, the better is known how long. */
  look(): readonly HostThread[] {
    let waiting: readonly HostThread[] = [];
    this.waits.look(() => {
      waiting = this.#waiting;
      return waiting.map(({ tid }) => tid);
    });
    return waiting;
  }

  /** QEMU runs on: only whether those still wait that did. */
  follow(): void {
    if (this.waits.isAny) this.waits.follow(() => this.#waiting.map(({ tid }) => tid));
  }

  /** QEMU ran on: faults have come and gone unseen. */
  forget(): void {
    this.waits.forget();
    this.look();
  }

  /**
   * QEMU is held at a data page. Where it has fetched a fault and not resolved it, the page is the fault's; behind a zero page
   * it has gone on, and what it has fetched is the next page's.
   */
  async serve(): Promise<ServedFault | undefined> {
    let waiting = this.look();
    if (!this.facts.userfault(this.#leftOver)?.fetched) return undefined;
    // The kernel hands a fault over before its thread sleeps; on a busy machine that can take until its next turn.
    const end = performance.now() + asleepMs;
    while (waiting.length === 0 && performance.now() < end) {
      await delay(againMs);
      waiting = this.look();
    }
    this.#served = { waiting, waited: this.waits.of(waiting.map(({ tid }) => tid)) };
    return this.#served;
  }

  /** A zero page has been sent, perhaps for a fault, too. */
  passZeroPage(): void {
    this.waits.forget();
    if (performance.now() - this.waits.lookedMs > zeroLookMs) this.look();
  }

  /** QEMU goes on from the page at which it was held. */
  end(): void {
    if (!this.#served) return;
    this.look();
    this.waits.end(this.#served.waiting.map(({ tid }) => tid));
    this.#served = undefined;
  }

  get #waiting(): readonly HostThread[] {
    const { facts } = this;
    const counts = facts.isAlive ? facts.userfault(this.#leftOver) : undefined;
    const isAny = counts !== undefined && counts.pending + counts.fetched > 0;
    return isAny ? facts.threads().filter(({ isFaulting }) => isFaulting) : [];
  }
}
