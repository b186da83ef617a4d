import { noBreakpoints } from '../debuggee/breakpoints';
import { DebuggeeError } from '../debuggee/debuggee';
import type { Hash, Host } from '../debuggee/host';
import type { CapabilityName } from '../debuggee/migration-capabilities';
import { endingPhases, isEnding, type Phase } from '../debuggee/phase';
import { EmbeddedDebuggee } from '../embedded/embedded-debuggee';
import { SnapshotOutput } from '../embedded/output';
import type { SnapshotTrigger } from '../embedded/snapshot-trigger';
import { mainLoopId } from '../embedded/thread-roles';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import { virtLayouts } from '../emulator/machine/virt-layouts';
import { defaultSnapshotOptions, type SnapshotOptions } from '../migration/snapshot-options';
import type { ComparedSnapshot } from '../protocol/comparison-messages';
import type { SnapshotFigures } from '../protocol/snapshot-report';
import { StreamReadError } from '../vmstate/stream-fault';
import { StreamReader } from '../vmstate/stream-reader';

/** The ways to take a snapshot, by the capabilities that select them. */
const comparedAlgorithms = ['background-snapshot', 'track-writes-ram', 'precopy'] as const;
export type ComparedAlgorithm = (typeof comparedAlgorithms)[number];

/** A guest that can be started afresh, and the instant from which on all snapshots of it are taken. */
export interface ComparedGuest {
  /** A new machine, the same each time. */
  createMachine(): Machine;
  /** Not `command`: nobody is there to give one. */
  readonly trigger: SnapshotTrigger;
}

export interface CompareOptions {
  /** All of them unless given. */
  readonly algorithms?: readonly ComparedAlgorithm[];
  /** For every snapshot; the capability that selects its algorithm is added. */
  readonly snapshot?: Partial<SnapshotOptions>;
  /** For dirty logging only; write tracking refuses them. */
  readonly precopyCapabilities?: readonly CapabilityName[];
  /** Virtual time after which a snapshot that has not completed is given up. */
  readonly giveUpAfterNs?: number;
  nextTurn(): Promise<void>;
}

/** What one way to take the snapshot came to. Times in virtual ns. */
export interface ComparisonRow extends Omit<SnapshotFigures, 'latencies'> {
  readonly algorithm: ComparedAlgorithm;
  /** False: it had not when it was given up; the figures are as of then. */
  readonly isComplete: boolean;
  /** When the guest was stopped, from the start on: the instant that the snapshot ought to show. */
  readonly instantNs: number;
  /** Pages of the guest's RAM that are in the stream otherwise than they were at three instants. */
  readonly differsFromStart: number;
  readonly differsFromInstant: number;
  readonly differsFromEnd: number;
  /** Why the stream cannot be read to its end. */
  readonly streamError: string | undefined;
  /** Writes that waited for their page. */
  readonly faultCount: number;
  /** Their pages' numbers in the guest's RAM, in their order: of the last 4,096. */
  readonly faultPages: readonly number[];
  readonly faultP50Ns: number;
  readonly faultP90Ns: number;
  readonly faultP99Ns: number;
  readonly faultMaxNs: number;
  /** As `FaultLatencies.log2Histogram`. */
  readonly faultLog2Histogram: readonly number[];
  /** Instructions that the guest retired from the start to the end, and as many as it does undisturbed. */
  readonly instructionCount: number;
  readonly undisturbedInstructionCount: number;
}

interface Measured {
  /** Hash of the machine's state. */
  readonly stateAtStart: bigint;
  readonly instructionsAtStart: number;
  readonly endNs: number;
  readonly row: Omit<ComparisonRow, 'undisturbedInstructionCount'>;
}

/**
 * Takes a snapshot of the same guest from the same instant in different ways.
 * @throws DebuggeeError when the guest never comes to that instant, or a snapshot fails.
 */
export async function compare(guest: ComparedGuest, options: CompareOptions): Promise<ComparisonRow[]> {
  const measured: Measured[] = [];
  for (const algorithm of options.algorithms ?? comparedAlgorithms) {
    const run = await new ComparedRun(guest, algorithm, options).measure();
    if (run.stateAtStart !== (measured[0] ?? run).stateAtStart)
      throw new Error('the machine is not the same at the start of every snapshot');
    measured.push(run);
  }
  const undisturbed = await instructionsAt(
    guest.createMachine(),
    measured.map(({ endNs }) => endNs),
    options,
  );
  return measured.map(({ row, instructionsAtStart }, index) => ({
    ...row,
    undisturbedInstructionCount: undisturbed[index]! - instructionsAtStart,
  }));
}

