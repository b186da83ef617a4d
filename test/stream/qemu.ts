import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { requirePart } from '../../tools/parts.mjs';

/** Nothing that is awaited takes a tenth of it. */
const hangMs = 240_000;

type Json = Readonly<Record<string, unknown>>;

/** A real `qemu-system-riscv64 -M virt` with its QMP socket and what it prints. */
export class Qemu {
  /** Everything the guest's UART printed. */
  console = '';
  /** QMP events in their order: `STOP`, `MIGRATION active`. */
  readonly events: string[] = [];
  private readonly waiting: ((answer: Json) => void)[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly socket: Socket,
    /** A directory of this machine's own; gone after `stop`. */
    readonly directory: string,
    private readonly errors: () => string,
  ) {
    child.once('exit', () => {
      for (const answer of this.waiting.splice(0)) answer({ error: `QEMU ended: ${errors()}` });
    });
    socket.on('error', () => {});
    const lines = createInterface({ input: socket });
    lines.on('error', () => {});
    lines.on('line', (line) => {
      const message = JSON.parse(line) as Json;
      if ('return' in message || 'error' in message) this.waiting.shift()?.(message);
      else if ('event' in message) this.events.push(eventName(message));
    });
  }

  /** @param args behind `-M virt -nographic -nic none`; `-serial` instead of the console here. */
  static async start(args: readonly string[]): Promise<Qemu> {
    const directory = await mkdtemp(join(tmpdir(), 'freezeframe-qemu-'));
    const path = join(directory, 'qmp');
    const child = spawn(
      requirePart('qemu'),
      ['-M', 'virt', '-nographic', '-nic', 'none', '-monitor', 'none'].concat(
        args.includes('-serial') ? [] : ['-serial', 'stdio'],
        ['-qmp', `unix:${path},server=on,wait=off`],
        args,
      ),
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    let errors = '';
    child.stderr!.on('data', (bytes) => {
      errors += bytes;
    });
    try {
      const qemu = new Qemu(child, await connectTo(path, child, () => errors), directory, () => errors);
      child.stdout!.on('data', (bytes) => {
        qemu.console += bytes;
      });
      await qemu.execute('qmp_capabilities');
      return qemu;
    } catch (error) {
      child.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** A machine that has loaded the stream and stands still. @param args what the stream's machine was started with. */
  static async incoming(
    stream: Uint8Array,
    args: readonly string[],
    capabilities: readonly string[] = [],
  ): Promise<Qemu> {
    const qemu = await Qemu.start([...args, '-S', '-incoming', 'defer']);
    try {
      await qemu.enable(capabilities);
      const path = join(qemu.directory, 'incoming.stream');
      await writeFile(path, stream);
      await qemu.execute('migrate-incoming', { uri: `exec:cat ${path}` });
      const isLoaded = async (): Promise<boolean> => {
        const { status } = (await qemu.execute('query-status')) as { status: string };
        return status !== 'inmigrate';
      };
      await qemu.until(isLoaded, 'restored machine');
      return qemu;
    } catch (error) {
      await qemu.stop();
      throw error;
    }
  }

  /** Of processors that it has taken, to 10 ms. */
  get cpuMs(): number {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  async execute(command: string, args: Json = {}): Promise<unknown> {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) throw new Error(`${command}: QEMU ended: ${this.errors()}`);
    const answer = await new Promise<Json>((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
    if ('error' in answer) throw new Error(`${command}: ${JSON.stringify(answer.error)}`);
    return answer.return;
  }

  async isRunning(): Promise<boolean> {
    return ((await this.execute('query-status')) as { status: string }).status === 'running';
  }

  /** Of guest memory, at a physical address, little-endian. */
  async halfWord(address: number): Promise<number> {
    const command = { 'command-line': `xp /1hx 0x${address.toString(16)}` };
    return Number(/: (0x[0-9a-f]+)/.exec(String(await this.execute('human-monitor-command', command)))![1]);
  }

  /** As `halfWord`. */
  async doubleWord(address: bigint): Promise<bigint> {
    const command = { 'command-line': `xp /1gx 0x${address.toString(16)}` };
    return BigInt(/: (0x[0-9a-f]+)/.exec(String(await this.execute('human-monitor-command', command)))![1]!);
  }

  /** Bytes typed at the guest's console. */
  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** Waits until the console holds the text. */
  async printed(text: string): Promise<void> {
    await this.until(() => this.console.includes(text), `"${text}" on the console`);
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + hangMs;
    while (!(await condition())) {
      if (performance.now() > deadline) {
        const console = JSON.stringify(this.console.slice(-300));
        throw new Error(`no ${what}; QEMU said: ${this.errors()}; the console ends in ${console}`);
      }
      await sleep(10);
    }
  }

  /** Writes the machine to a file, by precopy or by a background snapshot. @returns its path. */
  async migrate(kind: 'precopy' | 'background', capabilities: readonly string[] = []): Promise<string> {
    const path = join(this.directory, `${kind}.stream`);
    const all = kind === 'background' ? [...capabilities, 'background-snapshot'] : capabilities;
    await this.enable(all);
    // QEMU does not wait for what it writes to: the file has its name when it is whole.
    await this.execute('migrate', { uri: `exec:cat > ${path}.partial && mv ${path}.partial ${path}` });
    await this.until(() => this.migrated(), 'end of the migration');
    await this.until(() => existsSync(path), 'whole file');
    return path;
  }

  async enable(capabilities: readonly string[]): Promise<void> {
    await this.execute('migrate-set-capabilities', {
      capabilities: capabilities.map((capability) => ({ capability, state: true })),
    });
  }

  private async migrated(): Promise<boolean> {
    const info = (await this.execute('query-migrate')) as { status?: string; 'error-desc'?: string };
    if (info.status === 'failed') throw new Error(`migration failed: ${info['error-desc']}`);
    return info.status === 'completed';
  }

  async stop(): Promise<void> {
    this.socket.destroy();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await exit;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

function eventName({ event, data }: Json): string {
  const { status, pass } = (data ?? {}) as Json;
  const detail = status ?? pass;
  return detail === undefined ? String(event) : `${event} ${detail}`;
}

/** QEMU makes its socket when it is ready to serve it. */
async function connectTo(path: string, child: ChildProcess, errors: () => string): Promise<Socket> {
  for (const deadline = performance.now() + hangMs; performance.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`QEMU ended: ${errors()}`);
    const socket = connect(path);
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (connected) return socket;
    await sleep(10);
  }
  throw new Error(`QEMU opened no QMP socket: ${errors()}`);
}
