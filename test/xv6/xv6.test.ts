import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { EmbeddedGuest } from '../interop/embedded-guest';
import { bench, benchOf, restored, snapshotPath } from '../snapshot/harness';
import { Qemu } from '../stream/qemu';

const checkout = process.env.XV6;
const passed = 'ALL TESTS PASSED';
/** In the midst of them: a file system at work, processes that are born and die. */
const midst = 'test exitwait:';

/** The board of xv6's Makefile. */
const hartCount = 3;
const ramMib = 128;
const boardArguments = (disk: string): string[] => [
  ...['-m', `${ramMib}M`, '-smp', `${hartCount}`, '-bios', 'none', '-global', 'virtio-mmio.force-legacy=false'],
  ...['-drive', `file=${disk},if=none,format=raw,id=x0`, '-device', 'virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0'],
];

async function goOnHere(stream: Uint8Array, disk: Uint8Array): Promise<void> {
  const incoming = await restored(stream, inMemory({ path: 'disk', bytes: disk }));
  await new EmbeddedGuest(benchOf(incoming.machine, incoming, {}).debuggee).printed(passed);
}

if (checkout !== undefined) {
  describe('xv6', () => {
    const kernel = join(checkout, 'kernel/kernel');
    const image = readFileSync(join(checkout, 'fs.img'));
    const board = {
      hartCount,
      ramByteCount: ramMib << 20,
      hasModernVirtio: true,
      hasFlash: true,
      program: { path: kernel, bytes: readFileSync(kernel) },
      virtio: [{ kind: 'block', slot: 0, image: inMemory({ path: 'fs.img', bytes: image }) } as const],
    };
    let folder: string;
    let disk: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'freezeframe-xv6-'));
      disk = join(folder, 'fs.img');
      writeFileSync(disk, image);
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it('boots and passes `usertests -q`; snapshotted in the midst, it goes on in QEMU and here', async () => {
      const { debuggee, files } = bench({ machine: board, trigger: { kind: 'console', text: midst } });
      const guest = new EmbeddedGuest(debuggee);
      await guest.printed('$ ');
      guest.type('usertests -q\n');
      assert.match(await guest.message(), /RAM in the file is RAM at the freeze, each page once/);
      const [stream, frozenDisk] = [files.get(snapshotPath)!, files.get(`${snapshotPath}.disk`)!];
      await guest.printed(passed);
      await goOnHere(stream, frozenDisk);

      writeFileSync(disk, frozenDisk);
      const qemu = await Qemu.incoming(stream, boardArguments(disk));
      try {
        await qemu.execute('cont');
        await qemu.printed(passed);
      } finally {
        await qemu.stop();
      }
    });

    it('snapshotted by QEMU in the midst of `usertests -q`, goes on here', async () => {
      const qemu = await Qemu.start([...boardArguments(disk), '-kernel', kernel]);
      let stream: Uint8Array;
      try {
        await qemu.printed('$ ');
        qemu.type('usertests -q\n');
        await qemu.printed(midst);
        // Stopped, so that disk and stream are of one instant.
        await qemu.execute('stop');
        stream = await readFile(await qemu.migrate('precopy'));
      } finally {
        await qemu.stop();
      }
      const incoming = await restored(stream, inMemory({ path: 'disk', bytes: await readFile(disk) }));
      const { debuggee } = benchOf(incoming.machine, incoming, {});
      debuggee.monitor('cont');
      await new EmbeddedGuest(debuggee).printed(passed);
    });
  });
}
