import type { HostWork } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import type { Algorithm } from '../migration/algorithms';
import type { DiskContents } from '../migration/disk-contents';
import type { DiskDigests } from '../migration/disk-digests';
import type { FaultLatencies } from '../migration/fault-latencies';
import { Snapshot } from '../migration/snapshot';
import type { SnapshotOptions } from '../migration/snapshot-options';
import { LastCopyOracle } from '../oracle/last-copy-oracle';
import { type EarlyWrite, type ImageOracle, Oracle } from '../oracle/oracle';
import { SnapshotCheck } from '../oracle/snapshot-check';
import { PageState } from '../protocol/page-states';
import type { SnapshotReport } from '../protocol/snapshot-report';
import { migrationActorNumber, type Vmm } from '../vmm/vmm';
import { deviations } from '../vmm/what-if';
import { DiskFiles } from './disk-files';
import type { SnapshotFiles } from './output';
import { qemuCommand } from './qemu-command';
import { latenciesInWords, milliseconds, snapshotFacts, snapshotFigures } from './snapshot-report';

/** How a snapshot ended. */
export interface Ending {
  readonly severity: 'info' | 'error';
  readonly text: string;
  readonly report: SnapshotReport;
}

interface SnapshotRunOptions {
  readonly snapshot: SnapshotOptions;
  /** Which instant it is compared with. */
  readonly shows: Algorithm['shows'];
  /** What leaves for the file is compared with the truth. */
  readonly isChecked: boolean;
  /** Whose number in `GuestPages.actors` this is. */
  readonly threadOf: (actor: number) => ThreadId;
  /** Of the images of the machine's disks, in their order. */
  readonly diskDigests: readonly DiskDigests[];
  readonly onEnding: (ending: Ending) => void;
}

/** One snapshot with its files, and the check that reads what leaves for the stream's. */
export class SnapshotRun {
  readonly snapshot: Snapshot;
  private readonly _check: SnapshotCheck | undefined;
  private readonly _disks: DiskFiles;
  /** What is wrong with what was written, in words. */
  private _problems: readonly string[] = [];
  /** Why nothing stopped a write that leaked, by page. */
  private readonly _whyLeaked = new Map<number, string>();
  private _isOver = false;
  /** Somebody cancels it, for which the run has to go on. */
  private _givesWay = false;
  /** Asked before each turn of the run. */
  private _mayHaveWork: boolean;
  /** How it has ended is known, and is said as soon as its files have landed. */
  private _isTold = false;
  /** Of the files, where they are asynchronous: undefined, or what went wrong, in words. */
  #landing: Promise<string | undefined> | undefined;

  constructor(
    private readonly vmm: Vmm,
    private readonly files: SnapshotFiles,
    private readonly options: SnapshotRunOptions,
  ) {
    this._disks = new DiskFiles(files);
    this._mayHaveWork = options.diskDigests.length > 0;
    const check = options.isChecked ? new SnapshotCheck(vmm.machine, this.#createOracle()) : undefined;
    this._check = check;
    const owner = {
      output: {
        write: (bytes: Uint8Array) => {
          check?.push(bytes);
          return files.write(bytes);
        },
      },
      onFreeze: () => check?.freeze(),
      onRamComplete: () => {
        check?.finishRam();
        this._disks.begin(this.snapshot.disks);
        this._mayHaveWork = true;
      },
      commitOutput: () => this.#commit(),
      digestOf: (disk: DiskContents, index: number) => options.diskDigests[index]!.of(disk),
      onEnd: () => this.#onEnd(),
    };
    this.snapshot = new Snapshot(vmm, owner, options.snapshot);
  }

  /** A page of guest RAM as it was at the freeze, if that is known. */
  atFreeze(page: number): Uint8Array | undefined {
    return this._check?.atFreeze(page);
  }

  /** Of a page of guest RAM, in words, if that is known. */
  whyLeaked(page: number): string | undefined {
    return this._whyLeaked.get(page);
  }

  /** Does a piece of what takes a while and no time of the run, which waits for it. False: it need not. */
  work(): boolean {
    if (!this._mayHaveWork || !this.#isWaitedFor) return false;
    this._mayHaveWork = this.options.diskDigests.some((digests) => digests.read()) || this._disks.write();
    return this._mayHaveWork;
  }

  /** What is done by `work`. */
  get hostWork(): HostWork | undefined {
    if (!this.#isWaitedFor) return undefined;
    const unread = this.options.diskDigests.find(({ share }) => share < 1);
    if (unread) return { what: 'Reading the disk', share: unread.share };
    const { share } = this._disks;
    return share < 1 ? { what: 'Writing the disk', share } : undefined;
  }

  /** It is about to be cancelled. */
  giveWay(): void {
    this._givesWay = true;
  }

  get #isWaitedFor(): boolean {
    return this.snapshot.state.isRunning && !this._givesWay;
  }

  get isOver(): boolean {
    return this._isOver;
  }

  /** The run takes another course from here on than it did before. */
  takeNewCourse(): void {
    this.files.takeNewCourse();
  }

  /** The debuggee goes away: files not yet whole go with it. */
  abandon(): void {
    this.files.abandon();
  }

  /** A wrong snapshot replaces no older one, unless something was asked for that makes it wrong: to be looked at. */
  #commit(): string | undefined {
    this._check?.end();
    const failed = this._disks.finish();
    if (failed !== undefined) return failed;
    const ofDisks = this._disks.problems(this.snapshot.disksAtFreeze);
    this._problems = this._check ? [...this._check.problems(this.options.threadOf), ...ofDisks] : [];
    if (!this.#isKept) return undefined;
    const committed = this.files.commit();
    if (!(committed instanceof Promise)) return committed;
    this.#landing = committed;
    return undefined;
  }

  get #isKept(): boolean {
    return this._problems.length === 0 || this.#whatWasAskedFor !== undefined;
  }

  #createOracle(): ImageOracle {
    const { vmm, options } = this;
    const { machine, clock } = vmm;
    if (options.shows === 'end') return new LastCopyOracle(machine);
    return new Oracle(machine, {
      timeOfWrite: (actor, clockNs) => (actor < machine.hartCount ? clock.toSimulation(clockNs) : clockNs),
      causeOfWrite: (page) => this.snapshot.protection.uffd.whyWritable(page),
      onLeak: (page, write) => this.#markLeaked(page, write),
    });
  }

