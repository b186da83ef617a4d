import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePart } from '../../tools/parts.mjs';

/** What QEMU writes of a machine that stands before its first instruction. */
export function captureOf(program: string, ...args: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-machine-'));
  try {
    const path = join(folder, 'stream');
    const silent = ['-S', '-display', 'none', '-serial', 'null', '-monitor', 'stdio'];
    const { stderr } = spawnSync(requirePart('qemu', program), [...args, ...silent], {
      input: `migrate "exec:cat > ${path}"\nquit\n`,
      encoding: 'utf8',
      timeout: 240_000,
    });
    assert.equal(stderr, '');
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
