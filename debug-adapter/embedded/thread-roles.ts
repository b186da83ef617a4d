import type { ThreadId, ThreadRole } from '../debuggee/thread';

export const mainLoopId: ThreadId = 'main loop';
export const migrationId: ThreadId = 'migration';

export function roleOf(thread: ThreadId): ThreadRole {
  if (thread === mainLoopId) return 'main-loop';
  return thread === migrationId ? 'migration' : 'hart';
}