  #markLeaked(page: number, write: EarlyWrite | undefined): void {
    if (write) this._whyLeaked.set(page, write.cause);
    const { actor, timeNs } = write ?? { actor: migrationActorNumber, timeNs: this.snapshot.state.startNs };
    this.vmm.pageMap.set(page, PageState.Leaked, actor, timeNs);
  }

  #onEnd(): void {
    this._isOver = true;
    this.tellEnding();
  }

  /** Once, as soon as there is no more to come. */
  tellEnding(): void {
    if (this._isTold) return;
    this._isTold = true;
    const ending = this.#ending();
    if (!this.#landing) this.options.onEnding(ending);
    else void this.landed().then((failed) => this.options.onEnding(failed === undefined ? ending : notLanded(failed)));
  }

  /** When there is nothing more to write. */
  async landed(): Promise<string | undefined> {
    return await this.#landing;
  }

  #ending(): Ending {
    const { status, error } = this.snapshot.state;
    this.files.abandon();
    if (status === 'completed') return this.#wrong() ?? this.#right();
    this._check?.stop();
    if (status === 'failed') return notLanded(error ?? 'no reason given');
    const title = 'Snapshot cancelled. No file was kept.';
    return { severity: 'info', text: title, report: { outcome: 'cancelled', title, facts: [] } };
  }

  #wrong(): Ending | undefined {
    if (this._problems.length === 0) return undefined;
    const { path, isNowhere } = this.files;
    const isKept = this.#isKept && !isNowhere;
    const kept = isKept
      ? `QEMU would not know. The file is kept as ${path}, for you to look at (${this.#whatWasAskedFor}).`
      : 'No file was kept.';
    const report: SnapshotReport = {
      outcome: 'wrong',
      title: 'Snapshot is wrong',
      facts: [
        ...snapshotFacts(this.snapshot),
        ...this._problems.map((value) => ({ name: 'Wrong', value })),
        { name: 'File', value: kept },
      ],
      figures: snapshotFigures(this.snapshot),
      ...(isKept && { path }),
    };
    return { severity: 'error', text: `Snapshot is wrong. ${this._problems.join('\n')}\n${kept}`, report };
  }

  /** Something that makes snapshots wrong: a what-if, or write tracking as it was first proposed. */
  get #whatWasAskedFor(): string | undefined {
    const asked = deviations(this.vmm.whatIf);
    if (asked.length > 0) return `what-if ${asked.join(', ')}`;
    return this.options.snapshot.capabilities.has('track-writes-ram') ? 'capability track-writes-ram' : undefined;
  }

  #right(): Ending {
    const { state, file, precopy } = this.snapshot;
    const { path, isNowhere } = this.files;
    const title = isNowhere ? 'Snapshot complete, no file kept' : `Snapshot written to ${path}`;
    const [disk] = isNowhere ? [] : this._disks.paths;
    const checked = this.#checked();
    const text =
      `${title}: ${state.pagesSent} pages (${state.zeroPages} zero), ${file.byteCount} bytes, ` +
      (precopy
        ? `${precopy.duplicates} of them sent again, ${precopy.syncCount} bitmap syncs, `
        : `${state.faults.count} write faults${percentiles(state.faults)}, `) +
      `downtime ${milliseconds(state.downtimeNs)}, total ${milliseconds(state.totalNs)}. ` +
      `${checked === undefined ? 'Not checked.' : `Checked: ${checked}.`}` +
      (disk === undefined ? '' : ` Its disk is in ${disk}.`);
    const report: SnapshotReport = {
      outcome: 'written',
      title,
      facts: [
        ...snapshotFacts(this.snapshot),
        { name: 'Checked', value: checked ?? 'no' },
        ...(disk === undefined ? [] : [{ name: 'Disk', value: disk }]),
      ],
      figures: snapshotFigures(this.snapshot),
      ...(!isNowhere && {
        path,
        qemuCommand: qemuCommand(this.vmm.machine, path, this._disks.pathsOf(this.snapshot.disks)),
      }),
    };
    return { severity: 'info', text, report };
  }

  #checked(): string | undefined {
    if (!this._check) return undefined;
    return this.snapshot.precopy
      ? 'RAM in the file is RAM at the end, with the guest stopped'
      : 'RAM in the file is RAM at the freeze, each page once';
  }
}

function notLanded(reason: string): Ending {
  const title = `Snapshot failed: ${reason}. No file was kept.`;
  return { severity: 'error', text: title, report: { outcome: 'failed', title, facts: [] } };
}

function percentiles(faults: FaultLatencies): string {
  return faults.count === 0 ? '' : ` (${latenciesInWords(faults)})`;
}
