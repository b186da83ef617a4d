import { type Names, noBreakpoints } from '../debuggee/breakpoints';
import { type BackRequest, type Debuggee, DebuggeeError, type Place } from '../debuggee/debuggee';
import { whole } from '../debuggee/pieces';
import type { ThreadId } from '../debuggee/thread';
import type { Past } from './past';

/** How many actions of a thread, or instructions at most, are looked through at a time. */
const windowSize = 256;
/** Of a call instruction, compressed or not. */
const callByteCounts = [4n, 2n];
const instructionByteCountMax = 4;
/** Causes of interrupts that a vectored tvec tells apart. */
const vectorCount = 16;

/** An instruction boundary of a hart. */
interface Boundary {
  readonly pc: bigint;
  readonly sp: bigint;
  readonly progress: number;
}

/** The instruction that a hart was about to execute at one. */
interface Instruction extends Boundary {
  readonly text: string;
}

/**
 * Where a step back leads, from where a debuggee stands.
 *
 * @returns undefined when interrupted
 * @throws DebuggeeError when nobody knows what has called the frame that is to be left
 */
export async function placeOfStep(
  debuggee: Debuggee,
  { thread, depth, unit }: BackRequest & { kind: 'step' },
  past: Past,
): Promise<Place | undefined> {
  const info = debuggee.threads().find(({ id }) => id === thread);
  const { events } = debuggee.status().instant;
  // It has done nothing yet: others have.
  if (!info || info.progress === 0) return { instant: { events: Math.max(0, events - 1), threads: [] } };
  const { progress } = info;
  const here = { pc: register(debuggee, thread, 'pc'), sp: register(debuggee, thread, 'sp'), progress };
  const instructions = new Instructions(thread, past);
  const isByLine = info.role === 'hart' && unit === 'line' && depth !== 'out';
  if (isByLine) return lineBefore(debuggee, { kind: 'step', thread, depth }, here, instructions);
  if (depth === 'into') return { thread, progress: progress - 1 };
  if (info.role !== 'hart') {
    const depthMax = debuggee.stack(thread).length - (depth === 'out' ? 1 : 0);
    return lastAction(thread, progress, depthMax, past);
  }
  if (depth === 'out') return caller(debuggee, thread, here, past);
  const before = await beforeCall(debuggee, here, instructions);
  return before && { thread, progress: before.progress };
}

/** The last action of a VMM thread before now whose frame is no deeper; if there is none, the last of all. */
async function lastAction(
  thread: ThreadId,
  progress: number,
  depthMax: number,
  past: Past,
): Promise<Place | undefined> {
  for (let first = progress; first > 0; ) {
    const end = first;
    first = Math.max(0, first - windowSize);
    let found: number | undefined;
    const arrived = await past.search({ thread, progress: first }, async (run) => {
      let stop = await run.runTo({ thread, progress: first });
      for (let at = first; stop && at < end; at++) {
        if (run.debuggee.stack(thread).length <= depthMax) found = at;
        stop = await run.runTo({ thread, progress: at + 1 });
      }
      return stop;
    });
    if (!arrived) return undefined;
    if (found !== undefined) return { thread, progress: found };
  }
  return { thread, progress: progress - 1 };
}

/** The instruction before; if that has returned from a callee, the call; if from a trap, what was before the trap. */
async function beforeCall(
  debuggee: Debuggee,
  here: Boundary,
  instructions: Instructions,
): Promise<Instruction | undefined> {
  const { thread, past } = instructions;
  for (let at = here; ; ) {
    const before = await instructions.at(at.progress - 1);
    if (!before) return undefined;
    const [, returned, mode] = /^(([ms]?)ret)\b/.exec(before.text) ?? [];
    if (returned === undefined) return before;
    const found = await lastAt(thread, mode ? trapOf(debuggee, thread, mode, at) : callOf(at), at.progress - 1, past);
    if (!found) return undefined;
    if (found.progress < 0) return before;
    if (found.pc !== at.pc) return instructions.at(found.progress);
    // The trap came between two instructions, of which the first has retired.
    at = { ...at, progress: found.progress };
  }
}

/**
 * Where the line began that the hart was in before this instruction: this line, or the one before. `into`: also of what
 * it called, if the lines of that are known.
 */
async function lineBefore(
  debuggee: Debuggee,
  { thread, depth }: BackRequest & { kind: 'step' },
  here: Boundary,
  instructions: Instructions,
): Promise<Place | undefined> {
  const { guestSource } = debuggee;
  const lineOf = ({ pc }: Boundary): string | undefined => {
    const place = guestSource.lineAt(pc);
    return place && `${place.path}:${place.line}`;
  };
  const last = depth === 'into' ? await instructions.at(here.progress - 1) : undefined;
  const isInto = last?.text === 'ret' && lineOf(last) !== undefined;
  let first = isInto ? last : await beforeCall(debuggee, here, instructions);
  if (!first) return undefined;
  const line = lineOf(first);
  while (line !== undefined && first.progress > 0) {
    const before = await beforeCall(debuggee, first, instructions);
    if (!before) return undefined;
    if (lineOf(before) !== line || hasCalled(before, first)) break;
    first = before;
  }
  return { thread, progress: first.progress };
}

/** A call has led from one to the other. */
function hasCalled({ text, pc }: Instruction, next: Boundary): boolean {
  return /^jalr?\b/.test(text) && !callByteCounts.includes(next.pc - pc);
}

