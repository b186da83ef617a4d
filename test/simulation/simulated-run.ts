import type { CapabilityName } from '../../debug-adapter/debuggee/migration-capabilities';
import { MainLoopCommands } from '../../debug-adapter/embedded/main-loop-commands';
import type { SnapshotFiles } from '../../debug-adapter/embedded/output';
import { RunLoop } from '../../debug-adapter/embedded/run-loop';
import { type Ending, SnapshotRun } from '../../debug-adapter/embedded/snapshot-run';
import { SourceLines } from '../../debug-adapter/embedded/source-lines';
import { StopConditions } from '../../debug-adapter/embedded/stop-conditions';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';
import { algorithmFor } from '../../debug-adapter/migration/algorithms';
import { defaultSnapshotOptions, type SnapshotOptions } from '../../debug-adapter/migration/snapshot-options';
import { Vmm } from '../../debug-adapter/vmm/vmm';
import { correct } from '../../debug-adapter/vmm/what-if';
import { machineOf } from './machine-pool';
import type { Plan, PlannedAlgorithm } from './plan';

/** One snapshot of a simulated run, and what became of it. */
export interface Outcome {
  readonly algorithm: PlannedAlgorithm;
  readonly status: string;
  readonly ending: Ending;
  /** The committed file, if there is one. */
  readonly file: Uint8Array | undefined;
  readonly frozen: Frozen | undefined;
}

/** The instant that a snapshot shows. */
export interface Frozen {
  readonly ram: Uint8Array;
  /** Pages of RAM, by number, that nobody had touched by then. */
  readonly untouched: ReadonlySet<number>;
  readonly instructionCount: number;
}

/** Nobody waits longer than this for a snapshot: then it is cancelled. In virtual ns, after its start. */
const patienceNs = 50_000_000;
/**
 * A cancelled snapshot has ended by then, even if the main loop is stuck, which the monitor gives a second, or the guest
 * never lets go of its NIC, which gets half a minute.
 */
const endsAfterCancelNs = 31_200_000_000;
/** Turns of all actors; far more than any run takes that makes progress. */
const turnCountMax = 5_000_000;

const noSources = new StopConditions(new SourceLines(new Map()));

/** The machine, its VMM and a plan, without a debugger: the run depends on nothing else. */
export class SimulatedRun {
  readonly machine: Machine;
  readonly loop: RunLoop;
  readonly #commands: MainLoopCommands;
  /** What could be seen from outside, in its order. */
  readonly log: string[] = [];
  /** What the user has asked for last: that the VM runs, or that it is paused. */
  wantsRunning = true;
  #frozen: Outcome['frozen'];
  #freezingPhase: 'wp-arm' | 'device-state' | undefined;

