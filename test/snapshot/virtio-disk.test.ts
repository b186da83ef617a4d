import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import type { Image } from '../../debug-adapter/emulator/machine/machine';
import { firmwarePaths } from '../../tools/parts.mjs';
import { bench } from './harness';
import { runToText, typeLine } from './typing';

const sectorByteCount = 512;

describe('a virtio disk', () => {
  it("is read and written by U-Boot's driver, which sees an error beyond its end; its image stays as it is", async () => {
    const { opensbi, uBoot } = firmwarePaths();
    const load = (path: string): Image => ({ path, bytes: readFileSync(path) });
    const disk = Uint8Array.from({ length: 8 * sectorByteCount }, (_, index) => 0x40 + (index >> 9));
    const run = bench({
      msPerLook: 1,
      machine: {
        bios: load(opensbi),
        kernel: load(uBoot),
        ramByteCount: 64 << 20,
        virtio: [{ kind: 'block', image: inMemory({ path: 'disk', bytes: disk }) }],
      },
    });
    const original = disk.slice();
    await runToText(run, 'autoboot');
    await typeLine(run, '', '=> ');
    await typeLine(run, 'virtio scan; virtio info', 'Capacity');
    await typeLine(run, 'virtio read 82000000 3 2; md.b 82000000 1', '82000000: 43');
    await typeLine(
      run,
      'mw.b 82000000 5a 200; virtio write 82000000 3 1; mw.b 82000000 0 200; virtio read 82000000 3 1',
      'OK',
    );
    await typeLine(run, 'md.b 82000000 1', '82000000: 5a');
    await typeLine(run, 'virtio read 82000000 7 2', 'ERROR');
    assert.deepEqual(disk, original);
  });
});
