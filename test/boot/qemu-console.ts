import { type ChildProcess, spawn } from 'node:child_process';
import { requirePart } from '../../tools/parts.mjs';

/** The UART of a real QEMU's `virt` board. */
export class QemuConsole {
  text = '';
  readonly #process: ChildProcess;
  #arrived: () => void = () => {};
  #readUpTo = 0;

  constructor(args: string[]) {
    const board = ['-M', 'virt', '-display', 'none', '-serial', 'stdio', '-monitor', 'none'];
    this.#process = spawn(requirePart('qemu'), [...board, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdout!.on('data', (data: Buffer) => {
      this.text += data.toString('latin1');
      this.#arrived();
    });
    this.#process.on('close', () => this.#arrived());
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  type(text: string): void {
    this.#process.stdin!.write(text);
  }

  /** What it printed since the last call, up to and including `expected`. */
  async until(expected: string): Promise<string> {
    const from = this.#readUpTo;
    for (;;) {
      const at = this.text.indexOf(expected, from);
      if (at >= 0) {
        this.#readUpTo = at + expected.length;
        return this.text.slice(from, this.#readUpTo);
      }
      if (this.#process.exitCode !== null)
        throw new Error(`QEMU ended without ${JSON.stringify(expected)}:\n${this.text}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  dispose(): void {
    this.#process.kill('SIGKILL');
  }
}
