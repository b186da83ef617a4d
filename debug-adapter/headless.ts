import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Breakpoints, noBreakpoints } from './debuggee/breakpoints';
import type { Debuggee, DebuggeeEvent } from './debuggee/debuggee';
import { phases } from './debuggee/phase';
import type { Stop } from './debuggee/stop';
import { launch } from './launch';
import { nodeHost, readResources } from './node-host';
import { mapLegend, mapText } from './page-map-text';
import { countPages, pageStateNames } from './protocol/page-states';
import { deadlockText, deadlockTitle } from './session/deadlock';
import { parseLaunchConfiguration } from './session/launch-configuration';

/**
 * A session in the terminal: runs a launch configuration of a workspace through its snapshot, stopping at each phase and
 * at the first write fault as a debugger would, and prints what a debugger would show.
 *
 *     node dist/headless.js WORKSPACE [CONFIGURATION NAME]
 */
async function main(workspace: string, name: string | undefined): Promise<void> {
  const configuration = parseLaunchConfiguration(readConfiguration(workspace, name));
  const debuggee = await launch(configuration, nodeHost, readResources());
  const endings: (DebuggeeEvent & { kind: 'message' })[] = [];
  debuggee.onEvent((event) => {
    if (event.kind === 'message') endings.push(event);
  });
  const { block } = debuggee.pages;
  const image = configuration.program ?? configuration.bios ?? 'no image';
  say(`${basename(image)} with ${block.pageCount} pages of RAM at ${block.address}, frozen while it runs:\n`);
  try {
    await stopByStop(debuggee, () => endings.length > 0);
  } finally {
    await debuggee.dispose();
  }
  for (const { severity, text } of endings) {
    say(`\n${text}`);
    if (severity === 'error') process.exitCode = 1;
  }
}

async function stopByStop(debuggee: Debuggee, hasEnded: () => boolean): Promise<void> {
  const { states } = debuggee.pages;
  const breakpoints = { ...everyPhase(), writeFaults: [{ id: 0 }], lines: [halfway(debuggee)] };
  debuggee.setBreakpoints(breakpoints);
  say(tableHead());
  for (let isOver = false; !isOver; ) {
    const stop = await debuggee.run({ kind: 'continue' });
    say(tableRow(debuggee.status().timeNs, describe(stop), states));
    switch (stop.reason) {
      case 'write-fault':
        breakpoints.writeFaults = [];
        debuggee.setBreakpoints(breakpoints);
        break;
      case 'breakpoint':
        breakpoints.lines = [];
        debuggee.setBreakpoints(breakpoints);
        say(`\n${mapText(states)}\n\n${mapLegend()}\n`);
        break;
      case 'phase':
        isOver = stop.phase === 'completed' || stop.phase === 'failed';
        break;
      default:
        throw new Error(`The run ended before its snapshot did. ${describe(stop)}`);
    }
  }
  while (!hasEnded()) await debuggee.run({ kind: 'step', thread: 'main-loop', depth: 'into' });
  say(`\n${mapText(states)}`);
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
      return `${deadlockTitle(stop.waits)}\n${deadlockText(stop.waits)}`;
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

/** One configuration of the workspace's launch.json, the first unless named. */
function readConfiguration(workspace: string, name: string | undefined): unknown {
  const file = join(workspace, '.vscode/launch.json');
  const text = readFileSync(file, 'utf8').replaceAll('${workspaceFolder}', resolve(workspace).replaceAll('\\', '/'));
  const { configurations } = JSON.parse(text) as { configurations: { name: string }[] };
  const found = name === undefined ? configurations[0] : configurations.find((candidate) => candidate.name === name);
  if (found) return found;
  const names = configurations.map((configuration) => `"${configuration.name}"`).join(', ');
  throw new Error(`${file} has no configuration "${name}". It has ${names}.`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv[2] ?? '.', process.argv[3]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
