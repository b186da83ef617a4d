import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { requirePart } from '../../tools/parts.mjs';
import type { RecordedAdapter } from '../dap/recorded-adapter';

/** The port that a session says it waits at for gdb. */
export function gdbPort(adapter: RecordedAdapter): Promise<number> {
  return new Promise((resolve) => {
    adapter.on('output', ({ body }: Dap.OutputEvent) => {
      const [, port] = /^Waiting for gdb on 127\.0\.0\.1:(\d+)/.exec(body.output) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

/** Debian's gdb with a script. */
export class Gdb {
  readonly process: ChildProcess;
  #printed = '';
  readonly #ended: Promise<unknown>;

  /** @param stub as `target remote` takes it; `elf` undefined: no symbols are known */
  constructor(stub: string | number, elf: string | undefined, commands: readonly string[]) {
    const set = ['confirm off', 'pagination off', 'width 0', 'style enabled off'].map((setting) => `set ${setting}`);
    const connect = `target remote ${typeof stub === 'number' ? `127.0.0.1:${stub}` : stub}`;
    const args = [...set, connect, ...commands].flatMap((command) => ['-ex', command]);
    // Both in one stream, in the order in which they come.
    const shell = ['-c', 'exec "$@" 2>&1', 'sh'];
    this.process = spawn(
      'sh',
      [...shell, requirePart('gdb'), '-batch', '-nx', ...args, ...(elf === undefined ? [] : [elf])],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
    });
    this.#ended = once(this.process, 'close');
  }

  /** What it has printed, line by line, once it has ended by itself. */
  async lines(): Promise<string[]> {
    await this.#ended;
    return this.#printed.split('\n').filter((line) => line !== '');
  }
}
