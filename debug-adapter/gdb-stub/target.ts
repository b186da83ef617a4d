import type { BackRequest, Debuggee, RunRequest } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import type { Points } from './points';

/** A debuggee that somebody else may let run, too. What changes it goes through here, so that the others learn of it. */
export interface Target {
  readonly debuggee: Debuggee;
  readonly isRunning: boolean;
  /** Why it stands still, or stood still last. */
  readonly stop: Stop | undefined;
  /** The next stop is told by `GdbStub.onStop`. */
  run(request: RunRequest): void;
  back(request: BackRequest): void;
  pause(): void;
  /** In place of those before, beside those of others. */
  setPoints(points: Points): void;
  /** @throws DebuggeeError as the debuggee's */
  setRegister(thread: ThreadId, name: string, value: bigint): void;
  /** At a virtual address as the thread's hart sees it; without a thread at a physical one. @throws DebuggeeError */
  writeMemory(thread: ThreadId | undefined, address: bigint, bytes: Uint8Array): void;
  monitor(line: string): Promise<string>;
  /** Ends the debuggee, and with it the session. */
  kill(): void;
}
