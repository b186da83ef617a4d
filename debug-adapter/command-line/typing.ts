import type { Debuggee } from '../debuggee/debuggee';
import { CommandError, type Environment, withFile } from './environment';
import { EscapeKeys, escapeKeysHelp } from './escape-keys';

/** More than anybody types. */
const byteCountMax = 1 << 24;

type Console = Pick<Debuggee, 'consoleInput' | 'pause'>;

/** What is typed at a guest's console. */
export interface Typing {
  /** More may come. */
  readonly isOpen: boolean;
  /** The user has asked to leave the guest. */
  readonly isLeft: boolean;
  stop(): void;
}

const nothing: Typing = { isOpen: false, isLeft: false, stop() {} };

export interface TypingOptions {
  /** `--input`: a file, or `-` for standard input. */
  readonly from: string | undefined;
  /** Without `from`, what comes through a pipe is typed, too. */
  readonly takesPipe: boolean;
}

/**
 * Types at the guest's console what the user gives: a file's text, which is there from the first instant on, or standard
 * input as it comes. A terminal's keys go to the guest one by one, but for Ctrl-A X.
 */
export function typeInto(debuggee: Console, environment: Environment, { from, takesPipe }: TypingOptions): Typing {
  if (from !== undefined && from !== '-') {
    debuggee.consoleInput(textOf(environment, from));
    return nothing;
  }
  if (environment.isInteractive) return keys(debuggee, environment);
  return from === '-' || takesPipe ? pipe(debuggee, environment) : nothing;
}

function textOf(environment: Environment, path: string): Uint8Array {
  return withFile(environment, path, (file) => {
    if (file.byteCount <= byteCountMax) return file.read(0, file.byteCount);
    const size = `${file.byteCount} bytes, and no more than ${byteCountMax >> 20} MiB are typed`;
    throw new CommandError(`${path} has ${size}: give a shorter --input.`);
  });
}

function pipe(debuggee: Console, environment: Environment): Typing {
  let isOpen = true;
  const end = (): void => {
    isOpen = false;
    // It may sleep until something comes.
    debuggee.pause();
  };
  const { stop } = environment.onInput((bytes) => debuggee.consoleInput(bytes), end);
  return {
    get isOpen() {
      return isOpen;
    },
    isLeft: false,
    stop,
  };
}

function keys(debuggee: Console, environment: Environment): Typing {
  const escapeKeys = new EscapeKeys();
  let isLeft = false;
  const leave = (): void => {
    isLeft = true;
    debuggee.pause();
  };
  const type = (typed: Uint8Array): void => {
    const { bytes, isEnd } = escapeKeys.filter(typed);
    if (bytes.length > 0) debuggee.consoleInput(bytes);
    if (isEnd) leave();
  };
  const { stop } = environment.onInput(type, leave);
  // Only now: until keys come one by one, the terminal takes Ctrl-C for its own, and whoever reads this may press it at once.
  environment.note(escapeKeysHelp);
  return {
    isOpen: true,
    get isLeft() {
      return isLeft;
    },
    stop,
  };
}
