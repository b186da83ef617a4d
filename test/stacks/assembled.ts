import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from '../../debug-adapter/emulator/machine/machine';
import { requirePart } from '../../tools/parts.mjs';
import { image } from '../boot/console';

/** The executable of an assembly file of this folder, at the start of RAM. */
export function assembled(name: string): Image {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-stacks-'));
  try {
    const elf = join(folder, `${name}.elf`);
    const flags = ['-march=rv64imac_zicsr', '-mabi=lp64', '-nostdlib', '-static', '-Wl,-n,-Ttext=0x80000000'];
    execFileSync(requirePart('gcc'), [...flags, '-o', elf, join(__dirname, `${name}.s`)]);
    return image(elf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