  /** @param stepped the thread that a user steps through, action by action or instruction by instruction, to the end */
  constructor(
    private readonly plan: Plan,
    private readonly stepped?: 'hart 0' | 'migration',
  ) {
    this.machine = machineOf(plan, 'observed');
    this.wantsRunning = !plan.isSuspended;
    const events = {
      onPhase: (phase: string, _thread: string, timeNs: number): void => {
        this.log.push(`${timeNs} ${phase} ${this.machine.core.stateHash()}`);
        if (phase === this.#freezingPhase) this.#freeze();
      },
      onThreads: () => {},
      onQmpEvent: (event: object, timeNs: number) => this.log.push(`${timeNs} ${JSON.stringify(event)}`),
      onConsole: () => {},
      onTrigger: () => {},
    };
    const beginning = { virtualClockNs: 0, runState: plan.isSuspended ? 'suspended' : 'running' } as const;
    const vmm = new Vmm(this.machine, { ...correct, failAt: plan.failAt }, beginning, plan.interleaving);
    this.loop = new RunLoop(vmm, noSources, { kind: 'command' }, events);
    this.#commands = new MainLoopCommands(this.loop);
  }

  get isSuspended(): boolean {
    return this.plan.isSuspended;
  }

  /** Within some microseconds one hart may be ahead of the others and wait. */
  get instructionCountOfAll(): number {
    return this.loop.vmm.harts.reduce((sum, { instructionCount }) => sum + instructionCount, 0);
  }

  /** Of hart 0. */
  get instructionCount(): number {
    return this.loop.vmm.harts[0]!.instructionCount;
  }

  /** The planned snapshot, with everything that the plan has happen to it. */
  planned(): Outcome {
    const { plan, loop } = this;
    const ns = (us: number): number => plan.startUs * 1000 + us * 1000;
    const channel = { ...plan.channel, stallNs: plan.channel.stallUs * 1000 };
    const unplugNs = plan.unplugUs === undefined ? undefined : plan.unplugUs * 1000;
    return this.#take(plan.algorithm, { channel, unplugNs }, ns(0), plan.diskByteCount, (run) => {
      if (plan.cancelUs !== undefined)
        loop.ringAt(ns(plan.cancelUs), (now) => this.#commands.cancel(run.snapshot, now));
      if (plan.pauseUs !== undefined) {
        loop.ringAt(ns(plan.pauseUs), (now) => this.#setRunning(false, now));
        loop.ringAt(ns(plan.pauseUs + plan.pausedUs), (now) => this.#setRunning(true, now));
      }
      if (plan.limitUs !== undefined) {
        const change = { maxBandwidth: plan.bytesPerSecondMax };
        loop.ringAt(ns(plan.limitUs), (now) => this.#commands.setParameters(run.snapshot, change, now));
      }
    });
  }

  /** Another snapshot, now, with nothing in its way. */
  another(): Outcome {
    return this.#take(this.plan.nextAlgorithm, {}, this.loop.timeNs, Infinity, () => {});
  }

  /** Everybody acts for so long. */
  runFor(ns: number): void {
    const endsNs = this.loop.timeNs + ns;
    let isOver = false;
    this.loop.ringAt(endsNs, () => {
      isOver = true;
    });
    this.#turnUntil(() => isOver);
  }

  /** Until the main loop has done all that it has been told to do. */
  runUntilIdle(): void {
    this.#turnUntil(() => this.loop.mainLoop.wait?.resource === 'events');
  }

  #setRunning(isRunning: boolean, timeNs: number): void {
    // A suspended VM hears neither.
    this.wantsRunning = isRunning && !this.plan.isSuspended;
    this.#commands.setRunning(isRunning, timeNs);
  }

  #freeze(): void {
    const { core } = this.machine;
    const untouched = new Set([...core.pages.states.keys()].filter((page) => !core.pages.isTouched(page)));
    this.#frozen = { ram: core.ram.slice(), untouched, instructionCount: this.instructionCount };
  }

  #take(
    algorithm: PlannedAlgorithm,
    options: Partial<SnapshotOptions>,
    startNs: number,
    diskByteCount: number,
    arrange: (run: SnapshotRun) => void,
  ): Outcome {
    const { loop } = this;
    const capabilities = capabilitiesFor(algorithm);
    const { shows } = algorithmFor(capabilities);
    this.#frozen = undefined;
    this.#freezingPhase = shows === 'end' ? 'device-state' : 'wp-arm';
    const files = new MemoryFiles(diskByteCount);
    const endings: Ending[] = [];
    const run = new SnapshotRun(loop.vmm, files, {
      snapshot: { ...defaultSnapshotOptions, capabilities, ...options },
      shows,
      isChecked: true,
      threadOf: (actor) => `actor ${actor}`,
      diskDigests: [],
      onEnding: (ending) => endings.push(ending),
    });
    const begin = (now: number): void => {
      if (algorithm === 'savevm') this.#commands.savevm(run.snapshot, now);
      else this.#commands.migrate(run.snapshot, now);
    };
    let isLate = false;
    loop.ringAt(startNs, begin);
    loop.ringAt(startNs + patienceNs, (now) => {
      if (!run.isOver) this.#commands.cancel(run.snapshot, now);
    });
    loop.ringAt(startNs + patienceNs + endsAfterCancelNs, () => {
      isLate = !run.isOver;
    });
    arrange(run);
    this.#turnUntil(() => run.isOver || isLate);
    if (isLate) throw new Error(`the snapshot never ended: ${JSON.stringify(this.#waits())}`);
    const { status } = run.snapshot.state;
    return { algorithm, status, ending: endings[0]!, file: files.committed, frozen: this.#frozen };
  }

  #turnUntil(isOver: () => boolean): void {
    for (let turn = 0; !isOver(); turn++) {
      this.#keepStepping();
      const stop = this.loop.turn();
      if (stop && (stop === 'idle' || stop.reason !== 'step'))
        throw new Error(`the run stopped: ${JSON.stringify(stop)} ${JSON.stringify(this.#waits())}`);
      if (turn > turnCountMax) throw new Error(`no end in sight: ${JSON.stringify(this.#waits())}`);
    }
  }

  #keepStepping(): void {
    const { stepped, loop } = this;
    if (stepped && loop.thread(stepped)) loop.begin({ kind: 'step', thread: stepped, depth: 'into' });
  }

  #waits(): (string | undefined)[] {
    const ids = ['hart 0', 'main loop', 'migration'];
    return ids.map((id) => `${id}: ${this.loop.thread(id)?.wait?.resource}`);
  }
}

function capabilitiesFor(algorithm: PlannedAlgorithm): ReadonlySet<CapabilityName> {
  return new Set(algorithm === 'precopy' || algorithm === 'savevm' ? [] : [algorithm]);
}

class MemoryFiles implements SnapshotFiles {
  readonly path = '/snapshot';
  committed: Uint8Array | undefined;
  readonly #chunks: Uint8Array[] = [];
  #byteCount = 0;

  constructor(private readonly byteCountMax: number) {}

  replacesDisk(): boolean {
    return false;
  }

  disk(): never {
    throw new Error('the machine has no disk');
  }

  diskByteCount(): number {
    return 0;
  }

  commit(): undefined {
    this.committed = Buffer.concat(this.#chunks);
  }

  abandon(): void {}

  takeNewCourse(): void {}

  write(bytes: Uint8Array): string | undefined {
    this.#byteCount += bytes.length;
    if (this.#byteCount > this.byteCountMax) return 'no space left on device';
    this.#chunks.push(bytes.slice());
    return undefined;
  }
}
