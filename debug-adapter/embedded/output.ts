import { DebuggeeError } from '../debuggee/debuggee';
import type { Host, OutputFile, OutputReservation, OutputSet } from '../debuggee/host';

/** Raw image of a snapshot's disk, beside the stream. */
function diskPath(snapshotPath: string, index: number): string {
  return `${snapshotPath}.disk${index === 0 ? '' : index}`;
}

/** Where snapshots are written: the stream's file and those of the disks beside it, reserved until `release`. */
export class SnapshotOutput {
  #reservation: OutputReservation | undefined;
  /** The snapshots of this course of the run, those that it has gone back to before among them. */
  readonly #written: WrittenFiles[] = [];
  readonly #elsewhere = new Map<string, SnapshotOutput>();
  /** How many have begun. */
  private _begunCount = 0;

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
    this.#reserved();
  }

  isFor(path: string): boolean {
    return this.#reserved().isFor(path);
  }

  /** Another place for snapshots of the same session. @throws DebuggeeError as the constructor */
  elsewhere(path: string): SnapshotOutput {
    let output = this.#elsewhere.get(path);
    if (!output) {
      output = new SnapshotOutput(this.host, path, this.diskCount, this.inputs);
      this.#elsewhere.set(path, output);
    }
    return output;
  }

  /** The files of one snapshot. @throws DebuggeeError as the constructor */
  begin(): SnapshotFiles {
    const written = this.#written[this._begunCount] ?? this.#begin();
    this._begunCount++;
    return new RewoundFiles(this.path, this.#reserved().isNowhere === true, written);
  }

  #begin(): WrittenFiles {
    try {
      const written = new WrittenFiles(this.path, () => this.#reserved());
      this.#written.push(written);
      return written;
    } catch (error) {
      throw this.#notWritable(error);
    }
  }

  /** The run takes another course from here on than it did before: what it has not begun yet will be other files. */
  takeNewCourse(): void {
    for (const written of this.#written.splice(this._begunCount)) written.abandon();
    for (const output of this.#elsewhere.values()) output.takeNewCourse();
  }

  /** Others may write there from now on. */
  release(): void {
    for (const output of this.#elsewhere.values()) output.release();
    this.#reservation?.release();
    this.#reservation = undefined;
  }

  #reserved(): OutputReservation {
    if (this.#reservation) return this.#reservation;
    const disks = Array.from({ length: this.diskCount }, (_, index) => diskPath(this.path, index));
    try {
      this.#reservation = this.host.reserveOutput([this.path, ...disks], this.inputs);
      return this.#reservation;
    } catch (error) {
      throw this.#notWritable(error);
    }
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
export type Outputs = Pick<SnapshotOutput, 'isFor' | 'elsewhere' | 'begin' | 'takeNewCourse' | 'release'>;

/** A snapshot's stream, and disks beside it; all get their names together. */
export interface SnapshotFiles {
  readonly path: string;
  /** They will not be there. */
  readonly isNowhere?: boolean;
  /** Of the stream. Undefined, or what went wrong, in words. */
  write(bytes: Uint8Array): string | undefined;
  /** An older disk lies where this one would. */
  replacesDisk(index: number): boolean;
  /** Written from its start on. @throws Error with the reason in words */
  disk(index: number): DiskFile;
  /** So much of a disk has been written, however far the run has gone back since. */
  diskByteCount(index: number): number;
  /** Undefined, or what went wrong, in words. */
  commit(): string | undefined | Promise<string | undefined>;
  abandon(): void;
  /** What follows will be something else than what is there already. */
  takeNewCourse(): void;
}

export type DiskFile = Pick<OutputFile, 'path' | 'write' | 'writeZeros'>;

/** How far the run has come with the files of a snapshot. */
interface Reached {
  /** Of the stream. */
  readonly byteCount: number;
  readonly hasDisks: boolean;
  readonly isCommitted: boolean;
  readonly isAbandoned: boolean;
}

/** A run that has gone back and comes to the same place again writes what is there already: that is left as it is. */
class RewoundFiles implements SnapshotFiles {
  #written: WrittenFiles;
  private _byteCount = 0;
  private _hasDisks = false;
  private _isCommitted = false;
  private _isAbandoned = false;

  constructor(
    readonly path: string,
    readonly isNowhere: boolean,
    written: WrittenFiles,
  ) {
    this.#written = written;
  }

  write(bytes: Uint8Array): string | undefined {
    const error = this.#written.write(this._byteCount, bytes);
    this._byteCount += bytes.length;
    return error;
  }

  replacesDisk(index: number): boolean {
    return this.#written.replacesDisk(index);
  }

  disk(index: number): DiskFile {
    this._hasDisks = true;
    return this.#written.disk(index);
  }

  diskByteCount(index: number): number {
    return this.#written.diskByteCount(index);
  }

  commit(): string | undefined | Promise<string | undefined> {
    this._isCommitted = true;
    if (this.#written.isGone) this.#written = this.#written.copyOfBeginning(this._byteCount, true);
    return this.#written.commit();
  }

  abandon(): void {
    this._isAbandoned = true;
    this.#written.abandon();
  }

  takeNewCourse(): void {
    const reached: Reached = {
      byteCount: this._byteCount,
      hasDisks: this._hasDisks,
      isCommitted: this._isCommitted,
      isAbandoned: this._isAbandoned,
    };
    if (this.#written.isAhead(reached)) this.#written = this.#written.copyOfBeginning(this._byteCount);
  }
}

/** Files of one snapshot as they are, however far the run has gone back. */
class WrittenFiles {
  readonly #set: OutputSet;
  readonly #stream: OutputFile;
  #byteCount = 0;
  /** Before which byte of the stream, and what. */
  #error: { readonly at: number; readonly text: string } | undefined;
  #landing: { readonly failed: string | undefined | Promise<string | undefined> } | undefined;
  #isAbandoned = false;
  readonly #replaced = new Map<number, boolean>();
  readonly #disks = new Map<number, WrittenDisk>();

  constructor(
    private readonly path: string,
    private readonly reserved: () => OutputReservation,
  ) {
    this.#set = reserved().begin();
    this.#stream = this.#set.create(path);
  }

  write(at: number, bytes: Uint8Array): string | undefined {
    if (this.#error && at >= this.#error.at) return this.#error.text;
    const newByteCount = at + bytes.length - this.#byteCount;
    if (newByteCount <= 0) return undefined;
    const isNew = newByteCount === bytes.length;
    const text = this.#stream.write(isNew ? bytes : bytes.subarray(bytes.length - newByteCount));
    if (text === undefined) this.#byteCount = at + bytes.length;
    else this.#error = { at, text };
    return text;
  }

  replacesDisk(index: number): boolean {
    let replaces = this.#replaced.get(index);
    if (replaces === undefined) {
      replaces = this.reserved().replaces(diskPath(this.path, index));
      this.#replaced.set(index, replaces);
    }
    return replaces;
  }

  disk(index: number): DiskFile {
    let disk = this.#disks.get(index);
    if (!disk) {
      disk = new WrittenDisk(this.#set.create(diskPath(this.path, index)));
      this.#disks.set(index, disk);
    }
    return disk;
  }

  diskByteCount(index: number): number {
    return this.#disks.get(index)?.byteCount ?? 0;
  }

  commit(): string | undefined | Promise<string | undefined> {
    this.#landing ??= { failed: this.#set.commit() };
    return this.#landing.failed;
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#set.abandon();
  }

  readonly isAhead = ({ byteCount, hasDisks, isCommitted, isAbandoned }: Reached): boolean =>
    this.#byteCount > byteCount ||
    (this.#disks.size > 0 && !hasDisks) ||
    (this.#landing !== undefined && !isCommitted) ||
    (this.#isAbandoned && !isAbandoned);

  /** It has landed, and somebody has taken it away since. */
  get isGone(): boolean {
    return this.#landing?.failed === undefined && this.#landing !== undefined && !this.#set.isInPlace();
  }

  /** A snapshot's files that have come so far and no further. */
  copyOfBeginning(byteCount: number, withDisks = false): WrittenFiles {
    // They have the same name while they are written.
    this.#set.abandon();
    const copy = new WrittenFiles(this.path, this.reserved);
    const text = this.#stream.copyTo(copy.#stream, byteCount);
    copy.#byteCount = byteCount;
    if (text !== undefined) copy.#error = { at: byteCount, text };
    for (const [index, disk] of withDisks ? this.#disks : []) disk.copyTo(copy.disk(index));
    return copy;
  }
}

/** What could not be written once cannot be written again. */
class WrittenDisk implements DiskFile {
  byteCount = 0;
  #error: string | undefined;

  constructor(private readonly file: OutputFile) {}

  get path(): string {
    return this.file.path;
  }

  write(bytes: Uint8Array): string | undefined {
    return this.#written(bytes.length, () => this.file.write(bytes));
  }

  writeZeros(byteCount: number): string | undefined {
    return this.#written(byteCount, () => this.file.writeZeros(byteCount));
  }

  copyTo(other: DiskFile): void {
    this.file.copyTo(other);
  }

  #written(byteCount: number, write: () => string | undefined): string | undefined {
    this.#error ??= write();
    if (this.#error === undefined) this.byteCount += byteCount;
    return this.#error;
  }
}
