import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import type { Debuggee, DebuggeeEvent } from '../debuggee/debuggee';
import { isEnding, phases } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import { firstOf } from '../debuggee/thread';
import { countPages, PageState, pageStateNames } from '../protocol/page-states';
import { deadlockText, deadlockTitle } from '../session/deadlock';
import { ConsoleLines } from './console-lines';
import { type Environment, type ExitCode, exitCode, type Progress } from './environment';
import { type End, goOn, letGoOn, runState } from './going-on';
import { mapLegend, mapText } from './page-map-text';
import { type Typing, typeInto } from './typing';
import { clockText, durationText } from './virtual-time';

export interface RunOptions {
  /** What runs, in words. */
  readonly title: string;
  /** What must come for the snapshot to begin, in words. */
  readonly beginning: string;
  /** A machine that was saved while it stood still goes on. */
  readonly cont: boolean;
  /** Of virtual time, from the first instruction or the restored instant on. */
  readonly timeoutNs: number | undefined;
  /** As in `TypingOptions`. */
  readonly input: string | undefined;
  /** At the end, before the debuggee goes. */
  readonly atEnd: (() => Promise<void>) | undefined;
}

/**
 * A session in the terminal: runs a guest through its snapshot, stopping at each phase and at the first write fault as a
 * debugger would, and prints what a debugger would show, with the lines of the guest's console in between. Disposes of the
 * debuggee.
 */
export async function run(environment: Environment, debuggee: Debuggee, options: RunOptions): Promise<ExitCode> {
  const session = new Session(environment, debuggee, options);
  let result: ExitCode;
  try {
    result = await session.run();
    await options.atEnd?.();
  } finally {
    session.stop();
    await debuggee.dispose();
  }
  for (const { text } of session.endings) environment.say(`\n${text}`);
  const isGood = session.endings.every(({ severity }) => severity === 'info');
  return result === exitCode.good && !isGood ? exitCode.different : result;
}

class Session {
  readonly endings: (DebuggeeEvent & { kind: 'message' })[] = [];
  readonly #console: ConsoleLines;
  readonly #progress: Progress;
  #typing: Typing | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly debuggee: Debuggee,
    private readonly options: RunOptions,
  ) {
    this.#progress = environment.progress('pages saved');
    this.#console = new ConsoleLines((line) => this.#say(guestLine(line)));
    debuggee.onEvent((event) => {
      if (event.kind === 'console') this.#console.write(event.bytes);
      if (event.kind !== 'message') return;
      // Before the snapshot, good news is of the machine: where it was restored from.
      if (event.severity === 'info' && debuggee.status().phase === 'none') this.#say(`${event.text}\n`);
      else this.endings.push(event);
    });
  }

  async run(): Promise<ExitCode> {
    const { environment, debuggee, options } = this;
    const [{ block, states }] = debuggee.pages.blocks;
    this.#say(`${options.title} with ${block.pageCount} pages of RAM at ${block.address}, frozen while it runs:\n`);
    if (options.cont) await letGoOn(debuggee);
    this.#typing = typeInto(debuggee, environment, { from: options.input, takesPipe: false });
    const found = await this.#stopByStop(this.#typing);
    this.#console.end();
    if (found) {
      this.#say(`\n${found.text}`);
      return found.code;
    }
    const mainLoop = firstOf('main-loop', debuggee.threads());
    while (!this.#hasEnded) await debuggee.run({ kind: 'step', thread: mainLoop, depth: 'into' });
    this.#say(`\n${mapText(states)}`);
    return exitCode.good;
  }

  stop(): void {
    this.#typing?.stop();
    this.#progress.end();
  }

  get #hasEnded(): boolean {
    return this.endings.length > 0;
  }

  #say(text: string): void {
    this.#progress.end();
    this.environment.say(text);
  }

  /** Undefined when the snapshot has come to its end before the run did. */
  async #stopByStop(typing: Typing): Promise<Problem | undefined> {
    const { debuggee } = this;
    const [{ states }] = debuggee.pages.blocks;
    const { timeoutNs } = this.options;
    const untilNs = timeoutNs === undefined ? undefined : debuggee.status().timeNs + timeoutNs;
    const breakpoints = { ...everyPhase(), writeFaults: [{ id: 0 }], lines: [halfway(debuggee)] };
    debuggee.setBreakpoints(breakpoints);
    this.#say(tableHead());
    for (let isOver = false; !isOver && !this.#hasEnded; ) {
      const stop = await this.#watched(typing, untilNs);
      if (stop.reason === 'idle') return this.#idle();
      if (stop.reason === 'timeout' || stop.reason === 'left') return this.#without(stop.reason);
      this.#say(tableRow(debuggee.status().timeNs, describe(stop), states));
      switch (stop.reason) {
        case 'write-fault':
          breakpoints.writeFaults = [];
          debuggee.setBreakpoints(breakpoints);
          break;
        case 'breakpoint':
          breakpoints.lines = [];
          debuggee.setBreakpoints(breakpoints);
          this.#say(`\n${mapText(states)}\n\n${mapLegend()}\n`);
          break;
        case 'phase':
          isOver = isEnding(stop.phase);
          break;
        case 'deadlock':
          return ended(`:\n${deadlockText(stop.waits)}`);
        default:
          return ended('.');
      }
    }
    return undefined;
  }

  /** Runs to the next stop; shows meanwhile what it waits for, or how many pages are saved. */
  async #watched(typing: Typing, untilNs: number | undefined): Promise<End> {
    const look = this.environment.every(200, () => this.#showProgress());
    try {
      return await goOn(this.debuggee, typing, untilNs);
    } finally {
      look.stop();
      this.#progress.end();
    }
  }

  #showProgress(): void {
    const { timeNs, hostWork } = this.debuggee.status();
    const [{ states }] = this.debuggee.pages.blocks;
    if (hostWork) this.#progress.tell(`${hostWork.what}, ${Math.floor(hostWork.share * 100)} %`);
    else if (this.#hasBegun) this.#progress.at(savedCount(states), states.length);
    else this.#progress.tell(`${clockText(timeNs)}: waiting for ${this.options.beginning}  ${this.#console.last}`);
  }

  get #hasBegun(): boolean {
    return this.debuggee.status().phase !== 'none';
  }

  /** How far it has come, in words. */
  get #state(): string {
    const [{ states }] = this.debuggee.pages.blocks;
    if (!this.#hasBegun) return `still waiting for ${this.options.beginning}`;
    return `with ${savedCount(states)} of ${states.length} pages saved`;
  }

  #without(why: 'timeout' | 'left'): Problem {
    if (why === 'left') return problem(`Ended by Ctrl-A X, ${this.#state}. No snapshot was written.`);
    const time = durationText(this.options.timeoutNs!);
    return problem(
      `Timed out after ${time} of virtual time, ${this.#state}. No snapshot was written.`,
      exitCode.timedOut,
    );
  }

  /** Nothing happens any more. */
  async #idle(): Promise<Problem> {
    const state = await runState(this.debuggee);
    if (state !== 'running') return problem(`The machine is ${state}: resume it with \`--cont\`.`);
    return problem(`The guest sleeps, ${this.#state}, and no input is left to wake it: give some with \`--input\`.`);
  }
}

