import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { linuxGuest, qemuArguments } from '../linux/linux-guest';
import { Qemu } from '../stream/qemu';

const rounds = 3;

/** What QEMU's own record/replay costs, to put beside what it costs here to keep the states of a run. */
export async function benchRecordReplay(say: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'freezeframe-record-replay-'));
  try {
    await createDisk(folder);
    const ways = { counted: 'shift=3', recorded: recordOptions(folder) };
    const times: Record<keyof typeof ways, number[]> = { counted: [], recorded: [] };
    for (let round = 0; round < rounds; round++) {
      for (const [way, icount] of Object.entries(ways) as [keyof typeof ways, string][])
        times[way].push(await bootCpuMs(folder, [...diskArguments(folder), '-icount', icount]));
    }
    const [counted, recorded] = [Math.min(...times.counted), Math.min(...times.recorded)];
    say(
      `QEMU, Linux to its shell: to record it (-icount rr=record) takes ${(recorded / counted).toFixed(2)} times the CPU time`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * The CPU time: with its clock bound to instructions, QEMU waits for the clock on the wall where the guest sleeps. It prints
 * into a file: while it records, a console that is a socket, as Node's pipes are, costs it several times the boot.
 */
async function bootCpuMs(folder: string, args: readonly string[]): Promise<number> {
  const printed = join(folder, 'console');
  await writeFile(printed, '');
  const qemu = await Qemu.start([...qemuArguments(linuxGuest(128)), ...args, '-serial', `file:${printed}`]);
  try {
    const isAtShell = async () => (await readFile(printed, 'latin1')).includes(shellPrompt);
    await qemu.until(isAtShell, 'shell');
    return qemu.cpuMs;
  } finally {
    await qemu.stop();
  }
}

function recordOptions(folder: string): string {
  return `shift=3,sleep=on,rr=record,rrfile=${join(folder, 'events')},rrsnapshot=init`;
}

function diskArguments(folder: string): string[] {
  return ['-drive', `file=${diskPath(folder)},if=none,id=states`];
}

/** Where QEMU puts the state from which it replays. */
function diskPath(folder: string): string {
  return join(folder, 'states.qcow2');
}

async function createDisk(folder: string): Promise<void> {
  const filename = diskPath(folder);
  const qemu = await Qemu.start(['-S']);
  const create = async (id: string, options: object): Promise<void> => {
    await qemu.execute('blockdev-create', { 'job-id': id, options });
    const isOver = async () => ((await qemu.execute('query-jobs')) as { status: string }[])[0]?.status === 'concluded';
    await qemu.until(isOver, 'file for states');
    await qemu.execute('job-dismiss', { id });
  };
  try {
    await create('file', { driver: 'file', filename, size: 0 });
    await qemu.execute('blockdev-add', { driver: 'file', filename, 'node-name': 'file' });
    await create('format', { driver: 'qcow2', file: 'file', size: 1 << 20 });
  } finally {
    await qemu.stop();
  }
}
