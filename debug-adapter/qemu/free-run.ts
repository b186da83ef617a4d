import { setTimeout as delay } from 'node:timers/promises';
import type { Stop } from '../debuggee/stop';
import type { Scope, ThreadId } from '../debuggee/thread';
import { heldRegisters } from './held-registers';
import { isTransient, pauseText, refusedToGoOn } from './pause-reasons';
import { PausedVcpus } from './paused-vcpus';
import type { HostThread } from './process-facts';
import { QemuError } from './qemu-error';
import { RamCopy } from './ram-copy';
import { repairAdvice } from './repair';
import type { RunningQemu } from './running-qemu';
import type { SnapshotTrigger } from './snapshot-trigger';
import { type QemuThreads, vcpuId } from './threads';

/** Between two looks while the guest runs and nothing is held. */
const lookMs = 10;

/** The guest of a real QEMU while no snapshot is under way: it runs until it is paused, or a snapshot is due. */
export class FreeRun {
  readonly vcpus: PausedVcpus;
  /** Of vCPUs that cannot be stopped. */
  #registers: ReadonlyMap<ThreadId, Scope> = new Map();
  #isLetGo: boolean;
  /** Of the snapshot that is about to begin. */
  #truth: RamCopy | undefined;

  constructor(
    private readonly qemu: RunningQemu,
    private readonly threads: QemuThreads,
    private readonly trigger: SnapshotTrigger,
    private readonly say: (text: string) => void,
  ) {
    this.vcpus = new PausedVcpus(qemu);
    this.#isLetGo = !qemu.isOurs;
    if (this.#isLetGo) trigger.guestRuns();
  }

  /** Also while a snapshot makes it stand still. */
  get isLetGo(): boolean {
    return this.#isLetGo;
  }

  /** Of the memory for the snapshot that is about to begin, from 0 to 1. */
  get preparedShare(): number | undefined {
    return this.#truth?.preparedShare;
  }

  scopes(thread: ThreadId): readonly Scope[] {
    const held = this.#registers.get(thread);
    return held ? [held] : this.vcpus.scopes(thread);
  }

  /** What has been looked at is no more. */
  forget(): void {
    this.#registers = new Map();
    this.vcpus.forget();
  }

  /** @throws QemuError where QEMU refuses that */
  async letGo(): Promise<void> {
    if (this.qemu.isStill) await this.#continue();
    if (this.#isLetGo) return;
    this.#isLetGo = true;
    this.trigger.guestRuns();
  }

  async #continue(): Promise<void> {
    try {
      await this.qemu.qmp.execute('cont');
    } catch (error) {
      if (!(error instanceof QemuError) || error.code !== 'qmp-refused') throw error;
      const refusal = refusedToGoOn((await this.qemu.runState()) ?? 'not known', error);
      await this.lookAtVcpus();
      throw refusal;
    }
  }

  /**
   * @param onDue there is no room for a second copy of RAM
   * @returns what RAM is to be copied into, when a snapshot is due; undefined when it is enough, the guest does not run, or
   *   QEMU has ended
   */
  async untilSnapshot(isEnough: () => boolean, onDue: () => void): Promise<RamCopy | undefined> {
    while (!isEnough() && this.qemu.facts.isAlive) {
      if (this.qemu.isStill && (await this.#isPaused())) return undefined;
      if (!this.trigger.isDue) {
        await delay(lookMs);
        continue;
      }
      onDue();
      this.#truth ??= new RamCopy(this.qemu.facts);
      const truth = this.#truth;
      // To map the memory takes long: a pause does not wait for it.
      if (!(await truth.prepare(this.qemu.blocks, () => isEnough() || !this.trigger.isDue))) continue;
      this.trigger.pull();
      return truth;
    }
    return undefined;
  }

  /** None is due any more, or it has begun. */
  giveUp(): void {
    this.trigger.pull();
    this.#truth = undefined;
  }

  async stop(): Promise<Stop> {
    const [faulting] = this.qemu.facts.threads().filter(({ isFaulting }) => isFaulting);
    if (faulting) return await this.#leftInFault(faulting);
    const runState = this.qemu.isStill ? await this.qemu.runState() : undefined;
    if (runState === undefined || runState === 'running') {
      await this.qemu.qmp.execute('stop');
      this.#isLetGo = false;
    } else this.say(pauseText(runState));
    await this.lookAtVcpus();
    const title = runState === undefined || runState === 'running' ? undefined : `Paused by QEMU (${runState})`;
    return { reason: 'pause', thread: vcpuId(0), title };
  }

  /** And stays so. */
  async #isPaused(): Promise<boolean> {
    const runState = await this.qemu.runState();
    return runState !== undefined && runState !== 'running' && !isTransient(runState);
  }

  /** To stop it would hang the main loop too. */
  async #leftInFault(faulting: HostThread): Promise<Stop> {
    const thread = this.threads.nameOf(faulting);
    const isAnswering = (await this.qemu.runState()) !== undefined;
    this.#registers = await heldRegisters(this.qemu, isAnswering, 'Repair the guest, then pause.');
    this.say(
      `Not stopped: ${thread} waits in a write fault, and QEMU would hang with it. ${repairAdvice(this.qemu.pid)}`,
    );
    return { reason: 'pause', thread };
  }

  async lookAtVcpus(): Promise<void> {
    const failure = await this.vcpus.look();
    if (failure) this.say(`Registers cannot be shown: ${failure}`);
  }
}
