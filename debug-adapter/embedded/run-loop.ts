import type { Names } from '../debuggee/breakpoints';
import { DebuggeeError, type Destination, type Instant, type RunRequest } from '../debuggee/debuggee';
import type { Phase } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import type { HartStop } from '../emulator/core/guest-harts';
import { HartActor } from '../emulator/machine/hart-actor';
import type { Machine } from '../emulator/machine/machine';
import { leadEndsNs, ScannedPage } from '../migration/lead';
import { pageFrameNumber, type Snapshot } from '../migration/snapshot';
import { ThreadWitness } from '../migration/thread-witness';
import type { Action, Routine, Shortcut } from '../simulation/actions';
import type { Actor, Wait } from '../simulation/actor';
import { Scheduler } from '../simulation/scheduler';
import { VmmThread } from '../simulation/vmm-thread';
import type { QmpEvent } from '../vmm/events';
import { mainLoop, qemuSystemReset } from '../vmm/main-loop';
import { virtioQueueNotify } from '../vmm/virtio';
import type { Vmm } from '../vmm/vmm';
import { Alarm } from './alarm';
import { Course } from './course';
import { localsOf } from './frame-locals';
import { callerAt, frameVariables, sourceNames } from './hart-stack';
import { HartStep } from './hart-step';
import { HartTurns, type TurnsTaken } from './hart-turns';
import { namesOf } from './inspect';
import { LineStep } from './line-step';
import { RunAhead } from './run-ahead';
import { HartTrigger, type SnapshotTrigger } from './snapshot-trigger';
import type { StopConditions } from './stop-conditions';
import { type Occasion, StopReasons } from './stop-reasons';
import { mainLoopId, migrationId } from './thread-roles';
import { ThreadStep } from './thread-step';
import { type LastTurn, ThreadTurns } from './thread-turns';
import { TimelineRecorder } from './timeline-recorder';

/** A turn of a hart that does nothing slow lasts about a millisecond on the clock on the wall. */
export const instructionsPerTurnMax = 500_000;

const poweredOff: Wait = { resource: 'nothing: it is powered off', deadlineNs: Infinity, idle: true };

export interface RunLoopEvents {
  onPhase(phase: Phase, thread: ThreadId, timeNs: number): void;
  /** One has come or gone. */
  onThreads(): void;
  onQmpEvent(event: QmpEvent, timeNs: number): void;
  onConsole(bytes: Uint8Array): void;
  /** A snapshot is to begin. */
  onTrigger(timeNs: number): void;
}

type GuestStep = HartStep | LineStep;

/** Lets the actors act in their order, one turn at a time, and says when a turn is a reason to stop. */
export class RunLoop {
  readonly machine: Machine;
  readonly mainLoop: VmmThread;
  migration: VmmThread | undefined;
  /** Of the snapshot: the one that its migration thread has entered last. */
  phase: Phase | 'none' = 'none';

  /** Nothing can follow on it. */
  ending: Stop | undefined;
  /** What all of them do. */
  readonly recorder: TimelineRecorder;

  private readonly _scheduler = new Scheduler<VmmThread | HartActor | Alarm>();
  private readonly _trigger: HartTrigger;
  readonly #ahead: RunAhead;
  readonly #turns: HartTurns;
  readonly #threadTurns: ThreadTurns;
  #step: GuestStep | ThreadStep | undefined;
  #placed: ReadonlySet<bigint> = new Set();
  #request: RunRequest = { kind: 'continue' };
  #acting: VmmThread | undefined;
  readonly #witness: ThreadWitness;
  private readonly _course = new Course((id) => this.thread(id));
  /** The number of the action with which a thread has entered its phase: it may have to be tried again. */
  private readonly _entered = new Map<ThreadId, number>();
  private readonly _reasons: StopReasons;

