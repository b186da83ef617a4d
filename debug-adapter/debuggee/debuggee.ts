import type { PageGroups } from '../protocol/changed-pages';
import type { BlockInfo, PageInfo, PageOfBlock } from '../protocol/messages';
import type { SnapshotReport } from '../protocol/snapshot-report';
import type { Breakpoints, Names } from './breakpoints';
import type { GuestSource } from './guest-source';
import type { Phase } from './phase';
import type { Pieces } from './pieces';
import type { DataAccess, Stop } from './stop';
import type { Frame, Scope, ThreadId, ThreadInfo } from './thread';
import type { TimelineLook, TimelineMark } from './timeline';

/**
 * Anything a session can debug. `run` is the only call that takes long; everything else answers at once and, unless it
 * says otherwise, may be called only while the debuggee stands still.
 */
export interface Debuggee {
  readonly abilities: ReadonlySet<Ability>;
  /** Undefined: it cannot go back. */
  readonly history?: History;
  /** Undefined: it keeps none. */
  readonly checkpoints?: Checkpoints | undefined;

  /** Sources of the VMM's threads, by file name as in `Frame.file`. */
  readonly sources: ReadonlyMap<string, string>;

  /** Of the guest's own code. */
  readonly guestSource: GuestSource;

  /** Runs until the next stop. Gives the host's event loop a turn at least every 20 ms of wall time. */
  run(request: RunRequest): Promise<Stop>;
  /** Any time. A pending `run` resolves with reason `pause`. */
  pause(): void;
  /** Any time. Frees everything; a snapshot under way is abandoned and its file is removed. */
  dispose(): Promise<void>;

  /** Any time. Takes effect for a pending `run` too. */
  setBreakpoints(breakpoints: Breakpoints): void;
  /** The line of `file` nearest at or after `line` where a thread can stop, or undefined. */
  breakableLine(file: string, line: number): number | undefined;
  /** The address of a symbol of the loaded images, or undefined. */
  symbolAddress(name: string): bigint | undefined;
  /** Where the function at a symbol's address begins: it may leave room for patches before. */
  functionEntry(address: bigint): bigint;
  /** Symbols whose names begin so, for completions. */
  symbolNames(prefix: string, countMax: number): readonly string[];
  /** The symbol at or before an address, and how far before; undefined where no image has one. */
  nearestSymbol(address: bigint): { readonly name: string; readonly offset: number } | undefined;

  /** Any time. Begins a snapshot. @throws DebuggeeError when one is under way or the file cannot be written. */
  takeSnapshot(output?: string): void;
  /** Any time. Gives up the snapshot under way. @throws DebuggeeError when there is none. */
  cancelSnapshot(): void;
  /**
   * Any time, of a real QEMU: lifts the write protection that a failed snapshot has left. @returns what it did, in words.
   * @throws DebuggeeError when nothing is left, or a snapshot is under way.
   */
  repairGuest?(): Promise<string>;
  /** Any time, of a real QEMU: ends its process at once, and the guest with it. */
  killQemu?(): void;
  /** Any time. A line for QEMU's human monitor; resolves with what it prints. @throws DebuggeeError when it refuses. */
  monitor(line: string): Promise<string>;
  /** Any time. Bytes typed at the guest's console. */
  consoleInput(bytes: Uint8Array): void;
  /** Any time. At most one listener; called from inside `run`. */
  onEvent(listener: (event: DebuggeeEvent) => void): void;

  threads(): readonly ThreadInfo[];
  /** Innermost first; empty for a thread that does not exist now. */
  stack(thread: ThreadId): readonly Frame[];
  scopes(thread: ThreadId, frame: number): readonly Scope[];
  /** Names as conditions and `evaluate` see them from the point of view of a thread's frame, the innermost unless given. */
  names(thread: ThreadId, frame?: number): Names;

