import type { Phase } from './phase';
import type { Composite, SourceType, Value } from './thread';

/** What an expression sees at a stop, or a condition in the midst of a run, from the point of view of one thread. */
export interface Names {
  /** `page`, `address`, `old`, `new`, `thread`, `phase`, `time`, registers, symbols. */
  lookup(name: string): Value | Composite | undefined;
  symbolAddress(name: string): bigint | undefined;
  /** Of the guest's source, by its name in C: `struct page`, `size_t`. Absent where no source is known. */
  type?(name: string): SourceType | undefined;
  /** Bytes at a virtual address, fewer where memory ends. */
  readMemory(address: bigint, byteCount: number): Uint8Array;
}

/** A compiled condition. One that throws counts as true, so that a mistake in it stops rather than hides. */
export type Condition = (names: Names) => boolean;

/** What a condition has counted. */
export interface Tally {
  /** What the condition says depends on these. */
  readonly counts: boolean;
  /** How often it was asked: once each time its place is reached. */
  reached: number;
  /** How often its expression held. */
  hits: number;
  /** It logs nothing: a run is made again that has been told of. */
  isQuiet: boolean;
}

export interface Conditional {
  readonly id: number;
  readonly condition?: Condition;
  /** The condition's, if it keeps one. */
  readonly tally?: Tally;
}

/** All breakpoints at once: each call of `setBreakpoints` replaces what was there. */
export interface Breakpoints {
  readonly phases: readonly (Conditional & { readonly phase: Phase })[];
  /** `firstOnly`: at the first of each snapshot. */
  readonly writeFaults: readonly (Conditional & { readonly firstOnly?: boolean })[];
  readonly lines: readonly (Conditional & { readonly file: string; readonly line: number })[];
  readonly addresses: readonly (Conditional & { readonly address: bigint })[];
  readonly data: readonly (Conditional & WatchedData)[];
}

/** Bytes of RAM, by physical address, and what is done to them: read by a hart, written by anyone, or changed by a write. */
export interface WatchedData {
  readonly physicalAddress: number;
  readonly byteCount: number;
  readonly access: 'read' | 'write' | 'readWrite' | 'change';
}

export const noBreakpoints: Breakpoints = { phases: [], writeFaults: [], lines: [], addresses: [], data: [] };
