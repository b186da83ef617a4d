import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import type { VirtioOptions } from '../../debug-adapter/emulator/machine/machine';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { type Bench, bench, benchOf, type DebuggeeOptions, restored, snapshotPath } from '../snapshot/harness';
import { runToEnd } from '../snapshot/typing';
import { linuxGuest } from './linux-guest';

/** What the guest may have beside 128 MiB of RAM and its flash. */
interface Board {
  readonly hartCount?: number;
  readonly virtio?: readonly VirtioOptions[];
}

/** One device of each kind. @param disk another one than this needs another boot */
export function everyDevice(disk = new Uint8Array(2 << 20)): VirtioOptions[] {
  return [
    { kind: 'block', image: inMemory({ path: 'disk', bytes: disk }) },
    { kind: 'rng', seed: 1 },
    { kind: 'console' },
    { kind: 'net' },
    { kind: 'balloon' },
  ];
}

const root = resolve(__dirname, '../..');
const cache = join(root, '.cache/linux-at-shell');

/** Debian's Linux that waits at its shell's prompt: restored, as a user's snapshot is. The console begins behind it. */
export async function benchAtShell(board: Board = {}, options: DebuggeeOptions = {}): Promise<Bench> {
  const disk = board.virtio?.find((each) => each.kind === 'block')?.image;
  const incoming = await restored(await linuxAtShell(board), disk);
  // Whoever sits in front of it is seen soon.
  return benchOf(incoming.machine, incoming, { msPerLook: 1, ...options });
}

/**
 * A snapshot of Debian's Linux at its shell's prompt, where nobody has written to a disk yet. To boot takes seconds, and
 * most tests are about what comes behind: the first that needs such a guest boots it, for all in this checkout until
 * something changes that the snapshot depends on.
 */
export async function linuxAtShell(board: Board = {}): Promise<Uint8Array> {
  const machine = { ...linuxGuest(128), hasFlash: true, hartCount: 1, ...board };
  const version = digestOf(sources());
  const path = join(cache, version, digestOf(partsOf(machine)));
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const run = bench({ machine, trigger: { kind: 'console', text: shellPrompt }, msPerLook: 1 });
  await runToEnd(run);
  const stream = run.files.get(snapshotPath)!;
  removeAllBut(version);
  // Two processes that boot the same at once make the same file: it begins at an instant of the guest's.
  mkdirSync(join(cache, version), { recursive: true });
  const provisional = `${path}.${process.pid}`;
  writeFileSync(provisional, stream);
  renameSync(provisional, path);
  return stream;
}

/** What older sources have left. */
function removeAllBut(version: string): void {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    if (name !== version) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function digestOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

/** Whatever the debugger is made of, and how the snapshot is taken here. */
function* sources(): Generator<string | Uint8Array> {
  yield readFileSync(join(root, 'dist/core.wasm'));
  yield readFileSync(__filename);
  const folder = join(root, 'debug-adapter');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    yield name;
    yield readFileSync(join(folder, name));
  }
}

/** Names and values, images by their bytes. */
function* partsOf(value: unknown): Generator<string | Uint8Array> {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) {
    yield value instanceof Uint8Array ? value : `${value};`;
    return;
  }
  for (const [name, part] of Object.entries(value)) {
    yield `${name}:`;
    yield* partsOf(part);
  }
}
