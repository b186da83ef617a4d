// Debian's Linux for riscv64 as a guest: the kernel and an initramfs of a static busybox, fetched through apt.
//   node tools/linux-guest.mjs      fetches what is missing, the firmware too, and links it in .cache/linux
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, findCached, sharedCache } from './cache.mjs';
import { cpioArchive } from './cpio.mjs';
import { Suite } from './debian-packages.mjs';
import { modulesWithNeeds } from './kernel-modules.mjs';
import { ensureParts, MissingPart } from './parts.mjs';
import { checkoutCache, say, step } from './progress.mjs';

/** Where to look, in this order; trixie was the first release with riscv64. An archive is now and then in mid-sync. */
const suites = (process.env.FREEZEFRAME_DEBIAN_SUITES ?? 'trixie stable forky sid').split(/[ ,]+/);

/** What the guest may ask for beyond what its kernel has built in; vfat asks for its code pages only when it mounts. */
const modules = [
  ...['virtio_mmio', 'virtio_net', 'virtio_blk', 'virtio_rng', 'virtio_console', 'virtio_balloon'],
  ...['vfat', 'nls_cp437', 'nls_ascii', 'ext4'],
];

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

/** A change of how the initramfs is made asks for a new one. */
const recipe = createHash('sha256');
for (const file of ['linux-guest.mjs', 'kernel-modules.mjs', 'cpio.mjs']) {
  recipe.update(readFileSync(fileURLToPath(new URL(file, import.meta.url))));
}
const recipeDigest = recipe.digest('hex').slice(0, 12);

/**
 * @typedef {object} LinuxGuest
 * @property {string} kernel the path of a RISC-V Image
 * @property {string} initrd the path of a newc cpio archive
 * @property {string} release the kernel's, as `uname -r` prints it
 * @property {string} suite the Debian suite that it came from
 */

/**
 * The guest as it is in the cache.
 * @returns {LinuxGuest}
 * @throws {MissingPart} when it has not been fetched
 */
export function requireLinuxGuest() {
  const guest = findKernel();
  const initramfs = guest && findCached(initramfsName(guest));
  if (!initramfs) throw new MissingPart("Debian's Linux is missing: node tools/linux-guest.mjs fetches it");
  return { ...guest, initrd: resolve(initramfs, 'initramfs.cpio') };
}

/**
 * Fetches the kernel and builds the initramfs, unless both are in the cache.
 * @returns {Promise<LinuxGuest>}
 * @throws {MissingPart} that says why it is not to be had here
 */
export async function ensureLinuxGuest() {
  if (!findKernel()) await fetchFromFirst(suites);
  const guest = findKernel();
  await cached(initramfsName(guest), (folder) =>
    step(`building the initramfs for Linux ${guest.release}`, async () =>
      writeFileSync(resolve(folder, 'initramfs.cpio'), initramfs(guest)),
    ),
  );
  return requireLinuxGuest();
}

/** Of the suites' kernels in the cache, the first in their order: what was fetched once serves from then on. */
function findKernel() {
  const entries = existsSync(sharedCache) ? readdirSync(sharedCache).sort() : [];
  for (const suite of suites) {
    const entry = entries.findLast((name) => name.startsWith(`linux-${suite}-`) && findCached(name));
    if (!entry) continue;
    const folder = resolve(sharedCache, entry);
    return { suite, release: entry.slice(`linux-${suite}-`.length), folder, kernel: resolve(folder, 'Image') };
  }
  return undefined;
}

function initramfsName({ release }) {
  return `initramfs-${release}-${recipeDigest}`;
}

/**
 * Fetches from the first of the suites that has it.
 * @param {readonly string[]} names
 * @param {{ mirror?: string, keyring?: string }} [archive] Debian's own unless given
 * @throws {MissingPart} with each suite's reason
 */
export async function fetchFromFirst(names, archive) {
  const reasons = [];
  for (const [index, suite] of names.entries()) {
    try {
      return await fetchFrom(suite, archive);
    } catch (error) {
      if (error instanceof MissingPart) throw error;
      const next = names[index + 1];
      reasons.push(`${suite}: ${error.message}`);
      if (next) say(`${reasons.at(-1)}; trying ${next}`);
    }
  }
  throw new MissingPart(
    `Debian's Linux for the guest could not be fetched (${reasons.join('; ')}): try again when this system's Debian mirror answers for riscv64`,
  );
}

