import type { ThreadId } from '../debuggee/thread';
import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { GuestPages } from '../emulator/core/guest-pages';
import { PageState } from '../protocol/page-states';
import { type Actor, type Wait, wake } from '../simulation/actor';
import { Signal } from '../simulation/signal';
import type { PageMap } from './page-map';

/** UFFD_EVENT_PAGEFAULT with the write-protect flag, as the reader of the descriptor sees it. */
export interface UffdMessage {
  /** Page of the RAM block. */
  readonly page: number;
  readonly timeNs: number;
}

/** Of an actor that sleeps in a write fault. */
interface FaultWait extends Wait {
  /** Page of the RAM block. */
  readonly page: number;
}

/** The page whose write an actor with this wait sleeps in; undefined when it waits for something else. */
export function faultingPage(wait: Wait): number | undefined {
  return (wait as Partial<FaultWait>).page;
}

/**
 * The kernel's side of userfaultfd in write-protect mode, for the one writable RAM block: the queue of fault messages,
 * and who sleeps in the fault handler of which page (Linux: Documentation/admin-guide/mm/userfaultfd.rst).
 */
export class Userfaultfd {
  /** For who polls: there is a message. */
  readonly readable = new Signal();
  private readonly _queue: UffdMessage[] = [];
  private readonly _sleepers = new Map<number, Actor[]>();
  /** Pages that WRITEPROTECT(on) passed over. */
  private readonly _passedOver = new Set<number>();
  private readonly _discarded = new Set<number>();
  private _registered = false;

  /** @param wpUnpopulated the kernel has UFFD_FEATURE_WP_UNPOPULATED, and it was asked for. */
  constructor(
    private readonly pages: GuestPages,
    private readonly map: PageMap,
    private reader: ThreadId | undefined,
    private readonly wpUnpopulated: boolean,
  ) {}

  register(): void {
    this._registered = true;
  }

  get isRegistered(): boolean {
    return this._registered;
  }

  /** A thread is there to serve faults. */
  get hasReader(): boolean {
    return this.reader !== undefined;
  }

  /** The thread that served faults has ended: while the descriptor is open, whoever faults now sleeps for ever. */
  endReader(): void {
    this.reader = undefined;
  }

  /** WRITEPROTECT(on) for all of RAM. A page that has no page-table entry is passed over in silence. */
  writeProtect(actorNumber: number, timeNs: number): void {
    const { pages } = this;
    if (this.wpUnpopulated) pages.protectAll();
    else pages.protectTouched();
    this.map.arm(actorNumber, timeNs);
    for (let page = 0; page < pages.states.length; page++) if (!pages.isProtected(page)) this._passedOver.add(page);
  }

  /** Why nothing stops a write to this page. */
  whyWritable(page: number): string {
    if (this._discarded.has(page)) return 'its protection went when the balloon took the page';
    if (this.pages.isProtected(page)) return "protected, but written past the host's page table, by a device's DMA";
    if (this._passedOver.has(page)) return 'never protected: it had no page-table entry';
    return 'its protection had been taken off before it was in the stream';
  }

  /** The page is about to be taken away by the host, and its protection with it. */
  discard(page: number, actorNumber: number, timeNs: number): void {
    if (!this.pages.isProtected(page)) return;
    this._discarded.add(page);
    this.map.set(page, PageState.Untracked, actorNumber, timeNs);
  }

  /** An actor wrote to a protected page: it sleeps until the page is unprotected, and a message tells the reader. */
  fault(actor: Actor, actorNumber: number, page: number): void {
    const sleepers = this._sleepers.get(page);
    if (sleepers) sleepers.push(actor);
    else {
      this._sleepers.set(page, [actor]);
      this._queue.push({ page, timeNs: actor.clockNs });
      this.map.set(page, PageState.Faulting, actorNumber, actor.clockNs);
      this.readable.notify(actor.clockNs);
    }
    const address = ramBase + page * pageByteCount;
    const wait: FaultWait = {
      resource: `uffd: page 0x${(address / pageByteCount).toString(16)}`,
      heldBy: () => this.reader,
      deadlineNs: Infinity,
      idle: false,
      page,
    };
    actor.wait = wait;
  }

  /** One non-blocking read. */
  read(): UffdMessage | undefined {
    return this._queue.shift();
  }

  get pending(): number {
    return this._queue.length;
  }

  /** Nobody sleeps in a fault, and none is to be served. */
  get isQuiet(): boolean {
    return this._sleepers.size === 0 && this._queue.length === 0;
  }

  /** WRITEPROTECT(off) for one page: wakes who sleeps on it. */
  unprotect(page: number, timeNs: number): void {
    this.pages.unprotect(page);
    if (this._sleepers.size === 0) return;
    const sleepers = this._sleepers.get(page);
    if (!sleepers) return;
    this._sleepers.delete(page);
    for (const sleeper of sleepers) wake(sleeper, timeNs);
  }

  /** WRITEPROTECT(off) for all, UNREGISTER and close. A page still protected becomes untracked. */
  close(actorNumber: number, timeNs: number): void {
    if (!this._registered) return;
    this._registered = false;
    this._queue.length = 0;
    const { states } = this.pages;
    for (let page = 0; page < states.length; page++) {
      if (!this.pages.isProtected(page)) continue;
      this.unprotect(page, timeNs);
      this.map.set(page, PageState.Untracked, actorNumber, timeNs);
    }
  }
}
