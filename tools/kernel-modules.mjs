// The modules of a Linux kernel as its packages ship them: what each one needs, and the names it is asked for by.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

/** How a module's file may be compressed, with the program that undoes it. */
const decompressors = { '': undefined, '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' };
const moduleFile = /\.ko(\.xz|\.zst|\.gz)?$/;

/**
 * @typedef {object} Module
 * @property {string} file its file's name
 * @property {Uint8Array} bytes as packaged, compressed or not
 * @property {readonly string[]} aliases patterns that modprobe matches
 * @property {readonly Module[]} needs what must be loaded before it, nearest last
 */

/**
 * The named modules and all that they need. What the kernel has built in is not among them.
 * @param {string} folder a kernel's /usr/lib/modules/RELEASE
 * @param {readonly string[]} names
 * @returns {readonly Module[]} each after what it needs
 */
export function modulesWithNeeds(folder, names) {
  const files = new Map();
  for (const path of readdirSync(folder, { recursive: true })) {
    if (moduleFile.test(path)) files.set(moduleName(path), resolve(folder, path));
  }
  const modules = new Map();
  const add = (name) => {
    const path = files.get(name);
    if (!path || modules.has(name)) return modules.get(name);
    const info = moduleInfo(path);
    const needs = [...info.softDependencies.map((each) => providerOf(each, files)), ...info.depends]
      .map((each) => each && add(moduleName(each)))
      .filter(Boolean);
    const module = {
      file: basename(path),
      bytes: readFileSync(path),
      aliases: info.aliases,
      needs: [...new Set(needs.flatMap((each) => [...each.needs, each]))],
    };
    modules.set(name, module);
    return module;
  };
  for (const name of names) add(moduleName(name));
  return [...modules.values()];
}

/**
 * One of them, decompressed.
 * @param {string} folder a kernel's /usr/lib/modules/RELEASE
 * @param {string} name
 * @returns {Buffer}
 */
export function moduleBytes(folder, name) {
  const found = readdirSync(folder, { recursive: true }).find(
    (path) => moduleFile.test(path) && moduleName(path) === name,
  );
  if (!found) throw new Error(`${folder} has no module ${name}`);
  return decompressed(resolve(folder, found));
}

/** What the module says of itself: include/linux/module.h. */
function moduleInfo(path) {
  const strings = sectionStrings(decompressed(path), '.modinfo');
  const values = (key) =>
    strings.filter((each) => each.startsWith(`${key}=`)).map((each) => each.slice(key.length + 1));
  const words = (key, separator) => values(key).flatMap((each) => each.split(separator).filter(Boolean));
  // `pre: a b post: c`: only what comes before it is needed for it to work.
  const softDependencies = values('softdep').flatMap((each) =>
    (/\bpre:([^:]*?)(?:\bpost:|$)/.exec(each)?.[1] ?? '').split(' ').filter(Boolean),
  );
  return { aliases: values('alias'), depends: words('depends', ','), softDependencies };
}

/** A soft dependency may be an alias; only the crypto API's algorithms are asked for that way here. */
function providerOf(name, files) {
  if (files.has(moduleName(name))) return name;
  const [provider] = [...files].find(
    ([, path]) => path.includes('/crypto/') && moduleInfo(path).aliases.includes(name),
  ) ?? [undefined];
  return provider;
}

/** The kernel takes `-` and `_` for the same. */
function moduleName(path) {
  return basename(path).replace(moduleFile, '').replaceAll('-', '_');
}

function decompressed(path) {
  const [, suffix = ''] = moduleFile.exec(path);
  const program = decompressors[suffix];
  if (!program) return readFileSync(path);
  return execFileSync(program, ['-dc', path], { maxBuffer: 1 << 30 });
}

/** The zero-terminated strings of a section of a 64-bit little-endian ELF file. */
function sectionStrings(elf, wanted) {
  const header = { offset: Number(elf.readBigUInt64LE(0x28)), size: elf.readUInt16LE(0x3a) };
  const count = elf.readUInt16LE(0x3c);
  const sectionAt = (index) => {
    const at = header.offset + index * header.size;
    return {
      name: elf.readUInt32LE(at),
      offset: Number(elf.readBigUInt64LE(at + 0x18)),
      size: Number(elf.readBigUInt64LE(at + 0x20)),
    };
  };
  const names = sectionAt(elf.readUInt16LE(0x3e));
  for (let index = 0; index < count; index++) {
    const section = sectionAt(index);
    const at = names.offset + section.name;
    if (elf.toString('latin1', at, elf.indexOf(0, at)) !== wanted) continue;
    const text = elf.toString('latin1', section.offset, section.offset + section.size);
    return text.split('\0').filter(Boolean);
  }
  return [];
}
