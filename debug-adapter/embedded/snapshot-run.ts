import type { ThreadId } from '../debuggee/thread';
import type { Algorithm } from '../migration/algorithms';
import { LastCopyOracle } from '../migration/last-copy-oracle';
import { type EarlyWrite, type ImageOracle, Oracle } from '../migration/oracle';
import { Snapshot } from '../migration/snapshot';
import type { SnapshotOptions } from '../migration/snapshot-options';
import { migrationActorNumber, type Vmm } from '../migration/vmm';
import { deviations } from '../migration/what-if';
import { PageState } from '../protocol/page-states';
import { DiskFiles } from './disk-files';
import type { SnapshotFiles } from './output';
import { SnapshotCheck } from './snapshot-check';

/** How a snapshot ended, in words. */
export interface Ending {
  readonly severity: 'info' | 'error';
  readonly text: string;
}

interface SnapshotRunOptions {
  readonly snapshot: SnapshotOptions;
  /** Which instant it is compared with. */
  readonly shows: Algorithm['shows'];
  /** What leaves for the file is compared with the truth. */
  readonly isChecked: boolean;
  /** Whose number in `GuestCore.pageActors` this is. */
  readonly threadOf: (actor: number) => ThreadId;
  /** Of the chunks one behind the other. */
  readonly sha256: (chunks: Iterable<Uint8Array>) => string;
  readonly onEnd: (ending: Ending) => void;
}

/** One snapshot with its files, and the check that reads what leaves for the stream's. */
export class SnapshotRun {
  readonly snapshot: Snapshot;
  readonly #check: SnapshotCheck | undefined;
  readonly #disks: DiskFiles;
  /** What is wrong with what was written, in words. */
  #problems: readonly string[] = [];
  #isOver = false;

  constructor(
    private readonly vmm: Vmm,
    private readonly files: SnapshotFiles,
    private readonly options: SnapshotRunOptions,
  ) {
    this.#disks = new DiskFiles(files);
    const check = options.isChecked ? new SnapshotCheck(vmm.machine, this.#createOracle()) : undefined;
    this.#check = check;
    const owner = {
      output: {
        write: (bytes: Uint8Array) => {
          check?.push(bytes);
          return files.stream.write(bytes);
        },
      },
      onFreeze: () => check?.freeze(),
      onRamComplete: () => check?.finishRam(),
      commitOutput: () => this.#commit(),
      sha256: options.sha256,
      onEnd: () => this.#onEnd(),
    };
    this.snapshot = new Snapshot(vmm, owner, options.snapshot);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The debuggee goes away: files not yet whole go with it. */
  abandon(): void {
    this.files.abandon();
  }

  /** A wrong snapshot replaces no older one, unless something was asked for that makes it wrong: to be looked at. */
  #commit(): string | undefined {
    this.#check?.end();
    const failed = this.#disks.write(this.snapshot.disks);
    if (failed !== undefined) return failed;
    const ofDisks = this.#disks.problems(this.snapshot.disksAtFreeze);
    this.#problems = this.#check ? [...this.#check.problems(this.options.threadOf), ...ofDisks] : [];
    return this.#isKept ? this.files.commit() : undefined;
  }

  get #isKept(): boolean {
    return this.#problems.length === 0 || this.#whatWasAskedFor !== undefined;
  }

  #createOracle(): ImageOracle {
    const { vmm, options } = this;
    const { machine, clock } = vmm;
    if (options.shows === 'end') return new LastCopyOracle(machine);
    return new Oracle(machine, {
      timeOfWrite: (actor, clockNs) => (actor < machine.hartCount ? clock.toSimulation(clockNs) : clockNs),
      causeOfWrite: (page) => this.snapshot.uffd.whyWritable(page),
      onLeak: (page, write) => this.#markLeaked(page, write),
    });
  }

  #markLeaked(page: number, write: EarlyWrite | undefined): void {
    const { actor, timeNs } = write ?? { actor: migrationActorNumber, timeNs: this.snapshot.state.startNs };
    this.vmm.pageMap.set(page, PageState.Leaked, actor, timeNs);
  }

  #onEnd(): void {
    this.#isOver = true;
    const { status, error } = this.snapshot.state;
    this.files.abandon();
    if (status === 'completed') {
      this.options.onEnd(this.#wrong() ?? this.#right());
      return;
    }
    this.#check?.stop();
    if (status === 'cancelled') this.options.onEnd({ severity: 'info', text: 'Snapshot cancelled. No file was kept.' });
    else {
      const text = `Snapshot ${status}: ${error ?? 'no reason given'}. No file was kept.`;
      this.options.onEnd({ severity: 'error', text });
    }
  }

  #wrong(): Ending | undefined {
    if (this.#problems.length === 0) return undefined;
    const kept = this.#isKept
      ? `QEMU would not know. The file is kept as ${this.files.path}, for you to look at (${this.#whatWasAskedFor}).`
      : 'No file was kept.';
    return { severity: 'error', text: `Snapshot is wrong. ${this.#problems.join('\n')}\n${kept}` };
  }

  /** Something that makes snapshots wrong: a what-if, or write tracking as it was first proposed. */
  get #whatWasAskedFor(): string | undefined {
    const asked = deviations(this.vmm.whatIf);
    if (asked.length > 0) return `what-if ${asked.join(', ')}`;
    return this.options.snapshot.capabilities.has('track-writes-ram') ? 'capability track-writes-ram' : undefined;
  }

  #right(): Ending {
    const { state, file, precopy } = this.snapshot;
    const text =
      `Snapshot written to ${this.files.path}: ${state.pagesSent} pages (${state.zeroPages} zero), ` +
      `${file.byteCount} bytes, ` +
      (precopy
        ? `${precopy.duplicates} of them sent again, ${precopy.syncCount} bitmap syncs, `
        : `${state.faults.count} write faults, `) +
      `downtime ${(state.downtimeNs / 1e6).toFixed(3)} ms, total ${(state.totalNs / 1e6).toFixed(3)} ms. `;
    const [disk] = this.#disks.paths;
    const beside = disk === undefined ? '' : ` The disk as it was then is in ${disk}.`;
    return { severity: 'info', text: `${text}${this.#checked()}${beside}` };
  }

  #checked(): string {
    if (!this.#check) return 'Not checked.';
    return this.snapshot.precopy
      ? 'Checked: RAM in the file is RAM at the end, when the guest had been stopped.'
      : 'Checked: RAM in the file is RAM at the freeze, each page once.';
  }
}
