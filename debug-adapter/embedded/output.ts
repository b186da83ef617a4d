import { DebuggeeError } from '../debuggee/debuggee';
import type { Host, OutputFile, OutputReservation } from '../debuggee/host';

/** Raw image of a snapshot's disk, beside the stream. */
function diskPath(snapshotPath: string, index: number): string {
  return `${snapshotPath}.disk${index === 0 ? '' : index}`;
}

/** Where snapshots are written: the stream's file and those of the disks beside it, reserved until `release`. */
export class SnapshotOutput {
  readonly #reservation: OutputReservation;

  /**
   * @param inputs files that must stay as they are
   * @throws DebuggeeError that says why it cannot be written and what to do
   */
  constructor(
    private readonly host: Host,
    readonly path: string,
    private readonly diskCount: number,
    private readonly inputs: readonly string[],
  ) {
    const disks = Array.from({ length: diskCount }, (_, index) => diskPath(path, index));
    try {
      this.#reservation = host.reserveOutput([path, ...disks], inputs);
    } catch (error) {
      throw this.#notWritable(error);
    }
  }

  isFor(path: string): boolean {
    return this.#reservation.isFor(path);
  }

  /** Another place for snapshots of the same session. @throws DebuggeeError as the constructor */
  elsewhere(path: string): SnapshotOutput {
    return new SnapshotOutput(this.host, path, this.diskCount, this.inputs);
  }

  /** The files of one snapshot. @throws DebuggeeError as the constructor */
  begin(): SnapshotFiles {
    try {
      const set = this.#reservation.begin();
      return {
        path: this.path,
        isNowhere: this.#reservation.isNowhere === true,
        stream: set.create(this.path),
        replacesDisk: (index) => this.#reservation.replaces(diskPath(this.path, index)),
        createDisk: (index) => set.create(diskPath(this.path, index)),
        commit: () => set.commit(),
        abandon: () => set.abandon(),
      };
    } catch (error) {
      throw this.#notWritable(error);
    }
  }

  release(): void {
    this.#reservation.release();
  }

  /** For several users one after the other: the places stay reserved when one of them releases it. */
  lent(): Outputs {
    return {
      isFor: (path) => this.isFor(path),
      elsewhere: (path) => this.elsewhere(path),
      begin: () => this.begin(),
      release() {},
    };
  }

  #notWritable(error: unknown): DebuggeeError {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = 'Choose another file in `snapshot.output` of the launch configuration.';
    return new DebuggeeError(
      'output-not-writable',
      `The snapshot cannot be written to ${this.path}: ${reason}. ${advice}`,
    );
  }
}

/** Where a debuggee's snapshots go. */
export type Outputs = Pick<SnapshotOutput, 'isFor' | 'elsewhere' | 'begin' | 'release'>;

/** A snapshot's stream, and disks beside it; all get their names together. */
export interface SnapshotFiles {
  readonly path: string;
  /** They will not be there. */
  readonly isNowhere?: boolean;
  readonly stream: OutputFile;
  /** An older disk lies where this one would. */
  replacesDisk(index: number): boolean;
  /** @throws Error with the reason in words */
  createDisk(index: number): OutputFile;
  /** Undefined, or what went wrong, in words. */
  commit(): string | undefined | Promise<string | undefined>;
  abandon(): void;
}
