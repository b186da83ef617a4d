import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import { cpuThrottle } from '../emulator/machine/cpu-throttle';
import { HartActor } from '../emulator/machine/hart-actor';
import type { Machine, VirtioMmio } from '../emulator/machine/machine';
import { VirtualClock } from '../emulator/machine/virtual-clock';
import type { WaitOptions } from '../simulation/actions';
import type { Actor } from '../simulation/actor';
import type { Interleaving } from '../simulation/interleaving';
import { Lock } from '../simulation/lock';
import { Signal } from '../simulation/signal';
import { MainLoopQueue } from './bottom-halves';
import { costs } from './costs';
import type { QmpEvent } from './events';
import { PageMap } from './page-map';
import type { Userfaultfd } from './userfaultfd';
import { correct, type WhatIf } from './what-if';
import { WriteFaults } from './write-faults';

/** Long enough to cost little, short enough that a lock's waiter sees it soon. */
export const defaultInterleaving: Interleaving = { seed: 0, quantumNs: 10_000 };

/**
 * QEMU's RunState, as far as this machine has it. Nothing on this board suspends its guest, and in QEMU nothing wakes it:
 * a machine is suspended when it is restored from a snapshot that says so.
 */
export const runStates = ['running', 'paused', 'suspended'] as const;

export type RunState = (typeof runStates)[number];

/** Numbers of the VMM's threads in `GuestPages.actors`; a hart's is its index. */
export const migrationActorNumber = 0x80;
export const mainLoopActorNumber = 0x81;

/** How a machine begins: a restored one has run before, and may be paused. */
export interface Beginning {
  /** What the guest's clock shows. */
  readonly virtualClockNs: number;
  readonly runState: RunState;
}

const powerOn: Beginning = { virtualClockNs: 0, runState: 'running' };

/** The virtual machine monitor around the machine: vCPU threads, the BQL, the main loop's work, stop and start. */
export class Vmm {
  readonly bql = new Lock('BQL');
  readonly mainLoop = new MainLoopQueue();
  readonly clock: VirtualClock;
  readonly pageMap: PageMap;
  readonly vcpuStopped = new Signal();
  readonly writeFaults = new WriteFaults();
  /** Options of a wait for `allVcpusStopped`. */
  readonly untilVcpusStop: WaitOptions;
  readonly harts: readonly HartActor[];
  /** The one that watches guest RAM now. */
  uffd: Userfaultfd | undefined;
  /** Told of what QMP tells its clients. */
  onEvent: (event: QmpEvent) => void = () => {};
  /** Told of each vCPU that stops, also in another thread's turn. */
  onVcpuStopped: (hart: HartActor) => void = () => {};
  private _runState: RunState = 'running';
  /** Woken, but its vCPUs have not been started. */
  private _isWaking = false;
  /** A snapshot keeps the vCPUs still, whatever the run state. */
  private _isFrozen = false;
  private _throttlePercent = 0;

  constructor(
    readonly machine: Machine,
    readonly whatIf: WhatIf = correct,
    { virtualClockNs, runState }: Beginning = powerOn,
    readonly interleaving: Interleaving = defaultInterleaving,
  ) {
    this.clock = new VirtualClock(virtualClockNs);
    this.pageMap = new PageMap(machine.core.pages, machine.ramBlocks);
    machine.onInterruptChange = (hart, guestNs) => this.harts[hart]!.pokeAt(this.clock.toSimulation(guestNs));
    machine.mayAccessDevices = (hart) => {
      const { owner } = this.bql;
      return owner === undefined || owner === this.harts[hart]?.id;
    };
    this.untilVcpusStop = {
      resource: 'vCPUs to stop',
      heldBy: () => this.harts.find(({ isStopped }) => !isStopped)?.id,
    };
    this.harts = Array.from({ length: machine.hartCount }, (_, index) => {
      return new HartActor(index, machine, {
        bql: this.bql,
        clock: this.clock,
        interleaving,
        dirtyLogFaultNs: costs.dirtyLogFaultNs,
        onWriteFault: (hart, page) => {
          if (!this.uffd) throw new Error(`write fault on page ${page} with no uffd`);
          this.writeFaults.add(machine.core.pc.get(hart.index), page);
          this.uffd.fault(hart, hart.index, page);
        },
        onStopped: (hart) => {
          this.onVcpuStopped(hart);
          this.vcpuStopped.notify(hart.clockNs);
        },
      });
    });
    if (runState !== 'running') {
      this._runState = runState;
      this.#requestStop(0);
      this.stopClock();
    }
  }

  /** For a `Witness`. */
  pretend(runState: RunState, isFrozen: boolean): void {
    this._runState = runState;
    this._isFrozen = isFrozen;
  }

  get runState(): RunState {
    return this._isFrozen ? 'paused' : this._runState;
  }

