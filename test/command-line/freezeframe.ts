import { spawn, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { printable } from '../../debug-adapter/command-line/printable';
import { openFile, perform } from '../../debug-adapter/commands';

export const root = resolve(__dirname, '../..');
const program = join(root, 'dist/freezeframe.js');
export const workingSet = join(root, 'extension/sample/guests/working-set.elf');

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Performs a command as the program does whose output goes into pipes, in this process. Nobody types anything. */
export async function freezeframe(...args: readonly string[]): Promise<Outcome> {
  const [out, err]: [Uint8Array[], Uint8Array[]] = [[], []];
  const into = (chunks: Uint8Array[]) => (text: string) => void chunks.push(Buffer.from(`${printable(text)}\n`));
  const code = await perform(args, {
    say: into(out),
    write: (bytes) => void out.push(bytes.slice()),
    note: into(err),
    isConsoleSeen: false,
    isInteractive: false,
    onInput(_take, ended) {
      const end = setImmediate(ended);
      return { stop: () => clearImmediate(end) };
    },
    progress: () => ({ at() {}, tell() {}, end() {} }),
    every(ms, callback) {
      const timer = setInterval(callback, ms);
      return { stop: () => clearInterval(timer) };
    },
    open: openFile,
    beforeEnd() {},
  });
  const text = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString();
  return { code, out: text(out), err: text(err) };
}

/** Runs the built program to its end. */
export function freezeframeProcess(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 240_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** Runs it with a reader that goes away after the first bytes. */
export function freezeframeUnread(...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (bytes) => {
    err += bytes;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  return new Promise((done) => child.on('close', (code) => done({ code, out: '', err })));
}