  /**
   * Of a real QEMU, which has to be asked for what others have at hand: gets what has been read of virtual memory, code
   * included, and was not there. @returns whether there was any: who was answered with too little asks again
   */
  fetch?(): Promise<boolean>;
  /** Virtual memory as the hart of `thread` (hart 0 for a VMM thread) sees it; stops at the first unreadable byte. */
  readMemory(thread: ThreadId, address: bigint, byteCount: number): Uint8Array;
  /** Where a virtual address lies now, as the hart of `thread` sees it; undefined where nothing is mapped. */
  physicalAddress(thread: ThreadId, address: bigint): number | undefined;
  /** Guest physical memory, whatever the harts' MMUs say: RAM and read-only memories, up to the first byte of neither. */
  readPhysicalMemory(address: number, byteCount: number): Uint8Array;
  /**
   * A register of the thread's hart (hart 0 for a VMM thread) by any of its names. @returns what it holds then: some keep
   * only legal values. @throws DebuggeeError when there is none that can be written.
   */
  setRegister(thread: ThreadId, name: string, value: bigint): bigint;
  /**
   * Writes RAM, as `readMemory` and `readPhysicalMemory` address it: all of it, or nothing. At write-protected pages
   * `whenProtected` decides: to throw a DebuggeeError with code `write-protected`; or to wait, as a VMM's debugger would,
   * with the main loop asleep in the write fault until the page has been saved.
   * @throws DebuggeeError where there is no RAM.
   */
  writeMemory(thread: ThreadId, address: bigint, bytes: Uint8Array, whenProtected: WhenProtected): void;
  writePhysicalMemory(address: number, bytes: Uint8Array, whenProtected: WhenProtected): void;
  /** `count` instructions from the boundary `instructionOffset` instructions away from `address`. */
  disassemble(address: bigint, instructionOffset: number, count: number): Pieces<readonly DisassembledInstruction[]>;

  /**
   * Any time. A page as it was at the freeze of the snapshot under way, or of the last.
   * @throws DebuggeeError when that is not known (any more)
   */
  pageAtFreeze(of: PageOfBlock): Uint8Array;

  /** Any time. How often the instruction at `pc` has write-faulted since the guest began, by guest physical page number. */
  writeFaults(pc: bigint): ReadonlyMap<number, number>;

  /**
   * Any time. What the threads have done since an earlier look, or ever. Unless the debuggee stands still, and a look may
   * take its time, single spans and faults are left for a later one.
   */
  timeline(since: TimelineMark | undefined, isStill: boolean): TimelineLook;

  /** Any time: a live view. */
  readonly pages: PageView;
  /** The page that a stop is about: the one written to, the one that the thread saves or executes. */
  pageOfStop(stop: Stop): PageOfBlock | undefined;
  /** Any time. */
  status(): Status;
  /** Of the guest, its pages and the threads around it: two runs that have come to the same have the same. */
  stateHash(): Promise<bigint>;
}

/** What not every debuggee can: a real QEMU is looked at from outside. What is asked for without it is refused, or empty. */
export type Ability =
  /** Breakpoints at instructions and functions, and steps of one instruction. */
  | 'instructions'
  /** Breakpoints at accesses to memory. */
  | 'watch'
  /** Registers are known, and so what expressions say of them. */
  | 'registers'
  /** Registers and memory can be written. */
  | 'write'
  /** A run can end at a page of the stream. */
  | 'until-page';

/**
 * States of the run so far that it can be put back into at once. It takes them by itself, as it runs for the first time
 * through what it has not run through before.
 */
export interface Checkpoints {
  /** Events up to each (see `Instant`), oldest first. */
  readonly instants: readonly number[];
  /** About how much memory they take. */
  readonly byteCount: number;
  /** Of this instant, behind all others. */
  take(): void;
  /** Of this instant, behind the one that was gone to last, if that is worth it: a way to a place in the past comes by. */
  takeOnTheWay(): Promise<void>;
  /** So that this instant can be come back to, until that is dropped. */
  leave(): { comeBack(): Promise<void>; drop(): Promise<void> };
  /** Others have their turns on the way, where nothing is to be asked of the guest. */
  goTo(index: number): Promise<void>;
  /** Whether any of these may be hit between one and the next: false if that is known without running there. */
  mayHit(index: number, breakpoints: Breakpoints): boolean;
  /** Those behind this instant. */
  forgetAhead(): void;
  /** What follows on this instant will be other than what has followed: what is written is written again. */
  takeNewCourse(): void;
  /** Asked for whatever its owner needs to know at each checkpoint. */
  note: () => unknown;
  noteOf(index: number): unknown;
}

