import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { requirePart } from '../../tools/parts.mjs';

/** `program.c` as an ELF file in a folder. @param options of the compiler, such as `-O1` */
export function compiledProgram(folder: string, ...options: readonly string[]): string {
  const elf = join(folder, 'program.elf');
  const machine = ['-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding', '-nostdlib', '-static'];
  const link = ['-Wl,-Ttext=0x80000000', '-Wl,--build-id=none', '-Wl,-n', '-Wl,--no-warn-rwx-segments'];
  const source = join(__dirname, 'program.c');
  execFileSync(requirePart('gcc'), [...machine, '-gdwarf-5', ...options, ...link, '-o', elf, source]);
  return elf;
}
