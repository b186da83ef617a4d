import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { type Bench, type BenchOptions, bench } from '../snapshot/harness';
import { disk, modernDiskGuest } from '../snapshot/modern-disk-guest';
import { randomGuest } from '../snapshot/random-guest';
import { withoutDebugInfo } from '../source/without-debug-info';
import { viewOf } from '../time-travel/travelling';

const sample = join(__dirname, '../../extension/sample/guests');
const image = (name: string) => ({ path: name, bytes: new Uint8Array(readFileSync(join(sample, name))) });

const program = {
  path: 'random guest',
  bytes: randomGuest({ seed: 7, firstPage: 3, pageCountLog2: 5, idleRounds: 20, sizeLog2: 3, misalignment: 3 }),
};
const trigger = { kind: 'instructions', count: 500 } as const;

const withDisk: BenchOptions = {
  machine: {
    // How its stack is shown is no state.
    program: { path: 'journal.elf', bytes: withoutDebugInfo(image('journal.elf').bytes) },
    virtio: [{ kind: 'block', image: inMemory(image('journal.img')) }],
    ramByteCount: 4 << 20,
  },
  trigger: { kind: 'time', ns: 2_000_000 },
};

/** Where a state is kept the device may have its wire up. */
const withInterrupts: BenchOptions = {
  machine: {
    program: { path: 'guest', bytes: modernDiskGuest() },
    virtio: [{ kind: 'block', slot: 0, image: inMemory({ path: 'disk', bytes: disk }) }],
    hasModernVirtio: true,
    ramByteCount: 8 << 20,
  },
  trigger: { kind: 'time', ns: 3_000_000 },
};

interface Scenario extends BenchOptions {
  /** What a user does on the way, by the number of the step. */
  readonly acts?: Readonly<Record<number, (run: Bench) => unknown>>;
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'write tracking': { machine: { program }, trigger },
  'write tracking as first proposed': {
    machine: { program },
    trigger,
    snapshot: { capabilities: new Set(['track-writes-ram'] as const) },
  },
  'dirty logging': { machine: { program }, trigger, snapshot: { capabilities: new Set() } },
  'four harts': { machine: { program, hartCount: 4 }, trigger, interleaving: { seed: 3, quantumNs: 1000 } },
  savevm: { machine: { program }, acts: { 3: ({ debuggee }) => debuggee.monitor('savevm') } },
  'a cancel, and another snapshot': {
    machine: { program },
    trigger,
    acts: {
      200: ({ debuggee }) => debuggee.cancelSnapshot(),
      260: ({ debuggee }) => debuggee.takeSnapshot(),
    },
  },
  'a reader that stalls': {
    machine: { program },
    trigger,
    snapshot: { channel: { bytesPerSecond: 2e9, stallAtByte: 100_000, stallNs: 50_000, closeAtByte: Infinity } },
  },
  'a disk': withDisk,
  'a disk that interrupts': withInterrupts,
  'a deadlock': { ...withDisk, whatIf: { vmStart: 'inline' } },
};

const stepCount = 300;
const visitCount = 50;

/** @returns whether it has come any further */
async function advance({ debuggee }: Bench, events: number): Promise<boolean> {
  const { instant } = debuggee.status();
  const destinations = [{ instant: { events: instant.events + events, threads: [] } }];
  await debuggee.run({ kind: 'continue', endsIdle: true, destinations });
  return debuggee.status().instant.events > instant.events;
}

/** Where threads of the VMM act; else the guest runs for a while. */
function stepOf({ debuggee }: Bench, step: number): number {
  const isSaving = debuggee.threads().some(({ id }) => id === 'migration') || debuggee.status().phase !== 'none';
  return isSaving ? 1 + ((step * step * 31) % 97) : 5000;
}

describe('a checkpoint', () => {
  for (const [name, { acts = {}, ...options }] of Object.entries(scenarios)) {
    it(`can be gone to from every other, wherever the threads stand: ${name}`, async () => {
      const run = bench({ ...options, checkpoints: { workMax: Infinity } });
      const { debuggee } = run;
      const checkpoints = debuggee.checkpoints!;
      const seen: unknown[] = [];
      for (let step = 0; step < stepCount; step++) {
        await acts[step]?.(run);
        checkpoints.take();
        seen.push(viewOf(run));
        if (!(await advance(run, stepOf(run, step)))) break;
      }
      assert.ok(seen.length > 100, `${seen.length} steps`);
      for (let visit = 1; visit <= visitCount; visit++) {
        const index = visit === visitCount ? seen.length - 1 : (visit * 48_271) % seen.length;
        await checkpoints.goTo(index);
        assert.deepEqual(viewOf(run), seen[index], `#${index}`);
        if (index + 1 in acts || index + 1 === seen.length) continue;
        await advance(run, checkpoints.instants[index + 1]! - checkpoints.instants[index]!);
        assert.deepEqual(viewOf(run), seen[index + 1], `#${index}, and on`);
      }
      await debuggee.dispose();
    });
  }
});
