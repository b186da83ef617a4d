import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Stop } from '../../debug-adapter/debuggee/stop';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import type { Image, Machine } from '../../debug-adapter/emulator/machine/machine';
import { requirePart } from '../../tools/parts.mjs';
import { image } from '../boot/console';
import { type Bench, bench, restoredBench, snapshotPath } from '../snapshot/harness';
import { readSnapshot } from '../stream/naive-reader';

interface Shape {
  readonly hartCount: number;
  readonly rounds: number;
  /** Pages that the harts write to; a power of two. */
  readonly windowPages: number;
  readonly seed: number;
  /** Instructions, on the mean. */
  readonly quantum: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  hartCount: fc.integer({ min: 2, max: 8 }),
  rounds: fc.integer({ min: 1, max: 150 }),
  windowPages: fc.constantFrom(1, 2, 16, 64),
  seed: fc.nat(1_000_000),
  quantum: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 20, max: 3000 })),
});

/** Instructions of a hart before the snapshot begins. */
const starts = fc.integer({ min: 50, max: 5000 });

describe('harts that share counters', () => {
  let folder: string;
  let program: Image;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-harts-'));
    const elf = join(folder, 'shared-counters.elf');
    const flags = ['-march=rv64ima_zicsr', '-mabi=lp64', '-nostdlib', '-static', '-Wl,-n,-Ttext=0x80000000'];
    execFileSync(requirePart('gcc'), [...flags, '-o', elf, join(__dirname, 'shared-counters.s')]);
    program = image(elf);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function guest({ hartCount, rounds, windowPages, seed, quantum }: Shape, start?: number, msPerLook = 0): Bench {
    const run = bench({
      machine: { program, hartCount },
      interleaving: { seed, quantumNs: 10 * quantum },
      msPerLook,
      ...(start !== undefined && { trigger: { kind: 'instructions', count: start } }),
    });
    const parameters = Buffer.from(Uint32Array.of(hartCount, rounds, windowPages * 4096 - 8).buffer);
    run.machine.core.writeRam(offsetOf(run.machine, 'harts'), parameters);
    return run;
  }

  it('lose no increment, no message and no wake-up, whatever the interleaving', async () => {
    const ends = new Set<bigint>();
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { debuggee, machine } = guest(shape);
        assert.deepEqual(await debuggee.run({ kind: 'continue' }), poweredOff);
        checkCounters(machine, shape);
        ends.add(machine.core.stateHash());
      }),
      { numRuns: 30 },
    );
    assert(ends.size > 15, `only ${ends.size} different ends`);
  });

  it('come to the same end however the run is sliced, stopped and stepped, and to another one by another seed', async () => {
    let differing = 0;
    await fc.assert(
      fc.asyncProperty(shapes, starts, fc.infiniteStream(fc.nat(7)), async (shape, start, harts) => {
        const whole = guest(shape, start);
        assert.deepEqual(await whole.debuggee.run({ kind: 'continue' }), poweredOff);
        const end = [whole.machine.stateHash(), whole.debuggee.status()];

        const sliced = guest(shape, start, 100);
        sliced.debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
        for (let stop: Stop | undefined; stop?.reason !== 'exited'; ) {
          stop = await sliced.debuggee.run({ kind: 'continue' });
          for (let steps = 0; steps < 3 && stop.reason !== 'exited'; steps++) {
            const thread = `hart ${(harts.next().value ?? 0) % shape.hartCount}`;
            stop = await sliced.debuggee.run({ kind: 'step', thread, depth: 'into' });
          }
        }
        assert.deepEqual([sliced.machine.stateHash(), sliced.debuggee.status()], end);

        const other = guest({ ...shape, seed: shape.seed + 1 }, start);
        await other.debuggee.run({ kind: 'continue' });
        if (other.machine.stateHash() !== end[0]) differing++;
      }),
      { numRuns: 8 },
    );
    assert(differing > 3, `${differing} of 8`);
  });

  it('are snapshotted as they were at the freeze, though several wait for one page and others for theirs', async () => {
    let samePage = 0;
    let otherPages = 0;
    await fc.assert(
      fc.asyncProperty(shapes, starts, async (shape, start) => {
        const run = guest({ ...shape, rounds: shape.rounds + 200 }, start);
        const { debuggee, machine, files, messages } = run;
        debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'wp-arm' }], writeFaults: [{ id: 2 }] });
        await debuggee.run({ kind: 'continue' });
        const frozen = machine.core.ram.slice();
        for (let stop: Stop | undefined; stop?.reason !== 'exited'; ) {
          stop = await debuggee.run({ kind: 'continue' });
          const waits = debuggee.threads().filter(({ state }) => state.includes('uffd'));
          const pages = new Set(waits.map(({ state }) => state));
          if (pages.size < waits.length) samePage++;
          if (pages.size > 1) otherPages++;
        }
        assert.match(messages[0] ?? 'no message', /RAM in the file is RAM at the freeze, each page once/);
        const block = readSnapshot(files.get(snapshotPath)!).blocks.get('riscv_virt_board.ram')!;
        assert(Buffer.from(block.bytes).equals(frozen));
        checkCounters(machine, { ...shape, rounds: shape.rounds + 200 });
      }),
      { numRuns: 8 },
    );
    assert(samePage > 0 && otherPages > 0, `${samePage} on the same page, ${otherPages} on different ones`);
  });

  it('go on from a snapshot as from the freeze', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, starts, async (shape, start) => {
        const longer = { ...shape, rounds: shape.rounds + 200 };
        const run = guest(longer, start);
        await run.debuggee.run({ kind: 'continue' });
        checkCounters(run.machine, longer);
        const { seed, quantum } = shape;
        const restored = await restoredBench(run.files.get(snapshotPath)!, {
          interleaving: { seed, quantumNs: 10 * quantum },
        });
        assert.deepEqual(await restored.debuggee.run({ kind: 'continue' }), poweredOff);
        checkCounters(restored.machine, longer, offsetOf(run.machine, 'counters'));
      }),
      { numRuns: 8 },
    );
  });
});

const poweredOff: Stop = { reason: 'exited', thread: 'hart 0', exitCode: 0 };

function offsetOf({ symbols }: Machine, name: string): number {
  return Number(symbols.addressOf(name)!) - ramBase;
}

function checkCounters(machine: Machine, { hartCount, rounds }: Shape, offset = offsetOf(machine, 'counters')): void {
  const view = new DataView(machine.core.ram.buffer, machine.core.ram.byteOffset + offset);
  const at = (offset: number): number => Number(view.getBigUint64(offset, true));
  const all = hartCount * rounds;
  assert.deepEqual([at(0), at(8), at(16), at(24), at(32)], [all, all, all, hartCount, 0]);
  assert.deepEqual([at(40), at(48)], [hartCount * Math.floor(rounds / 4), hartCount * Math.floor(rounds / 4)]);
}
