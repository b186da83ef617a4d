import type { RandomAccess } from '../vmstate/file-reader';

/** What a command needs from the process around it. */
export interface Environment {
  /** One line, or several, of the command's result. */
  say(text: string): void;
  /** Bytes of the result as they are: a guest's console. */
  write(bytes: Uint8Array): void;
  /** A word beside the result. */
  note(text: string): void;
  /** What is typed, or comes through a pipe, until `stop`. */
  onInput(take: (bytes: Uint8Array) => void): { stop(): void };
  /** Shows how far a long piece of work has come, where somebody is looking. */
  progress(what: string): Progress;
  every(ms: number, callback: () => void): { stop(): void };
  /** @throws CommandError when it cannot be read. */
  open(path: string): OpenFile;
}

export interface OpenFile extends RandomAccess {
  close(): void;
}

export interface Progress {
  /** @param total in the same unit as `done`. */
  at(done: number, total: number): void;
  /** Nothing is shown any more. */
  end(): void;
}

/** The command cannot do what it is asked to; `message` says why and what to do about it. */
export class CommandError extends Error {}

/** As a process ends: `different` is what diff found, or a verify that failed, or a snapshot that did. */
export const exitCode = { good: 0, different: 1, error: 2 } as const;
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
