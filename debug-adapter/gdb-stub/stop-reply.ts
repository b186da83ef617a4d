import type { Stop } from '../debuggee/stop';
import { hexOfText } from './hex';
import { type Point, watchText } from './points';

/** gdb's numbers of signals. */
const sigint = '02';
const sigtrap = '05';
const sigsegv = '0b';

/** What is known of a stop besides its reason. */
export interface StopDetails {
  /** In words, where gdb has none for it. */
  readonly text?: string | undefined;
  /** A watchpoint of gdb's has been hit. */
  readonly watchpoint?: Point | undefined;
  /** Nothing runs after this. */
  readonly isOver?: boolean;
  /** The run has gone back as far as there is something. */
  readonly isBeginning?: boolean;
}

/** `T`, or `W` at the end (gdb manual, "Stop Reply Packets"). @param thread that it is about, as gdb numbers threads */
export function stopReply(stop: Stop, thread: number, details: StopDetails): string {
  if (stop.reason === 'exited' && details.isOver) return `W${(stop.exitCode & 0xff).toString(16).padStart(2, '0')}`;
  const why = details.watchpoint ? watchText(details.watchpoint) : '';
  const ofHistory = details.isBeginning ? 'replaylog:begin;' : '';
  return `T${signalOf(stop)}thread:${thread.toString(16)};${why}${ofHistory}`;
}

/** Text for gdb to show before the stop, in packets of so many digits at most. */
export function shownText(text: string, digitsMax: number): string[] {
  const digits = hexOfText(text);
  return Array.from(
    { length: Math.ceil(digits.length / digitsMax) },
    (_, index) => `O${digits.slice(index * digitsMax, (index + 1) * digitsMax)}`,
  );
}

function signalOf({ reason }: Stop): string {
  if (reason === 'pause') return sigint;
  return reason === 'guest-error' ? sigsegv : sigtrap;
}
