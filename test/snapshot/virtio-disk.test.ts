import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Image } from '../../debug-adapter/emulator/machine/machine';
import { ensureParts, firmwarePaths } from '../../tools/parts.mjs';
import { type Bench, bench } from './harness';

const sectorByteCount = 512;

/** Runs until the guest has printed `expected`, behind what it had printed at `from`. */
async function runToText({ debuggee, console }: Bench, expected: string, from: number): Promise<void> {
  debuggee.setBreakpoints(noBreakpoints);
  for (let pauses = 0; !console().slice(from).includes(expected); pauses++) {
    assert.ok(pauses < 2000, `never printed ${expected}: ${console().slice(-500)}`);
    setTimeout(() => debuggee.pause(), 20);
    await debuggee.run({ kind: 'continue' });
  }
}

describe('a virtio disk', () => {
  it("is read and written by U-Boot's driver, which sees an error beyond its end; its image stays as it is", async () => {
    await ensureParts(['opensbi', 'u-boot']);
    const { opensbi, uBoot } = firmwarePaths();
    const load = (path: string): Image => ({ path, bytes: readFileSync(path) });
    const disk = Uint8Array.from({ length: 8 * sectorByteCount }, (_, index) => 0x40 + (index >> 9));
    const run = bench({
      msPerLook: 1,
      machine: {
        bios: load(opensbi),
        kernel: load(uBoot),
        ramByteCount: 64 << 20,
        virtio: [{ kind: 'block', image: { path: 'disk', bytes: disk } }],
      },
    });
    const original = disk.slice();
    await runToText(run, 'autoboot', 0);
    run.debuggee.consoleInput(new TextEncoder().encode('\r'));
    await runToText(run, '=> ', 0);
    const command = async (text: string, expected: string): Promise<void> => {
      const from = run.console().length;
      run.debuggee.consoleInput(new TextEncoder().encode(`${text}\r`));
      await runToText(run, expected, from);
    };
    await command('virtio scan; virtio info', 'Capacity');
    await command('virtio read 82000000 3 2; md.b 82000000 1', '82000000: 43');
    await command(
      'mw.b 82000000 5a 200; virtio write 82000000 3 1; mw.b 82000000 0 200; virtio read 82000000 3 1',
      'OK',
    );
    await command('md.b 82000000 1', '82000000: 5a');
    await command('virtio read 82000000 7 2', 'ERROR');
    assert.deepEqual(disk, original);
  }).timeout(60_000);
});
