import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { writableDisks } from './disks';
import { Drain } from './drain';
import { type AddressRange, readable } from './libc';
import { ProcessFacts } from './process-facts';
import { QemuError } from './qemu-error';
import type { QmpClient, QmpEvent } from './qmp-client';
import { hostRange, type RamBlock, readRamBlocks } from './ram-blocks';
import type { TracePipe } from './trace';

export interface QemuListener {
  /** What QEMU prints on its standard output: the console, with `-serial stdio` or `-nographic`. */
  onConsole(bytes: Uint8Array): void;
  /** A line that QEMU prints beside it, such as a warning. */
  onMessage(text: string): void;
  onQmpEvent(event: QmpEvent): void;
}

/** A QEMU that somebody has started or joined. */
export interface Connection {
  readonly pid: number;
  readonly qmp: QmpClient;
  readonly tracePipe: TracePipe;
  /** Lines that QEMU has printed, for when it ends. */
  readonly messages: readonly string[];
  /** Of one that we have started. */
  readonly child?: ChildProcess;
  /** Ends the connection, and a QEMU that is ours; puts back what was changed in any other. */
  close(): Promise<void>;
}

export interface IoThread {
  /** As `-object iothread,id=…` gives it. */
  readonly id: string;
  readonly tid: number;
}

export interface VirtualCpu {
  readonly index: number;
  readonly tid: number;
}

interface CapabilityState {
  readonly capability: string;
  readonly state: boolean;
}

/** Of `query-migrate`. */
const statesUnderWay = ['setup', 'active', 'cancelling', 'wait-unplug', 'device', 'pre-switchover', 'postcopy-active'];
const capabilities = ['background-snapshot', 'events'];
const pumpMs = 100;
const stateMs = 50;
/** So many times a main loop is asked that does not wait: on a busy machine it is late. */
const statePatience = 40;
const endMs = 30_000;
/** So long a guest must have run within such a time: less is what it takes a vCPU to stand still. */
const ranNs = 500_000;
const runningMs = 20;
const runningLookMs = 2;

/** A QEMU process with its monitor, its trace and what the kernel tells of it. */
export class RunningQemu {
  readonly facts: ProcessFacts;
  /** Of a snapshot under way. */
  onEvent: (event: QmpEvent) => void = () => {};
  #blocks: readonly RamBlock[] = [];
  #vcpus: readonly VirtualCpu[] = [];
  #iothreads: readonly IoThread[] = [];
  #isKvm = false;
  #disks: readonly string[] = [];
  #isStill = false;
  #drain: Drain | undefined;
  /** Takes what QEMU traces and prints while no snapshot is held. */
  #pump: { stop: boolean; readonly done: Promise<void> } | undefined;
  /** As the capabilities were before. */
  #capabilities: readonly CapabilityState[] = [];

  private constructor(
    private readonly connection: Connection,
    private readonly listener: QemuListener,
  ) {
    this.facts = new ProcessFacts(connection.pid);
    connection.qmp.onEvent = (event) => {
      if (event.event === 'STOP') this.#isStill = true;
      if (event.event === 'RESUME') this.#isStill = false;
      listener.onQmpEvent(event);
      this.onEvent(event);
    };
    this.#startPump();
  }

  /** @throws QemuError; the connection is closed then */
  static async of(connection: Connection, listener: QemuListener): Promise<RunningQemu> {
    const qemu = new RunningQemu(connection, listener);
    try {
      await qemu.#lookAround();
      return qemu;
    } catch (error) {
      await qemu.close();
      throw error;
    }
  }

  get pid(): number {
    return this.connection.pid;
  }

  get qmp(): QmpClient {
    return this.connection.qmp;
  }

  get tracePipe(): TracePipe {
    return this.connection.tracePipe;
  }

  /** In the order of the stream. */
  get blocks(): readonly RamBlock[] {
    return this.#blocks;
  }

  get vcpus(): readonly VirtualCpu[] {
    return this.#vcpus;
  }

  get iothreads(): readonly IoThread[] {
    return this.#iothreads;
  }

  /** That the guest could write to when its last snapshot began, by QEMU's names for them. */
  get disks(): readonly string[] {
    return this.#disks;
  }

  /** And not TCG. */
  get isKvm(): boolean {
    return this.#isKvm;
  }

