import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pageByteCount } from '../../debug-adapter/emulator/core/guest-core';
import { Qemu } from '../stream/qemu';
import type { CpuTime, OneSnapshot } from './snapshot-once';

const root = resolve(__dirname, '../..');
const program = resolve(root, 'extension/sample/guests/working-set.elf');
const ram = '1G';
const rounds = 3;

/**
 * Background snapshots of one bare-metal guest with 1 GiB of RAM that keeps running, here and by a real QEMU, neither to
 * a disk; and the memory that ours takes.
 */
export async function benchBesideQemu(say: (line: string) => void): Promise<void> {
  const here: OneSnapshot[] = [];
  const unchecked: OneSnapshot[] = [];
  const qemu: QemuSnapshot[] = [];
  for (let round = 0; round < rounds; round++) {
    here.push(snapshotHere(true));
    unchecked.push(snapshotHere(false));
    qemu.push(await snapshotByQemu());
  }
  say(`\nBackground snapshot of a running guest with 1 GiB of RAM, to nowhere; best of ${rounds} interleaved`);
  const rows = [
    { name: 'here, every page checked', runs: here },
    { name: 'here, unchecked', runs: unchecked },
    { name: 'QEMU, background-snapshot', runs: qemu },
  ];
  const qemuMs = Math.min(...qemu.map(({ ms }) => ms));
  for (const { name, runs } of rows) {
    const ms = Math.min(...runs.map((run) => run.ms));
    const { pageCount, zeroPageCount } = runs[0]!;
    const megabytes = ((pageCount * pageByteCount) / ms / 1000).toFixed(0);
    say(
      `${name.padEnd(26)}${(ms / 1000).toFixed(2)} s for ${pageCount} pages (${zeroPageCount} zero): ${megabytes} MB/s, ` +
        `${(pageCount / ms).toFixed(0)} thousand pages/s, ${(qemuMs / ms).toFixed(2)} times QEMU's speed`,
    );
  }
  const guestMs = (part: keyof CpuTime) => Math.min(...[...here, ...unchecked].map(({ guestCpu }) => guestCpu[part]));
  const perPage = (runs: readonly OneSnapshot[], part: keyof CpuTime) => {
    const ms = Math.min(...runs.map(({ cpu }) => cpu[part])) - guestMs(part);
    return ((1000 * ms) / runs[0]!.pageCount).toFixed(1);
  };
  say(
    `JavaScript and wasm beside the guest's own ${(guestMs('own') / 1000).toFixed(2)} s, µs of processor time a page: ` +
      `${perPage(here, 'own')} checked, ${perPage(unchecked, 'own')} unchecked (goal: 1.5); ` +
      `V8's compiler and collector in threads of their own: ${perPage(here, 'others')} and ${perPage(unchecked, 'others')}`,
  );
  // A page that nobody has written to takes no memory.
  const ofGuest = (run: OneSnapshot) => (run.pageCount - run.zeroPageCount) * pageByteCount;
  const own = Math.max(...here.map((run) => run.residentByteCount - ofGuest(run))) / 2 ** 20;
  say(`memory of the process beyond the guest's pages: ${own.toFixed(0)} MiB (goal: at most 128)`);
}

function snapshotHere(oracle: boolean): OneSnapshot {
  const script = resolve(root, 'dist/bench-snapshot.js');
  return JSON.parse(execFileSync(process.execPath, [script, program, ram, String(oracle)], { encoding: 'utf8' }));
}

interface QemuSnapshot {
  readonly ms: number;
  readonly pageCount: number;
  readonly zeroPageCount: number;
}

interface MigrationInfo {
  readonly status: string;
  readonly 'error-desc'?: string;
  readonly 'total-time'?: number;
  readonly ram?: { readonly duplicate: number; readonly normal: number };
}

async function snapshotByQemu(): Promise<QemuSnapshot> {
  const qemu = await Qemu.start(['-m', ram, '-bios', program]);
  try {
    await qemu.printed('rewriting');
    const state = (capability: string) => ({ capability, state: true });
    await qemu.execute('migrate-set-capabilities', { capabilities: [state('background-snapshot')] });
    await qemu.execute('migrate', { uri: 'exec:cat > /dev/null' });
    for (;;) {
      const info = (await qemu.execute('query-migrate')) as MigrationInfo;
      if (info.status === 'failed') throw new Error(`QEMU's snapshot failed: ${info['error-desc']}`);
      if (info.status !== 'completed') {
        await sleep(20);
        continue;
      }
      const { duplicate, normal } = info.ram!;
      return { ms: info['total-time']!, pageCount: duplicate + normal, zeroPageCount: duplicate };
    }
  } finally {
    await qemu.stop();
  }
}
