import type { Routine } from '../simulation/actions';
import type { Capabilities } from './capabilities';
import { Precopy } from './precopy';
import { migrationThread } from './precopy-thread';
import type { Snapshot } from './snapshot';
import { SlowFaultThrottle } from './track-writes-ram';
import { wtMigrationThread } from './track-writes-ram-thread';
import { writeTrackingThread } from './write-tracking-thread';

/** A way to take a snapshot: the body of its migration thread, and the function's name as a stack frame shows it. */
export interface Algorithm {
  readonly frame: string;
  /** Makes what the thread's bodies share, and then any number of bodies. */
  readonly thread: (snapshot: Snapshot) => () => Routine;
  /** The instant whose machine the stream shows. At the start: each page is sent once. At the end: the last copy counts. */
  readonly shows: 'start' | 'end';
}

/** By the capability that selects it; with neither of the two, RAM is sent as for a migration. */
const algorithms = {
  'background-snapshot': { frame: 'writeTrackingThread', thread: (s) => () => writeTrackingThread(s), shows: 'start' },
  'track-writes-ram': { frame: 'wtMigrationThread', thread: wtThread, shows: 'start' },
  precopy: { frame: 'migrationThread', thread: precopyThread, shows: 'end' },
} as const satisfies Record<string, Algorithm>;

export function algorithmFor(capabilities: Capabilities): Algorithm {
  if (capabilities.has('background-snapshot')) return algorithms['background-snapshot'];
  return algorithms[capabilities.has('track-writes-ram') ? 'track-writes-ram' : 'precopy'];
}

function wtThread(s: Snapshot): () => Routine {
  const throttle = new SlowFaultThrottle();
  s.throttle = throttle;
  return () => wtMigrationThread(s, throttle);
}

function precopyThread(s: Snapshot): () => Routine {
  const precopy = new Precopy(s);
  s.precopy = precopy;
  return () => migrationThread(precopy);
}
