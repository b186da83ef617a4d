import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectUnix, SystemError } from './libc';
import { QemuError } from './qemu-error';
import { QmpClient } from './qmp-client';
import { type Connection, type QemuListener, RunningQemu } from './running-qemu';
import { TracePipe } from './trace';

export interface QemuCommand {
  /** A name that is looked up on the PATH, or a path. */
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
}

const connectMs = 20_000;
const greetMs = 5_000;
/** Between two looks at what a QEMU that starts has printed. */
const lookMs = 10;
const terminateMs = 1_000;

/** Starts a QEMU with a monitor of ours, whose trace comes to us. @throws QemuError */
export async function startQemu(command: QemuCommand, listener: QemuListener): Promise<RunningQemu> {
  if (command.args.some((arg) => /^--?daemonize$/.test(arg))) {
    throw new QemuError('qemu-not-started', 'QEMU traces nothing with `-daemonize`: leave it out.');
  }
  const messages: string[] = [];
  const tracePipe = new TracePipe((text) => {
    messages.push(text);
    listener.onMessage(text);
  });
  const directory = mkdtempSync(join(tmpdir(), 'freezeframe-held-'));
  let child: ChildProcess | undefined;
  try {
    child = await spawned(command, join(directory, 'qmp'), tracePipe);
    child.stdout!.on('data', (bytes) => listener.onConsole(bytes));
    const qmp = await connected(join(directory, 'qmp'), child, tracePipe, messages);
    return await RunningQemu.of(connectionTo(child, qmp, tracePipe, messages), listener);
  } catch (error) {
    await endProcess(child);
    throw error;
  } finally {
    // Connected, nobody needs the socket's name any more: nothing stays behind, however we go.
    rmSync(directory, { recursive: true, force: true });
  }
}

async function spawned({ binary, args, cwd }: QemuCommand, qmpPath: string, trace: TracePipe): Promise<ChildProcess> {
  // In a group of its own: what ends us by the terminal does not end the guest.
  const child = spawn(binary, [...args, '-qmp', `unix:${qmpPath},server=on,wait=off`], {
    ...(cwd !== undefined && { cwd }),
    detached: true,
    stdio: ['pipe', 'pipe', trace.pipe.writeFd],
  });
  child.stdin!.on('error', () => {});
  // Unless we are killed, nothing of ours stays behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  try {
    await once(child, 'spawn');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    const advice = 'Install it (Debian: `qemu-system-misc`, `qemu-system-x86`), or give its path.';
    throw new QemuError('qemu-not-started', `${binary} cannot be started: ${reason}. ${advice}`);
  }
  trace.pipe.closeWriter();
  return child;
}

/** QEMU opens its socket before it has made the machine. What it prints meanwhile must be taken, or it waits. */
async function connected(
  path: string,
  child: ChildProcess,
  trace: TracePipe,
  messages: readonly string[],
): Promise<QmpClient> {
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const takePrinted = () => {
    while (trace.look()) trace.take();
  };
  const pump = setInterval(takePrinted, lookMs);
  try {
    for (const deadline = performance.now() + connectMs; performance.now() < deadline; ) {
      takePrinted();
      if (isOver())
        throw new QemuError('qemu-not-started', `QEMU ended at once: ${messages.join(' ') || 'it does not say why'}`);
      try {
        const qmp = new QmpClient(connectUnix(path));
        await qmp.negotiate(greetMs);
        return qmp;
      } catch (error) {
        if (!isNotThere(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
    }
    throw new QemuError('no-qmp', `QEMU has opened no QMP socket in ${connectMs / 1000} s.`);
  } finally {
    clearInterval(pump);
  }
}

/** There is no socket yet, or none any more. */
function isNotThere(error: unknown): boolean {
  return error instanceof SystemError || (error instanceof QemuError && error.code === 'qemu-ended');
}

function connectionTo(
  child: ChildProcess,
  qmp: QmpClient,
  tracePipe: TracePipe,
  messages: readonly string[],
): Connection {
  return {
    pid: child.pid!,
    qmp,
    tracePipe,
    messages,
    child,
    async close() {
      qmp.close();
      await endProcess(child);
    },
  };
}

/** One that sleeps in a write fault heeds no SIGTERM. */
async function endProcess(child: ChildProcess | undefined): Promise<void> {
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), terminateMs);
  await exit;
  clearTimeout(timer);
}
