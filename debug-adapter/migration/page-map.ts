import type { GuestCore } from '../emulator/core/guest-core';
import { PageState, pageStateNames } from '../protocol/page-states';

const { Untracked, Protected, Faulting, CopiedScan, CopiedFault, Zero, Dirty, Leaked, SentAgain } = PageState;

/**
 * What may become of a page in the course of a snapshot (protocol/page-states.ts draws it). Not here: the core's own
 * transition, copied by the scan or zero → dirty. Where a copy may fault, a cancelled snapshot has left its protection
 * behind and another algorithm has sent the page meanwhile.
 */
const transitions: Readonly<Record<PageState, readonly PageState[]>> = {
  // Without populate, or when the balloon takes a page, there is no protection.
  [Untracked]: [Protected, CopiedScan, CopiedFault, Zero, Leaked],
  [Protected]: [Untracked, Faulting, CopiedScan, Zero, Leaked],
  // Who waits for a page is served also by the scan that has just come to it.
  [Faulting]: [Untracked, CopiedFault, CopiedScan, Zero, SentAgain, Leaked],
  [CopiedScan]: [SentAgain, Faulting, Leaked],
  [CopiedFault]: [SentAgain, Leaked],
  [Zero]: [SentAgain, Faulting, Leaked],
  [Dirty]: [SentAgain, Faulting, Leaked],
  [SentAgain]: [SentAgain, Dirty, Faulting, Leaked],
  [Leaked]: [],
};

/** The states of the pages of guest RAM. Nothing outside the core writes them but this. */
export class PageMap {
  constructor(private readonly core: GuestCore) {}

  /** A snapshot begins: what the one before has left is gone, except where its protection still stands. */
  begin(actorNumber: number, timeNs: number): void {
    const { core } = this;
    for (let page = 0; page < core.pageStates.length; page++) {
      if (core.pageStates[page] === Untracked || core.isProtected(page)) continue;
      core.setPageState(page, Untracked, actorNumber, timeNs);
    }
  }

  /** All of RAM is write-protected, except the pages that the kernel has passed over. */
  arm(actorNumber: number, timeNs: number): void {
    const { core } = this;
    const tracked = core.pageStates.findIndex((state) => state !== Untracked);
    if (tracked >= 0) throw new Error(transition(tracked, core.pageStates[tracked]!, Protected));
    core.setAllPageStates(Protected, actorNumber, timeNs);
    for (let page = 0; page < core.pageStates.length; page++) {
      if (!core.isProtected(page)) this.set(page, Untracked, actorNumber, timeNs);
    }
  }

  /** A leaked page stays leaked: that is what there is to know of it. Another illegal transition is a bug. */
  set(page: number, to: PageState, actorNumber: number, timeNs: number): void {
    const from: PageState = this.core.pageStates[page]!;
    if (from === Leaked) return;
    if (!transitions[from].includes(to)) throw new Error(transition(page, from, to));
    this.core.setPageState(page, to, actorNumber, timeNs);
  }

  stateOf(page: number): PageState {
    return this.core.pageStates[page]!;
  }
}

function transition(page: number, from: PageState, to: PageState): string {
  return `page ${page}: ${pageStateNames[from]} → ${pageStateNames[to]}`;
}
