import { Socket } from 'node:net';
import { sendWithFd } from './libc';
import { QemuError } from './qemu-error';

export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface HumanOptions {
  readonly cpu?: number;
  readonly timeoutMs?: number;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const answerMs = 10_000;

/**
 * QEMU's machine protocol over a Unix socket. Every answer has its time: a main loop that is held, or sleeps in a write
 * fault, gives none.
 */
export class QmpClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #greeted: Promise<void>;
  #greet: () => void = () => {};
  #refuseGreeting: (error: Error) => void = () => {};
  #text = '';
  #lastId = 0;
  #isClosed = false;
  onEvent: (event: QmpEvent) => void = () => {};

  /** @param fd a connected socket, which the client closes */
  constructor(private readonly fd: number) {
    this.#greeted = new Promise((resolve, reject) => {
      this.#greet = resolve;
      this.#refuseGreeting = reject;
    });
    // Not everybody waits for it.
    this.#greeted.catch(() => {});
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => this.#receive(text));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#end());
  }

  /** @throws QemuError when somebody else has the socket: QEMU serves one client at a time; `qemu-ended` */
  async negotiate(timeoutMs: number): Promise<void> {
    const text =
      'QEMU sends no greeting: another program is connected to its QMP socket. Give QEMU a second `-qmp`, or end that program.';
    await withinTime(this.#greeted, timeoutMs, () => new QemuError('qmp-busy', text));
    await this.execute('qmp_capabilities', {}, { timeoutMs });
  }

  /** @param fd goes with the command. @throws QemuError when QEMU refuses, or does not answer in time */
  execute(
    command: string,
    args: object = {},
    { timeoutMs = answerMs, fd }: { readonly timeoutMs?: number; readonly fd?: number } = {},
  ): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(ended(command));
    const id = ++this.#lastId;
    const bytes = Buffer.from(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    if (fd === undefined) this.#socket.write(bytes);
    else sendWithFd(this.fd, bytes, fd);
    const late = () => new QemuError('qmp-silent', `QEMU's main loop does not answer \`${command}\`: it waits.`);
    return withinTime(answer, timeoutMs, late);
  }

  /**
   * A line for the human monitor.
   *
   * @param cpu whose registers and memory it is about
   * @returns what it prints
   */
  async human(line: string, { cpu, timeoutMs = answerMs }: HumanOptions = {}): Promise<string> {
    const args = { 'command-line': line, ...(cpu !== undefined && { 'cpu-index': cpu }) };
    const answer = await this.execute('human-monitor-command', args, { timeoutMs });
    return String(answer).replaceAll('\r\n', '\n');
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #receive(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop()!;
    for (const line of lines) this.#accept(JSON.parse(line));
  }

  #accept(message: Record<string, unknown>): void {
    if ('QMP' in message) this.#greet();
    else if (typeof message.event === 'string') this.onEvent(message as unknown as QmpEvent);
    else {
      const pending = this.#pending.get(message.id as number);
      this.#pending.delete(message.id as number);
      if ('return' in message) pending?.resolve(message.return);
      else pending?.reject(new QemuError('qmp-refused', (message.error as { desc: string }).desc));
    }
  }

  #end(): void {
    this.#isClosed = true;
    this.#refuseGreeting(ended('any command'));
    for (const { reject } of this.#pending.values()) reject(ended('a command'));
    this.#pending.clear();
  }
}

function ended(command: string): QemuError {
  return new QemuError('qemu-ended', `QEMU has closed its QMP socket and does not answer ${command}.`);
}

async function withinTime<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  // The loser of the race is nobody's business.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
