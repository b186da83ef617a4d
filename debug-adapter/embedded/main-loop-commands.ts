import type { MigrationParameters } from '../debuggee/migration-parameters';
import { algorithmFor } from '../migration/algorithms';
import { qmpMigrate, qmpMigrateCancel, qmpMigrateSetParameters } from '../migration/migration';
import { Precopy } from '../migration/precopy';
import { saveSnapshot } from '../migration/savevm';
import type { Snapshot } from '../migration/snapshot';
import type { Routine } from '../simulation/actions';
import { gdbWriteMemory, qemuChrBeWrite, qmpBalloon, qmpCont, qmpStop, qmpSystemWakeup } from '../vmm/main-loop';
import { mainLoopActorNumber } from '../vmm/vmm';
import type { RunLoop } from './run-loop';

/** How long the monitor waits for the main loop to take a cancel, in virtual ns. */
const yankNs = 1_000_000_000;

/** What the main loop's thread is told to do from outside: by the monitor, the console, a debugger. */
export class MainLoopCommands {
  /** Whose cancel the main loop has not taken yet. */
  private readonly _cancelled = new Set<Snapshot>();

  constructor(private readonly loop: RunLoop) {}

  /** The monitor is told to migrate: the main loop's thread creates the migration thread. */
  migrate(snapshot: Snapshot, timeNs: number): void {
    this.loop.beginSnapshot(snapshot);
    const { frame, thread } = algorithmFor(snapshot.options.capabilities);
    const createThread = (now: number): void => this.loop.startMigration(frame, thread(snapshot), now);
    this.#schedule('qmpMigrate', () => qmpMigrate(snapshot, createThread), timeNs);
  }

  /** The monitor is told to save the VM in the main loop's thread. */
  savevm(snapshot: Snapshot, timeNs: number): void {
    this.loop.beginSnapshot(snapshot);
    const body = (): Routine => {
      snapshot.precopy ??= new Precopy(snapshot);
      snapshot.actorNumber = mainLoopActorNumber;
      return saveSnapshot(snapshot.precopy);
    };
    this.#schedule('saveSnapshot', body, timeNs);
  }

  /**
   * The monitor is told to cancel. If the main loop, which would do it, does not get to it (it sleeps in a write fault, and
   * the migration thread that could serve it in a full channel), the channel is shut down past the main loop (QEMU: yank).
   */
  cancel(snapshot: Snapshot, timeNs = this.loop.timeNs): void {
    this._cancelled.add(snapshot);
    const cancel = (): Routine => {
      this._cancelled.delete(snapshot);
      return qmpMigrateCancel(snapshot);
    };
    this.#schedule('qmpMigrateCancel', cancel, timeNs);
    this.loop.ringAt(timeNs + yankNs, (now) => {
      if (this._cancelled.delete(snapshot)) snapshot.channel.shutdown(now);
    });
  }

  /** Of the snapshot under way. */
  setParameters(snapshot: Snapshot, change: Partial<MigrationParameters>, timeNs = this.loop.timeNs): void {
    this.#schedule('qmpMigrateSetParameters', () => qmpMigrateSetParameters(snapshot, change), timeNs);
  }

  /** The monitor is told to `stop` or to `cont`. */
  setRunning(isRunning: boolean, timeNs = this.loop.timeNs): void {
    const { vmm } = this.loop;
    if (isRunning) this.#schedule('qmpCont', () => qmpCont(vmm), timeNs);
    else this.#schedule('qmpStop', () => qmpStop(vmm), timeNs);
  }

  /** The monitor is told to wake a suspended guest. */
  wakeUp(): void {
    this.#schedule('qmpSystemWakeup', () => qmpSystemWakeup(this.loop.vmm));
  }

  /** The monitor is told that the guest is to make do with so many pages of RAM. */
  setBalloon(pageCount: number): void {
    this.#schedule('qmpBalloon', () => qmpBalloon(this.loop.vmm, pageCount));
  }

  typeAtConsole(bytes: Uint8Array): void {
    this.#schedule('qemuChrBeWrite', () => qemuChrBeWrite(this.loop.vmm, bytes));
  }

  /** A debugger writes to pages of which some are protected. */
  write(writes: Parameters<typeof gdbWriteMemory>[1]): void {
    this.#schedule('gdbWriteMemory', () => gdbWriteMemory(this.loop.vmm, writes));
  }

  #schedule(name: string, body: () => Routine, timeNs = this.loop.timeNs): void {
    this.loop.vmm.mainLoop.schedule({ name, body }, timeNs);
  }
}
