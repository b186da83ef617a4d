import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComparedWay } from '../../command-line/compare';
import { CommandError } from '../../command-line/environment';
import type { Host } from '../../debuggee/host';
import { waitsText } from '../fault-waits';
import { HeldSnapshot } from '../held-snapshot';
import type { RunningQemu } from '../running-qemu';
import { SnapshotTrigger, type Trigger } from '../snapshot-trigger';
import { type QemuCommand, startQemu } from '../start-qemu';

export interface RealGuest {
  readonly command: QemuCommand;
  readonly when: Trigger;
}

/** Of a launch configuration's fields those that QEMU is told. */
export interface GuestFields {
  readonly program?: string | undefined;
  readonly bios?: string | undefined;
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  readonly append?: string | undefined;
  readonly harts: number;
  readonly ramByteCount: number;
  readonly snapshot: { readonly when: unknown };
}

/** In the machine that is emulated here. @throws CommandError for what is not the same there */
export function realGuest(fields: GuestFields): RealGuest {
  const { program, bios = program, kernel, initrd, append, harts, ramByteCount } = fields;
  const others = (['disk', 'virtio', 'pflash', 'restore'] as const).filter((name) => hasField(fields, name));
  if (others.length > 0) {
    const names = others.map((name) => `\`${name}\``).join(', ');
    throw new CommandError(`--with-qemu: QEMU is given images, RAM and harts; leave out ${names}.`);
  }
  if (bios === undefined) throw new CommandError('--with-qemu: QEMU needs `program` or `bios`.');
  const images = Object.entries({ bios, kernel, initrd, append }).flatMap(([name, value]) =>
    value ? [`-${name}`, value] : [],
  );
  const board = ['-M', 'virt', '-smp', String(harts), '-m', `${ramByteCount / 1024}K`];
  const args = [...board, ...images, '-nic', 'none', '-display', 'none', '-serial', 'stdio'];
  return { command: { binary: 'qemu-system-riscv64', args }, when: triggerOf(fields.snapshot.when) };
}

function hasField(fields: object, name: string): boolean {
  const value = (fields as Record<string, unknown>)[name];
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

function triggerOf(when: unknown): Trigger {
  if (when === 'start') return when;
  const { ms, console } = when as { ms?: number; console?: string };
  if (ms !== undefined) return { ms };
  if (console !== undefined) return { console };
  throw new CommandError('--with-qemu: `snapshot.when` is "start", { "ms": N } or { "console": "text" }.');
}

/** A real QEMU's snapshot beside those of the same guest in here. */
export interface RealSnapshot {
  /** As QEMU counts when nobody holds it, but for its write faults: those as it was held at each page. */
  readonly way: ComparedWay;
  readonly waits: string | undefined;
}

interface MigrationFigures {
  readonly status: string;
  readonly 'total-time': number;
  readonly downtime: number;
  readonly ram: Readonly<Record<'total' | 'page-size' | 'normal' | 'duplicate', number>>;
  readonly 'error-desc'?: string;
}

/** Of `-M virt`, whichever guest. */
const ram = 'riscv_virt_board.ram';
const lookMs = 10;
/** Until the guest has come to where the snapshot begins, and until that has ended. */
const patienceMs = 120_000;

/**
 * Starts the guest twice, and takes its snapshot from the same instant: held at each page, which tells who faults on what, and
 * by QEMU alone, which tells how long that takes.
 */
export async function snapshotsOfQemu(guest: RealGuest, host: Host): Promise<RealSnapshot> {
  const { faultPages, waits } = await withGuest(guest, host, heldPageByPage);
  const figures = await withGuest(guest, host, byItself);
  return { way: { ...figures, faultPages }, waits };
}

async function withGuest<T>({ command, when }: RealGuest, host: Host, use: (qemu: RunningQemu) => Promise<T>) {
  const trigger = new SnapshotTrigger(when, host);
  const onConsole = (bytes: Uint8Array): void => trigger.guestPrints(bytes);
  const qemu = await startQemu(command, { onConsole, onMessage() {}, onQmpEvent() {} });
  try {
    trigger.guestRuns();
    await eventually(() => {
      if (!qemu.facts.isAlive) throw qemu.hasEnded();
      return trigger.isDue || undefined;
    }, 'did not reach the start of the snapshot');
    return await use(qemu);
  } finally {
    await qemu.close();
  }
}

async function heldPageByPage(qemu: RunningQemu) {
  const faultPages: number[] = [];
  const snapshot = await HeldSnapshot.begin(qemu, { write: () => undefined });
  try {
    for (let place = await snapshot.next(); place; place = await snapshot.next()) {
      if (place.kind === 'page' && place.fault && place.page.block === ram) faultPages.push(place.page.page);
    }
  } finally {
    await snapshot.close();
  }
  const { waits } = snapshot.faults;
  return { faultPages, waits: waits.mostMs.length > 0 ? waitsText(waits) : undefined };
}

async function byItself({ qmp }: RunningQemu): Promise<Omit<ComparedWay, 'faultPages'>> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-compare-'));
  const countFile = join(folder, 'byte-count');
  try {
    const capabilities = [{ capability: 'background-snapshot', state: true }];
    await qmp.execute('migrate-set-capabilities', { capabilities });
    await qmp.execute('migrate', { uri: `exec:wc -c > ${countFile}` });
    const { ram, ...figures } = await eventually(async () => {
      const answer = (await qmp.execute('query-migrate')) as MigrationFigures;
      if (answer.status === 'failed') throw new CommandError(`QEMU’s snapshot has failed: ${answer['error-desc']}.`);
      return answer.status === 'completed' ? answer : undefined;
    }, 'did not complete its snapshot');
    const byteCount = await eventually(
      () => Number(readFileSync(countFile, 'utf8')) || undefined,
      'did not end its stream',
    );
    const copyCount = ram.normal + ram.duplicate;
    return {
      algorithm: 'real QEMU',
      isComplete: true,
      byteCount,
      copyCount,
      zeroCount: ram.duplicate,
      duplicateCount: copyCount - ram.total / ram['page-size'],
      totalNs: figures['total-time'] * 1e6,
      downtimeNs: figures.downtime * 1e6,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws CommandError when it takes too long */
async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, otherwise: string): Promise<T> {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await delay(lookMs)) {
    const result = await look();
    if (result !== undefined) return result;
  }
  throw new CommandError(`QEMU ${otherwise} within ${patienceMs / 1000} s.`);
}