/** What has called the frame, or where the trap came that its handler serves. */
async function caller(
  debuggee: Debuggee,
  thread: ThreadId,
  { sp, progress }: Boundary,
  past: Past,
): Promise<Place | undefined> {
  const stack = debuggee.stack(thread);
  const [, outer, trapped] = stack.slice(stack.findIndex((each) => each.kind !== 'guest' || !each.isInlined));
  const isTrap = outer?.kind === 'trap';
  const frame = isTrap ? trapped : outer;
  if (frame?.kind !== 'guest') throw noCaller();
  const { pc } = frame;
  // A handler has a stack of its own.
  const addresses = isTrap ? [pc] : callByteCounts.map((count) => pc - count);
  const stands = (names: Names) => (isTrap || (names.lookup('sp') as bigint) >= sp ? pc : undefined);
  const found = await lastAt(thread, { addresses, stands }, progress, past);
  if (found && found.progress < 0) throw noCaller();
  return found && { thread, progress: found.progress };
}

/** Addresses at which a hart may have stood, and in which case it has: where it had come from. */
interface Site {
  readonly addresses: readonly bigint[];
  readonly stands: (names: Names) => bigint | undefined;
}

/** The call that has returned to a place. */
function callOf({ pc, sp }: Boundary): Site {
  return {
    addresses: callByteCounts.map((count) => pc - count),
    stands: (names) => (names.lookup('sp') === sp ? (names.lookup('pc') as bigint) : undefined),
  };
}

/** The trap that has returned to a place, or past the instruction before it: the first instruction of its handler. */
function trapOf(debuggee: Debuggee, thread: ThreadId, mode: string, { pc, sp }: Boundary): Site {
  const tvec = register(debuggee, thread, `${mode}tvec`);
  const vectors = (tvec & 3n) === 1n ? Array.from({ length: vectorCount }, (_, cause) => BigInt(cause) * 4n) : [0n];
  const origins = [0n, ...callByteCounts].map((count) => pc - count);
  return {
    addresses: vectors.map((offset) => (tvec & ~3n) + offset),
    stands: (names) => {
      const epc = names.lookup(`${mode}epc`) as bigint;
      return names.lookup('sp') === sp && origins.includes(epc) ? epc : undefined;
    },
  };
}

/** Where a hart stood last before `end`. @returns a progress of -1 where it never did; undefined when interrupted */
async function lastAt(
  thread: ThreadId,
  { addresses, stands }: Site,
  end: number,
  past: Past,
): Promise<{ readonly progress: number; readonly pc: bigint } | undefined> {
  const wanted = addresses.map((address) => ({ id: 0, address }));
  const at = { ...noBreakpoints, addresses: wanted };
  const found = await past.backwards({ thread, progress: end }, at, async ({ begin, end: to }) => {
    const run = await begin();
    let last: { progress: number; pc: bigint } | undefined;
    const condition = (names: Names): false => {
      const pc = names.lookup('thread') === thread ? stands(names) : undefined;
      if (pc !== undefined) last = { progress: progressOf(run.debuggee, thread), pc };
      return false;
    };
    run.debuggee.setBreakpoints({ ...at, addresses: wanted.map((each) => ({ ...each, condition })) });
    if (!(await run.runTo(to))) return undefined;
    return last ?? 'nothing';
  });
  return found === 'nothing' ? { progress: -1, pc: 0n } : found;
}

/** Instructions that a hart has executed. A line may be a loop: who asks for one after the other gets ever more at a time. */
class Instructions {
  readonly #known = new Map<number, Instruction>();
  readonly #texts = new Map<string, string>();
  #count = 1;

  constructor(
    readonly thread: ThreadId,
    readonly past: Past,
  ) {}

  /** @returns undefined when interrupted */
  async at(progress: number): Promise<Instruction | undefined> {
    if (!this.#known.has(progress)) {
      const first = Math.max(0, progress + 1 - this.#count);
      this.#count = Math.min(2 * this.#count, windowSize);
      if (!(await this.#look(first, progress))) return undefined;
    }
    return this.#known.get(progress);
  }

  #look(first: number, last: number): Promise<unknown> {
    const { thread } = this;
    return this.past.search({ thread, progress: first }, async (run) => {
      for (let progress = first; progress <= last; progress++) {
        if (!(await run.runTo({ thread, progress }))) return undefined;
        const [pc, sp] = [register(run.debuggee, thread, 'pc'), register(run.debuggee, thread, 'sp')];
        this.#known.set(progress, { pc, sp, progress, text: this.#textAt(run.debuggee, pc) });
      }
      return true;
    });
  }

  /** A loop has few: the same bytes at the same place are shown once. */
  #textAt(debuggee: Debuggee, pc: bigint): string {
    const { thread } = this;
    const key = `${pc} ${debuggee.readMemory(thread, pc, instructionByteCountMax)}`;
    let text = this.#texts.get(key);
    if (text === undefined) {
      // Code is shown as the page tables of the hart have it whose stack was asked for last.
      debuggee.stack(thread);
      text = whole(debuggee.disassemble(pc, 0, 1))[0]!.text;
      this.#texts.set(key, text);
    }
    return text;
  }
}

function register(debuggee: Debuggee, thread: ThreadId, name: string): bigint {
  return debuggee.names(thread).lookup(name) as bigint;
}

function progressOf(debuggee: Debuggee, thread: ThreadId): number {
  return debuggee.threads().find(({ id }) => id === thread)!.progress;
}

function noCaller(): DebuggeeError {
  return new DebuggeeError('no-caller', 'Cannot step back out: the caller of this frame is not known.');
}
