import type { FallibleStep } from '../debuggee/fallible-steps';
import type { MigrationParameters } from '../debuggee/migration-parameters';
import type { Phase } from '../debuggee/phase';
import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { MachineState } from '../emulator/machine/machine-state';
import { deviceSections } from '../emulator/machine/sections';
import { PageState } from '../protocol/page-states';
import type { Actor } from '../simulation/actor';
import { mainLoopActorNumber, migrationActorNumber, type RunState, type Vmm } from '../vmm/vmm';
import type { DeviceState } from '../vmstate/device-state';
import { Channel } from './channel';
import { type DiskContents, disksOf } from './disk-contents';
import { withDiskDigests } from './disk-digests';
import { FailoverNic } from './failover-nic';
import { migrateFdCleanup } from './migration';
import { MigrationState } from './migration-state';
import type { Precopy } from './precopy';
import { QemuFile, type StreamOutput } from './qemu-file';
import { type PageAddress, RamState } from './ram-state';
import type { SnapshotOptions } from './snapshot-options';
import { succeeds } from './step-failures';
import type { SlowFaultThrottle } from './track-writes-ram';
import { VmstateStream } from './vmstate-stream';
import { WriteProtection } from './write-protection';

/** A window of the bandwidth (QEMU: BUFFER_DELAY). */
const windowNs = 100_000_000;

/** What a snapshot needs from its owner. */
export interface SnapshotOwner {
  readonly output: StreamOutput;
  /** The instant that the snapshot shows, if it shows its beginning. */
  onFreeze(): void;
  /** Every page has left; the devices follow. */
  onRamComplete(): void;
  /** All bytes are written. Undefined, or what went wrong, in words: then the snapshot has failed. */
  commitOutput(): string | undefined;
  /** See `DiskDigests`. @param index of the disk in `disksAtFreeze` */
  digestOf(disk: DiskContents, index: number): string;
  /** In the main loop, after the last action: completed, failed or cancelled. */
  onEnd(): void;
}

/** The actions of one snapshot, as its threads name them; their order is the threads' (write-tracking-thread.ts). */
export class Snapshot {
  readonly state: MigrationState;
  readonly ram: RamState;
  readonly protection: WriteProtection;
  readonly channel: Channel;
  readonly file: QemuFile;
  readonly stream: VmstateStream;
  /** Who saves it, by the number in `GuestPages.actors`. */
  actorNumber = migrationActorNumber;
  readonly failoverNic: FailoverNic | undefined;
  parameters: MigrationParameters;
  /** Of a dirty-logging migration, and of `savevm`. */
  precopy: Precopy | undefined;
  /** Of write tracking as it was first proposed. */
  throttle: SlowFaultThrottle | undefined;
  private _windowEndsNs = -Infinity;
  disksAtFreeze: readonly DiskContents[] = [];
  private _machineState: MachineState | undefined;
  /** What a restored machine returns to: what this one did before it was stopped. */
  private _runState: RunState = 'running';

  constructor(
    readonly vm: Vmm,
    private readonly owner: SnapshotOwner,
    readonly options: SnapshotOptions,
  ) {
    this.state = new MigrationState((status) => vm.onEvent({ event: 'MIGRATION', data: { status } }));
    this.ram = new RamState(vm.machine.ramBlocks);
    this.protection = new WriteProtection(vm, this.state, () => owner.onFreeze());
    this.parameters = options.parameters;
    this.channel = new Channel(owner.output, options.channel);
    this.file = new QemuFile(this.channel);
    this.stream = new VmstateStream(this.file, this.ram, options.capabilities);
    this.failoverNic = options.unplugNs === undefined ? undefined : new FailoverNic(options.unplugNs);
  }

  /**
   * What belongs beside the stream, which has no disks. (QEMU leaves this to who manages it: a snapshot of the disks at the
   * freeze.)
   */
  get disks(): readonly DiskContents[] {
    return this.vm.whatIf.diskSnapshot === 'freeze' ? this.disksAtFreeze : disksOf(this.vm.machine);
  }

  /** Where the device state waits until RAM has left. */
  get stash(): QemuFile {
    return this.stream.stash;
  }

  begin(timeNs: number): void {
    this.vm.pageMap.begin(mainLoopActorNumber, timeNs);
    this.state.setStatus('setup');
    this.state.startNs = timeNs;
    this.channel.connect(timeNs);
    this.failoverNic?.requestUnplug(timeNs);
  }

  /** Asked once at each step that may fail: false when it does, and the snapshot with it. */
  succeeds(step: FallibleStep): boolean {
    return succeeds(step, this.vm.whatIf, this.state);
  }

  /**
   * The user gives up. Whoever waits for the channel or for the failover NIC need not wait on. Between the look at the status
   * that has led here and this the other thread may have changed it: as in QEMU (a compare-and-swap), it then stays.
   */
  cancel(timeNs: number): void {
    if (!this.state.isRunning) return;
    this.state.setStatus('cancelling');
    this.channel.shutdown(timeNs);
    this.failoverNic?.cancelUnplug(timeNs);
  }

  enterWaitUnplug(): void {
    if (this.state.isRunning) this.state.setStatus('wait-unplug');
  }

  enterActive(timeNs: number): void {
    if (!this.state.isRunning) return;
    this.state.setStatus('active');
    this.state.setupNs = timeNs - this.state.startNs;
  }

