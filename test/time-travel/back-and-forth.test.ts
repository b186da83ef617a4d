import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Breakpoints, type Names, noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Instant } from '../../debug-adapter/debuggee/debuggee';
import { phases } from '../../debug-adapter/debuggee/phase';
import type { CheckpointOptions } from '../../debug-adapter/embedded/run-checkpoints';
import { randomGuest } from '../snapshot/random-guest';
import { follow, type Scenario, scenarios, traveller, visits } from './scenarios';
import { OpenTraveller } from './travelling';

const guests = join(__dirname, '../../extension/sample/guests');

describe('a step back', () => {
  it('leads to where a step forward has begun, and that one to where it has ended', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const run = traveller(scenario);
        await run.run({ kind: 'continue', untilNs: scenario.untilNs });
        for (const pick of scenario.threads) {
          const threads = run.threads();
          const thread = threads[pick % threads.length]!.id;
          // The main loop may have nothing to do for ever.
          const end = { instant: { events: run.status().instant.events + 20_000, threads: [] } };
          const stop = await run.run({ kind: 'step', thread, depth: 'into', destinations: [end] });
          if (stop.reason !== 'step' || stop.thread !== thread) continue;
          const here = run.view();
          assert.deepEqual(await run.back({ kind: 'step', thread, depth: 'into' }), { reason: 'step', thread });
          await run.run({ kind: 'step', thread, depth: 'into' });
          assert.deepEqual(run.view(), here);
        }
        await run.dispose();
      }),
      { numRuns: 8 },
    );
  });

  it('of a thread that has ended later leads before now', async () => {
    const [scenario] = fc.sample(scenarios, { seed: 5, numRuns: 1 });
    const run = traveller({ ...scenario!, start: 1000, checkpoints: { workMax: 1000, byteCountMax: 16 << 20 } });
    await run.run({ kind: 'continue', untilNs: 6_000_000 });
    const { instant: end } = run.status();
    const migration = () => run.threads().find(({ id }) => id === 'migration');
    assert.equal(migration(), undefined);
    let stepCount = 0;
    for (let part = 1; part < 32; part++) {
      const instant = { events: Math.floor((end.events * part) / 32), threads: [] };
      await run.back({ kind: 'place', place: { instant } });
      const progress = migration()?.progress;
      if (!progress) continue;
      assert.equal((await run.back({ kind: 'step', thread: 'migration', depth: 'into' })).reason, 'step');
      assert.equal(migration()?.progress, progress - 1);
      assert.ok(run.status().instant.events < instant.events);
      stepCount++;
    }
    assert.ok(stepCount > 5, `${stepCount} steps`);
    await run.dispose();
  });

  it('leads before a line that is a long loop, by few journeys', async () => {
    const program = { path: 'write-rate.elf', bytes: new Uint8Array(readFileSync(join(guests, 'write-rate.elf'))) };
    const run = OpenTraveller.of({ machine: { program, ramByteCount: 1 << 20 } });
    const { debuggee } = run.present;
    const address = debuggee.symbolAddress('write_page')!;
    run.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 0, address }] });
    for (let write = 0; write < 2; write++) {
      assert.equal((await run.run({ kind: 'continue' })).reason, 'breakpoint');
    }
    const { checkpoints } = debuggee;
    const { goTo } = checkpoints!;
    let journeyCount = 0;
    checkpoints!.goTo = async (index) => {
      await goTo.call(checkpoints, index);
      journeyCount++;
    };
    const place = () => ({
      line: debuggee.guestSource.lineAt(debuggee.names('hart 0').lookup('pc') as bigint)!.line,
      instructions: run.status().instructions,
    });
    const lines = readFileSync(join(guests, 'write-rate.c'), 'utf8').split('\n');
    const textOf = ({ line }: { line: number }): string => lines[line - 1]!.trim();
    let before = place();
    let loop = before;
    for (let steps = 0; steps < 10 && !/^for \(uint64_t round = pause_rounds/.test(textOf(loop)); steps++) {
      before = loop;
      journeyCount = 0;
      await run.back({ kind: 'step', thread: 'hart 0', depth: 'over', unit: 'line' });
      loop = place();
    }
    assert.ok(before.instructions - loop.instructions > 30_000);
    assert.ok(journeyCount < 250, `${journeyCount} journeys`);
    await run.dispose();
  });

  it('makes little of the run again, in a snapshot and beside it', async () => {
    const program = { path: 'working-set.elf', bytes: new Uint8Array(readFileSync(join(guests, 'working-set.elf'))) };
    const machine = { program, ramByteCount: 32 << 20 };
    const run = OpenTraveller.of({
      machine,
      trigger: { kind: 'time', ns: 5_000_000 },
      checkpoints: { workMax: 8_000_000 },
    });
    await run.run({ kind: 'continue', untilNs: 50_000_000 });
    const counts = () => {
      const { instructions, instant } = run.status();
      return { instructions, actions: instant.events - instructions };
    };
    const { checkpoints } = run.present.debuggee;
    const { goTo } = checkpoints!;
    let begin = counts();
    checkpoints!.goTo = async (index) => {
      await goTo.call(checkpoints, index);
      begin = counts();
    };
    const most = [1, 2].map(() => ({ instructions: 0, actions: 0 }));
    // From a checkpoint, a step back runs all of what is behind the one before; another step the end of that.
    for (const events of checkpoints!.instants.slice(1)) {
      await run.back({ kind: 'place', place: { instant: { events, threads: [] } } });
      for (const mosts of most) {
        await run.back({ kind: 'step', thread: 'hart 0', depth: 'into' });
        const { instructions, actions } = counts();
        mosts.instructions = Math.max(mosts.instructions, instructions - begin.instructions);
        mosts.actions = Math.max(mosts.actions, actions - begin.actions);
      }
    }
    const [first, second] = most;
    assert.ok(first!.instructions < 3_000_000, `${first!.instructions} instructions`);
    assert.ok(first!.actions > 10_000 && first!.actions < 25_000, `${first!.actions} actions`);
    assert.ok(second!.instructions < first!.instructions / 4, `${second!.instructions} instructions more`);
    assert.ok(second!.actions < first!.actions / 4, `${second!.actions} actions more`);
    // Those that were taken on the way know what code has run up to the next, too.
    const { instants } = checkpoints!;
    const visited: { pc: bigint; instructions: number }[] = [];
    for (const events of instants) {
      await run.back({ kind: 'place', place: { instant: { events, threads: [] } } });
      visited.push({ pc: run.names('hart 0').lookup('pc') as bigint, ...counts() });
    }
    for (const [index, { pc, instructions }] of visited.slice(0, -1).entries()) {
      if (!checkpoints!.instants.includes(instants[index]!) || visited[index + 1]!.instructions === instructions)
        continue;
      const addresses = [{ id: 1, address: pc }];
      assert.ok(checkpoints!.mayHit(checkpoints!.instants.indexOf(instants[index]!), { ...noBreakpoints, addresses }));
    }
    await run.dispose();
  });
});

