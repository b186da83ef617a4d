// What tests and demos need beyond npm's packages: programs and firmware that Debian packages.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { run, say, step } from './progress.mjs';

/** A part is there when one of its files is; a name without a folder is looked up on the PATH. */
const parts = {
  qemu: { package: 'qemu-system-misc', files: ['qemu-system-riscv64'] },
  'qemu-x86': { package: 'qemu-system-x86', files: ['qemu-system-x86_64'] },
  opensbi: { package: 'opensbi', files: ['/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin'] },
  'opensbi-dynamic': {
    package: 'opensbi',
    files: ['/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin'],
  },
  'u-boot': { package: 'u-boot-qemu', files: ['/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin'] },
  chromium: { package: 'chromium', files: ['chromium', 'chromium-browser', 'google-chrome'] },
  dtc: { package: 'device-tree-compiler', files: ['dtc'] },
  binutils: { package: 'binutils-riscv64-unknown-elf', files: ['riscv64-unknown-elf-objdump'] },
  gcc: { package: 'gcc-riscv64-unknown-elf', files: ['riscv64-unknown-elf-gcc'] },
  gdb: { package: 'gdb-multiarch', files: ['gdb-multiarch'] },
  gpg: { package: 'gnupg', files: ['gpg'] },
  apt: { package: 'apt', files: ['apt-get'] },
  dpkg: { package: 'dpkg', files: ['dpkg-deb'] },
};

/** @typedef {keyof typeof parts} PartName */

/** Something real that is not on this machine; the message says how to get it. */
export class MissingPart extends Error {
  code = 'MISSING_PART';
}

/**
 * The file by which a part is there.
 * @param {PartName} name
 * @returns {string | undefined} its absolute path, or undefined when the part is missing
 */
export function findPart(name) {
  const part = parts[name];
  if (!part) throw new Error(`there is no part named ${name}; the parts are ${Object.keys(parts).join(', ')}`);
  for (const file of part.files) {
    const path = file.startsWith('/') ? existing(file) : onPath(file);
    if (path) return path;
  }
  return undefined;
}

/**
 * The file by which a part is there, or another program of its package beside it.
 * @param {PartName} name
 * @param {string} [program]
 * @returns {string} its absolute path
 * @throws {MissingPart}
 */
export function requirePart(name, program) {
  const path = findPart(name);
  if (!path) throw new MissingPart(`${name} is missing: apt-get install ${parts[name].package}`);
  return program ? resolve(path, '..', program) : path;
}

/**
 * Debian's firmware for QEMU's `virt` board.
 * @returns {{ opensbi: string, dynamic: string, uBoot: string }} a flat OpenSBI fw_jump, a flat fw_dynamic, which leaves
 *   the device tree where it is, and a flat U-Boot for S-mode
 * @throws {MissingPart}
 */
export function firmwarePaths() {
  return { opensbi: requirePart('opensbi'), dynamic: requirePart('opensbi-dynamic'), uBoot: requirePart('u-boot') };
}

/**
 * Installs those of the named parts that are missing, with apt-get where that is possible without a password.
 * @param {readonly PartName[]} names
 * @throws {MissingPart} that says how to get what is still missing
 */
export async function ensureParts(names) {
  const missing = names.filter((name) => !findPart(name));
  if (missing.length === 0) return;
  const packages = missing.map((name) => parts[name].package);
  const command = `apt-get install ${packages.join(' ')}`;
  const prefix = onPath('apt-get') ? superuserPrefix() : undefined;
  if (!prefix) {
    const where = onPath('apt-get')
      ? `as root: ${command}`
      : `from your system's packages (Debian's: ${packages.join(', ')})`;
    throw new MissingPart(`${missing.join(', ')} missing: install ${where}`);
  }
  const apt = (...args) =>
    run(prefix[0] ?? 'apt-get', [...prefix.slice(1), ...(prefix[0] ? ['apt-get'] : []), ...args], aptOptions);
  const install = () => apt('install', '--yes', '--no-install-recommends', ...packages);
  await step(`installing ${packages.join(', ')}`, async () => {
    try {
      await install();
    } catch {
      say('package lists may be out of date: fetching them');
      await apt('update');
      await install();
    }
  });
  for (const name of missing) requirePart(name);
}

const aptOptions = { quiet: true, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };

/** What must precede a command to run it as root without being asked; undefined when that cannot be. */
function superuserPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!onPath('sudo')) return undefined;
  try {
    execFileSync('sudo', ['--non-interactive', 'true'], { stdio: 'ignore' });
    return ['sudo', '--non-interactive'];
  } catch {
    return undefined;
  }
}

function existing(path) {
  return existsSync(path) ? path : undefined;
}

function onPath(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
