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
    sha256: 'a458335bc944f9e2f586c9afaeba5e772bebae41390d0cb41b444499eaafbbe5',
  },
  {
    program: image('extension/sample/guests/sweep.elf'),
    hartCount: 1,
    sha256: 'ae888e7a97560cf747a91945aa69b3ca07361617e5869657a9c4da229b274f7b',
  },
  {
    program: endless(image('test/bench/guest-mips/floating.bin')),
    hartCount: 1,
    sha256: '437d3cf6ed12f7ba0f6af4e5427ede2f5495371c8ae60a4b7af415a15f8c3268',
  },
  {
    program: endless(image('test/bench/guest-mips/floating.bin')),
    hartCount: 4,
    sha256: 'cf2e9a3ee07ce758692d4366d308e36f8ab17989a2eb2daa8737820e75e4d24f',
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
