import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Bench } from './harness';

/** Runs until the guest has printed `expected`, behind what it had printed at `from`. */
export async function runToText({ debuggee, console, printed }: Bench, expected: string, from = 0): Promise<void> {
  debuggee.setBreakpoints(noBreakpoints);
  void printed(expected, from).then(() => debuggee.pause());
  const { reason } = await debuggee.run({ kind: 'continue' });
  assert.equal(reason, 'pause', `never printed ${expected}: ${console().slice(-500)}`);
}

export async function typeLine(run: Bench, text: string, expected: string): Promise<void> {
  const from = run.console().length;
  run.debuggee.consoleInput(new TextEncoder().encode(`${text}\r`));
  await runToText(run, expected, from);
}

/** Until the main loop has cleaned up after the snapshot under way. */
export async function runToEnd({ debuggee }: Bench): Promise<void> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
  await debuggee.run({ kind: 'continue' });
  while (debuggee.isTakingSnapshot) await debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  debuggee.setBreakpoints(noBreakpoints);
}
