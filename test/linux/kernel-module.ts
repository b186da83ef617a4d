import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { moduleBytes } from '../../tools/kernel-modules.mjs';
import { requireLinuxGuest } from '../../tools/linux-guest.mjs';
import { requirePart } from '../../tools/parts.mjs';

/** `module.c` as a module for Debian's Linux, with debug information. @returns its path in a folder */
export function compiledModule(folder: string): string {
  const model = debianModule(folder);
  const readelf = (option: string) => execFileSync(binutils('readelf'), [option, model], { encoding: 'utf8' });
  const section = (name: string) => {
    const bytes = join(folder, 'section');
    execFileSync(binutils('objcopy'), ['--dump-section', `${name}=${bytes}`, model, join(folder, 'copy')]);
    return readFileSync(bytes);
  };
  const [, size] = /this_module +PROGBITS +\w+ \w+ (\w+)/.exec(readelf('-SW'))!;
  const [, relocations] = readelf('-rW').split("this_module'");
  const [init, exit] = ['init', 'cleanup'].map((name) =>
    Number.parseInt(new RegExp(`^(\\w+) .* ${name}_module \\+ 0$`, 'm').exec(relocations!)![1]!, 16),
  );
  const [, vermagic] = /vermagic=([^\0]*)/.exec(section('.modinfo').toString('latin1'))!;
  const defined = {
    ...{ MODULE_SIZE: `0x${size}`, INIT_OFFSET: `${init}`, EXIT_OFFSET: `${exit}` },
    VERMAGIC: JSON.stringify(vermagic),
    ...(vermagic!.includes('modversions') && { LAYOUT_CRC: layoutCrc(section('__versions')) }),
  };
  const module = join(folder, 'sample.ko');
  const machine = ['-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding', '-fno-pic', '-gdwarf-5', '-Og'];
  const definitions = Object.entries(defined).map(([name, value]) => `-D${name}=${value}`);
  execFileSync(requirePart('gcc'), [...machine, ...definitions, '-c', '-o', module, join(__dirname, 'module.c')]);
  return module;
}

/** What a kernel with CONFIG_MODVERSIONS asks of `struct module`: a checksum in front of the name. */
function layoutCrc(versions: Buffer): number {
  return versions.readUInt32LE(versions.indexOf('module_layout\0') - 8);
}

/** The same without debug information, which is the debugger's and not the guest's. */
export function strippedModule(module: string): Buffer {
  const stripped = `${module}.stripped`;
  execFileSync(binutils('objcopy'), ['--strip-debug', module, stripped]);
  return readFileSync(stripped);
}

/** One that Debian ships for this kernel. */
function debianModule(folder: string): string {
  const path = join(folder, 'model.ko');
  writeFileSync(path, moduleBytes(join(dirname(requireLinuxGuest().kernel), 'modules'), 'vfat'));
  return path;
}

function binutils(name: string): string {
  return requirePart('binutils', `riscv64-unknown-elf-${name}`);
}