/** Instructions that a guest has retired at these times when nobody takes a snapshot of it. */
async function instructionsAt(
  machine: Machine,
  timesNs: readonly number[],
  { nextTurn }: CompareOptions,
): Promise<number[]> {
  const host = hostWith({ write: () => undefined, commit: () => undefined }, nextTurn);
  const debuggee = new EmbeddedDebuggee({
    machine,
    trigger: { kind: 'command' },
    output: new SnapshotOutput(host, 'nothing', 0, []),
    sources: new Map(),
    host,
  });
  const counts = new Map<number, number>();
  for (const untilNs of [...timesNs].sort((a, b) => a - b)) {
    await debuggee.run({ kind: 'continue', untilNs, endsIdle: true });
    counts.set(untilNs, debuggee.status().instructions);
  }
  await debuggee.dispose();
  return timesNs.map((timeNs) => counts.get(timeNs)!);
}

/** As it crosses process borders. */
export function comparedSnapshot(row: ComparisonRow): ComparedSnapshot {
  const { algorithm, isComplete, byteCount, copyCount, zeroCount, duplicateCount, totalNs, downtimeNs, instantNs } =
    row;
  const { faultCount, faultLog2Histogram, faultP50Ns, faultP99Ns, faultMaxNs } = row;
  const latencies = {
    count: faultCount,
    log2Counts: faultLog2Histogram,
    p50Ns: faultP50Ns,
    p99Ns: faultP99Ns,
    maxNs: faultMaxNs,
  };
  return {
    name: algorithm,
    isComplete,
    byteCount,
    copyCount,
    zeroCount,
    duplicateCount,
    totalNs,
    downtimeNs,
    instantNs,
    latencies,
    wrongCount: row.differsFromInstant,
    guestSpeed: row.instructionCount / Math.max(1, row.undisturbedInstructionCount),
  };
}

class ComparedRun {
  readonly #machine: Machine;
  readonly #debuggee: EmbeddedDebuggee;
  /** The writable block as the stream has it. */
  readonly #image: Uint8Array;
  readonly #block: string;
  readonly #timesSent: Uint8Array;
  #duplicateCount = 0;
  #error: string | undefined;

