/**
 * What Freezeframe adds to the Debug Adapter Protocol. Bodies of custom events (adapter → extension) and arguments and
 * results of custom requests (extension → adapter). Addresses are guest physical, as lower-case hexadecimal strings
 * (`0x80000000`); times are nanoseconds of virtual time; pages are counted from the start of their block.
 */

import type { SnapshotReport } from './snapshot-report';
import type { TimelineEvent } from './timeline';

/** Of the error that answers a request which the client has cancelled. */
export const cancelledText = 'The request was cancelled.';

/** A RAM block of the guest as the page map shows it. */
export interface BlockInfo {
  readonly name: string;
  readonly address: string;
  readonly pageCount: number;
}

export interface PageOfBlock {
  /** By name. */
  readonly block: string;
  readonly page: number;
}

export interface BlockPages extends BlockInfo {
  /** See page-runs.ts. */
  readonly runs: string;
  /** Indexed by `PageState`. */
  readonly counts: readonly number[];
}

/**
 * Event `freezeframe.pages`, for clients that have asked for the page map to be followed: when something has changed, at
 * most some thirty a second.
 */
export interface PagesEvent {
  /** `all`: the blocks' `runs` cover every page. `changes`: they apply on top of the event before. */
  readonly kind: 'all' | 'changes';
  /** All that a snapshot's stream holds; the guest's RAM is the first. */
  readonly blocks: readonly BlockPages[];
  readonly timeNs: number;
  /** The migration thread's. */
  readonly phase: string;
  readonly stopped: boolean;
  /** What the stop is about: the page written to, saved or executed. */
  readonly stopPage?: PageOfBlock;
}

/** Event `freezeframe.console`: bytes the guest sent to its UART, base64. */
export interface ConsoleEvent {
  readonly bytes: string;
}

/** Event `freezeframe.phase`: a thread has entered a phase of the snapshot. */
export interface PhaseEvent {
  readonly phase: string;
  /** `migration`, or `main loop`. */
  readonly thread: string;
  readonly timeNs: number;
}

/** Request `freezeframe.pageInfo`: what the page map says of one page when the pointer rests on it. */
export interface PageInfoArguments {
  readonly page: number;
  /** By name; the guest's RAM unless given. */
  readonly block?: string;
}

export interface PageInfo {
  readonly page: number;
  readonly address: string;
  readonly block: string;
  /** One of `pageStateNames`. */
  readonly state: string;
  /** When and by which thread it came into this state; absent while it never changed. */
  readonly timeNs?: number;
  readonly thread?: string;
  /** Of a leaked page: why nothing stopped the write. */
  readonly why?: string;
  /** What it holds, in words, what is most telling first: `.text of guest.elf`, `kernel data`, `page table, level 1`. */
  readonly what?: readonly string[];
  /** Addresses are virtual. */
  readonly symbols?: readonly { readonly name: string; readonly address: string }[];
  /** Instructions are in it, as far as its place tells. */
  readonly isCode?: boolean;
}

/**
 * Request `freezeframe.findPage`: the page of an address, physical or virtual, of a page number (`0x80400`; a decimal one
 * counts from the start of `block`), of a symbol, or of what an expression's value points to.
 */
export interface FindPageArguments {
  readonly text: string;
  /** By name; the guest's RAM unless given. */
  readonly block?: string;
}

/** Request `freezeframe.pageAtFreeze`: what the page held at the freeze of the snapshot under way, or of the last; base64. */
export interface PageAtFreeze {
  readonly bytes: string;
}

/** Request `freezeframe.listingOf`: the listing of the code at a virtual address. */
export interface ListingOfArguments {
  readonly address: string;
}

export interface ListingPlace {
  /** As a frame names it. */
  readonly source: { readonly name?: string; readonly path?: string; readonly sourceReference?: number };
  readonly line: number;
}

/** Request `freezeframe.filterPages`: pages by who has brought them into their state, and when. All that is given must hold. */
export interface FilterPagesArguments {
  readonly thread?: string;
  readonly sinceNs?: number;
  readonly untilNs?: number;
}

export interface FilteredPages {
  /** In the order of `PagesEvent.blocks`; as page-runs.ts, 1 for a page that meets it all. */
  readonly runs: readonly string[];
  readonly count: number;
  /** Who has brought any page into its state. */
  readonly threads: readonly string[];
}

/** Request `freezeframe.consoleInput`: keyboard input for the guest's UART, base64. No result. */
export interface ConsoleInputArguments {
  readonly bytes: string;
}

/** Request `freezeframe.takeSnapshot`: begin a snapshot now. `output` defaults to the launch configuration's. */
export interface TakeSnapshotArguments {
  readonly output?: string;
}

/** Request `freezeframe.runToNext`: continue, and stop also at the next phase or write fault, whatever the breakpoints. */
export interface RunToNextArguments {
  readonly event: 'phase' | 'write-fault';
}

