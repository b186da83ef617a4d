/** GNU as or clang as a process, on text that need not be saved. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { devNull } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AssemblerMessage, parseMessages } from '../analysis/assembler-messages';
import type { AssemblerSettings } from '../assembler-settings';
import type { Assembler, AssemblerRequest } from './assembler';

/** By preference. */
const names = ['riscv64-unknown-elf-as', 'riscv64-linux-gnu-as', 'clang'];
/** No text that somebody edits takes so long; a `.rept` of a number with one digit too many does. */
const hangMs = 10_000;
const outputCharactersMax = 1 << 20;

export class ProcessAssembler implements Assembler {
  #settings: AssemblerSettings = null;
  #path: string | undefined;

  get isAsBuilt(): boolean {
    return (this.#settings?.arguments.length ?? 0) > 0;
  }

  configure(settings: AssemblerSettings): void {
    this.#settings = settings;
    this.#path = settings === null ? undefined : settings.path || names.map(findProgram).find(Boolean);
  }

  async messages(request: AssemblerRequest): Promise<readonly AssemblerMessage[] | undefined> {
    const command = this.#command(request.isPreprocessed);
    if (!command) return undefined;
    const output = await run(command, request);
    const messages = parseMessages(output?.text ?? '');
    // A failure that is about no line is about how it was called.
    return output === undefined || (output.failed && messages.length === 0) ? undefined : messages;
  }

  #command(isPreprocessed: boolean): readonly [string, ...string[]] | undefined {
    const path = this.#path;
    if (path === undefined) return undefined;
    const given = this.#settings?.arguments ?? [];
    const args = given.length > 0 ? given : ['-march=rv64gc'];
    const isClang = /^clang\b/.test(basename(path));
    const output = ['-o', devNull, '-'];
    if (!isClang && !isPreprocessed) return [path, ...args, ...output];
    // GNU as has the preprocessor beside it.
    const driver = isClang ? path : path.replace(/as(?=(\.exe)?$)/, 'gcc');
    if (!isClang && (driver === path || !isProgram(driver))) return undefined;
    const language = isPreprocessed ? 'assembler-with-cpp' : 'assembler';
    const target = isClang ? ['--target=riscv64'] : [];
    return [driver, ...target, ...args, '-c', '-x', language, ...output];
  }
}

/** What a program writes to standard error; undefined where it cannot be started, was cancelled or hangs. */
function run(
  [program, ...args]: readonly [string, ...string[]],
  { text, uri, cancellation }: AssemblerRequest,
): Promise<{ text: string; failed: boolean } | undefined> {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: folderOf(uri), timeout: hangMs, stdio: ['pipe', 'ignore', 'pipe'] });
    const cancelled = cancellation.onCancellationRequested(() => child.kill());
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      if (output.length < outputCharactersMax) output += data;
    });
    child.on('error', () => done(undefined));
    child.on('close', (code) => {
      cancelled.dispose();
      done(code === null ? undefined : { text: output, failed: code !== 0 });
    });
    // It may end before it has read everything.
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  });
}

/** Undefined where there is none: of a text that has not been saved. */
function folderOf(uri: string): string | undefined {
  const folder = uri.startsWith('file:') ? dirname(fileURLToPath(uri)) : undefined;
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

function findProgram(name: string): string | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name + suffix))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
