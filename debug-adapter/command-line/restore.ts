import { noBreakpoints } from '../debuggee/breakpoints';
import type { Debuggee } from '../debuggee/debuggee';
import { ConsoleLines } from './console-lines';
import { CommandError, type Environment, type ExitCode, exitCode } from './environment';
import { type End, goOn, letGoOn, runState } from './going-on';
import { typeInto } from './typing';
import { clockText, durationText } from './virtual-time';

export interface RunOnOptions {
  /** The snapshot's name, in words. */
  readonly file: string;
  /** A machine that was saved while it stood still goes on. */
  readonly cont: boolean;
  /** From the snapshot on, in virtual time. */
  readonly timeoutNs: number | undefined;
  /** As in `TypingOptions`. */
  readonly input: string | undefined;
}

/**
 * Lets a restored machine run on, its console on ours, until the guest ends or its snapshot would begin. Disposes of
 * the debuggee.
 */
export async function runOn(environment: Environment, debuggee: Debuggee, options: RunOnOptions): Promise<ExitCode> {
  const { timeoutNs } = options;
  const log = new ConsoleLines(() => {});
  debuggee.onEvent((event) => {
    if (event.kind === 'console') {
      environment.write(event.bytes);
      log.write(event.bytes);
    } else if (event.kind === 'message') environment.note(event.text);
  });
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 0, phase: 'setup' }] });
  let typing: { stop(): void } | undefined;
  const look = showProgress(environment, debuggee, log);
  try {
    if (options.cont) await letGoOn(debuggee);
    else await checkRuns(debuggee, options.file);
    const typed = typeInto(debuggee, environment, { from: options.input, takesPipe: true });
    typing = typed;
    const untilNs = timeoutNs === undefined ? undefined : debuggee.status().timeNs + timeoutNs;
    const end = await goOn(debuggee, typed, untilNs);
    look.stop();
    return tell(environment, debuggee, end, timeoutNs);
  } finally {
    look.stop();
    typing?.stop();
    await debuggee.dispose();
  }
}

/** The guest's console itself shows how far it is, where it is on a terminal. */
function showProgress(environment: Environment, debuggee: Debuggee, log: ConsoleLines): { stop(): void } {
  if (environment.isConsoleSeen) return { stop() {} };
  const progress = environment.progress('');
  const look = environment.every(200, () => progress.tell(`${clockText(debuggee.status().timeNs)}  ${log.last}`));
  return {
    stop() {
      look.stop();
      progress.end();
    },
  };
}

/** @throws CommandError when the machine would stand still for ever */
async function checkRuns(debuggee: Debuggee, file: string): Promise<void> {
  const state = await runState(debuggee);
  if (state === 'running') return;
  throw new CommandError(`${file} was saved while ${state}: resume it with \`--cont\`.`);
}

function tell(environment: Environment, debuggee: Debuggee, end: End, timeoutNs: number | undefined): ExitCode {
  const now = `${(debuggee.status().timeNs / 1e6).toFixed(3)} ms of virtual time`;
  switch (end.reason) {
    case 'exited':
      environment.note(`The guest ended with exit code ${end.exitCode}.`);
      return end.exitCode === 0 ? exitCode.good : exitCode.different;
    case 'guest-error':
      environment.note(end.message);
      return exitCode.different;
    case 'timeout':
      environment.note(`Timed out: the guest was still running after ${durationText(timeoutNs!)} of virtual time.`);
      return exitCode.timedOut;
    case 'idle':
      environment.note(
        `The guest has been asleep since ${now}, and no input is left to wake it: give some with \`--input\`.`,
      );
      return exitCode.good;
    default:
      environment.note(`Stopped after ${now}.`);
      return exitCode.good;
  }
}