  hostRangeOf(block: string): AddressRange | undefined {
    const found = this.#blocks.find(({ name }) => name === block);
    return found && hostRange(found);
  }

  /** What the trace tells of a block's place, mapped or not. */
  placeBlock(name: string, host: bigint, byteCount: number): void {
    this.#blocks = this.#blocks.map((block) => (block.name === name ? { ...block, host, byteCount } : block));
  }

  /** `running`, `paused`, …; undefined when the main loop does not answer, because it waits or is gone. */
  async runState(): Promise<string | undefined> {
    for (let patience = statePatience; patience > 0; patience--) {
      try {
        const answer = await this.qmp.execute('query-status', {}, { timeoutMs: stateMs });
        return (answer as { status: string }).status;
      } catch {
        if (this.#isMainLoopHeld) return undefined;
      }
    }
    return undefined;
  }

  /** In a trace of its own, by a lock, or in a write fault. */
  get #isMainLoopHeld(): boolean {
    const loop = this.facts.isAlive ? this.facts.threads().find(({ tid }) => tid === this.pid) : undefined;
    return loop === undefined || /pipe_write|futex|handle_userfault/.test(loop.wchan);
  }

  /** QEMU has stopped the vCPUs, whoever asked for it, and not started them again: as it has told last. */
  get isStill(): boolean {
    return this.#isStill;
  }

  /** We have started it, and end it. */
  get isOurs(): boolean {
    return this.connection.child !== undefined;
  }

  /** Bytes for QEMU's standard input: the console, with `-serial stdio` or `-nographic`. */
  type(bytes: Uint8Array): void {
    this.connection.child?.stdin?.write(bytes);
  }

  /** Of a QEMU that has ended. */
  get exitCode(): number {
    return this.connection.child?.exitCode ?? 1;
  }

  /** Whether any vCPU runs, as the kernel counts it, within some milliseconds; none does while all wait in write faults. */
  async isGuestRunning(): Promise<boolean> {
    if (this.isGuestAsleep) return false;
    const ran = () => this.#vcpus.map(({ tid }) => this.facts.runTimeNs(tid));
    const before = ran();
    const hasRun = () => ran().some((ns, index) => ns - before[index]! > ranNs);
    for (const end = performance.now() + runningMs; performance.now() < end; ) {
      await delay(runningLookMs);
      if (hasRun()) return true;
    }
    return false;
  }

  /** All vCPUs wait in write faults. */
  get isGuestAsleep(): boolean {
    const faulting = new Set(this.facts.threads().flatMap(({ tid, isFaulting }) => (isFaulting ? tid : [])));
    return this.#vcpus.every(({ tid }) => faulting.has(tid));
  }

  /** Ready for a background snapshot: nothing prints into the trace but the trace. @throws QemuError */
  async prepareSnapshot(readFd: number): Promise<void> {
    await this.#checkCanBegin();
    await this.#enableCapabilities();
    this.#disks = await writableDisks(this.qmp);
    // First of all, before QEMU can be held.
    this.#drain = await Drain.start(readFd);
  }

  /** @returns whether QEMU has all of these events; where it has not, none of them is enabled */
  async trace(events: readonly string[], enable: boolean): Promise<boolean> {
    let hasAll = true;
    for (const name of events) {
      try {
        await this.qmp.execute('trace-event-set-state', { name, enable });
      } catch (error) {
        if (!(error instanceof QemuError) || error.code !== 'qmp-refused') throw error;
        hasAll = false;
      }
    }
    if (enable && !hasAll) await this.trace(events, false);
    return hasAll;
  }

  /** Lines that it has printed so far. */
  get messages(): readonly string[] {
    return this.connection.messages;
  }

  /** A line for its user, beside those that QEMU prints. */
  say(text: string): void {
    this.listener.onMessage(text);
  }

  /** Whoever holds QEMU takes its trace. */
  async stopPump(): Promise<void> {
    const pump = this.#pump;
    this.#pump = undefined;
    if (pump) pump.stop = true;
    await pump?.done;
  }

