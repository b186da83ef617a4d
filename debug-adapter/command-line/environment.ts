import type { RandomAccess } from '../vmstate/file-reader';

/** What a command needs from the process around it. */
export interface Environment {
  /** One line, or several, of the command's result. */
  say(text: string): void;
  /** Bytes of the result as they are: a guest's console. */
  write(bytes: Uint8Array): void;
  /** A word beside the result. */
  note(text: string): void;
  /** Standard input is a terminal. */
  readonly isInteractive: boolean;
  /** What comes through standard input until `stop`: a terminal's keys one by one, as they are, and unechoed. */
  onInput(take: (bytes: Uint8Array) => void, ended: () => void): { stop(): void };
  /** What `write` writes appears on a terminal. */
  readonly isConsoleSeen: boolean;
  /** Shows how far a long piece of work has come, where somebody is looking. */
  progress(what: string): Progress;
  every(ms: number, callback: () => void): { stop(): void };
  /** @throws CommandError when it cannot be read. */
  open(path: string): OpenFile;
  /** Whoever ends the process before the command is done takes a half-written snapshot with it. */
  beforeEnd(tidyUp: () => Promise<void>): void;
}

export interface OpenFile extends RandomAccess {
  close(): void;
}

export interface Progress {
  /** @param total in the same unit as `done`. */
  at(done: number, total: number): void;
  /** The line says this. */
  tell(text: string): void;
  /** Nothing is shown any more. */
  end(): void;
}

/** The command cannot do what it is asked to; `message` says why and what to do about it. */
export class CommandError extends Error {}

/**
 * As a process ends: `different` is what diff found, or a verify that failed, or a snapshot that did; `timedOut`: what was
 * waited for has not come within `--timeout`.
 */
export const exitCode = { good: 0, different: 1, error: 2, timedOut: 3 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Opens the file for as long as `use` takes. */
export function withFile<T>(environment: Environment, path: string, use: (file: OpenFile) => T): T {
  const file = environment.open(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}