  constructor(
    readonly vmm: Vmm,
    private readonly stops: StopConditions,
    trigger: SnapshotTrigger,
    private readonly events: RunLoopEvents,
  ) {
    const { machine } = vmm;
    this.machine = machine;
    this._reasons = new StopReasons(machine, stops, this._course, (thread, what) => this.namesFor(thread, what));
    this.vmm.onEvent = (event) => events.onQmpEvent(event, this.#acting?.clockNs ?? 0);
    this.#witness = new ThreadWitness(vmm, () => this.snapshot);
    this.mainLoop = new VmmThread(mainLoopId, 'mainLoop', () => mainLoop(this.vmm), 0, {
      witness: this.#witness,
      restsAt: 'os_host_main_loop_wait',
    });
    this._scheduler.add(this.mainLoop);
    this.recorder = new TimelineRecorder(vmm, this.mainLoop);
    this.#ahead = new RunAhead(vmm, stops, this.recorder, {
      endsNs: (thread) => this.#leadEndsNs(thread),
      shortcutOf: (thread) => this.#shortcutOf(thread),
    });
    this.#turns = new HartTurns(vmm, this.#ahead, this.recorder);
    this.#threadTurns = new ThreadTurns(vmm, this._scheduler, this.#ahead, this._course, this.recorder);
    machine.onVirtioNotify = (device, queue, guestNs) => {
      const body = () => virtioQueueNotify(this.vmm, device, queue);
      this.vmm.mainLoop.schedule({ name: 'virtioQueueNotify', body }, this.vmm.clock.toSimulation(guestNs));
    };
    for (const hart of this.vmm.harts) this._scheduler.add(hart);
    this._trigger = new HartTrigger(trigger);
    machine.onConsole = (bytes) => {
      events.onConsole(bytes);
      if (this._trigger.isPrintedWith(bytes)) machine.core.requestStop();
    };
    const atNs = trigger.kind === 'start' ? 0 : trigger.kind === 'time' ? trigger.ns : undefined;
    if (atNs !== undefined) this.ringAt(atNs, (timeNs) => events.onTrigger(timeNs));
    this.#placeAddresses();
  }

  /** The virtual time that every actor has reached. */
  get timeNs(): number {
    const running = this._scheduler.actors.filter((actor) => !actor.wait && !(actor instanceof Alarm));
    if (running.length > 0) return Math.min(...running.map(({ clockNs }) => clockNs));
    return Math.max(
      ...this._scheduler.actors.filter((actor) => !(actor instanceof Alarm)).map(({ clockNs }) => clockNs),
    );
  }

  /** Until then nothing happens by itself: all wait, and for nothing but time. Undefined: somebody acts now, or nobody ever. */
  get sleepsUntilNs(): number | undefined {
    const { harts } = this.vmm;
    if (
      this._course.isBoundSomewhere ||
      this.migration ||
      !this.mainLoop.wait?.idle ||
      !harts.every(({ wait }) => wait?.idle)
    )
      return undefined;
    const dueNs = this._scheduler.dueNs(() => true);
    return dueNs === Infinity ? undefined : dueNs;
  }

  ringAt(timeNs: number, ring: (timeNs: number) => void): void {
    const alarm = new Alarm(timeNs, (now) => {
      this._scheduler.remove(alarm);
      ring(now);
    });
    this._scheduler.add(alarm);
  }

  /** The first of its write faults is still to come. */
  beginSnapshot(snapshot: Snapshot): void {
    this.stops.beginSnapshot();
    this.snapshot = snapshot;
  }

  /** The main loop has created its thread. */
  startMigration(frame: string, body: () => Routine, timeNs: number): void {
    this.migration = new VmmThread(migrationId, frame, body, timeNs, { witness: this.#witness });
    this._scheduler.add(this.migration);
    this.events.onThreads();
  }

  thread(id: ThreadId): VmmThread | HartActor | undefined {
    const actor = this.#actor(id);
    return actor instanceof Alarm ? undefined : actor;
  }

  #actor(id: ThreadId): VmmThread | HartActor | Alarm | undefined {
    return this._scheduler.actors.find((candidate) => candidate.id === id);
  }

  /** Breakpoints have changed, or the run has come from elsewhere. */
  placeBreakpoints(): void {
    this._reasons.placeData();
    this.#placeAddresses();
  }

  #placeAddresses(): void {
    const addresses = new Set(this.stops.addresses);
    const { address } = this._trigger;
    if (address !== undefined) addresses.add(address);
    if (isOfHart(this.#step)) for (const address of this.#step.addresses) addresses.add(address);
    // The core drops what it has decoded around them.
    if (addresses.size === this.#placed.size && [...addresses].every((address) => this.#placed.has(address))) return;
    this.#placed = addresses;
    this.machine.core.setBreakpoints([...addresses]);
  }

  /** What the next turns are for. @throws DebuggeeError when there is no such thread to step, or no caller to step out to */
  begin(request: RunRequest): void {
    this.#request = request;
    this._course.begin(request);
    this._reasons.begin(request);
    if (request.kind !== 'step') return;
    const { thread, depth, unit } = request;
    const actor = this.thread(thread);
    if (!actor) throw new DebuggeeError('no-thread', `There is no thread ${thread} to step; it may have ended.`);
    if (actor instanceof VmmThread) this.#step = new ThreadStep(actor, depth);
    else if (unit === 'line') this.#step = new LineStep(this.machine, actor, depth, () => this.#placeAddresses());
    else this.#step = new HartStep(this.machine, actor, depth, () => this.#placeAddresses());
    this.#placeAddresses();
  }

  end(): void {
    if (!this.#step) return;
    this.#step = undefined;
    this.#placeAddresses();
  }

  /**
   * One turn of one actor, or several of harts that nobody comes between. `idle`: nothing happens until something comes from
   * outside.
   * @param instructionsPerTurn how many harts run in it at most: no run depends on it
   */
  turn(instructionsPerTurn = instructionsPerTurnMax): Stop | 'idle' | undefined {
    this._course.beginTurn();
    const due = this.#comesDue();
    if (due) return due;
    if (this.#isExitDue) {
      return { reason: 'exited', thread: this.vmm.harts[0]!.id, exitCode: exitCode(this.machine) };
    }
    const only = this.#request.only === undefined ? undefined : this.#actor(this.#request.only);
    const limitNs = this.#limitNs;
    if (limitNs < Infinity && this.#isBeyond(limitNs)) return this.#paused('time');
    const next = only ? this._scheduler.turnOf(only) : this._scheduler.next();
    if (!next) return only ? this.#idle : this.#nobodyActs();
    const { actor } = next;
    const untilNs = Math.min(next.untilNs, limitNs);
    if (actor instanceof Alarm) {
      this._course.pass(1);
      actor.ring(actor.clockNs);
      return undefined;
    }
    const isHart = actor instanceof HartActor;
    if (isHart && !only) {
      const taken = this.#takeTurns(limitNs, instructionsPerTurn);
      if (taken) return this.#afterTurns(taken);
    }
    if (!isHart && this.#mayRunOn(actor)) {
      this.#acting = actor;
      return this.#afterLast(this.#threadTurns.take(actor, limitNs, instructionsPerTurn));
    }
    this.recorder.turnBegins(actor);
    const stop = isHart ? this.#runHart(actor, untilNs, instructionsPerTurn) : this.#act(actor);
    return this.#endTurn(actor, stop);
  }

  /** Turns of harts from the next one on, while nobody else is due and nobody looks at each. */
  #takeTurns(limitNs: number, instructionsPerTurn: number): TurnsTaken | undefined {
    if (this.machine.powerOff || this.#turns.passes()) return undefined;
    let countMax = instructionsPerTurn;
    let fromNs = Infinity;
    for (const hart of this.vmm.harts) {
      if (hart.wait) continue;
      countMax = Math.min(countMax, this.#countToLook(hart));
      fromNs = Math.min(fromNs, hart.clockNs);
    }
    const follower = this.#follower;
    const isOther = (actor: Actor): boolean => !(actor instanceof HartActor) && actor !== follower;
    const dueNs = Math.min(limitNs, this._scheduler.dueNs(isOther));
    if (!follower) return this.#turns.take(dueNs, countMax);
    const room = Math.min(countMax, this._course.eventRoom, this._course.roomOf(follower));
    const endsNs = this.#ahead.endsNs(follower, { fromNs, dueNs, room });
    if (endsNs > follower.clockNs) return this.#turns.take(endsNs, countMax, follower);
    return this.#turns.take(Math.min(dueNs, follower.clockNs), countMax);
  }

  /** The migration thread, if harts may be ahead of it. */
  get #follower(): VmmThread | undefined {
    const { migration } = this;
    return migration && !migration.wait && this.#mayRunOn(migration) ? migration : undefined;
  }

  #afterTurns({ hart, stop, retired, instructionCount, actionCount }: TurnsTaken): Stop | undefined {
    this._course.pass(instructionCount - retired);
    if (actionCount > 0) this._course.haveActed(migrationId, actionCount);
    return this.#endTurn(hart, this.#afterRun(hart, stop, retired));
  }

  /** Nobody looks at each turn; the main loop's are few. */
  #mayRunOn(thread: VmmThread): boolean {
    if (thread === this.mainLoop || this.#step || this.#request.only !== undefined) return false;
    return !this._trigger.isNear && this.#ahead.isPlain(thread.pending!);
  }

  #leadEndsNs(thread: VmmThread): number {
    const { snapshot } = this;
    const isSaving = thread === this.migration && thread.phase === 'save' && !this.stops.mayStopAtActions;
    return isSaving && snapshot ? leadEndsNs(snapshot, thread.clockNs) : thread.clockNs;
  }

  #shortcutOf(thread: VmmThread): Shortcut | undefined {
    const { snapshot } = this;
    return thread === this.migration && snapshot ? new ScannedPage(snapshot) : undefined;
  }

  #afterLast(last: LastTurn | undefined): Stop | undefined {
    if (!last) return undefined;
    if ('action' in last) return this.#endTurn(last.actor, this.#afterAct(last.actor, last.action));
    return this.#endTurn(last.actor, this.#afterRun(last.actor, last.stop, last.retired));
  }

  #endTurn(actor: VmmThread | HartActor, stop: Stop | undefined): Stop | undefined {
    this.recorder.turnEnds(actor);
    return this._reasons.behindTurn(actor) ?? stop;
  }

  /** How far virtual time may go. */
  get #limitNs(): number {
    return (this.#request.kind === 'continue' ? this.#request.untilNs : undefined) ?? Infinity;
  }

  #isBeyond(limitNs: number): boolean {
    const dueNs = this._scheduler.dueNs(() => true);
    return dueNs >= limitNs && dueNs < Infinity;
  }

  /** How much work the run has been so far, in instructions. */
  get work(): number {
    return this._course.work;
  }

  get eventCount(): number {
    return this._course.eventCount;
  }

  /** How often what breakpoints may be about has come. */
  get met(): Course['met'] {
    return this._course.met;
  }

  get instant(): Instant {
    const { harts } = this.vmm;
    const threads = [...harts, this.mainLoop, ...(this.migration ? [this.migration] : [])];
    return {
      events: this._course.eventCount,
      threads: threads.map((thread) => {
        const { id, clockNs } = thread;
        return thread instanceof HartActor
          ? { id, clockNs, pc: this.machine.core.pc.get(thread.index) }
          : { id, clockNs };
      }),
    };
  }

  /** As `ThreadInfo.progress`. */
  progressOf(thread: ThreadId): number {
    return this._course.progressOf(thread);
  }

  /** What comes from outside at this instant, and the end of the run if it is here. */
  #comesDue(): Stop | undefined {
    for (let cue = this._course.dueCue; cue; cue = this._course.dueCue) {
      const stop = this.#settle(cue.at);
      if (stop) return stop;
      this._course.passCue();
      cue.perform();
    }
    const { reached } = this._course;
    return reached && this.#arrived(reached);
  }

  /** What the thread that has come there stands before is no news when it goes on. */
  #arrived(destination: Destination): Stop {
    if ('instant' in destination) return this.#settle(destination.instant) ?? this.#paused('arrived');
    const actor = this.thread(destination.thread);
    if (actor) this._reasons.endStep(actor);
    return { reason: 'pause', thread: destination.thread, why: 'arrived' };
  }

  /**
   * A thread may have stopped behind what is no event: it has woken; a hart has taken a trap, up to a breakpoint.
   *
   * @returns the stop at a breakpoint on the way there
   */
  #settle({ threads }: Instant): Stop | undefined {
    for (const { id, clockNs, pc } of threads) {
      const actor = this.#actor(id);
      if (actor?.wait && actor.clockNs < clockNs) this._scheduler.turnOf(actor);
      const stop = actor instanceof HartActor && pc !== undefined && this.#takeTrapsTo(pc, actor);
      if (stop) return stop;
    }
    return undefined;
  }

  #takeTrapsTo(pc: bigint, hart: HartActor): Stop | undefined {
    const { core } = this.machine;
    const isThere = (): boolean => core.pc.get(hart.index) === pc;
    if (isThere()) return undefined;
    let stop: Stop | undefined;
    core.setBreakpoints([...this.#placed, pc]);
    for (let end = hart.run(Infinity, 1); end?.kind === 'breakpoint' && !isThere(); end = hart.run(Infinity, 1)) {
      stop = this._reasons.atBreakpoint(hart);
      if (stop || this._reasons.runsWild(hart)) break;
    }
    core.setBreakpoints([...this.#placed]);
    // A breakpoint that is there is yet to be met.
    if (isThere()) core.pc.set(hart.index, pc);
    return stop;
  }

  #paused(why: 'time' | 'idle' | 'arrived'): Stop {
    return { reason: 'pause', thread: this.vmm.harts[0]!.id, why };
  }

  #nobodyActs(): Stop | 'idle' {
    const waits = this._scheduler.deadlock();
    if (waits.length > 0) return { reason: 'deadlock', thread: waits[0]!.thread, waits };
    return this.#idle;
  }

  get #idle(): Stop | 'idle' {
    return this.#request.kind === 'continue' && this.#request.endsIdle ? this.#paused('idle') : 'idle';
  }

  #act(thread: VmmThread): Stop | undefined {
    const action = thread.pending!;
    this.#acting = thread;
    if (action.phase && this._entered.get(thread.id) !== thread.actionNumber) this.#enter(thread, action.phase);
    const stop = this._reasons.beforeAction(thread, action);
    if (stop) return stop;
    thread.act();
    return this.#afterAct(thread, action);
  }

  #afterAct(thread: VmmThread, action: Action): Stop | undefined {
    this._course.meet('actions');
    this._course.pass(1);
    if (thread.pending === action) return this._reasons.asleepIn(thread, action);
    this._course.hasActed(thread.id);
    if (!thread.pending) this.#end(thread);
    else if (thread === this.mainLoop && thread.depth === 1) this.#endPhase(thread);
    return this.#step instanceof ThreadStep && this.#step.hasEnded(thread) ? this.#stepDone(thread) : undefined;
  }

  /**
   * The main loop speaks for a snapshot before there is a migration thread and after it: but to let the guest go on is its
   * own affair, whether the thread is still there or not.
   */
  #enter(thread: VmmThread, phase: Phase): void {
    this._entered.set(thread.id, thread.actionNumber);
    this._course.meet('phases');
    thread.phase = phase;
    const speaksForSnapshot = thread === this.migration || (!this.migration && phase !== 'vm-start-bh');
    if (speaksForSnapshot) this.phase = phase;
    this.recorder.enterPhase(phase, thread.id, thread.clockNs, this.snapshot);
    this.events.onPhase(phase, thread.id, thread.clockNs);
  }

  #endPhase(thread: VmmThread): void {
    if (thread.phase === undefined) return;
    thread.phase = undefined;
    this.recorder.endPhase(thread.id, thread.clockNs);
  }

  #end(thread: VmmThread): void {
    this._scheduler.remove(thread);
    // Another of its name will count its actions anew.
    this._entered.delete(thread.id);
    this._reasons.forget(thread);
    this.recorder.forget(thread);
    if (thread === this.migration) this.migration = undefined;
    this.events.onThreads();
  }

  #stepDone(thread: VmmThread): Stop {
    if (thread.pending) this._reasons.endStep(thread);
    return { reason: 'step', thread: thread.pending ? thread.id : mainLoopId };
  }

  #runHart(hart: HartActor, untilNs: number, instructionsPerTurn: number): Stop | undefined {
    if (this.machine.powerOff) {
      hart.wait = poweredOff;
      return undefined;
    }
    const before = hart.instructionCount;
    const countMax = Math.min(instructionsPerTurn, this.#countToLook(hart));
    const end = hart.run(untilNs, Math.max(1, countMax));
    return this.#afterRun(hart, end, hart.instructionCount - before);
  }

  /** What follows from a run of a hart, in which so many instructions have retired. */
  #afterRun(hart: HartActor, end: HartStop | undefined, retired: number): Stop | undefined {
    const step = isOfHart(this.#step) ? this.#step : undefined;
    this._course.pass(retired + (endsInWait(end, retired) ? 1 : 0));
    this.#lookForTrigger(hart, end?.kind === 'breakpoint');

    if (this.#afterPowerOff(hart)) return undefined;
    const stop = this._reasons.runsWild(hart) ?? this.#stopAt(hart, end);
    if (stop) return stop;
    if (!step?.hasEnded(hart, end)) return undefined;
    this._reasons.endStep(hart);
    return { reason: 'step', thread: hart.id };
  }

  #stopAt(hart: HartActor, end: HartStop | undefined): Stop | undefined {
    if (end?.kind === 'breakpoint') return this._reasons.atBreakpoint(hart);
    if (end?.kind !== 'write-fault') return undefined;
    const { physicalAddress } = end;
    const pc = this.machine.core.pc.get(hart.index);
    return this._reasons.atWriteFault(hart.id, {
      page: pageFrameNumber(end.page),
      physicalAddress,
      pc,
      timeNs: hart.clockNs,
    });
  }

  /** True: the hart's turn was the guest's last, or the last before a reset, which the main loop performs. */
  #afterPowerOff(hart: HartActor): boolean {
    const { powerOff } = this.machine;
    if (powerOff?.kind === 'reset') {
      const body = () => qemuSystemReset(this.vmm);
      this.vmm.mainLoop.schedule({ name: 'qemuSystemReset', body }, hart.clockNs);
    }
    return powerOff !== undefined;
  }

  /** The guest is gone, but a snapshot under way still has its RAM: it completes first, its clean-up included. */
  get #isExitDue(): boolean {
    const { powerOff } = this.machine;
    if (powerOff === undefined || powerOff.kind === 'reset') return false;
    return !this.migration && this.mainLoop.wait !== undefined;
  }

  /** How many instructions the hart may run before a cue, the trigger, a destination or its step has to be looked at. */
  #countToLook(hart: HartActor): number {
    const ofStep = isOfHart(this.#step) ? this.#step.instructionCountMax(hart) : Infinity;
    return Math.min(this._trigger.room(hart), this._course.room(hart), ofStep);
  }

  #lookForTrigger(hart: HartActor, isAtBreakpoint: boolean): void {
    if (!this._trigger.comesWith(hart, isAtBreakpoint ? this.machine.core.pc.get(hart.index) : undefined)) return;
    this.#placeAddresses();
    this.events.onTrigger(hart.clockNs);
  }

  namesFor(thread: ThreadId, what?: Occasion, frame = 0): Names {
    const actor = this.thread(thread);
    return namesOf({
      machine: this.machine,
      hart: actor instanceof HartActor ? actor.index : 0,
      thread,
      phase: this.phase,
      timeNs: actor?.clockNs ?? this.timeNs,
      fault: what?.fault,
      access: what?.access,
      snapshot: this.snapshot,
      locals: () => this.localsOf(thread, frame),
      source: () => sourceNames(this.machine, actor instanceof HartActor ? actor.index : 0, frame),
      variables: () => (actor instanceof HartActor ? frameVariables(this.machine, actor.index, frame) : []),
      caller: actor instanceof HartActor ? callerAt(this.machine, actor.index, frame) : undefined,
    });
  }

  /** Of a VMM thread's frame. */
  localsOf(thread: ThreadId, frame: number): ReadonlyMap<string, unknown> {
    const actor = this.thread(thread);
    if (!(actor instanceof VmmThread)) return new Map();
    const { snapshot, vmm } = this;
    return localsOf(actor.frames, frame, this.stops.lines, {
      Snapshot: snapshot,
      Precopy: snapshot?.precopy,
      Vmm: vmm,
    });
  }

  /** The snapshot under way, or the last one. */
  snapshot: Snapshot | undefined;
}

function isOfHart(step: GuestStep | ThreadStep | undefined): step is GuestStep {
  return step instanceof HartStep || step instanceof LineStep;
}

/** A hart's turn ends in a wait for somebody, behind no instruction of its own that would count for it. */
function endsInWait(end: HartStop | undefined, instructionCount: number): boolean {
  if (end === undefined || end.kind === 'write-fault' || end.kind === 'bus-retry') return true;
  return end.kind === 'wfi' && instructionCount === 0;
}

/** As `qemu-system-riscv64` ends its process: 0 for pass, the guest's code for fail. */
function exitCode({ powerOff }: Machine): number {
  return powerOff?.kind === 'fail' ? powerOff.code : 0;
}
