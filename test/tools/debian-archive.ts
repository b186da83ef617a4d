/** A Debian archive of a few bytes on this machine, signed with a key of its own, for a real apt. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requirePart } from '../../tools/parts.mjs';

export interface ArchivePackage {
  readonly name: string;
  readonly depends?: readonly string[];
  /** By path from the root. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly description?: string;
}

export class DebianArchive {
  readonly folder = mkdtempSync(join(tmpdir(), 'freezeframe-archive-'));
  readonly keyring = join(this.folder, 'keyring.gpg');

  constructor() {
    this.#gpg('--quick-generate-key', 'archive', 'ed25519', 'sign', 'never');
    writeFileSync(this.keyring, this.#gpg('--export'));
  }

  get mirror(): string {
    return `file:${this.folder}/debian`;
  }

  /** @param isInSync false: the index is not the one that the signed Release names, as on a mirror in mid-sync. */
  addSuite(suite: string, packages: readonly ArchivePackage[], isInSync = true): void {
    // apt (2.6) finds only one package at a time in an index that it reads in one piece.
    const filler = { name: 'filler', description: 'x'.repeat(64 << 10) };
    const index = [...packages, filler].map((each) => this.#pack(suite, each)).join('\n');
    const folder = join(this.folder, 'debian/dists', suite);
    write(join(folder, 'main/binary-riscv64/Packages'), isInSync ? index : `${index}\n`);
    const digest = createHash('sha256').update(index).digest('hex');
    const release = [
      `Suite: ${suite}`,
      `Codename: ${suite}`,
      'Architectures: riscv64',
      'Components: main',
      `Date: ${new Date().toUTCString()}`,
      'SHA256:',
      ` ${digest} ${Buffer.byteLength(index)} main/binary-riscv64/Packages`,
    ];
    writeFileSync(join(folder, 'Release'), `${release.join('\n')}\n`);
    this.#gpg('--clearsign', '--output', join(folder, 'InRelease'), join(folder, 'Release'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** @returns the package's paragraph of the index. */
  #pack(suite: string, { name, depends = [], files = {}, description = name }: ArchivePackage): string {
    const tree = join(this.folder, 'trees', suite, name);
    const control = [
      `Package: ${name}`,
      'Version: 1',
      'Architecture: riscv64',
      'Maintainer: nobody <nobody@localhost>',
      ...(depends.length > 0 ? [`Depends: ${depends.join(', ')}`] : []),
      `Description: ${description}`,
    ].join('\n');
    write(join(tree, 'DEBIAN/control'), `${control}\n`);
    for (const [path, content] of Object.entries(files)) write(join(tree, path), content);
    const path = `pool/${suite}/${name}_1_riscv64.deb`;
    const archive = join(this.folder, 'debian', path);
    mkdirSync(dirname(archive), { recursive: true });
    execFileSync(requirePart('dpkg'), ['--build', '--root-owner-group', tree, archive], { stdio: 'ignore' });
    const bytes = readFileSync(archive);
    const digest = createHash('sha256').update(bytes).digest('hex');
    return `${control}\nFilename: ${path}\nSize: ${bytes.length}\nSHA256: ${digest}\n`;
  }

  #gpg(...args: string[]): Buffer {
    const home = join(this.folder, 'gpg');
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const batch = ['--homedir', home, '--batch', '--yes', '--passphrase', ''];
    return execFileSync(requirePart('gpg'), [...batch, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  }
}

function write(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
