import { type Actor, asDouble, type Wait, wake } from '../../simulation/actor';
import { type Interleaving, type Quantum, quantaOf } from '../../simulation/interleaving';
import type { Lock } from '../../simulation/lock';
import type { HartStop } from '../core/guest-harts';
import { csrNumbers } from '../isa/csrs';
import type { CpuThrottle } from './cpu-throttle';
import type { HartRun, Machine } from './machine';
import type { VirtualClock } from './virtual-clock';

// Of mie.
const msie = 1n << 3n;
const meie = 1n << 11n;

const stopped: Wait = { resource: 'vm_start', deadlineNs: Infinity, idle: true };

const noQuantum: Quantum = { beginsNs: Infinity, endsNs: -Infinity };

/** All that it was to run has run. */
export const counted: HartStop = { kind: 'count' };

/** What a hart meets that others must deal with. */
export interface HartEnvironment {
  readonly bql: Lock;
  readonly clock: VirtualClock;
  readonly interleaving: Interleaving;
  /** What a vCPU loses at its first store to a page that the dirty log has as clean. */
  readonly dirtyLogFaultNs: number;
  /** The hart's store hit a protected page: sets what the hart waits for. */
  onWriteFault(hart: HartActor, page: number): void;
  onStopped(hart: HartActor): void;
}

/** A vCPU thread: one hart in virtual time. */
export class HartActor implements Actor {
  readonly id: string;
  clockNs = asDouble;
  wait: Wait | undefined;
  /** Instructions retired since the start. */
  instructionCount = 0;
  isStopped = false;
  throttle: CpuThrottle | undefined;
  private _stopRequested = false;
  private _isInFault = false;
  /** Of the guest's time: a stop of the machine moves no quantum. */
  private readonly _quanta: (guestNs: number) => Quantum;
  /** The last one asked for, until the guest's time lags more. */
  private _quantum = noQuantum;
  /** What it waits for in WFI. */
  private _interrupt: Wait | undefined;

  constructor(
    readonly index: number,
    private readonly machine: Machine,
    private readonly environment: HartEnvironment,
  ) {
    this.clockNs = 0;
    this.id = `hart ${index}`;
    this._quanta = quantaOf(environment.interleaving, index);
  }

  readonly quantumAt = (timeNs: number): Quantum => {
    if (this._quantum.beginsNs <= timeNs && timeNs < this._quantum.endsNs) return this._quantum;
    const { clock } = this.environment;
    const { beginsNs, endsNs } = this._quanta(clock.at(timeNs));
    this._quantum = { beginsNs: clock.toSimulation(beginsNs), endsNs: clock.toSimulation(endsNs) };
    return this._quantum;
  };

  /** Runs up to `untilNs`, at least one instruction and at most `instructionCountMax`. Undefined: it had to stop first. */
  run(untilNs: number, instructionCountMax: number): HartStop | undefined {
    if (this._stopRequested) {
      this.#stop();
      return undefined;
    }
    const { nsPerInstruction } = this.machine;
    const nap = this.throttle?.(this.clockNs);
    // With the lock that it waited for, a hart performs the one access it was for; the access itself takes no time.
    const holdsLock = this.environment.bql.owner === this.id;
    if (nap && !holdsLock) {
      if (nap.beginsNs <= this.clockNs) {
        this.wait = { resource: 'cpu_throttle to let it run', deadlineNs: nap.endsNs, idle: false };
        return undefined;
      }
    }
    const due = Math.ceil((Math.min(untilNs, nap?.beginsNs ?? Infinity) - this.clockNs) / nsPerInstruction);
    const count = holdsLock ? 1 : Math.max(1, Math.min(due, instructionCountMax));
    const run = this.machine.runHart(this.index, count, this.environment.clock.at(this.clockNs));
    this.hasRun(run);
    return run.stop;
  }

  /**
   * As `run`, of one that is free; but what follows from how it stops comes with `hasStopped`. It stops before a write to
   * flash, which no protection keeps from who saves it: `bus-retry`.
   */
  runAhead(untilNs: number, instructionCountMax: number): HartRun {
    const { machine } = this;
    const due = Math.ceil((untilNs - this.clockNs) / machine.nsPerInstruction);
    const count = Math.max(1, Math.min(due, instructionCountMax));
    machine.mayWriteFlash = false;
    const run = machine.runHart(this.index, count, this.environment.clock.at(this.clockNs));
    machine.mayWriteFlash = true;
    this.hasRun({ ...run, stop: counted });
    return run;
  }

  hasStopped(stop: HartStop): void {
    this.hasRun({ stop, instructionCount: 0, dirtied: 0 });
  }

  /** Its turns may be taken by the core, with those of others. */
  get isFree(): boolean {
    return !this.wait && !this._stopRequested && !this.throttle && this.environment.bql.owner !== this.id;
  }

  /** What has come of a run. */
  hasRun(run: HartRun): void {
    const { bql, dirtyLogFaultNs } = this.environment;
    this._isInFault = false;
    this.clockNs += run.instructionCount * this.machine.nsPerInstruction + run.dirtied * dirtyLogFaultNs;
    this.instructionCount += run.instructionCount;
    if (bql.owner === this.id) bql.release(this.id, this.clockNs);
    switch (run.stop.kind) {
      case 'wfi':
        this.wait = this._interrupt = this.#untilInterrupt();
        break;
      case 'write-fault':
        this._isInFault = true;
        this.environment.onWriteFault(this, run.stop.page);
        break;
      case 'bus-retry':
        bql.waitFor(this);
        break;
      case 'count':
      case 'requested':
      case 'breakpoint':
        break;
    }
  }

  /** An interrupt line may have changed, or the time of a timer: ends WFI if there is one to take. */
  pokeAt(timeNs: number): void {
    if (!this.isAsleep) return;
    if (this.machine.core.interruptPending(this.index)) wake(this, timeNs);
    else this.wait = this._interrupt = this.#untilInterrupt();
  }

  /** In WFI. */
  get isAsleep(): boolean {
    return this.wait !== undefined && this.wait === this._interrupt;
  }

  /** Asks the hart to stop; it does at once unless it sleeps in a fault. */
  requestStop(timeNs: number): void {
    this._stopRequested = true;
    if (this._isInFault && this.wait) return;
    this.environment.bql.forget(this);
    if (this.clockNs < timeNs) this.clockNs = timeNs;
    this.#stop();
  }

  start(timeNs: number): void {
    this._stopRequested = false;
    if (!this.isStopped) return;
    this.isStopped = false;
    this._quantum = noQuantum;
    this.clockNs = Math.max(this.clockNs, timeNs);
    this.wait = undefined;
  }

  #stop(): void {
    this.isStopped = true;
    this.wait = stopped;
    this.environment.onStopped(this);
  }

  /** No timer and no device ends its WFI: so OpenSBI keeps the harts that a kernel has stopped or not started. */
  get #isParked(): boolean {
    const { core } = this.machine;
    const mie = core.readCsr(this.index, csrNumbers.mie) ?? 0n;
    return core.privilege(this.index) === 3 && (mie & ~(msie | meie)) === 0n;
  }

  #untilInterrupt(): Wait {
    const timerNs = this.machine.nextTimerNs(this.index);
    return {
      resource: this.#isParked
        ? 'an IPI (wfi in M mode, as harts do that HSM has stopped or not started)'
        : 'an interrupt (wfi)',
      deadlineNs: this.environment.clock.toSimulation(timerNs),
      idle: true,
    };
  }
}
