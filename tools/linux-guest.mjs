// Debian's Linux for riscv64 as a guest: the kernel and an initramfs of a static busybox, fetched through apt.
//   node tools/linux-guest.mjs      fetches what is missing, the firmware too, and says where it is
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpioArchive } from './cpio.mjs';
import { ensureParts } from './parts.mjs';
import { cacheFolder, run, say, step } from './progress.mjs';

/** The first release in which riscv64 is an official architecture. */
const suite = 'trixie';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

const folder = resolve(cacheFolder, 'linux');
const kernel = resolve(folder, 'vmlinux');
const busybox = resolve(folder, 'busybox');
const modulesFolder = resolve(folder, 'modules');
const initrd = resolve(folder, 'initramfs.cpio');

/**
 * The kernel's modules that the guest may need, with what each is to find loaded, and by which name the kernel or `init`
 * asks for it: drivers for virtio devices, by their numbers; vfat; and ext4, which does for ext2 and ext3 too.
 */
const modules = {
  virtio_mmio: { needs: [] },
  virtio_net: { needs: ['net_failover', 'failover'], alias: 'virtio:d00000001v*' },
  net_failover: { needs: ['failover'] },
  failover: { needs: [] },
  virtio_blk: { needs: [], alias: 'virtio:d00000002v*' },
  'virtio-rng': { needs: [], alias: 'virtio:d00000004v*' },
  virtio_balloon: { needs: [], alias: 'virtio:d00000005v*' },
  vfat: { needs: ['fat', 'nls_cp437', 'nls_ascii'], alias: 'fs-vfat' },
  fat: { needs: [] },
  nls_cp437: { needs: [] },
  nls_ascii: { needs: [] },
  ext4: { needs: ['jbd2', 'mbcache', 'crc16', 'crc32c_generic'], alias: 'fs-ext[234]' },
  jbd2: { needs: [] },
  mbcache: { needs: [] },
  crc16: { needs: [] },
  crc32c_generic: { needs: [] },
};

/** The prompt of the guest's shell: nothing else prints it. */
export const shellPrompt = 'guest# ';

/**
 * What the kernel starts: the pseudo file systems, busybox's commands, a shell that owns the console. Of a real init it
 * has what `poweroff` and `reboot` ask for: they send signals.
 */
const init = `#!/bin/busybox sh
export PATH=/bin HOME=/ PS1='${shellPrompt}'
trap 'poweroff -f' USR2
trap 'reboot -f' TERM
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox --install -s /bin
echo /bin/modprobe > /proc/sys/kernel/modprobe
# The first device is in the last slot; most boots have none, and modules take long to check and to link.
[ $(devmem 0x10008008) = 0x00000000 ] || modprobe virtio_mmio
for device in /sys/bus/virtio/devices/*; do
  [ -e $device ] && modprobe -q $(cat $device/modalias)
done
setsid cttyhack sh &
wait
poweroff -f
`;

/**
 * Fetches the kernel and builds the initramfs, unless both are there.
 * @returns {Promise<{ kernel: string, initrd: string }>} a RISC-V Image and a newc cpio archive
 * @throws {Error} that says what is missing on this system
 */
export async function ensureLinuxGuest() {
  if (!isFetched()) await fetchPackages();
  const archive = initramfs(readFileSync(busybox));
  if (!existsSync(initrd) || !archive.equals(readFileSync(initrd))) writeWhole(initrd, archive);
  return { kernel, initrd };
}

function isFetched() {
  if (![kernel, busybox, modulesFolder].every((path) => existsSync(path))) return false;
  const [release] = readdirSync(modulesFolder);
  return Object.keys(modules).every((name) => existsSync(resolve(modulesFolder, release, `${name}.ko.xz`)));
}

function initramfs(busyboxBytes) {
  const [release] = readdirSync(modulesFolder);
  const library = `lib/modules/${release}`;
  const names = Object.keys(modules);
  const lines = (each) => Buffer.from(names.map(each).join(''));
  return cpioArchive([
    ...['bin', 'dev', 'etc', 'lib', 'lib/modules', library, 'mnt', 'proc', 'sys', 'tmp'].map((path) => ({
      path,
      kind: 'folder',
    })),
    // What `mount` tries, beside what the kernel has already.
    { path: 'etc/filesystems', kind: 'file', bytes: Buffer.from('vfat\next4\n') },
    ...names.map((name) => ({
      path: `${library}/${name}.ko.xz`,
      kind: 'file',
      bytes: readFileSync(resolve(modulesFolder, release, `${name}.ko.xz`)),
    })),
    {
      path: `${library}/modules.dep`,
      kind: 'file',
      bytes: lines((name) => `${name}.ko.xz: ${modules[name].needs.map((need) => `${need}.ko.xz`).join(' ')}\n`),
    },
    {
      path: `${library}/modules.alias`,
      kind: 'file',
      bytes: lines((name) => (modules[name].alias ? `alias ${modules[name].alias} ${name}\n` : '')),
    },
    { path: 'dev/console', kind: 'character device', major: 5, minor: 1 },
    { path: 'bin/busybox', kind: 'program', bytes: busyboxBytes },
    { path: 'init', kind: 'program', bytes: Buffer.from(init) },
  ]);
}

