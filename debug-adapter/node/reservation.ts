import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { OutputReservation, OutputSet } from '../debuggee/host';
import { attempt } from './file-kinds';
import { checkReplaceable, FileSet, isSame, olderOf, temporaryOf } from './output-files';

/** Who has reserved a file, as its lock says. */
interface Owner {
  readonly pid: number;
  /** Tells a process from a later one of the same number, where the system tells it. */
  readonly startedAt: string;
  readonly host: string;
  /** In the names of this owner's other files. */
  readonly token: string;
  /** Of the set, the main one first; all are in one folder. */
  readonly names: readonly string[];
}

/** Names of a folder's files that one session may write, each with a lock beside it. */
export class FileReservation implements OutputReservation {
  readonly #folder: string;
  readonly #owner: Owner;
  readonly #locked: string[] = [];
  readonly #sets: FileSet[] = [];

  /** @throws Error with the reason in words */
  constructor(paths: readonly string[], inputs: readonly string[]) {
    const folder = dirname(resolve(paths[0]!));
    mkdirSync(folder, { recursive: true });
    this.#folder = realpathSync(folder);
    const names = paths.map((path) => basename(resolve(path)));
    const token = randomBytes(6).toString('hex');
    this.#owner = { pid: process.pid, startedAt: startOf(process.pid), host: hostname(), token, names };
    for (const path of paths) {
      checkReplaceable(path);
      checkIsNoInput(path, inputs);
    }
    try {
      for (const name of names) this.#lock(name);
    } catch (error) {
      this.release();
      throw error;
    }
    held.add(this);
  }

  isFor(path: string): boolean {
    const absolute = resolve(path);
    const isHere = attempt(() => realpathSync(dirname(absolute))) === undefined;
    return isHere && join(realpathSync(dirname(absolute)), basename(absolute)) === this.#place(this.#owner.names[0]!);
  }

  replaces(path: string): boolean {
    return existsSync(path);
  }

  begin(): OutputSet {
    const { names, token } = this.#owner;
    const set = new FileSet(this.#folder, names, token, () => this.#checkIsHeld());
    this.#sets.push(set);
    return set;
  }

  release(): void {
    held.delete(this);
    for (const set of this.#sets.splice(0)) set.close();
    for (const lock of this.#locked.splice(0))
      attempt(() => {
        if (this.#isHeld(lock)) rmSync(lock);
      });
  }

  #place(name: string): string {
    return join(this.#folder, name);
  }

  /** A process that is gone keeps no lock, and what it left is tidied up. */
  #lock(name: string): void {
    const lock = lockOf(this.#place(name));
    for (;;) {
      try {
        writeFileSync(lock, JSON.stringify(this.#owner), { flag: 'wx' });
        this.#locked.push(lock);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = ownerIn(lock);
      if (owner === undefined) continue;
      if (isAlive(owner)) {
        const where = owner.host === hostname() ? '' : ` on ${owner.host}; if it is gone, remove ${lock}`;
        throw new Error(`another session is writing it (process ${owner.pid}${where})`);
      }
      recover(this.#folder, owner);
      rmSync(lock, { force: true });
    }
  }

  /** Somebody may have removed the lock, and others have come. */
  #checkIsHeld(): void {
    for (const lock of this.#locked) {
      if (!this.#isHeld(lock)) throw new Error(`its lock, ${lock}, was removed`);
    }
  }

  #isHeld(lock: string): boolean {
    return ownerIn(lock)?.token === this.#owner.token;
  }
}

/** However the process ends by itself, nothing of it stays behind. */
const held = new Set<FileReservation>();
process.on('exit', () => {
  for (const reservation of held) reservation.release();
});

/** By whatever path or link. */
function checkIsNoInput(path: string, inputs: readonly string[]): void {
  const output = lstatSync(path, { throwIfNoEntry: false });
  if (!output) return;
  for (const input of inputs) {
    const stat = statSync(input, { throwIfNoEntry: false });
    if (stat && isSame(stat, output)) throw new Error(`${path} is also an input of this session (${input})`);
  }
}

function lockOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.freezeframe-lock`);
}

/** Undefined when the lock has just gone. @throws Error for a file that is no lock */
function ownerIn(lock: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const owner = JSON.parse(text) as Owner;
    if (Number.isSafeInteger(owner.pid) && /^[0-9a-f]+$/.test(owner.token) && Array.isArray(owner.names)) return owner;
  } catch {
    // Told below.
  }
  throw new Error(`${lock} is not a valid lock; remove it if no session writes here`);
}

/** Of another host nobody here can tell. */
function isAlive({ pid, startedAt, host }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === startedAt;
}

/** When a process was started, in whatever unit; empty where only Windows or macOS could tell. */
function startOf(pid: number): string {
  let stat = '';
  attempt(() => {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  });
  // proc(5): field 22, counted behind the name, which stands in parentheses and may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Removes what a process has left that was ended; where it was about to publish a set, the older set is put back. */
function recover(folder: string, { token, names }: Owner): void {
  const [main] = names;
  const isPublished = !existsSync(temporaryOf(join(folder, basename(main ?? '')), token));
  for (const name of names) {
    const path = join(folder, basename(name));
    const older = olderOf(path, token);
    if (existsSync(older) && !isPublished) renameSync(older, path);
    else rmSync(older, { force: true });
  }
  for (const name of names) rmSync(temporaryOf(join(folder, basename(name)), token), { force: true });
}
