import { DebuggeeError } from '../debuggee/debuggee';
import type { HartStop } from '../emulator/core/guest-harts';
import { csrNumbers } from '../emulator/isa/csrs';
import { byteCountOf } from '../emulator/isa/instructions';
import type { HartActor } from '../emulator/machine/hart-actor';
import type { Machine } from '../emulator/machine/machine';
import { isCall } from '../unwinding/calls';
import type { HartFrame } from '../unwinding/frame';
import { readVirtual } from './guest-memory';
import { hartFrames, innermostFrame } from './hart-stack';

export type StepDepth = 'into' | 'over' | 'out';

const stackPointer = 2;
const userMode = 0;
const { satp, stvec, mtvec } = csrNumbers;
/** Causes of interrupts that a vectored mtvec or stvec tells apart. */
const vectorCount = 16;
/** Of a deep stack, only so many frames are watched for. */
const outerFrameCountMax = 32;

/**
 * Where a step may end: at an address in one frame of one stack, which its stack pointer tells, and the page tables where
 * several processes have it. On whichever hart the guest's scheduler has it go on.
 */
interface Landing {
  readonly pc: bigint;
  readonly sp: bigint;
  readonly privilege: number;
  readonly satp: bigint | undefined;
  /** The instruction that is stepped over has yet to be executed. */
  readonly isRetry: boolean;
}

/**
 * A step of a hart, in stages:
 *
 *   instruction   it executes one, or takes a trap instead
 *   away          it is in what that has led to, a callee or a handler, until it lands
 *   asleep        the instruction was a WFI: until something wakes it
 */
export class HartStep {
  #stage: 'instruction' | 'away' | 'asleep' = 'instruction';
  #hart: HartActor;
  /** Where the instruction stands, or the one behind the WFI. */
  #before: HartFrame;
  #next = 0n;
  #isCall = false;
  #retiredBefore = 0;
  #landings: readonly Landing[] = [];

  /**
   * @param onStage other addresses matter now
   * @throws DebuggeeError when nobody knows what to step out to
   */
  constructor(
    private readonly machine: Machine,
    hart: HartActor,
    private readonly depth: StepDepth,
    private readonly onStage: () => void,
  ) {
    this.#hart = hart;
    this.#before = innermostFrame(machine, hart.index);
    if (depth === 'out') this.#leave(this.#outerLandings(1));
    else if (hart.isAsleep) this.#stage = 'asleep';
    else this.#begin(hart);
    if (this.#stage === 'away' && this.#landings.length === 0) {
      throw new DebuggeeError(
        'no-caller',
        'Cannot step out: the caller of this frame is not known. Set a breakpoint where it returns to.',
      );
    }
  }

  /** Where harts have to stop for it. */
  get addresses(): readonly bigint[] {
    if (this.#stage === 'away') return this.#landings.map(({ pc }) => pc);
    const { pc } = this.#before;
    return this.#stage === 'asleep' ? [...this.#vectors, pc] : this.#vectors.filter((vector) => vector !== pc);
  }

  /** That a hart may execute at a stretch. */
  instructionCountMax(hart: HartActor): number {
    return hart === this.#hart && this.#stage !== 'away' ? 1 : Infinity;
  }

  /** After a turn of a hart. @returns true: the step has ended, with this hart */
  hasEnded(hart: HartActor, stop: HartStop | undefined): boolean {
    switch (this.#stage) {
      case 'instruction':
        return hart === this.#hart && this.#afterInstruction(hart);
      case 'away':
        return stop?.kind === 'breakpoint' && this.#afterLanding(hart);
      case 'asleep':
        return hart === this.#hart && stop?.kind === 'breakpoint' && this.#afterSleep();
    }
  }

  #begin(hart: HartActor): void {
    this.#hart = hart;
    this.#before = innermostFrame(this.machine, hart.index);
    this.#isCall = isCall(this.#wordAt(this.#before.pc));
    this.#next = this.#before.pc + BigInt(byteCountOf(this.#wordAt(this.#before.pc)));
    this.#retiredBefore = hart.instructionCount;
    this.#enter('instruction');
  }

  #afterInstruction(hart: HartActor): boolean {
    const now = innermostFrame(this.machine, hart.index);
    if (hart.instructionCount === this.#retiredBefore) {
      if (this.machine.core.trapsInARow(hart.index) === 0 || !this.#vectors.includes(now.pc)) return false;
      if (this.depth === 'into') return true;
      this.#leave([this.#landing(this.#before.pc, true), this.#landing(this.#next)]);
      return false;
    }
    if (hart.isAsleep) {
      this.#before = now;
      this.#enter('asleep');
      return false;
    }
    if (this.depth === 'into' || !this.#isCall || now.pc === this.#next) return true;
    this.#leave([this.#landing(this.#next), ...this.#outerLandings(outerFrameCountMax)]);
    return false;
  }

  #afterLanding(hart: HartActor): boolean {
    const landing = this.#landings.find((candidate) => this.#isAt(hart, candidate));
    if (!landing?.isRetry) return landing !== undefined;
    this.#begin(hart);
    return false;
  }

  #afterSleep(): boolean {
    const { pc } = this.#before;
    const isInHandler = this.machine.core.pc.get(this.#hart.index) !== pc;
    if (this.depth === 'into' || !isInHandler) return true;
    this.#leave([this.#landing(pc)]);
    return false;
  }

  #leave(landings: readonly Landing[]): void {
    this.#landings = landings;
    this.#enter('away');
  }

  #enter(stage: 'instruction' | 'away' | 'asleep'): void {
    this.#stage = stage;
    this.onStage();
  }

  #isAt({ index }: HartActor, { pc, sp, privilege, satp: root }: Landing): boolean {
    const { core } = this.machine;
    if (core.pc.get(index) !== pc || core.readX(index, stackPointer) !== sp) return false;
    return core.privilege(index) === privilege && (root === undefined || core.readCsr(index, satp) === root);
  }

  #landing(pc: bigint, isRetry = false): Landing {
    const { x, privilege } = this.#before;
    return { pc, sp: x[stackPointer]!, privilege, satp: this.#rootOf(privilege), isRetry };
  }

  /** Callers: a frame may be left for good, by `longjmp` for example. */
  #outerLandings(frameCountMax: number): Landing[] {
    const callers = hartFrames(this.machine, this.#hart.index).slice(1, 1 + frameCountMax);
    return callers.flatMap(({ pc, x, privilege, left }) => {
      const sp = x[stackPointer];
      if (sp === undefined) return [];
      const at = { sp, privilege, satp: this.#rootOf(privilege), isRetry: false };
      // The handler of an environment call returns behind it.
      return [
        { pc, ...at },
        ...(left === 'by trap' ? [{ pc: pc + BigInt(byteCountOf(this.#wordAt(pc))), ...at }] : []),
      ];
    });
  }

  #rootOf(privilege: number): bigint | undefined {
    return privilege === userMode ? this.machine.core.readCsr(this.#hart.index, satp) : undefined;
  }

  #wordAt(pc: bigint): number {
    const word = new Uint8Array(4);
    word.set(readVirtual(this.machine, this.#hart.index, pc, 4));
    return new DataView(word.buffer).getInt32(0, true);
  }

  get #vectors(): bigint[] {
    const { core } = this.machine;
    return [mtvec, stvec].flatMap((csr) => {
      const vector = core.readCsr(this.#hart.index, csr) ?? 0n;
      const base = vector & ~3n;
      const count = (vector & 1n) === 0n ? 1 : vectorCount;
      return Array.from({ length: count }, (_, cause) => base + BigInt(4 * cause));
    });
  }
}
