import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, root } from '../command-line/freezeframe';

const guests = join(root, 'extension/sample/guests');
/** Keeps a journal on its disk. */
export const journal = { program: join(guests, 'journal.elf'), disk: join(guests, 'journal.img') };
export const program = join(root, 'dist/freezeframe.js');

/** A folder of a test's own. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'freezeframe-files-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Names of all files, hidden ones too. */
  names(): string[] {
    return readdirSync(this.folder).sort();
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Flags of `run` for a small guest whose snapshot begins at once, written to `output`. */
export function snapshotTo(output: string, ...flags: readonly string[]): string[] {
  return ['run', '--ram', '1M', '--snapshot.when', '{"ms":1}', '--snapshot.output', output, ...flags];
}

/** A slow hart: in the time that a snapshot takes it does a tenth of the work. */
export const slow = { nsPerInstruction: 100 };

/** Flags of `run` for the journal guest, whose disk has changed at `ms`. */
export function journalTo(output: string, ms: number): string[] {
  const guest = ['--program', journal.program, '--disk', journal.disk, '--ram', '2M'];
  guest.push('--nsPerInstruction', String(slow.nsPerInstruction));
  return ['run', ...guest, '--snapshot.when', `{"ms":${ms}}`, '--snapshot.output', output];
}

/** Runs the command where no file may be larger than so many bytes, as on a disk that is full. */
export function freezeframeWithin(byteCountMax: number, ...args: readonly string[]): Outcome {
  const limited = `trap '' XFSZ; ulimit -f ${Math.ceil(byteCountMax / 1024)}; exec "$@"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', limited, 'bash', process.execPath, program, ...args], {
    encoding: 'utf8',
    timeout: 240_000,
  });
  return { code: status, out: stdout, err: stderr };
}

/** A process that has ended: nobody has its number now. */
export function endedProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}