/** Of one kind, which much of a run does not come to; or of several. */
const breakpoints = fc.constantFrom<Partial<Breakpoints>>(
  { phases: phases.map(({ id: phase }, id) => ({ id, phase })), writeFaults: [{ id: 99 }] },
  { writeFaults: [{ id: 1 }] },
  { phases: [{ id: 1, phase: 'wp-arm' }] },
  { data: [{ id: 1, physicalAddress: 0x8000_3008, byteCount: 8, access: 'write' }] },
  { data: [{ id: 1, physicalAddress: 0x8000_2000, byteCount: 0x2000, access: 'change' }] },
  { addresses: [{ id: 1, address: 0x8000_0000n }] },
  { lines: [{ id: 1, file: 'main-loop.ts', line: 1 }] },
);

/** Where states are kept turn by turn, an eighth of the way has hundreds. */
function shareOf({ checkpoints: { workMax } }: Scenario): number {
  return workMax === 1000 ? 8 : 1;
}

describe('back to the last stop', () => {
  it('finds every stop of the run forward, in the opposite order, and then the beginning', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, breakpoints, async (scenario, wanted) => {
        const run = traveller(scenario);
        const lines = wanted.lines?.map((each) => ({ ...each, line: run.breakableLine(each.file, each.line)! }));
        run.setBreakpoints({ ...noBreakpoints, ...wanted, ...(lines && { lines }) });
        const seen: unknown[] = [];
        const untilNs = Math.floor(20_000_000 / shareOf(scenario));
        for (
          let stop = await run.run({ kind: 'continue', untilNs });
          seen.length < 12;
          stop = await run.run({ kind: 'continue', untilNs })
        ) {
          if (stop.reason === 'pause') break;
          if (stop.reason === 'exited' || (stop.reason === 'phase' && stop.phase === 'completed')) break;
          seen.push([stop, run.view()]);
        }
        for (const expected of seen.reverse()) {
          const stop = await run.back({ kind: 'continue' });
          assert.deepEqual([stop, run.view()], expected);
        }
        assert.equal((await run.back({ kind: 'continue' })).reason, 'entry');
        assert.equal(run.status().instant.events, 0);
        await run.dispose();
      }),
      { numRuns: 12 },
    );
  });
});