/** One entry of the cache: `Image`, `busybox` and all `modules`, as the packages of one suite carry them. */
async function fetchFrom(suiteName, archive) {
  const apt = resolve(sharedCache, `apt-${suiteName}-${process.pid}`);
  try {
    const suite = new Suite(suiteName, 'riscv64', apt, archive);
    await step(`fetching the package lists of Debian ${suiteName} for riscv64`, () => suite.update());
    const dependencies = await suite.dependencies('linux-image-riscv64');
    const release = dependencies.map((name) => /^linux-image-(\d\S*)$/.exec(name)?.[1]).find(Boolean);
    if (!release) throw new Error('linux-image-riscv64 depends on no kernel');
    // Since Linux 7 the image is only a name for two packages: the binary and its modules.
    const packages = dependencies.filter(
      (name) => /^linux-(image|binary|modules)-\d/.test(name) && name.endsWith(release),
    );
    await cached(`linux-${suiteName}-${release}`, async (folder) => {
      const unpacked = resolve(apt, 'unpacked');
      await step(`fetching Linux ${release} and busybox (about 110 MB)`, () =>
        suite.unpack([...packages, 'busybox-static'], unpacked),
      );
      const modulesFolder = resolve(unpacked, 'usr/lib/modules', release);
      const [image] = [resolve(unpacked, 'boot', `vmlinux-${release}`), resolve(modulesFolder, 'vmlinuz')].filter(
        existsSync,
      );
      if (!image) throw new Error(`the packages of Linux ${release} hold no kernel that is known here`);
      // The magic of an uncompressed one: Documentation/arch/riscv/boot-image-header.rst.
      if (readFileSync(image).toString('latin1', 0x38, 0x3c) !== 'RSC\x05')
        throw new Error(`${image} is not a RISC-V Image`);
      renameSync(image, resolve(folder, 'Image'));
      renameSync(resolve(unpacked, 'usr/bin/busybox'), resolve(folder, 'busybox'));
      renameSync(modulesFolder, resolve(folder, 'modules'));
    });
  } finally {
    rmSync(apt, { recursive: true, force: true });
  }
}

function initramfs({ release, folder }) {
  const library = `lib/modules/${release}`;
  const found = modulesWithNeeds(resolve(folder, 'modules'), modules);
  const lines = (each) => Buffer.from(found.flatMap(each).join(''));
  return cpioArchive([
    ...['bin', 'dev', 'etc', 'lib', 'lib/modules', library, 'mnt', 'proc', 'sys', 'tmp'].map((path) => ({
      path,
      kind: 'folder',
    })),
    // What `mount` tries, beside what the kernel has already.
    { path: 'etc/filesystems', kind: 'file', bytes: Buffer.from('vfat\next4\n') },
    ...found.map(({ file, bytes }) => ({ path: `${library}/${file}`, kind: 'file', bytes })),
    {
      path: `${library}/modules.dep`,
      kind: 'file',
      bytes: lines(
        ({ file, needs }) =>
          `${file}: ${needs
            .map((need) => need.file)
            .reverse()
            .join(' ')}\n`,
      ),
    },
    {
      path: `${library}/modules.alias`,
      kind: 'file',
      bytes: lines(({ file, aliases }) => aliases.map((alias) => `alias ${alias} ${file.replace(/\.ko.*/, '')}\n`)),
    },
    { path: 'dev/console', kind: 'character device', major: 5, minor: 1 },
    { path: 'bin/busybox', kind: 'program', bytes: readFileSync(resolve(folder, 'busybox')) },
    { path: 'init', kind: 'program', bytes: Buffer.from(init) },
  ]);
}

/** The sample's launch configuration cannot know where the user's cache is. */
function linkInCheckout({ kernel, initrd }) {
  const folder = resolve(checkoutCache, 'linux');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  symlinkSync(kernel, resolve(folder, 'Image'));
  symlinkSync(initrd, resolve(folder, 'initramfs.cpio'));
}

async function main() {
  await ensureParts(['opensbi-dynamic']);
  const guest = await ensureLinuxGuest();
  linkInCheckout(guest);
  say(`Linux ${guest.release} of Debian ${guest.suite}: kernel ${guest.kernel}, initrd ${guest.initrd}`);
}

// Tests load this file as CommonJS, which has no await at its top.
if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    say(error.message);
    process.exitCode = 1;
  });
}
