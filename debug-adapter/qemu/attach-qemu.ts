import { closeSync, existsSync, readFileSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { connectUnix, peerPid, SystemError, setFileFlag, shareFd } from './libc';
import { ProcessFacts } from './process-facts';
import { QemuError } from './qemu-error';
import { QmpClient } from './qmp-client';
import { type QemuListener, RunningQemu } from './running-qemu';
import { TracePipe, traceEvents } from './trace';

/**
 * Joins a QEMU that runs, by a QMP socket of its own that nobody else uses. Its log goes into our trace meanwhile, and back to
 * where it went before. @throws QemuError
 */
export async function attachQemu(qmpPath: string, listener: QemuListener, greetMs = 5_000): Promise<RunningQemu> {
  const socket = connected(qmpPath);
  const opener = peerPid(socket);
  const qmp = new QmpClient(socket);
  const messages: string[] = [];
  const tracePipe = new TracePipe((text) => {
    messages.push(text);
    listener.onMessage(text);
  });
  try {
    await negotiated(qmp, opener, greetMs);
    const pid = await qemuOf(qmp, opener);
    checkIsReadable(pid);
    const destination = logDestination(pid);
    await takeLog(qmp, pid, tracePipe);
    const close = async (): Promise<void> => {
      // What is held goes on: its trace finds no reader.
      tracePipe.pipe.closeReader();
      for (const name of traceEvents) {
        await qmp.execute('trace-event-set-state', { name, enable: false }).catch(() => {});
      }
      await qmp.human(`logfile ${destination}`).catch(() => {});
      qmp.close();
    };
    return await RunningQemu.of({ pid, qmp, tracePipe, messages, close }, listener);
  } catch (error) {
    qmp.close();
    throw error;
  }
}

function connected(path: string): number {
  try {
    return connectUnix(path);
  } catch (error) {
    const code = error instanceof SystemError ? error.code : String(error);
    const advice =
      code === 'EACCES'
        ? 'It is another user’s: run as that one, or as root.'
        : 'Start QEMU with `-qmp unix:PATH,server=on,wait=off`, and give that path.';
    throw new QemuError('no-qmp', `No QEMU answers at ${path}: ${code}. ${advice}`);
  }
}

async function negotiated(qmp: QmpClient, pid: number, greetMs: number): Promise<void> {
  try {
    await qmp.negotiate(greetMs);
  } catch (error) {
    if (!(error instanceof QemuError) || error.code !== 'qmp-busy') throw error;
    throw heldMainLoop(pid) ?? (isLibvirts(pid) ? libvirtsMonitor() : error);
  }
}

/** A service manager may have opened the socket for it: whose the vCPUs are is QEMU's process. */
async function qemuOf(qmp: QmpClient, opener: number): Promise<number> {
  const [vcpu] = (await qmp.execute('query-cpus-fast')) as readonly { readonly 'thread-id': number }[];
  const tid = vcpu?.['thread-id'];
  // In a container it counts threads otherwise than we do.
  const isInContainer = / /.test(statusOf(opener, 'NSpid'));
  if (tid === undefined || isInContainer || existsSync(`/proc/${opener}/task/${tid}`)) return opener;
  return Number(statusOf(tid, 'Tgid')) || opener;
}

/** Empty where there is no such process. */
function statusOf(pid: number, field: string): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(status)?.[1]?.replaceAll('\t', ' ') ?? '';
  } catch {
    return '';
  }
}

/** It greets nobody then, whether or not another program is connected. */
function heldMainLoop(pid: number): QemuError | undefined {
  const threads = new ProcessFacts(pid).threads();
  const { wchan } = threads.find(({ tid }) => tid === pid) ?? { wchan: '' };
  // That of another user's process is not told.
  if (wchan === '' || /poll/.test(wchan)) return undefined;
  const advice = threads.some(({ isFaulting }) => isFaulting)
    ? `A thread of it is in a write fault: if no snapshot is under way, \`freezeframe repair ${pid}\` revives it.`
    : 'Let it continue first.';
  return new QemuError(
    'qmp-silent',
    `QEMU sends no greeting: its main loop is blocked in the kernel (${wchan}). ${advice}`,
  );
}

function isLibvirts(pid: number): boolean {
  return /libvirt/.test(commandLine(pid).join(' '));
}

function libvirtsMonitor(): QemuError {
  const advice =
    'Have libvirt give QEMU a second monitor: `<qemu:commandline>` with `-qmp unix:PATH,server=on,wait=off`.';
  return new QemuError('qmp-busy', `libvirt has this guest’s monitor. ${advice}`);
}

/** @throws QemuError for another user's process, or where ptrace is restricted */
function checkIsReadable(pid: number): void {
  const facts = new ProcessFacts(pid);
  try {
    facts.checkAccess();
  } finally {
    facts.close();
  }
}

/** Where QEMU's log goes: as its command line says. */
function logDestination(pid: number): string {
  const args = commandLine(pid);
  const at = args.findIndex((arg) => /^--?D$/.test(arg));
  const file = at < 0 ? undefined : args[at + 1];
  // QEMU opens its own standard error anew, and appends.
  return file === undefined ? '/proc/self/fd/2' : resolve(readlinkSync(`/proc/${pid}/cwd`), file);
}

async function takeLog(qmp: QmpClient, pid: number, { pipe }: TracePipe): Promise<void> {
  const said = await qmp.human(`logfile /proc/${process.pid}/fd/${pipe.writeFd}`);
  if (said.trim() !== '') {
    const advice = 'Attach from the same machine and the same user, or as root.';
    throw new QemuError('no-permission', `QEMU cannot trace to us: ${said.trim()}. ${advice}`);
  }
  // QEMU's end is a file of its own: that it keeps packets apart must be said of it.
  const target = readlinkSync(`/proc/self/fd/${pipe.writeFd}`);
  for (const fd of new ProcessFacts(pid).descriptorsOf(target)) {
    const shared = shareFd(pid, fd);
    setFileFlag(shared, 'direct', true);
    closeSync(shared);
  }
  pipe.closeWriter();
}

function commandLine(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
}
