import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Image } from '../../debug-adapter/emulator/machine/machine';
import { image } from '../boot/console';
import { bench, snapshotPath } from './harness';
import { runToEnd } from './snapshot-guest';

/**
 * SHA-256 of snapshots that one machine wrote of integer and floating-point loops, pages rewritten, harts that race. A change
 * of a guest, a cost or the stream changes them: then the new ones belong here.
 */
const golden = [
  {
    program: image('extension/sample/guests/working-set.elf'),
    hartCount: 1,
    sha256: '6ff39bc3d40fa594832a9e5461e7e0195de1ed7254a99f2927a10e373855db39',
  },
  {
    program: image('extension/sample/guests/sweep.elf'),
    hartCount: 1,
    sha256: '34bc2120b9ce6ada7a592060f2f371910f4992c7b4e2868b47899a4325eb64a0',
  },
  {
    program: endless(image('test/bench/guest-mips/floating.bin')),
    hartCount: 1,
    sha256: '02b687b3d233b15b8bb1ba032f80e4f5bd9745e13b62a92e9108b16f3bb6cc2c',
  },
  {
    program: endless(image('test/bench/guest-mips/floating.bin')),
    hartCount: 4,
    sha256: '771b7178f48a6eb380435f67a00e54f9f6a993ef08a6d47a76288ddcb6a144a7',
  },
];

/** With as many rounds as there are. */
function endless({ path, bytes }: Image): Image {
  return { path, bytes: Uint8Array.from(bytes).fill(0x7f, 8, 16) };
}

describe('the snapshot of a guest', () => {
  for (const { program, hartCount, sha256 } of golden) {
    const name = program.path.split(/[\\/]/).at(-1);
    it(`is the same file on every machine: ${name}, harts: ${hartCount}`, async () => {
      const run = bench({
        machine: { program, hartCount, ramByteCount: 16 << 20 },
        trigger: { kind: 'time', ns: 20_000_000 },
        interleaving: { seed: 7, quantumNs: 10_000 },
      });
      await runToEnd(run, 'completed');
      assert.equal(createHash('sha256').update(run.files.get(snapshotPath)!).digest('hex'), sha256);
    });
  }
});
