import type { Names } from '../debuggee/breakpoints';
import type { RunRequest } from '../debuggee/debuggee';
import type { Phase } from '../debuggee/phase';
import type { DataAccess, Stop, WriteFault } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import { pageByteCount } from '../emulator/core/guest-core';
import { csrNumbers } from '../emulator/isa/csrs';
import { HartActor } from '../emulator/machine/hart-actor';
import type { Machine } from '../emulator/machine/machine';
import type { Action } from '../simulation/actions';
import type { VmmThread } from '../simulation/vmm-thread';
import type { Course } from './course';
import { DataWatch } from './data-watch';
import type { StopConditions } from './stop-conditions';
import { causeName } from './trap-names';

/** A hart that takes so many traps without retiring an instruction has no working trap handler. */
const trapsInARowMax = 1000;

const machineMode = 3;
const { scause, mcause } = csrNumbers;

/** What a thread does that a breakpoint may be about. */
export interface Occasion {
  readonly fault?: WriteFault;
  readonly access?: DataAccess;
}

/** Whether what a thread has come to is a reason to stop. It is none again when the run goes on from there. */
export class StopReasons {
  readonly #dataWatch: DataWatch;
  #until: (RunRequest & { kind: 'continue' })['until'];
  /** The number of the action before which a thread has stopped or slept already. */
  private readonly _reported = new Map<ThreadId, number>();
  /** Where a step of each thread ended, by instructions or actions: a breakpoint there is no news, but counts. */
  private readonly _stepEnds = new Map<ThreadId, number>();

  constructor(
    private readonly machine: Machine,
    private readonly stops: StopConditions,
    private readonly course: Course,
    private readonly namesFor: (thread: ThreadId, what?: Occasion) => Names,
  ) {
    this.#dataWatch = new DataWatch(machine, stops, (thread, access) => namesFor(thread, { access }));
  }

  begin(request: RunRequest): void {
    this.#until = request.kind === 'continue' ? request.until : undefined;
  }

  /** Data breakpoints have changed. */
  placeData(): void {
    this.#dataWatch.place();
  }

  /** The thread stands where its step, or its way to a place, ends. */
  endStep(actor: VmmThread | HartActor): void {
    this._stepEnds.set(actor.id, actor instanceof HartActor ? actor.instructionCount : actor.actionNumber);
  }

  /** It has ended: another of its name will count its actions anew. */
  forget({ id }: VmmThread): void {
    this._reported.delete(id);
    this._stepEnds.delete(id);
  }

  /** That it is about to perform an action. */
  beforeAction(thread: VmmThread, action: Action): Stop | undefined {
    if (this._reported.get(thread.id) === thread.actionNumber) return undefined;
    const stop = this.#before(thread, action);
    if (!stop || this._stepEnds.get(thread.id) === thread.actionNumber) return undefined;
    this._reported.set(thread.id, thread.actionNumber);
    return stop;
  }

  /** That it sleeps in an action, to which it comes again: its breakpoints have seen it. */
  asleepIn(thread: VmmThread, action: Action): Stop | undefined {
    this._reported.set(thread.id, thread.actionNumber);
    if (action.kind !== 'store') return undefined;
    const { physicalAddress } = action;
    const page = Math.floor(physicalAddress / pageByteCount);
    return this.atWriteFault(thread.id, { page, physicalAddress, timeNs: thread.clockNs });
  }

  /** That a write has met a protected page. */
  atWriteFault(thread: ThreadId, fault: WriteFault): Stop | undefined {
    this.course.meet('writeFaults');
    const stops = this.stops.stopsAtWriteFault(() => this.namesFor(thread, { fault })) || this.#until === 'write-fault';
    return stops ? { reason: 'write-fault', thread, fault } : undefined;
  }

  /** That the core has stopped the hart at an address. */
  atBreakpoint(hart: HartActor): Stop | undefined {
    const pc = this.machine.core.pc.get(hart.index);
    const breakpointIds = this.stops.atAddress(pc, () => this.namesFor(hart.id));
    if (this._stepEnds.get(hart.id) === hart.instructionCount) return undefined;
    return breakpointIds.length > 0 ? { reason: 'breakpoint', thread: hart.id, breakpointIds } : undefined;
  }

  /** What data breakpoints have seen in the turn that ends. */
  behindTurn(actor: VmmThread | HartActor): Stop | undefined {
    return this.#dataWatch.stopOf(actor.id, actor instanceof HartActor);
  }

  /** That the hart does nothing but trap. */
  runsWild(hart: HartActor): Stop | undefined {
    const { core } = this.machine;
    if (core.trapsInARow(hart.index) <= trapsInARowMax) return undefined;
    const pc = core.pc.get(hart.index).toString(16);
    const [mode, causeCsr] = core.privilege(hart.index) === machineMode ? ['m', mcause] : ['s', scause];
    const cause = causeName(core.readCsr(hart.index, causeCsr) ?? 0n);
    const message =
      `${hart.id} traps over and over without executing anything (${cause} at pc 0x${pc}): ` +
      `its trap handler cannot run. Look at ${mode}tvec, ${mode}epc and ${mode}tval, and at the code at ${mode}tvec.`;
    return { reason: 'guest-error', thread: hart.id, message };
  }

  #before(thread: VmmThread, action: Action): Stop | undefined {
    // Nearly every action passes here without a stop: nothing is made for it before one is possible.
    const isPhaseStop = action.phase && this.#stopsAtPhase(thread, action.phase);
    const breakpointIds = this.#idsAt(thread, action);
    if (isPhaseStop) return { reason: 'phase', thread: thread.id, phase: action.phase! };
    return breakpointIds.length > 0 ? { reason: 'breakpoint', thread: thread.id, breakpointIds } : undefined;
  }

  /** Of line breakpoints that an action hits. They are asked whatever else stops there, as those of phases are: they count. */
  #idsAt(thread: VmmThread, action: Action): readonly number[] {
    if (!this.stops.mayStopAtLabel(action.at)) return [];
    const place = { routine: thread.frames[0]!.name, label: action.at };
    return this.stops.atAction(place, () => this.namesFor(thread.id));
  }

  #stopsAtPhase(thread: VmmThread, phase: Phase): boolean {
    return this.stops.stopsAtPhase(phase, () => this.namesFor(thread.id)) || this.#until === 'phase';
  }
}