  /** Also while a snapshot keeps it still. */
  get isSuspended(): boolean {
    return this._runState === 'suspended';
  }

  /** What the user last asked for, or what it was restored with. */
  get runStateAsked(): RunState {
    return this._runState;
  }

  /** After the freeze it is to run: that is what the user last asked for. */
  get runsAfterFreeze(): boolean {
    return this._runState === 'running';
  }

  /** The vCPUs stand still until `start`. Those of a suspended machine do so anyway, and it stays suspended. */
  stop(timeNs: number): void {
    if (this.isSuspended) return;
    this._runState = 'paused';
    this.#requestStop(timeNs);
  }

  /** Whatever it was before. */
  start(timeNs: number): void {
    this._runState = 'running';
    this._isFrozen = false;
    if (this.clock.isStopped) this.onEvent({ event: 'RESUME' });
    const startsNs = this.clock.start(timeNs);
    for (const hart of this.harts) hart.start(startsNs);
    if (this._isWaking) this.onEvent({ event: 'WAKEUP' });
    this._isWaking = false;
  }

  /** A suspended machine counts as running from here on; its vCPUs stand still until `start`. */
  wakeUp(): void {
    if (!this.isSuspended) return;
    this._runState = 'running';
    this._isWaking = true;
  }

  /** The vCPUs stand still until `start`, or for longer after `thaw`. */
  freeze(timeNs: number): void {
    this._isFrozen = true;
    this.#requestStop(timeNs);
  }

  /** The freeze is over; the machine stays as it was before. */
  thaw(): void {
    this._isFrozen = false;
  }

  get isFrozen(): boolean {
    return this._isFrozen;
  }

  /** Keeps the vCPUs from running for so many percent of the time (QEMU: cpu_throttle_set). */
  throttle(percent: number, timeNs: number): void {
    this._throttlePercent = percent;
    for (const hart of this.harts) hart.throttle = percent === 0 ? undefined : cpuThrottle(percent, timeNs);
  }

  get throttlePercent(): number {
    return this._throttlePercent;
  }

  get allVcpusStopped(): boolean {
    return this.harts.every(({ isStopped }) => isStopped);
  }

  /** The guest's clock stands still from here on; every vCPU has stopped. */
  stopClock(): void {
    if (!this.clock.isStopped) this.clock.stop(Math.max(...this.harts.map(({ clockNs }) => clockNs)));
    else if (!this._isWaking) return;
    this.onEvent({ event: 'STOP' });
  }

  /** For a moment, without the run state changing: the guest's clock goes on. */
  pauseAllVcpus(timeNs: number): void {
    this.#requestStop(timeNs);
  }

  /** Unless the machine is to be stopped anyway. */
  resumeAllVcpus(timeNs: number): void {
    if (this.runState !== 'running') return;
    for (const hart of this.harts) hart.start(timeNs);
  }

  reset(): void {
    this.machine.reset();
    this.onEvent({ event: 'RESET' });
  }

  #requestStop(timeNs: number): void {
    for (const hart of this.harts) if (!hart.isStopped) hart.requestStop(timeNs);
  }

  /** A thread of the VMM is to write to a page of RAM. True: the page is protected, and `thread` sleeps until it is not. */
  faultsOnWrite(thread: Actor, page: number): boolean {
    if (!this.machine.core.pages.isProtected(page)) return false;
    if (!this.uffd) throw new Error(`write fault on page ${page} with no uffd`);
    this.uffd.fault(thread, this.actorNumberOf(thread), page);
    return true;
  }

  actorNumberOf(actor: Actor): number {
    if (actor instanceof HartActor) return actor.index;
    return actor.id === 'migration' ? migrationActorNumber : mainLoopActorNumber;
  }

  /** A device may raise its interrupt: harts in WFI look whether there is one to take. */
  interrupt(raise: () => void, timeNs: number): void {
    raise();
    for (const hart of this.harts) hart.pokeAt(timeNs);
  }

  /** Bytes are typed at the console. @returns the virtio device that is to hand them to its driver, if it is one's */
  receive(bytes: Uint8Array, timeNs: number): VirtioMmio | undefined {
    const device = this.machine.receive(bytes, this.clock.at(timeNs));
    this.interrupt(() => {}, timeNs);
    return device;
  }

  /**
   * The guest has given a page of RAM away: the next to read it finds zeros. Not while RAM is write-protected: the page
   * would lose its protection with its contents (QEMU: virtio_balloon_inhibited).
   */
  discard(pageFrame: number, timeNs: number): void {
    const page = pageFrame - ramBase / pageByteCount;
    const { core } = this.machine;
    if (page < 0 || page >= core.pages.states.length) return;
    if (this.uffd && this.whatIf.inhibitBalloon) return;
    this.uffd?.discard(page, mainLoopActorNumber, timeNs);
    core.pages.discard(page, mainLoopActorNumber, timeNs);
  }
}