  /** The snapshot is over, or was refused: QEMU is as it was before it. */
  async tidyUp(events: readonly string[]): Promise<void> {
    this.#startPump();
    const drain = this.#drain;
    this.#drain = undefined;
    // Nothing has been changed: whatever is under way is another's.
    if (!drain) return;
    drain.release();
    // One that answers no more keeps what it has.
    await this.trace(events, false).catch(() => {});
    await this.#endOfMigration().catch(() => {});
    await this.qmp.execute('migrate-set-capabilities', { capabilities: this.#capabilities }).catch(() => {});
  }

  /** What nobody holds is over soon. */
  async #endOfMigration(): Promise<void> {
    for (const deadline = performance.now() + endMs; performance.now() < deadline; ) {
      const { status = '' } = (await this.qmp.execute('query-migrate')) as { status?: string };
      if (!statesUnderWay.includes(status)) return;
      await delay(20);
    }
  }

  hasEnded(): QemuError {
    const said = this.messages.slice(-3).join(' ');
    return new QemuError('qemu-ended', said ? `QEMU has ended: ${said}` : 'QEMU has ended.');
  }

  /** What is held goes on. One that is ours is ended; any other is as it was before. */
  async close(): Promise<void> {
    this.#drain?.release();
    await this.connection.close();
    await this.stopPump();
    this.facts.close();
    this.tracePipe.pipe.close();
  }

  async #lookAround(): Promise<void> {
    const cpus = (await this.qmp.execute('query-cpus-fast')) as { 'cpu-index': number; 'thread-id': number }[];
    this.#vcpus = cpus.map((cpu) => ({ index: cpu['cpu-index'], tid: cpu['thread-id'] }));
    const iothreads = (await this.qmp.execute('query-iothreads')) as { id: string; 'thread-id': number }[];
    this.#iothreads = iothreads.map((each) => ({ id: each.id, tid: each['thread-id'] }));
    this.#isStill = !((await this.qmp.execute('query-status')) as { running: boolean }).running;
    this.#isKvm = ((await this.qmp.execute('query-kvm')) as { enabled: boolean }).enabled;
    this.#blocks = await readRamBlocks(this.qmp);
    this.facts.checkAccess();
  }

  async #checkCanBegin(): Promise<void> {
    const { status } = (await this.qmp.execute('query-status')) as { status: string };
    if (status !== 'running') {
      const advice = 'Let it run first: `cont` in the monitor.';
      throw new QemuError(
        'guest-paused',
        `The guest does not run (${status}), and the snapshot would start it. ${advice}`,
      );
    }
    const migration = (await this.qmp.execute('query-migrate')) as { status?: string };
    if (statesUnderWay.includes(migration.status ?? '')) {
      const text = `QEMU is in the midst of another migration (${migration.status}): wait for its end, or cancel it.`;
      throw new QemuError('snapshot-under-way', text);
    }
  }

  async #enableCapabilities(): Promise<void> {
    const all = (await this.qmp.execute('query-migrate-capabilities')) as readonly CapabilityState[];
    this.#capabilities = all.filter(({ capability }) => capabilities.includes(capability));
    if (!this.#capabilities.some(({ capability }) => capability === 'background-snapshot')) {
      throw new QemuError('no-background-snapshot', 'This QEMU has no background snapshot: take 6.0 or newer.');
    }
    try {
      const wanted = capabilities.map((capability) => ({ capability, state: true }));
      await this.qmp.execute('migrate-set-capabilities', { capabilities: wanted });
    } catch (error) {
      if (!(error instanceof QemuError) || error.code !== 'qmp-refused') throw error;
      throw refusedCapability(error.message);
    }
  }

  #startPump(): void {
    if (this.#pump) return;
    const pump = { stop: false, done: Promise.resolve() };
    const { tracePipe } = this;
    const run = async (): Promise<void> => {
      while (!pump.stop && !tracePipe.hasEnded) {
        while (tracePipe.look()) tracePipe.take();
        if (!tracePipe.hasEnded) await readable([tracePipe.pipe.readFd], pumpMs);
      }
    };
    this.#pump = Object.assign(pump, { done: run() });
  }
}

function refusedCapability(reason: string): QemuError {
  if (/not supported by host kernel/.test(reason)) {
    const advice =
      'Run QEMU as root, or allow everybody userfaultfd: `sysctl vm.unprivileged_userfaultfd=1`; the kernel must be Linux 5.7 or newer.';
    return new QemuError('no-userfaultfd', `QEMU may not protect pages (userfaultfd): ${reason}. ${advice}`);
  }
  return new QemuError('no-background-snapshot', `QEMU refuses a background snapshot: ${reason}.`);
}
