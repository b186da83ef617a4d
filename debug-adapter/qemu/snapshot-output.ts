import { DebuggeeError, type DebuggeeEvent } from '../debuggee/debuggee';
import type { Host, OutputFile, OutputReservation, OutputSet } from '../debuggee/host';
import type { HeldSnapshot } from './held-snapshot';
import { snapshotReport } from './snapshot-report';

/** The file of a session's snapshots: each that is kept takes the place of the one before. */
export class SnapshotOutput {
  readonly #reservation: OutputReservation;
  /** Of the snapshot under way. */
  #set: OutputSet | undefined;

  /** @throws DebuggeeError for a file that cannot be written */
  constructor(
    host: Host,
    private readonly path: string,
  ) {
    this.#reservation = reserve(host, path);
  }

  /** @throws DebuggeeError for another file */
  checkIsFor(path: string): void {
    if (this.#reservation.isFor(path)) return;
    const advice = 'Give `snapshot.output` in the launch configuration.';
    throw new DebuggeeError('output-not-writable', `The snapshot of a real QEMU goes to ${this.path}. ${advice}`);
  }

  begin(): OutputFile {
    this.#set = this.#reservation.begin();
    return this.#set.create(this.path);
  }

  /** The snapshot has ended: its file is kept where it is completed. @returns what is to be said of it */
  async end(snapshot: HeldSnapshot, isGivenUp: boolean): Promise<DebuggeeEvent> {
    const set = this.#set!;
    this.#set = undefined;
    const isKept = snapshot.ending === 'completed' && !isGivenUp && snapshot.failure === undefined;
    if (isKept) await set.sync?.();
    const failed = isKept ? await set.commit() : snapshot.failure;
    set.abandon();
    const report = snapshotReport(snapshot, { path: isKept ? this.path : undefined, failed });
    const text = [report.title, ...report.facts.map(({ name, value }) => `${name}: ${value}`)].join('\n');
    const severity = report.outcome === 'written' || isGivenUp ? 'info' : 'error';
    return { kind: 'message', severity, text, report };
  }

  /** There is no snapshot under way (any more). */
  abandon(): void {
    this.#set?.abandon();
    this.#set = undefined;
  }

  release(): void {
    this.abandon();
    this.#reservation.release();
  }
}

function reserve(host: Host, output: string): OutputReservation {
  try {
    return host.reserveOutput([output], []);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = 'Choose another file in `snapshot.output` of the launch configuration.';
    throw new DebuggeeError('output-not-writable', `The snapshot cannot be written to ${output}: ${reason}. ${advice}`);
  }
}
