import type { RunToNextArguments } from '../../debug-adapter/protocol/messages';
import { customRequest } from './custom-requests';
import { inSession } from './in-session';

/** Command `freezeframe.takeSnapshot`: the session in front begins a snapshot, running or stopped. */
export function takeSnapshot(): Promise<void> {
  return inSession('there is no guest to snapshot', (session) =>
    customRequest(session, 'freezeframe.takeSnapshot', {}),
  );
}

/** Command `freezeframe.cancelSnapshot`: the session in front gives up the snapshot under way. */
export function cancelSnapshot(): Promise<void> {
  return inSession('there is no snapshot to cancel', (session) =>
    customRequest(session, 'freezeframe.cancelSnapshot', {}),
  );
}

/** Commands `freezeframe.runToNextPhase` and `freezeframe.runToNextWriteFault`. */
export function runToNext(event: RunToNextArguments['event']): Promise<void> {
  return inSession('there is nothing to run', (session) => customRequest(session, 'freezeframe.runToNext', { event }));
}
