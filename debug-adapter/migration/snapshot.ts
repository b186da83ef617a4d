import type { Phase } from '../debuggee/phase';
import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { MachineState } from '../emulator/machine/machine-state';
import { deviceSections } from '../emulator/machine/sections';
import { PageState } from '../protocol/page-states';
import { migrateFdCleanup } from './main-loop';
import { MigrationState } from './migration-state';
import type { Oracle } from './oracle';
import { QemuFile, type StreamOutput } from './qemu-file';
import { type PageAddress, RamState } from './ram-state';
import { type UffdMessage, Userfaultfd } from './userfaultfd';
import { migrationActorNumber, type RunState, type Vmm } from './vmm';
import { VmstateStream } from './vmstate-stream';

/** What a snapshot needs from its owner. */
export interface SnapshotOwner {
  readonly output: StreamOutput;
  readonly oracle: Oracle;
  /** Every page has left; the devices follow. */
  onRamComplete(): void;
  /** All bytes are written. Undefined, or what went wrong, in words: then the snapshot has failed. */
  commitOutput(): string | undefined;
  /** In the main loop, after the last action: completed or failed. */
  onEnd(): void;
}

/** The actions of one snapshot, as its threads name them; their order is the threads' (write-tracking-thread.ts). */
export class Snapshot {
  readonly state = new MigrationState();
  readonly ram: RamState;
  readonly uffd: Userfaultfd;
  readonly file: QemuFile;
  readonly stream: VmstateStream;
  readonly actorNumber = migrationActorNumber;
  readonly #trackedBlock: number;
  #machineState: MachineState | undefined;
  /** What a restored machine returns to: what this one did before it was stopped. */
  #runState: RunState = 'running';

  constructor(
    readonly vm: Vmm,
    private readonly owner: SnapshotOwner,
  ) {
    this.ram = new RamState(vm.machine.ramBlocks);
    const { uffdFeatureWpUnpopulated } = vm.whatIf;
    this.uffd = new Userfaultfd(vm.machine.core, 'migration', uffdFeatureWpUnpopulated);
    this.file = new QemuFile(owner.output);
    this.stream = new VmstateStream(this.file, this.ram);
    this.#trackedBlock = vm.machine.ramBlocks.findIndex(({ writable }) => writable);
  }

  /** Where the device state waits until RAM has left. */
  get stash(): QemuFile {
    return this.stream.stash;
  }

  begin(timeNs: number): void {
    this.state.setStatus('setup');
    this.state.startNs = timeNs;
  }

  enterActive(timeNs: number): void {
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
    this.#runState = this.vm.runState;
  }

  synchronizeStates(): void {
    this.vm.stopClock();
    this.#machineState = this.vm.machine.save();
  }

  stashDeviceState(timeNs: number): void {
    const sections = deviceSections(this.#machineState!, {
      virtualClockNs: this.vm.clock.at(timeNs),
      runState: this.#runState,
    });
    this.stream.stashDeviceState(sections);
  }

  writeProtect(timeNs: number): void {
    this.owner.oracle.freeze();
    this.vm.uffd = this.uffd;
    this.uffd.writeProtect(this.actorNumber, timeNs);
  }

  beginIterations(): void {
    this.state.iterations = 0;
  }

  beginPart(timeNs: number): number {
    this.state.iterations++;
    this.stream.beginRamSection('part');
    return timeNs;
  }

  pageOfFault({ page }: UffdMessage): PageAddress {
    return { block: this.#trackedBlock, page };
  }

  isTracked({ block }: PageAddress): boolean {
    return block === this.#trackedBlock;
  }

  isZero(page: PageAddress): boolean {
    return this.ram.blocks[page.block]!.isZero(page.page);
  }

  /** Returns how many bytes had to leave to make room; `writePage` does, too. */
  writeZeroPage(page: PageAddress): number {
    this.state.zeroPages++;
    this.state.pagesSent++;
    return this.stream.writeZeroPage(page);
  }

  writePage(page: PageAddress): number {
    this.state.pagesSent++;
    return this.stream.writePage(page);
  }

  /** `state`: what the page is now, or undefined when it had been sent before. */
  unprotect({ page }: PageAddress, state: PageState | undefined, timeNs: number): void {
    this.uffd.unprotect(page, timeNs);
    const { core } = this.vm.machine;
    if (state === undefined || core.pageStates[page] === PageState.Leaked) return;
    core.setPageState(page, state, this.actorNumber, timeNs);
  }

  countFault(latencyNs: number): void {
    this.state.faultsServed++;
    this.state.faultLatencyNsTotal += latencyNs;
    this.state.faultLatencyNsMax = Math.max(this.state.faultLatencyNsMax, latencyNs);
  }

  detectError(): void {
    if (this.file.error === undefined || this.state.status !== 'active') return;
    this.state.error = this.file.error;
    this.state.setStatus('failed');
  }

  appendStash(): void {
    this.owner.onRamComplete();
    this.stream.appendStash();
  }

  /** The phase in which the snapshot ends. */
  get endingPhase(): Phase {
    return this.state.isActive && this.file.error === undefined ? 'completed' : 'failed';
  }

  finish(timeNs: number): void {
    const { state } = this;
    if (state.status === 'active') state.setStatus('completed');
    else if (state.status === 'setup') {
      state.error = this.file.error;
      state.setStatus('failed');
    }
    state.totalNs = timeNs - state.startNs;
    this.vm.uffd = undefined;
  }

  scheduleCleanup(timeNs: number): void {
    const body = () => migrateFdCleanup(() => this.owner.onEnd());
    this.vm.mainLoop.schedule({ name: 'migrateFdCleanup', body }, timeNs);
  }

  /** Gives the output its name: from here on it is a snapshot. */
  commitOutput(): void {
    this.file.error ??= this.owner.commitOutput();
    this.detectError();
  }
}

/** Guest physical page number of a page of RAM. */
export function pageFrameNumber(page: number): number {
  return ramBase / pageByteCount + page;
}