export type WhenProtected = 'refuse' | 'wait';

/** What has been. The same inputs give the same run, so that all of it can be had again. */
export interface History {
  /** How far it is known to go: beyond now, where the run has gone back and nothing new has come from outside since. */
  readonly endNs: number;
  /** As `run`, into the past. After a `pause` it stands where it stood. */
  back(request: BackRequest): Promise<Stop>;
  /** Any time. What goes through the past ends, as after a `pause`; a run goes on. */
  interrupt(): void;
  /** Those that the run has had, by number; a new one begins with whatever comes from outside in the past. */
  readonly histories: readonly { readonly id: number; readonly endNs: number; readonly isPresent: boolean }[];
  /** Places to come back to, whichever history they are in. */
  readonly marks: readonly { readonly name: string; readonly timeNs: number }[];
  /** Marks where it stands. */
  mark(name: string): void;
  /** It begins as one that was recorded elsewhere, and can be made again to where that stood. */
  readonly isRecorded: boolean;
  /**
   * A file with which anybody can make this run again, as a text; made by making it again.
   *
   * @param folder where it is meant to be: its images, if they are there too, are named from there
   */
  record(folder?: string): Promise<string | 'interrupted'>;
  /** The last write to bytes of RAM before now, by whomever. After a `pause`: `interrupted`. */
  lastWrite(physicalAddress: number, byteCount: number): Promise<PastWrite | 'interrupted' | undefined>;
}

/** What a mark may be called. */
export const markName = /^[A-Za-z_][\w-]{0,63}$/;

export type BackRequest =
  /** To the last hit of any breakpoint before now, or to the beginning. */
  | { readonly kind: 'continue' }
  /**
   * Before the last instruction of a hart, or to where the line before began, or this one if it has begun; before the last
   * action of a VMM thread. `over`: in the same frame or its caller's; `out`: to where the frame was called.
   */
  | {
      readonly kind: 'step';
      readonly thread: ThreadId;
      readonly depth: 'into' | 'over' | 'out';
      readonly unit?: StepUnit;
    }
  /** To where this write has just been made, of those to these bytes. */
  | { readonly kind: 'write'; readonly write: PastWrite }
  /** To any place in the course of this history, later ones too; a time is come to before what was due then. */
  | { readonly kind: 'place'; readonly place: Place }
  /**
   * To the one with this number, from 1, in the present history; without a number to the last before now, or else the first.
   */
  | { readonly kind: 'landmark'; readonly landmark: Landmark; readonly count?: number }
  /** To where a page has just come into the state in which it is; if that is leaked, to the write that is in the file. */
  | { readonly kind: 'page'; readonly page: PageOfBlock }
  | { readonly kind: 'mark'; readonly name: string }
  /** To the end of a history that was left for another one. */
  | { readonly kind: 'history'; readonly id: number }
  /** From the beginning to where the recorded run stood. An event tells whether it came to the same. */
  | { readonly kind: 'recorded' };

export type Landmark = Phase | 'write-fault';

export type Place = Destination | { readonly timeNs: number };

export interface PastWrite {
  readonly physicalAddress: number;
  readonly byteCount: number;
  /** Writes to the bytes before this one, from an instant with so many events on. */
  readonly index: number;
  readonly since: number;
  readonly thread: ThreadId;
  readonly access: DataAccess;
  readonly timeNs: number;
}

/**
 * A place in the course of a run, however that is cut into turns by stops and steps: how much has happened by then. Of two
 * instants, the one with more events is the later. `threads`: what a thread may already have done without an event, such
 * as to wake or to take a trap.
 */
export interface Instant {
  readonly events: number;
  readonly threads: readonly { readonly id: ThreadId; readonly clockNs: number; readonly pc?: bigint }[];
}

/** An instant, or as soon as a thread has come so far (`ThreadInfo.progress`). */
export type Destination = { readonly instant: Instant } | { readonly thread: ThreadId; readonly progress: number };

/** Something that comes from outside, at an instant of the run that is known before. */
export interface Cue {
  readonly at: Instant;
  perform(): void;
}

export type StepUnit = 'instruction' | 'line';