  stampDowntimeStart(timeNs: number): void {
    this.state.downtimeStartNs = timeNs;
  }

  stampDowntime(timeNs: number): void {
    this.state.downtimeNs = timeNs - this.state.downtimeStartNs;
  }

  storeGlobalState(): void {
    this._runState = this.vm.runState;
  }

  /** Every vCPU stands still, and so do the disks. */
  vmStopped(): void {
    this.vm.stopClock();
    this.disksAtFreeze = disksOf(this.vm.machine);
    this.succeeds('vm-stop');
  }

  synchronizeStates(): void {
    this._machineState = this.vm.machine.save();
  }

  stashDeviceState(timeNs: number): void {
    if (!this.succeeds('stash')) return;
    this.stream.writeDeviceState(this.stash, this.#deviceSections(timeNs));
  }

  /** Device state right behind RAM. */
  writeDeviceState(timeNs: number): void {
    if (!this.succeeds('stash')) return;
    this.owner.onRamComplete();
    this.stream.writeDeviceState(this.file, this.#deviceSections(timeNs));
  }

  #deviceSections(timeNs: number): DeviceState[] {
    const sections = deviceSections(this._machineState!, {
      virtualClockNs: this.vm.clock.at(timeNs),
      runState: this._runState,
      raisesTimers: this.vm.whatIf.raiseTimers,
    });
    return withDiskDigests(
      sections,
      this.disksAtFreeze.map((disk, index) => this.owner.digestOf(disk, index)),
    );
  }

  /** A window of the bandwidth begins. */
  beginWindow(timeNs: number): void {
    this._windowEndsNs = timeNs + windowNs;
    this.file.resetRateLimit();
  }

  updateCounters(timeNs: number): void {
    if (timeNs >= this._windowEndsNs) this.beginWindow(timeNs);
  }

  /** Of a write-tracking snapshot `max-bandwidth` alone matters, and only when it is set in its course. */
  setParameters(change: Partial<MigrationParameters>): void {
    this.parameters = { ...this.parameters, ...change };
    if (change.maxBandwidth !== undefined) this.file.setRateLimit(change.maxBandwidth);
  }

  beginPart(timeNs: number): number {
    this.state.iterations++;
    this.stream.beginRamSection('part');
    return timeNs;
  }

  isZero(page: PageAddress): boolean {
    return this.ram.blocks[page.block]!.isZero(page.page);
  }

  /** Returns how many bytes had to leave to make room; `writePage` does, too. */
  writeZeroPage(page: PageAddress, timeNs: number): number {
    this.state.zeroPages++;
    this.#countSent(page, PageState.Zero, timeNs);
    return this.stream.writeZeroPage(page);
  }

  writePage(page: PageAddress, timeNs: number): number {
    this.#countSent(page, PageState.CopiedScan, timeNs);
    return this.stream.writePage(page);
  }

  #countSent(page: PageAddress, state: PageState, timeNs: number): void {
    this.state.pagesSent++;
    if (this.protection.isTracked(page)) return;
    this.vm.pageMap.setSent(page.block, page.page, state, this.actorNumber, timeNs);
  }

  /** The thread that writes sleeps while the channel is full. */
  readonly whileFull = {
    sleeps: (thread: Actor): boolean => this.channel.sleeps(thread) || this.#noteChannelError(thread),
  };

  /** The thread that writes sleeps until all of it has been read. */
  readonly untilRead = {
    sleeps: (thread: Actor): boolean => this.channel.sleepsUntilDrained(thread) || this.#noteChannelError(thread),
  };

  #noteChannelError({ clockNs }: Actor): false {
    this.file.error ??= this.channel.errorAt(clockNs);
    return false;
  }

  detectError(): void {
    if (this.file.error !== undefined) this.state.fail(this.file.error);
  }

  appendStash(): void {
    this.owner.onRamComplete();
    this.stream.appendStash();
  }

  /** Gives the output its name: from here on it is a snapshot, and nobody can cancel it. */
  complete(): void {
    if (!this.state.isRunning) return;
    this.file.error ??= this.owner.commitOutput();
    this.detectError();
    if (this.state.isRunning) this.state.setStatus('completed');
  }

  /** The phase in which the migration thread ends. */
  get endingPhase(): Phase | undefined {
    const { status } = this.state;
    return status === 'completed' || status === 'failed' ? status : undefined;
  }

  finish(timeNs: number): void {
    const { state, vm } = this;
    state.totalNs = timeNs - state.startNs;
    // QEMU counts in whole ms.
    const isUnset = vm.whatIf.zeroDowntimeMeansUnset && state.downtimeNs < 1e6;
    if (isUnset) state.downtimeNs = timeNs - state.downtimeStartNs;
    this.protection.end();
  }

  scheduleCleanup(timeNs: number): void {
    this.vm.mainLoop.schedule({ name: 'migrateFdCleanup', body: () => migrateFdCleanup(this) }, timeNs);
  }

  get cleanupPhase(): Phase | undefined {
    return this.state.status === 'cancelling' ? 'cancelled' : undefined;
  }

  cleanUp(): void {
    if (this.state.status === 'cancelling') this.state.setStatus('cancelled');
    this.owner.onEnd();
  }
}

/** Guest physical page number of a page of RAM. */
export function pageFrameNumber(page: number): number {
  return ramBase / pageByteCount + page;
}
