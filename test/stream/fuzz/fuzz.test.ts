import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { seeds } from './seeds';

describe('the stream reader, fuzzed', () => {
  const seed = Number(process.env.SEED ?? 20_26);

  it(`reads or refuses 400 mutated streams, without a crash, a hang or unbounded memory; seed ${seed}`, () => {
    // In a process of its own: V8 tells coverage by file, and slows whatever else runs.
    const program = [require.resolve('tsx/cli'), join(__dirname, 'main.ts'), '--count=400', `--seed=${seed}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const [, refusedCount, corpusCount] = /400 inputs, (\d+) refused, corpus (\d+)/.exec(stdout)!.map(Number);
    assert.ok(refusedCount! > 200 && refusedCount! < 400, stdout);
    assert.ok(corpusCount! > seeds().length, 'no mutation reached anything new');
  });
});
