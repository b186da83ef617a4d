import type { Routine } from '../simulation/actions';
import type { Capabilities } from './capabilities';
import { Precopy } from './precopy';
import { migrationThread } from './precopy-thread';
import type { Snapshot } from './snapshot';
import { writeTrackingThread } from './write-tracking-thread';

/** A way to take a snapshot: the body of its migration thread, and the function's name as a stack frame shows it. */
export interface Algorithm {
  readonly frame: string;
  readonly thread: (snapshot: Snapshot) => Routine;
  /** The instant whose machine the stream shows. At the start: each page is sent once. At the end: the last copy counts. */
  readonly shows: 'start' | 'end';
}

type AlgorithmName = 'background-snapshot' | 'track-writes-ram' | 'precopy';

/** By the capability that selects it; with neither of the two, RAM is sent as for a migration. */
const algorithms: { readonly [Name in AlgorithmName]?: Algorithm } = {
  'background-snapshot': { frame: 'writeTrackingThread', thread: writeTrackingThread, shows: 'start' },
  precopy: { frame: 'migrationThread', thread: precopyThread, shows: 'end' },
};

/** Undefined when there is none yet. */
export function algorithmFor(capabilities: Capabilities): Algorithm | undefined {
  if (capabilities.has('background-snapshot')) return algorithms['background-snapshot'];
  return algorithms[capabilities.has('track-writes-ram') ? 'track-writes-ram' : 'precopy'];
}

function precopyThread(s: Snapshot): Routine {
  s.precopy = new Precopy(s);
  return migrationThread(s.precopy);
}
