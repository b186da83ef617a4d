import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { type Bench, type BenchOptions, bench } from '../snapshot/harness';
import { randomGuest } from '../snapshot/random-guest';
import { randomReader } from '../snapshot/virtio-guest';
import { scenarios } from './scenarios';
import { viewOf } from './travelling';

const sample = join(__dirname, '../../extension/sample/guests');
const image = (path: string) => ({ path, bytes: new Uint8Array(readFileSync(join(sample, path))) });

const boards = fc.oneof(
  scenarios.map(({ shape, hartCount }) => ({
    program: { path: 'random guest', bytes: randomGuest(shape) },
    hartCount,
  })),
  fc.nat(1000).map((seed) => ({
    program: { path: 'random reader', bytes: randomReader() },
    virtio: [{ kind: 'rng' as const, seed }],
  })),
  fc.constant({
    program: image('journal.elf'),
    virtio: [{ kind: 'block' as const, image: inMemory(image('journal.img')) }],
    ramByteCount: 4 << 20,
  }),
);

/** Run on by so many events each. */
const stretches = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 8 });

async function runOn({ debuggee }: Bench, events: number): Promise<void> {
  const end = { instant: { events: debuggee.status().instant.events + events, threads: [] } };
  await debuggee.run({ kind: 'continue', destinations: [end], endsIdle: true });
}

describe('a machine restored to the state that it is in, in the midst of a snapshot', () => {
  it('is as it was, and goes on as it would have', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, boards, stretches, async ({ capabilities, start }, machine, counts) => {
        const options: BenchOptions = {
          machine,
          trigger: { kind: 'instructions', count: start },
          snapshot: { capabilities: new Set(capabilities) as never },
        };
        const [one, other] = [bench(options), bench(options)];
        for (const count of counts) {
          await runOn(one, count);
          await runOn(other, count);
          one.machine.restore(one.machine.save());
          assert.deepEqual(viewOf(one), viewOf(other));
          assert.equal(one.machine.core.latestClockNs, other.machine.core.latestClockNs);
        }
        await one.debuggee.dispose();
        await other.debuggee.dispose();
      }),
      { numRuns: 5 },
    );
  });
});