async function fetchPackages() {
  for (const [tool, from] of [
    ['apt-get', 'apt'],
    ['apt-cache', 'apt'],
    ['dpkg-deb', 'dpkg'],
  ]) {
    if (!isProgram(tool)) {
      throw new Error(
        `Debian's Linux for the guest is fetched with ${tool}, which is not here: use a Debian system that has ${from}, or give \`kernel\` and \`initrd\` of your own`,
      );
    }
  }
  if (!existsSync(keyring)) {
    throw new Error(`${keyring} is missing: install debian-archive-keyring (apt-get install debian-archive-keyring)`);
  }
  const apt = resolve(folder, 'apt');
  // Nothing is installed. Not /dev/null, which apt now and then refuses as a file that it cannot parse.
  const status = resolve(apt, 'status');
  for (const each of ['lists/partial', 'cache/archives/partial', 'packages']) {
    mkdirSync(resolve(apt, each), { recursive: true });
  }
  writeFileSync(status, '');
  const source = `deb [arch=riscv64 signed-by=${keyring}] ${debianMirror()} ${suite} main\n`;
  writeFileSync(resolve(apt, 'sources.list'), source);
  // State of its own: the host's packages, lists and architectures stay as they are.
  const options = [
    'APT::Architecture=riscv64',
    'APT::Architectures=riscv64',
    `Dir::State::Lists=${apt}/lists`,
    `Dir::Etc::SourceList=${apt}/sources.list`,
    'Dir::Etc::SourceParts=/nonexistent',
    `Dir::Cache=${apt}/cache`,
    `Dir::State::status=${status}`,
    // A download as root would otherwise warn that its sandbox cannot read the folder.
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  const packages = resolve(apt, 'packages');
  await step(`fetching the package lists of Debian ${suite} for riscv64`, () =>
    run('apt-get', [...options, 'update'], { quiet: true }),
  );
  const dependencies = await run('apt-cache', [...options, 'depends', 'linux-image-riscv64'], { quiet: true });
  const image = /Depends: (linux-image-\S+)/.exec(dependencies)?.[1];
  if (!image) throw new Error(`linux-image-riscv64 of Debian ${suite} depends on no kernel:\n${dependencies}`);
  await step(`fetching ${image} and busybox-static (about 110 MB)`, () =>
    run('apt-get', [...options, 'download', image, 'busybox-static'], { cwd: packages, quiet: true }),
  );
  await step('unpacking them', async () => {
    const unpacked = resolve(apt, 'unpacked');
    mkdirSync(unpacked, { recursive: true });
    const archive = (name) => {
      const file = readdirSync(packages).find((each) => each.startsWith(`${name}_`) && each.endsWith('.deb'));
      if (!file) throw new Error(`apt-get has downloaded no ${name}`);
      return resolve(packages, file);
    };
    await unpack(archive(image), './boot', unpacked);
    await unpack(archive('busybox-static'), './usr/bin', unpacked);
    const boot = readdirSync(resolve(unpacked, 'boot')).find((name) => name.startsWith('vmlinu'));
    if (!boot) throw new Error(`${image} has no kernel in /boot`);
    const bytes = readFileSync(resolve(unpacked, 'boot', boot));
    if (bytes.toString('latin1', 0x30, 0x35) !== 'RISCV') throw new Error(`${boot} of ${image} is no RISC-V Image`);
    await unpack(archive(image), './usr/lib/modules', unpacked);
    keepModules(resolve(unpacked, 'usr/lib/modules'));
    writeWhole(busybox, readFileSync(resolve(unpacked, 'usr/bin/busybox')));
    writeWhole(kernel, bytes);
  });
  rmSync(apt, { recursive: true, force: true });
  say(`${image} is in ${folder}`);
}

/** Of all of a kernel's modules, found by their names, those above. Whoever looks sees all of them or none. */
function keepModules(all) {
  const [release] = readdirSync(all);
  const partial = `${modulesFolder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(resolve(partial, release), { recursive: true });
  const found = new Map(readdirSync(all, { recursive: true }).map((path) => [basename(path), resolve(all, path)]));
  for (const name of Object.keys(modules)) {
    const path = found.get(`${name}.ko.xz`);
    if (!path) throw new Error(`the kernel ${release} has no module ${name}`);
    copyFileSync(path, resolve(partial, release, `${name}.ko.xz`));
  }
  rmSync(modulesFolder, { recursive: true, force: true });
  renameSync(partial, modulesFolder);
}

/** Where the host's own apt gets Debian from; its updates may come from elsewhere. */
function debianMirror() {
  const format = '$(CREATED_BY) $(CODENAME) $(COMPONENT) $(REPO_URI)';
  const targets = execFileSync('apt-get', ['indextargets', '--format', format], { encoding: 'utf8' });
  for (const line of targets.split('\n')) {
    const [by, codename, component, uri] = line.split(' ');
    if (by === 'Packages' && component === 'main' && uri && !codename.includes('-')) return uri;
  }
  throw new Error("the host's apt knows no Debian mirror: run this on Debian, with `main` among apt's sources");
}

/** One folder of a package, without the rest of it. */
function unpack(archive, path, into) {
  return new Promise((done, failed) => {
    const tarball = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'inherit'] });
    const tar = spawn('tar', ['x', path], { cwd: into, stdio: [tarball.stdout, 'ignore', 'inherit'] });
    tarball.on('error', failed);
    tar.on('error', failed);
    tar.on('close', (code) => (code === 0 ? done() : failed(new Error(`tar x ${path} of ${archive}: ${code}`))));
  });
}

/** Whoever looks sees all of the file or none. */
function writeWhole(path, bytes) {
  const partial = `${path}.partial`;
  writeFileSync(partial, bytes);
  renameSync(partial, path);
}

function isProgram(name) {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  ensureParts(['opensbi-dynamic'])
    .then(ensureLinuxGuest)
    .then(
      (files) => say(`kernel ${files.kernel}, initrd ${files.initrd}`),
      (error) => {
        say(error.message);
        process.exitCode = 1;
      },
    );
}