/** Why there is no snapshot. */
interface Problem {
  readonly text: string;
  readonly code: ExitCode;
}

function problem(text: string, code: ExitCode = exitCode.different): Problem {
  return { text, code };
}

function ended(how: string): Problem {
  return problem(`The run ended before its snapshot did${how}`);
}

function savedCount(states: Uint8Array): number {
  const counts = countPages(states);
  return states.length - counts[PageState.Untracked]! - counts[PageState.Protected]! - counts[PageState.Faulting]!;
}

function everyPhase(): Breakpoints {
  return { ...noBreakpoints, phases: phases.map(({ id }, index) => ({ id: index, phase: id })) };
}

/** The line of the linear scan, when half of the pages have been sent: the page map is at its most telling. */
function halfway({ sources, pages }: Debuggee): Breakpoints['lines'][number] {
  const file = 'ram.ts';
  const lines = sources.get(file)?.split('\n') ?? [];
  const line = lines.findIndex((text) => text.includes("'find_dirty_block'")) + 1;
  const half = BigInt(pages.blocks[0].states.length >> 1);
  return { id: 1, file, line, condition: (names) => (names.lookup('pagesLeft') as bigint) <= half };
}

/** What the guest has printed, beside the column of times. */
export function guestLine(line: string): string {
  return `${'guest'.padStart(timeWidth)}  ${line}`.trimEnd();
}

export function describe(stop: Stop): string {
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

/** Of the column with the virtual time. */
const timeWidth = 14;
const stopWidth = 44;

function tableHead(): string {
  const names = pageStateNames.map((name) => name.replace('copied ', '').padStart(columnWidth(name)));
  return `${'virtual time'.padStart(timeWidth)}  ${'about to begin'.padEnd(stopWidth)}${names.join('')}`;
}

function tableRow(timeNs: number, what: string, states: Uint8Array): string {
  const counts = countPages(states);
  const cells = pageStateNames.map((name, state) => String(counts[state]).padStart(columnWidth(name)));
  return `${(timeNs / 1e6).toFixed(4).padStart(timeWidth - 3)} ms  ${what.padEnd(stopWidth)}${cells.join('')}`;
}

function columnWidth(name: string): number {
  return Math.max(name.replace('copied ', '').length, 6) + 2;
}
