import type { ThreadRole } from '../protocol/timeline';
import type { SourcePlace } from './guest-source';

export type { ThreadRole };

/** Its name, too, for people to read: `hart 0`, `vCPU 1`, `main loop`, `migration`. `ThreadRole` tells what it is for. */
export type ThreadId = string;

export interface ThreadInfo {
  readonly id: ThreadId;
  readonly role: ThreadRole;
  /** What it is doing, in a word or two: `running`, `waits for the BQL`, `wfi`. */
  readonly state: string;
  /** It waits for another thread. */
  readonly isBlocked: boolean;
  /** The thread's own virtual clock. */
  readonly timeNs: number;
  /** Instructions it has retired, or actions it has performed; a migration thread's go on where the last one's ended. */
  readonly progress: number;
}

/** The first with this role. There is always a hart, and a main loop. */
export function firstOf(role: 'hart' | 'main-loop', threads: readonly ThreadInfo[]): ThreadId {
  return threads.find((each) => each.role === role)!.id;
}

/** A frame of a hart points to an address and perhaps a line of the guest's source, a frame of a VMM thread to a line of the shown source. */
export type Frame =
  | {
      readonly kind: 'guest';
      readonly name: string;
      readonly pc: bigint;
      /** It, or a frame inside it, may not be a caller at all. */
      readonly isGuess: boolean;
      /** The compiler has put its code into the next frame's function, whose registers are its own. */
      readonly isInlined: boolean;
      /** Where an image's debug information says. */
      readonly source?: SourcePlace | undefined;
    }
  /** No frame, but what lies between two: a trap took the hart from the next one to the one before. */
  | { readonly kind: 'trap'; readonly name: string }
  | { readonly kind: 'vmm'; readonly name: string; readonly file: string; readonly line: number };

export interface Scope {
  readonly name: string;
  readonly kind: 'registers' | 'locals';
  /** To be asked for only when they are to be seen. */
  readonly isExpensive?: boolean;
  readonly variables: readonly Variable[];
}

export type Value = bigint | number | string | boolean;

/** What it takes for a value of the guest's source to be another one. */
export type ValueWrite =
  | { readonly kind: 'memory'; readonly address: bigint; readonly bytes: Uint8Array }
  /** Of the innermost frame's hart. */
  | { readonly kind: 'register'; readonly name: string; readonly value: bigint };

/** What there is to a value of the guest's source, besides what it holds. */
export interface SourceValue {
  /** As C names it. */
  readonly type: string;
  /** What it holds. Fewer than it has, or none: not to be read. */
  readonly bytes: Uint8Array | undefined;
  /** An integer, or what else is no address. */
  readonly isNumber: boolean;
  readonly byteCount: number;
  /** Where it is in memory, if it is. */
  readonly address: bigint | undefined;
  /** What its type calls by that name. */
  enumerator(name: string): bigint | undefined;
  /** @throws DebuggeeError when it is nowhere, or cannot hold that */
  writes(value: Value | Composite): readonly ValueWrite[];
  /** A pointer to it; undefined where it is not in memory. */
  pointer(): Composite | undefined;
  /** As it is by now. */
  again(): Variable;
}

/** A type of the guest's source. */
export interface SourceType {
  readonly byteCount: number;
  /** @throws DebuggeeError for what is neither a number nor a pointer, to neither of them */
  cast(value: Value | Composite): Composite;
  /** That of pointers to it. */
  pointer(): SourceType;
}

/** A value of the guest's source, or a thing with parts. They are read when they are asked for. */
export interface Composite {
  /** Of an integer, an enumeration, a pointer. */
  readonly number?: bigint;
  /** Of a floating-point number. */
  readonly real?: number;
  readonly source?: SourceValue;
  /** Of an array, or behind a pointer. */
  readonly element?: (index: bigint) => Value | Composite | undefined;
  /** In a word or two: `Snapshot`, `Map(3)`. */
  readonly summary: string;
  /** Undefined when it has no such part. */
  member(name: string): Value | Composite | undefined;
  children(): readonly Variable[];
}

export interface Variable {
  readonly name: string;
  readonly value: Value;
  /** How to show `value`: an address in hexadecimal (and as a link into memory), a duration in ns, or as it is. */
  readonly kind: 'address' | 'register' | 'durationNs' | 'plain';
  /** Only when it is unfolded: what it points to may lead back to it. */
  readonly children?: () => readonly Variable[];
  /** Of one of the guest's source. */
  readonly source?: SourceValue;
  /** With what an expression names it. */
  readonly expression?: string;
}