describe('the last write', () => {
  it('to bytes is the last that a run forward has seen', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, fc.nat(), fc.boolean(), async (scenario, pick, isWholePage) => {
        const run = traveller(scenario);
        const { firstPage, pageCountLog2 } = scenario.shape;
        const page = firstPage + (pick % 2 ** pageCountLog2);
        const range = { physicalAddress: 0x8000_0000 + page * 4096, byteCount: isWholePage ? 4096 : 512 };
        let last: unknown;
        const condition = (names: Names): false => {
          // The time of the run: a hart may be ahead of it.
          last = [names.lookup('thread'), run.status().timeNs, names.lookup('address')];
          return false;
        };
        run.setBreakpoints({ ...noBreakpoints, data: [{ id: 1, ...range, access: 'write', condition }] });
        await run.run({ kind: 'continue', untilNs: Math.floor((1_000_000 + scenario.untilNs) / shareOf(scenario)) });
        const write = await run.lastWrite(range.physicalAddress, range.byteCount);
        assert.ok(write !== 'interrupted');
        const found = write && [write.thread, write.timeNs, BigInt(write.access.physicalAddress)];
        assert.deepEqual(found, last);
        await run.dispose();
      }),
      { numRuns: 32 },
    );
  });
});

describe('an instant', () => {
  it('is the same whenever it is gone to, with all that has come from outside', async () => {
    await fc.assert(
      fc.asyncProperty(visits, async ({ scenario, course, order }) => {
        const run = traveller({ ...scenario, start: 1_000_000_000 });
        const seen: { instant: Instant; view: unknown }[] = [];
        await follow(run, course, () => {
          const { instant } = run.status();
          if (seen.at(-1)?.instant.events === instant.events) seen.pop();
          seen.push({ instant, view: run.view() });
        });
        for (const pick of order) {
          const { instant, view } = seen[pick % seen.length]!;
          await run.back({ kind: 'place', place: { instant } });
          assert.deepEqual(run.view(), view);
        }
        await run.dispose();
      }),
      { numRuns: 8 },
    );
  });
});

