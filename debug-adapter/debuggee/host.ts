/**
 * What a debuggee needs from the program around it: files, turns of the event loop, the clock on the wall. Portable; the
 * entry point brings the implementation for its platform.
 */
export interface Host {
  /** A regular file of at most `byteCountMax` bytes. @throws Error with the reason in words. */
  readFile(path: string, byteCountMax: number): Promise<Uint8Array>;
  /** For files too large to be read whole. @throws Error with the reason in words. */
  openInput(path: string): Promise<InputFile>;
  /**
   * Reserves names of files that are written together, in one folder: until they are released, nobody else of us may
   * write them.
   *
   * @param paths the main one first
   * @param inputs files that no output may replace
   * @throws Error with the reason in words: one of them is in use, is an input, or is something else than a file
   */
  reserveOutput(paths: readonly string[], inputs: readonly string[]): OutputReservation;
  sha256(): Hash;
  /** Resolves after the event loop has had a turn. */
  nextTurn(): Promise<void>;
  /** Resolves when so many milliseconds have passed on the wall, or when `woken` does. */
  sleep(ms: number, woken: Promise<void>): Promise<void>;
  /** Milliseconds of wall time: paces slices, never enters the simulation. */
  now(): number;
}

export interface Hash {
  /** With the next bytes. */
  update(bytes: Uint8Array): Hash;
  /** Of all of them, in hexadecimal digits. The last that is asked of it. */
  digest(): string;
}

/** Read by pieces, synchronously. */
export interface InputFile {
  readonly byteCount: number;
  /** Somebody has written to it since it was opened, as far as one can tell. */
  hasChanged(): boolean;
  /** @returns exactly `length` bytes; the caller stays within `byteCount`. */
  read(offset: number, length: number): Uint8Array;
  /** Fills `bytes`: whoever reads much need not have new memory for each piece. */
  readInto(bytes: Uint8Array, offset: number): void;
  close(): void;
}

export interface OutputReservation {
  /** Whether it is for this file, by whatever path. */
  isFor(path: string): boolean;
  /** What is written to it is gone. */
  readonly isNowhere?: boolean;
  /** A file may be there already, which one of ours would replace. */
  replaces(path: string): boolean;
  begin(): OutputSet;
  /** What is not committed goes. Never fails; may be called again. */
  release(): void;
}

/**
 * Files that appear under their names together, each whole, or not at all. A run does not depend on when they land: where
 * files are asynchronous, it goes on meanwhile.
 */
export interface OutputSet {
  /** @param path one of those reserved. @throws Error with the reason in words. */
  create(path: string): OutputFile;
  /** Brings what has been written to the disk, where `commit` would wait for that, while others have their turns. */
  sync?(): Promise<void>;
  /** All files are whole: gives them their names. Undefined, or what went wrong, in words: then nothing has changed. */
  commit(): string | undefined | Promise<string | undefined>;
  /** What has been committed still stands there, as far as one can tell at once. */
  isInPlace(): boolean;
  /** Removes what is not committed. Never fails; may be called after `commit`. */
  abandon(): void;
}

export interface OutputFile {
  readonly path: string;
  /** Undefined, or what went wrong, in words. */
  write(bytes: Uint8Array): string | undefined;
  /** Likewise; a hole, where files have such. */
  writeZeros(byteCount: number): string | undefined;
  /**
   * Writes the first bytes of what has been written here into another file, or all of it, whatever has become of this one,
   * until the reservation is released. Undefined, or what went wrong, in words.
   */
  copyTo(file: Pick<OutputFile, 'write' | 'writeZeros'>, byteCount?: number): string | undefined;
}
