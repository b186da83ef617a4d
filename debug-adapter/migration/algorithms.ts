import type { Routine } from '../simulation/actions';
import type { Snapshot } from './snapshot';
import { writeTrackingThread } from './write-tracking-thread';

/** A way to take a snapshot: the body of its migration thread, and the function's name as a stack frame shows it. */
export interface Algorithm {
  readonly frame: string;
  readonly thread: (snapshot: Snapshot) => Routine;
}

/** By the name of the capability that selects it. */
export const algorithms = {
  'background-snapshot': { frame: 'writeTrackingThread', thread: writeTrackingThread },
} as const satisfies Record<string, Algorithm>;