describe('a journey', () => {
  const small = (checkpoints: CheckpointOptions = {}) =>
    OpenTraveller.of({
      checkpoints,
      machine: {
        program: {
          path: 'random guest',
          bytes: randomGuest({ seed: 1, firstPage: 1, pageCountLog2: 6, idleRounds: 0, sizeLog2: 3, misalignment: 0 }),
        },
      },
      trigger: { kind: 'time', ns: 100_000 },
    });

  it('beyond the end of a run ends where that does', async () => {
    const run = await small();
    await run.monitor('stop');
    const stop = await run.back({ kind: 'place', place: { timeNs: 1e12 } });
    assert.equal(stop.reason, 'pause');
    await run.dispose();
  });

  it('ahead, on which states are kept and others make room for them, can be gone back on', async () => {
    const run = small({ workMax: 1000, byteCountMax: 1 << 19 });
    await run.run({ kind: 'continue', untilNs: 500_000 });
    const { instant } = run.status();
    const here = run.view();
    for (const timeNs of [3_000_000, 6_000_000]) {
      await run.back({ kind: 'place', place: { timeNs } });
      assert.equal(run.status().timeNs >= timeNs, true);
    }
    await run.back({ kind: 'place', place: { instant } });
    assert.deepEqual(run.view(), here);
    await run.dispose();
  });

  it('does not pass over all the pages of a guest that fills its RAM at once', async () => {
    const program = { path: 'working-set.elf', bytes: new Uint8Array(readFileSync(join(guests, 'working-set.elf'))) };
    const run = OpenTraveller.of({ machine: { program, ramByteCount: 256 << 20 } });
    await run.run({ kind: 'continue', untilNs: 9_000_000 });
    assert.ok(run.present.debuggee.checkpoints!.instants.length > 2);
    await run.dispose();
  });

  it('keeps no states closer together than the time that it takes to run again what is between them', async () => {
    const program = { path: 'sweep.elf', bytes: new Uint8Array(readFileSync(join(guests, 'sweep.elf'))) };
    const statesAt = async (msPerLook: number): Promise<number> => {
      let ms = 0;
      const now = (): number => (ms += msPerLook);
      const run = OpenTraveller.of({ machine: { program, ramByteCount: 16 << 20 }, now });
      await run.run({ kind: 'continue', untilNs: 400_000_000 });
      await run.dispose();
      return run.present.debuggee.checkpoints!.instants.length;
    };
    assert.equal(await statesAt(0), 1);
    assert.ok((await statesAt(1000)) > 3);
  });

  it('keeps within the memory it is given, in a guest that writes every page', async () => {
    const byteCountMax = 8 << 20;
    const program = { path: 'sweep.elf', bytes: new Uint8Array(readFileSync(join(guests, 'sweep.elf'))) };
    const run = OpenTraveller.of({
      machine: { program, ramByteCount: 16 << 20 },
      checkpoints: { workMax: 10_000, byteCountMax },
    });
    // What the guest writes to in one turn comes on top.
    const byteCountLimit = byteCountMax + (3 << 20);
    const { checkpoints } = run.present.debuggee;
    for (let ms = 1; ms <= 40; ms++) {
      await run.run({ kind: 'continue', untilNs: ms * 1_000_000 });
      assert.ok(checkpoints!.byteCount < byteCountLimit, `${checkpoints!.byteCount} after ${ms} ms`);
    }
    for (const ms of [1, 30, 15]) {
      await run.back({ kind: 'place', place: { timeNs: ms * 1_000_000 } });
      assert.ok(checkpoints!.byteCount < byteCountLimit, `${checkpoints!.byteCount} at ${ms} ms`);
    }
    await run.dispose();
  });

  it('forgets states one at a time, between which others have their turns', async () => {
    const program = { path: 'sweep.elf', bytes: new Uint8Array(readFileSync(join(guests, 'sweep.elf'))) };
    // A slice is as short as can be.
    let ms = 0;
    const run = OpenTraveller.of({
      machine: { program, ramByteCount: 16 << 20 },
      checkpoints: { workMax: 10_000, byteCountMax: 8 << 20 },
      now: () => (ms += 100),
    });
    const counts: number[] = [];
    run.present.onSlice = () => counts.push(run.present.debuggee.checkpoints!.instants.length);
    await run.run({ kind: 'continue', untilNs: 40_000_000 });
    const changes = counts.slice(1).map((count, index) => count - counts[index]!);
    assert.equal(Math.min(...changes), -1);
    await run.dispose();
  });

  it('to a state, and the hash of one, take as many turns as there is RAM, between which others have theirs', async () => {
    const program = { path: 'sweep.elf', bytes: new Uint8Array(readFileSync(join(guests, 'sweep.elf'))) };
    // A slice is as short as can be.
    let ms = 0;
    const run = OpenTraveller.of({ machine: { program, ramByteCount: 64 << 20 }, now: () => (ms += 100) });
    await run.run({ kind: 'continue', untilNs: 400_000_000 });
    const { debuggee } = run.present;
    let turnCount = 0;
    run.present.onSlice = () => turnCount++;
    const turnsOf = async (act: () => Promise<unknown>): Promise<number> => {
      turnCount = 0;
      await act();
      return turnCount;
    };
    const { instants } = debuggee.checkpoints!;
    const left = debuggee.checkpoints!.leave();
    assert.ok(
      (await turnsOf(() => debuggee.checkpoints!.goTo(instants.length >> 1))) > 32,
      `to the middle: ${turnCount}`,
    );
    assert.ok((await turnsOf(() => left.comeBack())) > 32, `and back: ${turnCount}`);
    await left.drop();
    assert.ok((await turnsOf(() => debuggee.stateHash())) >= 7, `hash: ${turnCount}`);
    await run.dispose();
  });

  it('that is interrupted before it begins leads nowhere', async () => {
    const run = await small();
    await run.run({ kind: 'continue', untilNs: 50_000 });
    const here = run.view();
    const travelled = run.back({ kind: 'place', place: { timeNs: 10_000 } });
    run.pause();
    assert.equal((await travelled).reason, 'pause');
    assert.deepEqual(run.view(), here);
    await run.dispose();
  });

  it('past a command that was refused goes on in the same history', async () => {
    const run = await small();
    await run.run({ kind: 'continue', untilNs: 50_000 });
    run.consoleInput(Uint8Array.of(65));
    await run.run({ kind: 'continue', untilNs: 60_000 });
    const { instant } = run.status();
    const later = run.view();
    await run.back({ kind: 'place', place: { timeNs: 10_000 } });
    await assert.rejects(run.monitor('no_such_command'));
    await run.run({ kind: 'continue', destinations: [{ instant }] });
    assert.deepEqual(run.view(), later);
    await run.dispose();
  });
});
