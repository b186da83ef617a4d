import type { OutputFile } from '../debuggee/host';
import type { ThreadId } from '../debuggee/thread';
import { pageByteCount } from '../emulator/core/guest-core';
import { algorithmFor } from '../migration/algorithms';
import { LastCopyOracle } from '../migration/last-copy-oracle';
import { type EarlyWrite, type ImageOracle, Oracle, type Verdict } from '../migration/oracle';
import { Snapshot, type SnapshotOwner } from '../migration/snapshot';
import type { SnapshotOptions } from '../migration/snapshot-options';
import { migrationActorNumber, type Vmm } from '../migration/vmm';
import { deviations } from '../migration/what-if';
import { PageState } from '../protocol/page-states';
import { StreamReadError } from '../vmstate/stream-fault';
import { StreamReader } from '../vmstate/stream-reader';
import type { StreamRecord } from '../vmstate/stream-records';
import { virtLayouts } from '../vmstate/virt-layouts';
import { mismatchLines } from './mismatch-text';

/** How a snapshot ended, in words. */
export interface Ending {
  readonly severity: 'info' | 'error';
  readonly text: string;
}

interface SnapshotRunOptions {
  readonly snapshot: SnapshotOptions;
  /** Whose number in `GuestCore.pageActors` this is. */
  readonly threadOf: (actor: number) => ThreadId;
  readonly onEnd: (ending: Ending) => void;
}

/** One snapshot with its output file, and the oracle reading what leaves for the file. */
export class SnapshotRun {
  readonly snapshot: Snapshot;
  readonly #oracle: ImageOracle;
  readonly #reader: StreamReader;
  #verdict: Verdict | undefined;
  /** Why nobody can read the stream. */
  #streamError: StreamReadError | undefined;
  #isOver = false;

  constructor(
    private readonly vmm: Vmm,
    private readonly file: OutputFile,
    private readonly options: SnapshotRunOptions,
  ) {
    const { machine } = vmm;
    this.#oracle = this.#createOracle();
    const layoutOf = virtLayouts(machine.hartCount);
    this.#reader = new StreamReader({
      layoutOf: ({ name }) => layoutOf(name),
      onRecord: (record) => this.#check(record),
    });
    const owner: SnapshotOwner = {
      oracle: this.#oracle,
      output: {
        write: (bytes) => {
          this.#read((reader) => reader.push(bytes));
          return file.write(bytes);
        },
      },
      onRamComplete: () => {
        this.#verdict = this.#oracle.finish();
      },
      commitOutput: () => {
        this.#read((reader) => reader.end());
        return file.commit();
      },
      onEnd: () => this.#onEnd(),
    };
    this.snapshot = new Snapshot(vmm, owner, options.snapshot);
  }

  #createOracle(): ImageOracle {
    const { vmm, options } = this;
    const { machine, clock } = vmm;
    if (algorithmFor(options.snapshot.capabilities).shows === 'end') return new LastCopyOracle(machine);
    return new Oracle(machine, {
      timeOfWrite: (actor, clockNs) => (actor < machine.hartCount ? clock.toSimulation(clockNs) : clockNs),
      causeOfWrite: (page) => this.snapshot.uffd.whyWritable(page),
      onLeak: (page, write) => this.#markLeaked(page, write),
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** The debuggee goes away: a file not yet whole goes with it. */
  abandon(): void {
    if (!this.#isOver) this.file.abandon();
  }

  /** Reads along as whoever restores the file will. What it cannot read is still written. */
  #read(work: (reader: StreamReader) => void): void {
    if (this.#streamError) return;
    try {
      work(this.#reader);
    } catch (error) {
      if (!(error instanceof StreamReadError)) throw error;
      this.#streamError = error;
    }
  }

  #check(record: StreamRecord): void {
    if (record.kind === 'ramPage') this.#oracle.check(record.block, record.pageOffset / pageByteCount, record.bytes);
    else if (record.kind === 'zeroPage') this.#oracle.check(record.block, record.pageOffset / pageByteCount, undefined);
  }

  #markLeaked(page: number, write: EarlyWrite | undefined): void {
    const { actor, timeNs } = write ?? { actor: migrationActorNumber, timeNs: this.snapshot.state.startNs };
    this.vmm.machine.core.setPageState(page, PageState.Leaked, actor, timeNs);
  }

  #onEnd(): void {
    this.#isOver = true;
    const { status, error } = this.snapshot.state;
    if (status === 'completed') {
      this.options.onEnd(this.#wrong() ?? this.#right());
      return;
    }
    this.#oracle.stop();
    this.file.abandon();
    if (status === 'cancelled') this.options.onEnd({ severity: 'info', text: 'Snapshot cancelled. No file was kept.' });
    else {
      const text = `Snapshot ${status}: ${error ?? 'no reason given'}. No file was kept.`;
      this.options.onEnd({ severity: 'error', text });
    }
  }

  /** A wrong file is kept only if something was asked for that makes it wrong: to be looked at. */
  #wrong(): Ending | undefined {
    const { mismatchCount, mismatches, pageCount } = this.#verdict!;
    const problems: string[] = [];
    if (this.#streamError) problems.push(`The stream cannot be read: ${this.#streamError.message}.`);
    if (mismatchCount > 0) {
      const lines = mismatchLines(mismatches, mismatchCount, this.vmm.machine, this.options.threadOf);
      problems.push(`${mismatchCount} of ${pageCount} pages are not as they were at the freeze:\n${lines.join('\n')}`);
    }
    if (problems.length === 0) return undefined;
    const asked = this.#whatWasAskedFor;
    if (asked === undefined) this.file.abandon();
    const kept =
      asked === undefined
        ? 'No file was kept.'
        : `QEMU would not know. The file is kept as ${this.file.path}, for you to look at (${asked}).`;
    return { severity: 'error', text: `Snapshot is wrong. ${problems.join('\n')}\n${kept}` };
  }

  /** Something that makes snapshots wrong: a what-if, or write tracking as it was first proposed. */
  get #whatWasAskedFor(): string | undefined {
    const asked = deviations(this.vmm.whatIf);
    if (asked.length > 0) return `what-if ${asked.join(', ')}`;
    return this.options.snapshot.capabilities.has('track-writes-ram') ? 'capability track-writes-ram' : undefined;
  }

  #right(): Ending {
    const { state, file } = this.snapshot;
    const { precopy } = this.snapshot;
    const text =
      `Snapshot written to ${this.file.path}: ${this.#verdict!.pageCount} pages (${state.zeroPages} zero), ` +
      `${file.byteCount} bytes, ` +
      (precopy
        ? `${precopy.duplicates} of them sent again, ${precopy.syncCount} bitmap syncs, `
        : `${state.faultsServed} write faults, `) +
      `downtime ${(state.downtimeNs / 1e6).toFixed(3)} ms, total ${(state.totalNs / 1e6).toFixed(3)} ms. ` +
      (precopy
        ? 'Checked: RAM in the file is RAM at the end, when the guest had been stopped.'
        : 'Checked: RAM in the file is RAM at the freeze, each page once.');
    const hasWrittenDisk = this.vmm.machine.save().virtio?.some(({ backEnd }) => {
      return backEnd.kind === 'block' && backEnd.written !== undefined && backEnd.written.size > 0;
    });
    return {
      severity: 'info',
      text: hasWrittenDisk ? `${text} Not in the file, as in QEMU: what the guest wrote to its disk.` : text,
    };
  }
}
