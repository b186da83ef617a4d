import { pageByteCount } from '../emulator/core/guest-core';
import type { GuestPages } from '../emulator/core/guest-pages';
import type { RamBlock } from '../emulator/machine/machine';
import { PageState, pageStateNames } from '../protocol/page-states';
import { SharedArray } from './shared-array';

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

/** What is known of a block's pages: states, and by whom and when each came into its own. */
export interface BlockStates {
  readonly states: Uint8Array;
  readonly actors: Uint8Array;
  readonly timesNs: Float64Array;
}

type SharedStates = { readonly [Field in keyof BlockStates]: SharedArray<BlockStates[Field]> };

/** The states of the pages of all RAM blocks. Nothing outside the core writes them but this. */
export class PageMap {
  /** Of the blocks that need no protection, by their index; the core has guest RAM's. */
  private readonly _unprotected: ReadonlyMap<number, SharedStates>;

  constructor(
    private readonly pages: GuestPages,
    blocks: readonly RamBlock[] = [],
  ) {
    this._unprotected = new Map(
      [...blocks.entries()]
        .filter(([, { writable }]) => !writable)
        .map(([index, { bytes }]) => [index, untracked(bytes.length / pageByteCount)]),
    );
  }

  /** Of a block that needs no protection. */
  unprotected(block: number): BlockStates {
    const { states, actors, timesNs } = this._unprotected.get(block)!;
    return { states: states.items, actors: actors.items, timesNs: timesNs.items };
  }

  /** A snapshot begins: what the one before has left is gone, except where its protection still stands. */
  begin(actorNumber: number, timeNs: number): void {
    const { pages } = this;
    for (const { states, timesNs } of this._unprotected.values()) {
      states.fill(Untracked);
      timesNs.fill(0);
    }
    for (let page = 0; page < pages.states.length; page++) {
      if (pages.states[page] === Untracked || pages.isProtected(page)) continue;
      pages.setState(page, Untracked, actorNumber, timeNs);
    }
  }

  /** All of RAM is write-protected, except the pages that the kernel has passed over. */
  arm(actorNumber: number, timeNs: number): void {
    const { pages } = this;
    const tracked = pages.states.findIndex((state) => state !== Untracked);
    if (tracked >= 0) throw new Error(transition(tracked, pages.states[tracked]!, Protected));
    pages.setAllStates(Protected, actorNumber, timeNs);
    for (let page = 0; page < pages.states.length; page++) {
      if (!pages.isProtected(page)) this.set(page, Untracked, actorNumber, timeNs);
    }
  }

  /** A leaked page stays leaked: that is what there is to know of it. Another illegal transition is a bug. */
  set(page: number, to: PageState, actorNumber: number, timeNs: number): void {
    const from: PageState = this.pages.states[page]!;
    if (from === Leaked) return;
    if (!transitions[from].includes(to)) throw new Error(transition(page, from, to));
    this.pages.setState(page, to, actorNumber, timeNs);
  }

  /** A page of a block that needs no protection is in the stream. */
  setSent(block: number, page: number, state: PageState, actorNumber: number, timeNs: number): void {
    const { states, actors, timesNs } = this._unprotected.get(block)!;
    states.set(page, states.items[page] === Untracked ? state : SentAgain);
    actors.set(page, actorNumber);
    timesNs.set(page, timeNs);
  }

  stateOf(page: number): PageState {
    return this.pages.states[page]!;
  }
}

function untracked(pageCount: number): SharedStates {
  return {
    states: new SharedArray(new Uint8Array(pageCount)),
    actors: new SharedArray(new Uint8Array(pageCount)),
    timesNs: new SharedArray(new Float64Array(pageCount)),
  };
}

function transition(page: number, from: PageState, to: PageState): string {
  return `page ${page}: ${pageStateNames[from]} → ${pageStateNames[to]}`;
}
