import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import type { Debuggee, DebuggeeEvent } from '../debuggee/debuggee';
import { type Phase, phases } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import { countPages, PageState, pageStateNames } from '../protocol/page-states';
import { deadlockText, deadlockTitle } from '../session/deadlock';
import { type Environment, type ExitCode, exitCode } from './environment';
import { mapLegend, mapText } from './page-map-text';

/**
 * A session in the terminal: runs a guest through its snapshot, stopping at each phase and at the first write fault as a
 * debugger would, and prints what a debugger would show. Disposes of the debuggee.
 *
 * @param title what runs, in words
 */
export async function run(environment: Environment, debuggee: Debuggee, title: string): Promise<ExitCode> {
  const endings: (DebuggeeEvent & { kind: 'message' })[] = [];
  debuggee.onEvent((event) => {
    if (event.kind !== 'message') return;
    // Before the snapshot, good news is of the machine: where it was restored from.
    if (event.severity === 'info' && debuggee.status().phase === 'none') environment.say(`${event.text}\n`);
    else endings.push(event);
  });
  const { block } = debuggee.pages;
  environment.say(`${title} with ${block.pageCount} pages of RAM at ${block.address}, frozen while it runs:\n`);
  let isGood: boolean;
  try {
    isGood = await stopByStop(environment, debuggee, () => endings.length > 0);
  } finally {
    await debuggee.dispose();
  }
  for (const { text } of endings) environment.say(`\n${text}`);
  return isGood && endings.every(({ severity }) => severity === 'info') ? exitCode.good : exitCode.different;
}

const lastPhases: readonly Phase[] = ['completed', 'failed', 'cancelled'];

/** False when the run ended before its snapshot did. */
async function stopByStop(environment: Environment, debuggee: Debuggee, hasEnded: () => boolean): Promise<boolean> {
  const { states } = debuggee.pages;
  const breakpoints = { ...everyPhase(), writeFaults: [{ id: 0 }], lines: [halfway(debuggee)] };
  debuggee.setBreakpoints(breakpoints);
  environment.say(tableHead());
  for (let isOver = false; !isOver && !hasEnded(); ) {
    const stop = await watched(environment, debuggee);
    environment.say(tableRow(debuggee.status().timeNs, describe(stop), states));
    switch (stop.reason) {
      case 'write-fault':
        breakpoints.writeFaults = [];
        debuggee.setBreakpoints(breakpoints);
        break;
      case 'breakpoint':
        breakpoints.lines = [];
        debuggee.setBreakpoints(breakpoints);
        environment.say(`\n${mapText(states)}\n\n${mapLegend()}\n`);
        break;
      case 'phase':
        isOver = lastPhases.includes(stop.phase);
        break;
      case 'deadlock':
        environment.say(`\nThe run ended before its snapshot did:\n${deadlockText(stop.waits)}`);
        return false;
      default:
        environment.say('\nThe run ended before its snapshot did.');
        return false;
    }
  }
  while (!hasEnded()) await debuggee.run({ kind: 'step', thread: 'main-loop', depth: 'into' });
  environment.say(`\n${mapText(states)}`);
  return true;
}

/** Runs to the next stop; shows meanwhile how many pages are saved. */
async function watched(environment: Environment, debuggee: Debuggee): Promise<Stop> {
  const { states } = debuggee.pages;
  const progress = environment.progress('pages saved');
  const look = environment.every(200, () => {
    const counts = countPages(states);
    const open = counts[PageState.Untracked]! + counts[PageState.Protected]! + counts[PageState.Faulting]!;
    progress.at(states.length - open, states.length);
  });
  try {
    return await debuggee.run({ kind: 'continue' });
  } finally {
    look.stop();
    progress.end();
  }
}

function everyPhase(): Breakpoints {
  return { ...noBreakpoints, phases: phases.map(({ id }, index) => ({ id: index, phase: id })) };
}

/** The line of the linear scan, when half of the pages have been sent: the page map is at its most telling. */
function halfway({ sources, pages }: Debuggee): Breakpoints['lines'][number] {
  const file = 'ram.ts';
  const lines = sources.get(file)?.split('\n') ?? [];
  const line = lines.findIndex((text) => text.includes("'find_dirty_block'")) + 1;
  const half = BigInt(pages.states.length >> 1);
  return { id: 1, file, line, condition: (names) => (names.lookup('pagesLeft') as bigint) <= half };
}

function describe(stop: Stop): string {
  switch (stop.reason) {
    case 'phase':
      return phases.find(({ id }) => id === stop.phase)!.label;
    case 'write-fault':
      return `First write fault: ${stop.thread}, page 0x${stop.fault.page.toString(16)}`;
    case 'breakpoint':
      return 'Half of the pages are sent';
    case 'guest-error':
      return stop.message;
    case 'exited':
      return `the guest ended with exit code ${stop.exitCode}`;
    case 'deadlock':
      return deadlockTitle(stop.waits);
    default:
      return stop.reason;
  }
}

const stopWidth = 44;
function tableHead(): string {
  const names = pageStateNames.map((name) => name.replace('copied ', '').padStart(columnWidth(name)));
  return `${'virtual time'.padStart(14)}  ${'about to begin'.padEnd(stopWidth)}${names.join('')}`;
}

function tableRow(timeNs: number, what: string, states: Uint8Array): string {
  const counts = countPages(states);
  const cells = pageStateNames.map((name, state) => String(counts[state]).padStart(columnWidth(name)));
  return `${(timeNs / 1e6).toFixed(4).padStart(11)} ms  ${what.padEnd(stopWidth)}${cells.join('')}`;
}

function columnWidth(name: string): number {
  return Math.max(name.replace('copied ', '').length, 6) + 2;
}
