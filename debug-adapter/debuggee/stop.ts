import type { WaitsFor } from '../protocol/timeline';
import type { Phase } from './phase';
import type { ThreadId } from './thread';

export type { WaitsFor };

/** Why a debuggee stands still. */
export type Stop =
  | { readonly reason: 'entry'; readonly thread: ThreadId }
  /** `why`: because of the run's `untilNs`, `endsIdle` or `destinations`. `title`: in few words, where nobody has asked for it. */
  | {
      readonly reason: 'pause';
      readonly thread: ThreadId;
      readonly why?: 'time' | 'idle' | 'arrived';
      readonly title?: string | undefined;
    }
  | { readonly reason: 'step'; readonly thread: ThreadId }
  | { readonly reason: 'breakpoint'; readonly thread: ThreadId; readonly breakpointIds: readonly number[] }
  /** The thread has just made the access. */
  | {
      readonly reason: 'data-breakpoint';
      readonly thread: ThreadId;
      readonly breakpointIds: readonly number[];
      readonly access: DataAccess;
    }
  /** The thread is about to perform the first action of the phase, unless `text` tells how it stands. */
  | { readonly reason: 'phase'; readonly thread: ThreadId; readonly phase: Phase; readonly text?: string }
  /** The thread's write to a protected page waits in the uffd. */
  | { readonly reason: 'write-fault'; readonly thread: ThreadId; readonly fault: WriteFault }
  /** No thread can go on, and nothing from outside changes that. Threads that wait in a circle come first, in its order. */
  | { readonly reason: 'deadlock'; readonly thread: ThreadId; readonly waits: readonly WaitsFor[] }
  /** The guest ran wild: a trap with no handler, a fetch from nowhere. It can be looked at, not continued. */
  | { readonly reason: 'guest-error'; readonly thread: ThreadId; readonly message: string }
  /** The guest powered off or failed through the test finisher. Nothing runs after this. */
  | { readonly reason: 'exited'; readonly thread: ThreadId; readonly exitCode: number };

export interface WriteFault {
  /** Guest physical page number: address >> 12. */
  readonly page: number;
  readonly physicalAddress: number;
  /** The program counter of the faulting instruction, or undefined for a writer that is no hart. */
  readonly pc?: bigint;
  readonly timeNs: number;
}

/** An access to watched bytes. */
export interface DataAccess {
  readonly kind: 'read' | 'write';
  readonly physicalAddress: number;
  readonly byteCount: number;
  /** Of the instruction, or undefined for whoever is no hart. */
  readonly pc?: bigint;
  /** What the watched bytes held before and hold now, where they are 8 or fewer. */
  readonly before?: bigint;
  readonly after?: bigint;
}
