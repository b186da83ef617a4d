import { performance } from 'node:perf_hooks';
import type { Environment } from './command-line/environment';
import { printable, printableLine } from './command-line/printable';
import { ProgressLine } from './command-line/progress-line';
import { TerminalConsole } from './command-line/terminal-console';
import { openFile, perform } from './commands';

/** Of a terminal that does not say how wide it is. */
const columnCount = 80;
/** Where a guest's console would reach a terminal. Into a file or a pipe it goes as it is. */
const terminal = process.stdout.isTTY ? new TerminalConsole() : undefined;

/**
 * The commands as a program; `--help` says what each does.
 *
 *     node dist/freezeframe.js COMMAND …
 */
const environment: Environment = {
  say: (text) => process.stdout.write(`${printable(text)}\n`),
  write: (bytes) => process.stdout.write(terminal ? terminal.filter(bytes) : bytes),
  note: (text) => process.stderr.write(`${printable(text)}\n`),
  isConsoleSeen: process.stdout.isTTY === true,
  isInteractive: process.stdin.isTTY === true,
  onInput,
  progress: (what) => {
    if (!process.stderr.isTTY) return { at() {}, tell() {}, end() {} };
    return new ProgressLine(
      printableLine(what),
      (text) => process.stderr.write(text),
      () => performance.now(),
      () => process.stderr.columns || columnCount,
    );
  },
  every(ms, callback) {
    const timer = setInterval(callback, ms);
    return { stop: () => clearInterval(timer) };
  },
  open: openFile,
  beforeEnd(tidyUp) {
    for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
      process.once(signal, () => void tidyUp().then(() => process.exit(code)));
    }
    onBrokenPipe = tidyUp;
  },
};

/** A terminal that hands over each key gets its lines back when the process ends, whatever ends it. */
function onInput(take: (bytes: Uint8Array) => void, ended: () => void): { stop(): void } {
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', take);
  stdin.once('end', ended);
  return {
    stop() {
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.off('end', ended);
      stdin.destroy();
    },
  };
}

/** What must be tidied up when nobody reads our output any more. */
let onBrokenPipe: () => Promise<void> = async () => {};
/** As a shell reports a program that SIGPIPE has ended. */
const brokenPipeExitCode = 141;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  void onBrokenPipe().then(() => process.exit(brokenPipeExitCode));
});

void perform(process.argv.slice(2), environment).then((code) => {
  process.exitCode = code;
});
