import { noBreakpoints } from '../debuggee/breakpoints';
import type { Debuggee } from '../debuggee/debuggee';
import { type Environment, type ExitCode, exitCode } from './environment';

/**
 * Lets a restored machine run on, its console on ours, until the guest ends or its snapshot would begin. Disposes of
 * the debuggee.
 */
export async function runOn(environment: Environment, debuggee: Debuggee): Promise<ExitCode> {
  debuggee.onEvent((event) => {
    if (event.kind === 'console') environment.write(event.bytes);
    else if (event.kind === 'message') environment.note(event.text);
  });
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 0, phase: 'setup' }] });
  const input = environment.onInput((bytes) => debuggee.consoleInput(bytes));
  try {
    const stop = await debuggee.run({ kind: 'continue' });
    switch (stop.reason) {
      case 'exited':
        environment.note(`The guest ended with exit code ${stop.exitCode}.`);
        return stop.exitCode === 0 ? exitCode.good : exitCode.different;
      case 'guest-error':
        environment.note(stop.message);
        return exitCode.different;
      default:
        environment.note(`Stopped at ${(debuggee.status().timeNs / 1e6).toFixed(3)} ms of virtual time.`);
        return exitCode.good;
    }
  } finally {
    input.stop();
    await debuggee.dispose();
  }
}
