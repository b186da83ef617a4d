import { DebuggeeError } from '../debuggee/debuggee';
import { cancelledText } from '../protocol/messages';

/** A failure that a user can see. Codes are stable: tests and clients may know them; the words may change. */
export class SessionError extends Error {
  constructor(
    readonly id: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const notLaunched = () => new SessionError(2001, 'not-launched', 'There is no guest yet: send `launch` first.');

export const alreadyLaunched = () =>
  new SessionError(
    2002,
    'already-launched',
    'This session already has a guest. Start another session for another one.',
  );

export const hasEnded = () => new SessionError(2003, 'ended', 'The session has ended.');

/** The protocol's own name for it: the request needs a debuggee that stands still. */
export const notStopped = () => new SessionError(2004, 'notStopped', 'The guest is running. Pause it first.');

export const cancelled = () => new SessionError(2005, 'cancelled', cancelledText);

export const badToken = () =>
  new SessionError(
    2008,
    'bad-token',
    'The token is missing or wrong. Set `token` in the launch configuration to the one the server was started with, or printed.',
  );

export const nothingToAttachTo = () =>
  new SessionError(
    2009,
    'nothing-to-attach-to',
    'There is no guest to attach to. Launch one, then disconnect without terminating it.',
  );

export const unknownRequest = (command: string) =>
  new SessionError(2006, 'unknown-request', `Unknown request: \`${command}\`.`);

export const badArguments = (command: string, reason: string) =>
  new SessionError(2007, 'bad-arguments', `Invalid arguments for \`${command}\`: ${reason}.`);

export const noThread = (threadId: number | string) =>
  new SessionError(2010, 'no-thread', `There is no thread ${threadId}; it may have ended.`);

export const noFrame = (frameId: number) =>
  new SessionError(2011, 'no-frame', `Frame ${frameId} is from an earlier stop. Ask for the stack again.`);

export const noVariables = (reference: number) =>
  new SessionError(2012, 'no-variables', `Variables ${reference} are from an earlier stop. Ask for the scopes again.`);

export const noSource = (what: string) => new SessionError(2013, 'no-source', `Unknown source: ${what}.`);

export const noLine = (file: string, line: number) =>
  new SessionError(2015, 'no-line', `There is no code at or after line ${line} of ${file}.`);

/** @param namesakes paths with the same name, of which there is code */
export const noCode = (
  { name, path = '' }: { readonly name?: string; readonly path?: string },
  namesakes: readonly string[],
) =>
  new SessionError(
    2016,
    'no-code',
    namesakes.length > 0
      ? `No image has code of ${path}, but of ${namesakes.join(', ')}: if it is the same, map its folder in \`sourceMap\`.`
      : `No image has debug information for ${name ?? path}. Build it with -g, or name its ELF file in \`symbols\`.`,
  );

export const tooManyBreakpoints = (most: number) =>
  new SessionError(2018, 'too-many-breakpoints', `There are ${most} breakpoints already: remove some to set this one.`);

export const tooMuchWatched = () =>
  new SessionError(
    2019,
    'too-much-watched',
    'The data breakpoints before this one watch 4 GiB already: watch less, or remove some.',
  );

export const noException = () => new SessionError(2014, 'no-exception', 'This thread has not stopped on an error.');

export const badMemoryReference = (reference: string) =>
  new SessionError(
    2020,
    'bad-memory-reference',
    `"${reference}" is not a valid address. Give a number such as 0x80000000.`,
  );

export const badExpression = (expression: string, reason: string) =>
  new SessionError(2030, 'bad-expression', `Cannot parse \`${expression}\`: ${reason}.`);

export const cannotEvaluate = (expression: string, reason: string) =>
  new SessionError(2031, 'cannot-evaluate', `Cannot evaluate \`${expression}\`: ${reason}.`);

export const notSettable = (name: string) => new SessionError(2032, 'not-settable', `\`${name}\` is read-only.`);

export const notInnermost = (name: string) =>
  new SessionError(
    2034,
    'not-innermost',
    `\`${name}\` can be set in the innermost frame only: select that in the call stack first.`,
  );

export const noPage = (reason: string) => new SessionError(2035, 'no-page', reason);

export const nothingWaits = () =>
  new SessionError(2033, 'nothing-waits', 'No write is waiting: the last one was not stopped by page protection.');

/** @param isQemu the guest is a real QEMU's */
export const cannotGoBack = (isQemu: boolean) =>
  new SessionError(
    2040,
    'no-history',
    isQemu
      ? 'A real QEMU does not go back in time. The embedded guest does: leave out `qemu`.'
      : 'This session does not go back in time: it was started with `"timeTravel": false`.',
  );

export const interrupted = () => new SessionError(2041, 'interrupted', 'The search through the past was interrupted.');

export const nothingFound = () =>
  new SessionError(2042, 'nothing-found', 'There is no write to go to. Find one with `last-writer ADDRESS` first.');

export const cannotBreakAtCode = () =>
  new SessionError(
    2043,
    'cannot-break',
    'A real QEMU is held at the phases, pages and write faults of its snapshot, not at code or data: check those under Breakpoints.',
  );

export const cannotRunToPage = () =>
  new SessionError(
    2044,
    'cannot-run-to-page',
    'Only a real QEMU can be run until a page is sent. Here, set a breakpoint on a line of the migration thread.',
  );

export const noQemu = () =>
  new SessionError(2045, 'no-qemu', 'This guest is emulated here: there is no QEMU to repair or to kill.');

/** What an error response carries. */
export interface ErrorInWords {
  readonly id: number;
  readonly code: string;
  readonly text: string;
}

const debuggeeErrorId = 3000;
const internalErrorId = 1;

/** The one place that makes words of whatever a request has thrown. */
export function inWords(error: unknown): ErrorInWords {
  if (error instanceof SessionError) {
    return { id: error.id, code: error.code, text: error.message };
  }
  if (error instanceof DebuggeeError) {
    return { id: debuggeeErrorId, code: error.code, text: error.message };
  }
  const reason = error instanceof Error ? error.message : String(error);
  const text = `Internal error: ${reason}. Please report it with the details in the debug console.`;
  return { id: internalErrorId, code: 'internal', text };
}

/** Neither the user's nor the guest's doing: worth a stack trace. */
export function isInternal(error: unknown): boolean {
  return !(error instanceof SessionError || error instanceof DebuggeeError);
}

export const notGdbsDevice = (device: string) =>
  new SessionError(
    2050,
    'not-gdbs-device',
    `Cannot listen for gdb on \`${device}\`: give \`tcp::PORT\` (127.0.0.1 only) or \`none\`.`,
  );

export const noGdbHere = () =>
  new SessionError(2051, 'no-gdb-here', 'gdb can connect only to an emulated guest, and only on a desktop.');

export const cannotListen = (port: number, reason: string) =>
  new SessionError(2052, 'cannot-listen', `Cannot listen for gdb on 127.0.0.1:${port}: ${reason}.`);