/** Request `freezeframe.selectThread`. By name: `hart 0`, `main loop`, `migration`. */
export interface SelectThreadArguments {
  readonly thread: string;
}

/** Request `freezeframe.stepBack`: as DAP's `stepBack`, past what the thread's frame has called, or out of the frame. */
export interface StepBackArguments {
  readonly threadId: number;
  readonly depth: 'over' | 'out';
}

/** Request `freezeframe.lastWriter`: who wrote last to guest physical memory, before the present stop. */
export interface LastWriterArguments {
  readonly address: string;
  /** 1 unless given. */
  readonly byteCount?: number;
}

/** The answer in words. `freezeframe.goToWrite` goes to the write that was found last. */
export interface LastWriter {
  readonly text: string;
  readonly isFound: boolean;
}

/** Request `freezeframe.mark`: a mark where the run stands. */
export interface MarkArguments {
  readonly name: string;
}

/** Request `freezeframe.places`: what can be returned to, by `goto NAME` and `goto history ID` in the debug console. */
export interface Places {
  readonly marks: readonly { readonly name: string; readonly timeNs: number }[];
  readonly histories: readonly { readonly id: number; readonly endNs: number; readonly isPresent: boolean }[];
}

/** Request `freezeframe.record`: the run as a recording, a file with which anybody can make it again. */
export interface RecordArguments {
  /** Where the file is meant to be: images that are there, too, are named from there. */
  readonly folder?: string;
}

export interface Recorded {
  /** The file's content. */
  readonly text: string;
}

/** Request `freezeframe.repairGuest`: what was done, in words. */
export interface Repaired {
  readonly text: string;
}

/** Request `freezeframe.listingHints`: what is known at a stop about a listing. Lines count from 1. */
export interface ListingHintsArguments {
  /** The listing, as a frame names it. */
  readonly source: { readonly path?: string; readonly sourceReference?: number };
}

export interface ListingHints {
  /** The harts that stand in it, with the values of the registers that the instruction names, in hexadecimal. */
  readonly harts: readonly {
    readonly line: number;
    readonly thread: string;
    readonly registers: Readonly<Record<string, string>>;
  }[];
  /** Instructions that have written to protected pages: how often, and the addresses of the pages. */
  readonly writeFaults: readonly { readonly line: number; readonly count: number; readonly pages: readonly string[] }[];
}

export interface CustomEvents {
  'freezeframe.pages': PagesEvent;
  'freezeframe.console': ConsoleEvent;
  'freezeframe.phase': PhaseEvent;
  'freezeframe.snapshot': SnapshotReport;
  'freezeframe.timeline': TimelineEvent;
}

export interface CustomRequests {
  /** Answers with an event body of kind `all`, as soon as there is a guest; with `follow`, events tell what changes. */
  'freezeframe.pageMap': { arguments: { readonly follow?: boolean }; result: PagesEvent };
  /** As `freezeframe.pageMap`. */
  'freezeframe.timeline': { arguments: { readonly follow?: boolean }; result: TimelineEvent };
  /** At a stop: another thread is the one that is looked at, as if it had stopped last. */
  'freezeframe.selectThread': { arguments: SelectThreadArguments; result: Record<string, never> };
  'freezeframe.pageInfo': { arguments: PageInfoArguments; result: PageInfo };
  'freezeframe.pageAtFreeze': { arguments: PageOfBlock; result: PageAtFreeze };
  'freezeframe.listingOf': { arguments: ListingOfArguments; result: ListingPlace };
  'freezeframe.findPage': { arguments: FindPageArguments; result: PageOfBlock };
  'freezeframe.filterPages': { arguments: FilterPagesArguments; result: FilteredPages };
  'freezeframe.listingHints': { arguments: ListingHintsArguments; result: ListingHints };
  'freezeframe.consoleInput': { arguments: ConsoleInputArguments; result: Record<string, never> };
  'freezeframe.stepBack': { arguments: StepBackArguments; result: Record<string, never> };
  'freezeframe.lastWriter': { arguments: LastWriterArguments; result: LastWriter };
  'freezeframe.goToWrite': { arguments: Record<string, never>; result: Record<string, never> };
  'freezeframe.mark': { arguments: MarkArguments; result: Record<string, never> };
  'freezeframe.places': { arguments: Record<string, never>; result: Places };
  'freezeframe.record': { arguments: RecordArguments; result: Recorded };
  'freezeframe.runToNext': { arguments: RunToNextArguments; result: Record<string, never> };
  'freezeframe.takeSnapshot': { arguments: TakeSnapshotArguments; result: Record<string, never> };
  /** Gives up the snapshot under way. */
  'freezeframe.cancelSnapshot': { arguments: Record<string, never>; result: Record<string, never> };
  /** Lifts the write protection that a failed snapshot has left in a real QEMU. */
  'freezeframe.repairGuest': { arguments: Record<string, never>; result: Repaired };
  /** Ends a real QEMU's process at once, and the session with it. */
  'freezeframe.killQemu': { arguments: Record<string, never>; result: Record<string, never> };
}
