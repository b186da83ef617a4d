import type { CodeLine, DebugInfo } from '../dwarf/debug-info';
import type { HartStop } from '../emulator/core/guest-harts';
import { byteCountOf } from '../emulator/isa/instructions';
import type { HartActor } from '../emulator/machine/hart-actor';
import type { Machine } from '../emulator/machine/machine';
import { isCall } from '../unwinding/calls';
import { debugInfoOf } from './debug-info';
import { functionEntry } from './function-entry';
import { readVirtual } from './guest-memory';
import { hartFrames, innermostFrame } from './hart-stack';
import { HartStep, type StepDepth } from './hart-step';

const stackPointer = 2;
/** Of a deep stack, only so many frames are watched for. */
const outerFrameCountMax = 32;

/** A caller, where it goes on. */
interface Caller {
  readonly pc: bigint;
  readonly sp: bigint | undefined;
}

/**
 * A step by lines of the source: steps by instruction, until one leads to the first instruction of another line. What is
 * called is stepped over, or into, to behind its prologue; traps are always stepped over. Whoever returns to a caller is
 * there, in the midst of a line.
 */
export class LineStep {
  readonly #info: DebugInfo;
  #inner: HartStep;
  #hart: HartActor;
  /** Undefined: it is a step of a hart as any, for there is no line to leave. */
  #line: CodeLine | undefined;
  /** Of the functions it began in, innermost first. */
  #functions: readonly string[] = [];
  #callers: readonly Caller[] = [];
  /** Where a callee has made its frame. */
  #body: bigint | undefined;
  /** The instruction behind a call that is stepped into, and how many had retired before. */
  #call: { readonly next: bigint; readonly retired: number } | undefined;
  /** What has been stepped into is left at once: nobody knows its lines, or it is a trap's handler. */
  #isToLeave = false;

  /** @throws DebuggeeError when nobody knows what to step out to */
  constructor(
    private readonly machine: Machine,
    hart: HartActor,
    private readonly depth: StepDepth,
    private readonly onStage: () => void,
  ) {
    this.#info = debugInfoOf(machine);
    this.#hart = hart;
    const pc = machine.core.pc.get(hart.index);
    const line = this.#info.lineAt(pc);
    const isOutOfInlined = depth === 'out' && this.#info.functionsAt(pc)[0]?.isInlined === true;
    if (line && (depth !== 'out' || isOutOfInlined)) this.#beginLine(line);
    this.#inner = this.#line ? this.#step() : new HartStep(machine, hart, depth, onStage);
  }

  get addresses(): readonly bigint[] {
    // While it is made there is none.
    return (this.#inner as HartStep | undefined)?.addresses ?? [];
  }

  instructionCountMax(hart: HartActor): number {
    return this.#inner.instructionCountMax(hart);
  }

  /** After a turn of a hart. @returns true: the step has ended, with this hart */
  hasEnded(hart: HartActor, stop: HartStop | undefined): boolean {
    if (!this.#inner.hasEnded(hart, stop)) return false;
    if (!this.#line) return true;
    this.#hart = hart;
    if (this.#isDone()) return true;
    this.#inner = this.#isToLeave ? new HartStep(this.machine, hart, 'out', this.onStage) : this.#step();
    this.#isToLeave = false;
    this.onStage();
    return false;
  }

  #beginLine(line: CodeLine): void {
    const [{ pc }, ...callers] = hartFrames(this.machine, this.#hart.index) as [Caller, ...HartFrames];
    this.#line = line;
    this.#functions = this.#functionsAt(pc);
    this.#callers = callers.slice(0, outerFrameCountMax).map((frame) => ({ pc: frame.pc, sp: frame.x[stackPointer] }));
  }

  /** The next instruction, with what it calls unless that is to be stepped into. */
  #step(): HartStep {
    const { pc } = innermostFrame(this.machine, this.#hart.index);
    const word = this.#wordAt(pc);
    if (this.#isBeforeEntry(pc)) return new HartStep(this.machine, this.#hart, 'over', this.onStage);
    const isInto = this.depth === 'into' && isCall(word);
    const { instructionCount: retired } = this.#hart;
    this.#call = isInto ? { next: pc + BigInt(byteCountOf(word)), retired } : undefined;
    return new HartStep(this.machine, this.#hart, isInto ? 'into' : 'over', this.onStage);
  }

  #isDone(): boolean {
    const { pc, x } = innermostFrame(this.machine, this.#hart.index);
    if (this.#callers.some((caller) => caller.pc === pc && caller.sp === x[stackPointer])) return true;
    if (this.#isBeforeEntry(pc)) return false;
    const line = this.#info.lineAt(pc);
    if (this.#call && pc !== this.#call.next) return this.#hasEntered(pc, line, this.#call.retired);
    if (pc === this.#body || !line) return true;
    if (this.depth === 'out') return !this.#functionsAt(pc).includes(this.#functions[0]!);
    return this.#begins(line, pc) && !(this.depth === 'over' && this.#isInlinedAt(pc));
  }

  /** Into a function: on to its body; or out of it again. */
  #hasEntered(pc: bigint, line: CodeLine | undefined, retiredBefore: number): boolean {
    this.#call = undefined;
    if (line && this.#hart.instructionCount > retiredBefore) {
      this.#beginLine(line);
      this.#body = this.#info.bodyOf(pc);
      return this.#body === undefined || this.#body === pc;
    }
    const [, caller] = hartFrames(this.machine, this.#hart.index);
    this.#isToLeave = true;
    return caller === undefined;
  }

  /** In what a function that is stepped into leaves room for. */
  #isBeforeEntry(pc: bigint): boolean {
    return this.#call !== undefined && pc !== this.#call.next && functionEntry(this.machine, pc) !== pc;
  }

  #begins({ path, line, start, isStatement }: CodeLine, pc: bigint): boolean {
    return start === pc && isStatement && (line !== this.#line!.line || path !== this.#line!.path);
  }

  /** Within what is inlined into the function that the step began in. */
  #isInlinedAt(pc: bigint): boolean {
    const functions = this.#functionsAt(pc);
    const depth = functions.length - this.#functions.length;
    return depth > 0 && this.#functions.every((key, index) => functions[depth + index] === key);
  }

  #functionsAt(pc: bigint): string[] {
    return this.#info.functionsAt(pc).map(({ key }) => key);
  }

  #wordAt(pc: bigint): number {
    const word = new Uint8Array(4);
    word.set(readVirtual(this.machine, this.#hart.index, pc, 4));
    return new DataView(word.buffer).getInt32(0, true);
  }
}

type HartFrames = ReturnType<typeof hartFrames>;
