import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { modulesWithNeeds } from '../../tools/kernel-modules.mjs';
import { requireLinuxGuest } from '../../tools/linux-guest.mjs';
import { type ArchivePackage, DebianArchive } from './debian-archive';

const tool = pathToFileURL(resolve(__dirname, '../../tools/linux-guest.mjs')).href;

function kernelImage(): Buffer {
  const image = Buffer.alloc(0x40);
  image.write('RSC\x05', 0x38, 'latin1');
  return image;
}

const busybox: ArchivePackage = { name: 'busybox-static', files: { 'usr/bin/busybox': 'busybox' } };

/** As up to Debian 13: the image's package holds everything. */
const inOne: readonly ArchivePackage[] = [
  { name: 'linux-image-riscv64', depends: ['linux-image-6.1-riscv64'] },
  {
    name: 'linux-image-6.1-riscv64',
    files: { 'boot/vmlinux-6.1-riscv64': kernelImage(), 'usr/lib/modules/6.1-riscv64/kernel/a.ko': 'module' },
  },
  busybox,
];

/** As since Debian 14: it is only a name for two others. */
const split: readonly ArchivePackage[] = [
  { name: 'linux-image-riscv64', depends: ['linux-image-7.2-riscv64'] },
  { name: 'linux-image-7.2-riscv64', depends: ['linux-binary-7.2-riscv64', 'linux-modules-7.2-riscv64'] },
  { name: 'linux-binary-7.2-riscv64', files: { 'usr/lib/modules/7.2-riscv64/vmlinuz': kernelImage() } },
  { name: 'linux-modules-7.2-riscv64', files: { 'usr/lib/modules/7.2-riscv64/kernel/a.ko': 'module' } },
  busybox,
];

describe('the kernel of Debian', () => {
  let archive: DebianArchive;
  let cache: string;
  beforeEach(() => {
    archive = new DebianArchive();
    cache = mkdtempSync(join(tmpdir(), 'freezeframe-cache-'));
  });
  afterEach(() => {
    archive.remove();
    rmSync(cache, { recursive: true });
  });

  const fetched = (...suites: string[]) => fetchedFrom(archive, ...suites);

  function fetchedFrom(
    { mirror, keyring }: { readonly mirror: string; readonly keyring: string },
    ...suites: string[]
  ): { readonly said: string; readonly entries: readonly string[] } {
    const script = `import { fetchFromFirst } from '${tool}';
      fetchFromFirst(${JSON.stringify(suites)}, ${JSON.stringify({ mirror, keyring })})
        .catch(({ code, message }) => console.log(code, message));`;
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env,
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    const folder = join(cache, 'freezeframe');
    const entries = readdirSync(folder).flatMap((name) =>
      readdirSync(join(folder, name)).map((file) => `${name}/${file}`),
    );
    return { said: stdout, entries };
  }

  const whole = (name: string) => ['Image', 'busybox', 'modules'].map((file) => `${name}/${file}`);

  it('comes whole from one package, and from several', () => {
    archive.addSuite('older', inOne);
    archive.addSuite('newer', split);
    assert.deepEqual(fetched('older').entries, whole('linux-older-6.1-riscv64'));
    assert.deepEqual(fetched('newer').entries, [
      ...whole('linux-newer-7.2-riscv64'),
      ...whole('linux-older-6.1-riscv64'),
    ]);
  });

  it('comes from the next suite where an index does not match its Release, or is not to be had, which is told in a line', () => {
    archive.addSuite('syncing', inOne, false);
    archive.addSuite('whole', split);
    const { said, entries } = fetched('absent', 'syncing', 'whole');
    assert.deepEqual(entries, whole('linux-whole-7.2-riscv64'));
    const told = said.split('\n').filter((line) => line.includes('; trying'));
    assert.equal(told.length, 2, said);
    assert.match(told[0]!, /absent: The repository absent Release does not have a Release file; trying syncing$/);
    assert.match(told[1]!, /syncing: .*(unexpected size|Hash Sum mismatch).*; trying whole$/);
  });

  it('is refused when somebody else has signed it', () => {
    const stranger = new DebianArchive();
    try {
      stranger.addSuite('signed', inOne);
      const { said, entries } = fetchedFrom({ mirror: stranger.mirror, keyring: archive.keyring }, 'signed');
      assert.match(said, /MISSING_PART Debian's Linux for the guest could not be fetched \(signed: .*not signed.*\)/);
      assert.deepEqual(entries, []);
    } finally {
      stranger.remove();
    }
  });

  it('leaves nothing behind when no suite has it, and says why of each', () => {
    archive.addSuite('empty', [busybox]);
    const { said, entries } = fetched('absent', 'empty');
    assert.match(said, /MISSING_PART Debian's Linux .* \(absent: .*; empty: .*\): try again when/);
    assert.deepEqual(entries, []);
  });
});

describe("the modules of Debian's kernel", () => {
  it('come after what they need, softly too, and without what the kernel has built in', () => {
    const modules = join(dirname(requireLinuxGuest().kernel), 'modules');
    const found = modulesWithNeeds(modules, ['ext4', 'virtio_net', 'nls_base', 'no_such_module']);
    const names = found.map(({ file }) => file.replace(/\.ko.*/, ''));
    assert.ok(!names.includes('nls_base') && !names.includes('no_such_module'), names.join());
    for (const [index, { file, needs }] of found.entries()) {
      for (const need of needs) assert.ok(found.indexOf(need) < index, `${file} before ${need.file}`);
    }
    const needsOf = (name: string) =>
      found.find(({ file }) => file.startsWith(`${name}.ko`))!.needs.map(({ file }) => file);
    assert.deepEqual(
      needsOf('virtio_net').map((file) => file.replace(/\.ko.*/, '')),
      ['failover', 'net_failover'],
    );
    const ext4 = readFileSync(join(modules, 'kernel/fs/ext4/ext4.ko.xz'));
    assert.ok(found.find(({ file }) => file === 'ext4.ko.xz')!.bytes.length === ext4.length);
    assert.ok(needsOf('ext4').some((file) => file.startsWith('jbd2')));
  });
});
