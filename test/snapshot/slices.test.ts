import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, bench } from './harness';

const program = {
  path: 'guest',
  bytes: readFileSync(join(__dirname, '../../extension/sample/guests/working-set.elf')),
};

describe('a slice of a run', () => {
  for (const mips of [5, 20, 400]) {
    it(`leaves the event loop its turn soon, at ${mips} million instructions a second`, async () => {
      const nowMs = (): number => run.debuggee.status().instructions / (1000 * mips);
      const run: Bench = bench({
        machine: { program, ramByteCount: 4 << 20 },
        // As if all its time were the guest's.
        now: nowMs,
      });
      const ends: number[] = [];
      run.onSlice = () => {
        ends.push(nowMs());
        if (ends.length === 50) run.debuggee.pause();
      };
      await run.debuggee.run({ kind: 'continue' });
      const lengths = ends.slice(1).map((end, index) => end - ends[index]!);
      // A turn is of 200,000 instructions: nothing is shorter.
      assert(Math.max(...lengths) < 15 + 200 / mips, `${Math.max(...lengths)} ms`);
      assert(Math.min(...lengths) > 5, `${Math.min(...lengths)} ms`);
    });
  }
});
