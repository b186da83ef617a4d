import type { OutputFile } from '../debuggee/host';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import { Oracle, type Verdict } from '../migration/oracle';
import { migrationActorNumber, Snapshot } from '../migration/snapshot';
import type { Vmm } from '../migration/vmm';
import { PageState } from '../protocol/page-states';
import { StreamReader } from '../vmstate/stream-reader';
import type { StreamRecord } from '../vmstate/stream-records';
import { virtLayouts } from '../vmstate/virt-layouts';

/** How a snapshot ended, in words. */
export interface Ending {
  readonly severity: 'info' | 'error';
  readonly text: string;
}

/** One snapshot with its output file, and the oracle reading what leaves for the file. */
export class SnapshotRun {
  readonly snapshot: Snapshot;
  readonly #oracle: Oracle;
  #verdict: Verdict | undefined;
  #isOver = false;

  constructor(
    private readonly machine: Machine,
    vmm: Vmm,
    private readonly file: OutputFile,
    onEnd: (ending: Ending) => void,
  ) {
    this.#oracle = new Oracle(machine);
    const layoutOf = virtLayouts(machine.hartCount);
    const reader = new StreamReader({
      layoutOf: ({ name }) => layoutOf(name),
      onRecord: (record) => this.#check(record),
    });
    this.snapshot = new Snapshot(vmm, {
      oracle: this.#oracle,
      output: {
        write: (bytes) => {
          reader.push(bytes);
          return file.write(bytes);
        },
      },
      onRamComplete: () => {
        this.#verdict = this.#oracle.finish();
        this.#markLeaked();
      },
      commitOutput: () => {
        reader.end();
        return file.commit();
      },
      onEnd: () => {
        this.#isOver = true;
        const ending = this.#ending();
        if (ending.severity === 'error') file.abandon();
        onEnd(ending);
      },
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

  #check(record: StreamRecord): void {
    if (record.kind === 'ramPage') this.#oracle.check(record.block, record.pageOffset / pageByteCount, record.bytes);
    else if (record.kind === 'zeroPage') this.#oracle.check(record.block, record.pageOffset / pageByteCount, undefined);
  }

  #markLeaked(): void {
    const { core, ramBlocks } = this.machine;
    for (const { block, page, problem } of this.#verdict!.mismatches) {
      const isTracked = ramBlocks.find(({ name }) => name === block)?.writable;
      if (problem !== 'differs' || !isTracked) continue;
      core.setPageState(page, PageState.Leaked, migrationActorNumber, this.snapshot.state.startNs);
    }
  }

  #ending(): Ending {
    const { state, file } = this.snapshot;
    if (state.status !== 'completed') {
      this.#oracle.stop();
      return {
        severity: 'error',
        text: `Snapshot ${state.status}: ${state.error ?? 'no reason given'}. No file was kept.`,
      };
    }
    const { mismatches, pageCount } = this.#verdict!;
    const first = mismatches[0];
    if (first) {
      const text =
        `Snapshot is wrong: ${mismatches.length} of ${pageCount} pages are not as they were at the freeze; ` +
        `the first is page ${first.page} of ${first.block} (${first.problem}). No file was kept.`;
      return { severity: 'error', text };
    }
    const text =
      `Snapshot written to ${this.file.path}: ${pageCount} pages (${state.zeroPages} zero), ${file.byteCount} bytes, ` +
      `${state.faultsServed} write faults, downtime ${(state.downtimeNs / 1e6).toFixed(3)} ms, ` +
      `total ${(state.totalNs / 1e6).toFixed(3)} ms. Checked: RAM in the file is RAM at the freeze, each page once.`;
    const isPartial = this.machine.save().virtio !== undefined;
    return {
      severity: 'info',
      text: isPartial ? `${text} Not in the file yet: the state of the virtio devices.` : text,
    };
  }
}
