import type { Debuggee } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import type { Typing } from './typing';

/** `timeout`: virtual time has come to its limit; `idle`: nothing happens any more, and nobody can type; `left`: by the user. */
export type End = Stop | { readonly reason: 'timeout' } | { readonly reason: 'idle' } | { readonly reason: 'left' };

/** Runs to the next stop, for as long as something may happen. */
export async function goOn(debuggee: Debuggee, typing: Typing, untilNs: number | undefined): Promise<End> {
  for (;;) {
    if (typing.isLeft) return { reason: 'left' };
    const stop = await debuggee.run({ kind: 'continue', untilNs, endsIdle: !typing.isOpen });
    if (stop.reason !== 'pause') return stop;
    if (stop.why) return { reason: stop.why === 'time' ? 'timeout' : 'idle' };
  }
}

/** Resumes a machine that was saved paused or suspended. */
export async function letGoOn(debuggee: Debuggee): Promise<void> {
  const state = await runState(debuggee);
  if (state !== 'running') await debuggee.monitor(state === 'suspended' ? 'system_wakeup' : 'cont');
}

/** `running`, `paused` or `suspended`. */
export async function runState(debuggee: Debuggee): Promise<string> {
  return (await debuggee.monitor('info status')).replace(/^VM status: /, '').trim();
}