export type RunRequest = {
  /** The only thread that acts meanwhile: the others stand still, though it may wait for them. */
  readonly only?: ThreadId | undefined;
  /** Performed as the run comes to them; they are in order. */
  readonly cues?: readonly Cue[];
  /**
   * Stops, as by `pause`, at the first of these. It goes there without a rest, even with a guest that waits for the wall
   * clock.
   */
  readonly destinations?: readonly Destination[];
} /**
 * Until a breakpoint, and also at the next phase or write fault of any thread, or where a page is sent, if that is asked for.
 */ & (
  | {
      readonly kind: 'continue';
      readonly until?: 'phase' | 'write-fault' | PageOfBlock;
      /** Stops, as by `pause`, before virtual time goes beyond. */
      readonly untilNs?: number | undefined;
      /** Nothing more comes from outside: stops, as by `pause`, where nothing happens by itself any more. */
      readonly endsIdle?: boolean;
    }
  /**
   * One instruction of a hart or one line of its source, one line of a VMM thread's source. `over` and `out` end in the
   * same frame or its caller's, wherever the thread has been meanwhile; so does `into` by line where what is called has no
   * lines. A hart in WFI steps to what wakes it.
   */
  | {
      readonly kind: 'step';
      readonly thread: ThreadId;
      readonly depth: 'into' | 'over' | 'out';
      /** Of a hart; an instruction unless given, and where no line is known. */
      readonly unit?: StepUnit;
    }
);

export type DebuggeeEvent =
  | { readonly kind: 'console'; readonly bytes: Uint8Array }
  | { readonly kind: 'phase'; readonly phase: Phase; readonly thread: ThreadId; readonly timeNs: number }
  /** What QEMU's QMP would tell its clients, if they have enabled the capability `events`: `STOP`, `MIGRATION` with `data.status`, … */
  | { readonly kind: 'qmp'; readonly event: string; readonly data?: object; readonly timeNs: number }
  /** A recorded run has been made again. */
  | { readonly kind: 'replayed'; readonly isSame: boolean; readonly text: string }
  /** A VMM thread has come or gone. */
  | { readonly kind: 'threads' }
  /** A thing the user should read. `report`: of a snapshot that has ended; `completed` or `failed` is entered next. */
  | {
      readonly kind: 'message';
      readonly severity: 'info' | 'error';
      readonly text: string;
      readonly report?: SnapshotReport;
    };

/** `what` in words, `share` of it that is done, from 0 to 1. */
export interface HostWork {
  readonly what: string;
  readonly share: number;
}

export interface Status {
  readonly timeNs: number;
  /** The phase that the migration thread has entered last, or `none` before the first snapshot. */
  readonly phase: Phase | 'none';
  /** What a snapshot waits for that takes no time of the guest. */
  readonly hostWork?: HostWork | undefined;
  readonly instructions: number;
  /** Where the run stands, however it has come there. */
  readonly instant: Instant;
}

export interface PagesOfBlock {
  readonly block: BlockInfo;
  /** One byte a page, `PageState`; changes under the reader's eyes while the debuggee runs. */
  readonly states: Uint8Array;
  /** In which of them a state may have changed; undefined: in any. */
  readonly groups?: PageGroups | undefined;
  /** How many are in each `PageState` now. */
  counts(): readonly number[];
  /** When each came into its state; 0 while it never changed. Live. */
  readonly timesNs: ArrayLike<number>;
  /** Who brought it there. */
  threadAt(page: number): ThreadId;
}

export interface PageView {
  /** All that a snapshot's stream holds; the guest's RAM is the first. */
  readonly blocks: readonly [PagesOfBlock, ...PagesOfBlock[]];
  /** @param block by name; the guest's RAM unless given. @throws DebuggeeError when there is no such page. */
  info(page: number, block?: string): PageInfo;
  /** The page at a guest physical address; undefined where no block is. */
  at(address: number): PageOfBlock | undefined;
}

export interface DisassembledInstruction {
  readonly address: bigint;
  /** Empty where memory cannot be read. */
  readonly bytes: Uint8Array;
  /** They are written one by one, as x86's are, and not as one number. */
  readonly isByteString?: true;
  readonly text: string;
  readonly symbol?: string;
}

/** Something a user asked for cannot be; `message` says what and what to do about it. */
export class DebuggeeError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
