import type { Debuggee } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import { deadlockText } from '../session/deadlock';
import { ConsoleLines } from './console-lines';
import { type Environment, type ExitCode, exitCode } from './environment';
import { describe, guestLine } from './run';
import { clockText } from './virtual-time';

/** Makes a recorded run again and says whether it is the same. Disposes of the debuggee. */
export async function replay(environment: Environment, debuggee: Debuggee): Promise<ExitCode> {
  const lines = new ConsoleLines((line) => environment.say(guestLine(line)));
  let isSame = false;
  debuggee.onEvent((event) => {
    if (event.kind === 'console') lines.write(event.bytes);
    else if (event.kind === 'message') environment.say(`\n${event.text}`);
    else if (event.kind === 'replayed') {
      lines.end();
      ({ isSame } = event);
      environment.say(`\n${event.text}`);
    }
  });
  const progress = environment.progress('');
  const look = environment.every(200, () => progress.tell(clockText(debuggee.status().timeNs)));
  try {
    const stop = await debuggee.history!.back({ kind: 'recorded' });
    look.stop();
    progress.end();
    if (isSame) {
      environment.say(`It ends at ${clockText(debuggee.status().timeNs)}${endInWords(stop)}`);
      for (const { name, timeNs } of debuggee.history!.marks) environment.say(`Mark ${name}: ${clockText(timeNs)}`);
    }
    return isSame ? exitCode.good : exitCode.different;
  } finally {
    look.stop();
    progress.end();
    await debuggee.dispose();
  }
}

function endInWords(stop: Stop): string {
  if (stop.reason === 'pause') return '.';
  const waits = stop.reason === 'deadlock' ? `\n${deadlockText(stop.waits)}` : '';
  return `: ${describe(stop)}${waits}`;
}
