import type { Phase } from './phase';
import type { Value } from './thread';

/** The names a condition may use at a stop: `page`, `address`, `thread`, `phase`, `time`, registers, symbols. */
export interface Names {
  lookup(name: string): Value | undefined;
}

/** A compiled condition. One that throws counts as true, so that a mistake in it stops rather than hides. */
export type Condition = (names: Names) => boolean;

interface Conditional {
  readonly id: number;
  readonly condition?: Condition;
}

/** All breakpoints at once: each call of `setBreakpoints` replaces what was there. */
export interface Breakpoints {
  readonly phases: readonly (Conditional & { readonly phase: Phase })[];
  readonly writeFaults: readonly Conditional[];
  readonly lines: readonly (Conditional & { readonly file: string; readonly line: number })[];
  readonly addresses: readonly (Conditional & { readonly address: bigint })[];
}

export const noBreakpoints: Breakpoints = { phases: [], writeFaults: [], lines: [], addresses: [] };
