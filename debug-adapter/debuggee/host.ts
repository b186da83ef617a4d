/**
 * What a debuggee needs from the program around it: files, turns of the event loop, the clock on the wall. Portable; the
 * entry point brings the implementation for its platform.
 */
export interface Host {
  /** @throws Error with the reason in words. */
  readFile(path: string): Promise<Uint8Array>;
  /** For files too large to be read whole. @throws Error with the reason in words. */
  openInput(path: string): InputFile;
  /** Creates the file under a provisional name. @throws Error with the reason in words. */
  openOutput(path: string): OutputFile;
  /** Resolves after the event loop has had a turn. */
  nextTurn(): Promise<void>;
  /** Milliseconds of wall time: paces slices, never enters the simulation. */
  now(): number;
}

/** Read by pieces, synchronously. */
export interface InputFile {
  readonly byteCount: number;
  /** @returns exactly `length` bytes; the caller stays within `byteCount`. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** A file that exists under its name only when it is whole. Synchronous, so that a run does not depend on when it lands. */
export interface OutputFile {
  readonly path: string;
  /** Undefined, or what went wrong, in words. */
  write(bytes: Uint8Array): string | undefined;
  /** The file is whole: gives it its name. Undefined, or what went wrong, in words. */
  commit(): string | undefined;
  /** Removes it. Never fails; may be called after either of the others. */
  abandon(): void;
}