  constructor(
    guest: ComparedGuest,
    private readonly algorithm: ComparedAlgorithm,
    private readonly options: CompareOptions,
  ) {
    this.#machine = guest.createMachine();
    const { name, bytes } = this.#machine.ramBlocks.find(({ writable }) => writable)!;
    this.#block = name;
    this.#image = new Uint8Array(bytes.length);
    this.#timesSent = new Uint8Array(bytes.length / pageByteCount);
    const host = this.#host();
    this.#debuggee = new EmbeddedDebuggee({
      machine: this.#machine,
      trigger: guest.trigger,
      output: new SnapshotOutput(host, 'comparison', 0, []),
      oracle: false,
      snapshot: { ...defaultSnapshotOptions, ...options.snapshot, capabilities: this.#capabilities() },
      sources: new Map(),
      host,
    });
  }

  async measure(): Promise<Measured> {
    const debuggee = this.#debuggee;
    const { core } = this.#machine;
    await this.#runTo('setup');
    const start = debuggee.status();
    const stateAtStart = this.#machine.stateHash();
    const ramAtStart = core.ram.slice();

    const instantPhase = this.algorithm === 'precopy' ? 'last-pages' : 'state-stash';
    const reached = await this.#runTo(instantPhase, 'bitmap-sync', start.timeNs);
    const instant = debuggee.status();
    const ramAtInstant = core.ram.slice();

    if (reached) await this.#runToEnding();
    const end = debuggee.status();
    const ramAtEnd = core.ram.slice();
    const { state } = this.#snapshot;
    // The bottom halves behind it stamp the downtime.
    while (reached && this.#debuggee.isTakingSnapshot)
      await debuggee.run({ kind: 'step', thread: mainLoopId, depth: 'into' });
    const [p50 = 0, p90 = 0, p99 = 0] = state.faults.percentilesNs([50, 90, 99]);
    const row = {
      algorithm: this.algorithm,
      isComplete: reached,
      byteCount: this.#snapshot.file.byteCount,
      copyCount: state.pagesSent,
      zeroCount: state.zeroPages,
      duplicateCount: this.#duplicateCount,
      downtimeNs: state.downtimeNs,
      totalNs: end.timeNs - start.timeNs,
      instantNs: instant.timeNs - start.timeNs,
      differsFromStart: this.#differences(ramAtStart),
      differsFromInstant: this.#differences(ramAtInstant),
      differsFromEnd: this.#differences(ramAtEnd),
      streamError: this.#error,
      faultCount: state.faults.count,
      faultPages: this.#faultPages(),
      faultP50Ns: p50,
      faultP90Ns: p90,
      faultP99Ns: p99,
      faultMaxNs: state.faults.maxNs,
      faultLog2Histogram: state.faults.log2Histogram(),
      instructionCount: end.instructions - start.instructions,
    };
    await debuggee.dispose();
    return { stateAtStart, instructionsAtStart: start.instructions, endNs: end.timeNs, row };
  }

  #capabilities(): ReadonlySet<CapabilityName> {
    if (this.algorithm === 'precopy') return new Set(this.options.precopyCapabilities ?? []);
    return new Set([this.algorithm]);
  }

  get #snapshot() {
    return this.#debuggee.snapshot!;
  }

  /** Runs to the entry of a phase. False: it gave up, at an entry of `looksAt`. */
  async #runTo(phase: Phase, looksAt?: Phase, sinceNs = 0): Promise<boolean> {
    const stops = [phase, ...(looksAt ? [looksAt] : []), ...endingPhases];
    this.#debuggee.setBreakpoints({ ...noBreakpoints, phases: stops.map((each, id) => ({ id, phase: each })) });
    for (;;) {
      const stop = await this.#debuggee.run({ kind: 'continue' });
      if (stop.reason !== 'phase') throw this.#neverCame(phase, stop.reason);
      if (stop.phase === phase) return true;
      if (isEnding(stop.phase)) throw this.#neverCame(phase, this.#snapshot.state.error ?? stop.phase);
      const { timeNs } = this.#debuggee.status();
      if (timeNs - sinceNs > (this.options.giveUpAfterNs ?? Infinity)) return false;
    }
  }

  async #runToEnding(): Promise<void> {
    await this.#runTo('completed');
  }

  #neverCame(phase: Phase, why: string): DebuggeeError {
    return new DebuggeeError(
      'comparison',
      `The comparison ended before ${phase} of ${this.algorithm}: ${why}. Look at the guest and at when it begins.`,
    );
  }

  #faultPages(): number[] {
    const { faults } = this.#debuggee.timeline(undefined, true).update;
    return faults?.items.map(({ page }) => page) ?? [];
  }

  #differences(ram: Uint8Array): number {
    let count = 0;
    const words = new Int32Array(ram.buffer);
    const sent = new Int32Array(this.#image.buffer);
    const wordsPerPage = pageByteCount / 4;
    for (let first = 0; first < words.length; first += wordsPerPage) {
      for (let word = first; word < first + wordsPerPage; word++) {
        if (words[word] === sent[word]) continue;
        count++;
        break;
      }
    }
    return count;
  }

  /** Keeps no stream: reads it as it comes. */
  #host(): Host {
    const layoutOf = virtLayouts(this.#machine.hartCount);
    const reader = new StreamReader({
      layoutOf: ({ name }) => layoutOf(name),
      onRecord: (record) => {
        if (record.kind !== 'ramPage' && record.kind !== 'zeroPage') return;
        if (record.block !== this.#block) return;
        if (this.#timesSent[record.pageOffset / pageByteCount]!++ > 0) this.#duplicateCount++;
        if (record.kind === 'ramPage') this.#image.set(record.bytes, record.pageOffset);
        else this.#image.fill(0, record.pageOffset, record.pageOffset + pageByteCount);
      },
    });
    const read = (work: () => void): undefined => {
      if (this.#error !== undefined) return;
      try {
        work();
      } catch (error) {
        if (!(error instanceof StreamReadError)) throw error;
        this.#error = error.message;
      }
    };
    return hostWith(
      {
        write: (bytes) => read(() => reader.push(bytes)),
        commit: () => read(() => reader.end()),
      },
      this.options.nextTurn,
    );
  }
}

/** The stream goes to `file`; nothing is kept. */
function hostWith(
  file: { write(bytes: Uint8Array): undefined; commit(): undefined },
  nextTurn: Host['nextTurn'],
): Host {
  let looks = 0;
  return {
    readFile: (path) => Promise.reject(new Error(`no file ${path}`)),
    openInput: (path) => Promise.reject(new Error(`no file ${path}`)),
    reserveOutput: () => ({
      isNowhere: true,
      isFor: () => true,
      replaces: () => false,
      begin: () => ({
        create: (path) => ({ path, write: file.write, writeZeros: () => undefined, copyTo: () => undefined }),
        commit: file.commit,
        isInPlace: () => true,
        abandon: () => {},
      }),
      release: () => {},
    }),
    sha256() {
      const hash: Hash = { update: () => hash, digest: () => '' };
      return hash;
    },
    nextTurn,
    sleep: nextTurn,
    // A clock that ends a slice now and then is all that is needed. With one that moved on at each look, slices would be
    // as short as can be.
    now: () => (looks++ >> 4) * 10,
  };
}
