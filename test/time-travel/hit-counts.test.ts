import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type Breakpoints,
  type Condition,
  type Conditional,
  noBreakpoints,
} from '../../debug-adapter/debuggee/breakpoints';
import { phases } from '../../debug-adapter/debuggee/phase';
import type { Stop } from '../../debug-adapter/debuggee/stop';
import { breakpointCondition, counts } from '../../debug-adapter/session/breakpoint-conditions';
import { type Scenario, scenarios, traveller } from './scenarios';

/** Of the migration thread: where it sends a page, and where a phase begins. */
const lines = [
  placeOf('ram.ts', "call('ram_save_host_page', 'ramSaveHostPage'"),
  placeOf('write-tracking-thread.ts', "'ram_write_tracking_start'"),
];
const endNs = 1_000_000;
/** Of the random guest: where its loop begins, and its store. */
const [loopAt, storeAt] = [0x8000_0028n, 0x8000_0040n];

const moves = fc.record({
  way: fc.constantFrom('place', 'step back', 'step', 'reverse', 'continue', 'continue', 'input'),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  thread: fc.nat(),
});

describe('the nth hit of a run is the nth hit, wherever one has come from', () => {
  it('for breakpoints of all kinds, set at the beginning or later', async () => {
    await fc.assert(
      fc.asyncProperty(
        scenarios,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 6, maxLength: 6 }),
        fc.constantFrom(0, 20_000, 300_000),
        fc.array(moves, { minLength: 4, maxLength: 8 }),
        async (scenario, every, setNs, course) => {
          const straight = await begun(scenario, every, setNs);
          const stops: string[] = [];
          for (let count = 0; count < 20; count++) stops.push(await straight.next());
          await straight.run.dispose();
          const { run, seen, next } = await begun(scenario, every, setNs);
          const since = run.status().instant.events;
          const last = eventsOf(stops.at(-1)!);
          for (const { way, share, thread } of course) {
            const threads = run.threads();
            const { id } = threads[thread % threads.length]!;
            const from = run.status().instant.events;
            if (way === 'place') {
              const events = since + Math.floor(share * (last - since));
              await run.back({ kind: 'place', place: { instant: { events, threads: [] } } });
              const expected = stops.findIndex((stop) => eventsOf(stop) >= events);
              const found = await next();
              // Behind what a thread has just done it stands already.
              assert.ok(
                found === stops[expected] || eventsOf(stops[expected]!) === events,
                `${found} is not ${stops[expected]}`,
              );
            } else if (way === 'step back') await run.back({ kind: 'step', thread: id, depth: 'into' });
            else if (way === 'step') {
              const end = { instant: { events: from + 2000, threads: [] } };
              await run.run({ kind: 'step', thread: id, depth: 'into', destinations: [end] });
            } else if (way === 'input') run.setRegister('hart 0', 't5', 0n);
            else if (way === 'reverse') {
              const stop = seen(await run.back({ kind: 'continue' }));
              const { events } = run.status().instant;
              if (events < since) {
                assert.equal(stop, await lastFromBeginning(scenario, every, since));
                break;
              }
              const before = stops.filter((each) => eventsOf(each) <= events);
              assert.equal(stop, before.at(-1) ?? '0 entry hart 0  0,0,0,0,0,0');
              assert.ok(!stops.some((each) => eventsOf(each) > events && eventsOf(each) < from));
            } else {
              const stop = await next();
              assert.ok(eventsOf(stop) > last || stops.includes(stop), `${stop} is none of ${stops.join('\n')}`);
            }
            if (run.status().instant.events < since) break;
          }
          await run.dispose();
        },
      ),
      { numRuns: 5 },
    );
  });

  it('from where the run arrives, for what is set on a way to the past', async () => {
    const { run, at } = await ended();
    const arrived = at(0.4);
    let askedCount = 0;
    const { tally, condition } = counting(1, 2);
    const asked: Condition = (names) => ++askedCount > 0 && condition!(names);
    run.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address: loopAt, condition: asked, tally: tally! }] });
    assert.equal((await arrived).reason, 'pause');
    assert.deepEqual([askedCount, tally!.reached], [0, 0]);
    const { thread } = await run.run({ kind: 'continue' });
    assert.equal(tally!.reached, 2);
    const second = run.status().instant.events;
    await run.back({ kind: 'step', thread, depth: 'into' });
    await run.run({ kind: 'continue' });
    assert.deepEqual([run.status().instant.events, tally!.reached], [second, 2]);
    await run.dispose();
  });

  it('on the way through states of the run that know nothing of it, which give way to others', async () => {
    const { run, at, place } = await ended();
    await at(0.3);
    const since = run.status().instant.events;
    const never = counting(1, 1e9);
    run.setBreakpoints({ ...noBreakpoints, addresses: [{ ...never, address: loopAt }] });
    await at(0.8);
    const jumped = never.tally!.reached;
    await at(0.3);
    await run.run({ kind: 'continue', destinations: [place(0.8)] });
    assert.ok(jumped > 100);
    assert.equal(never.tally!.reached, jumped);
    const { checkpoints } = run.present.debuggee;
    const { goTo } = checkpoints!;
    let begin = -1;
    checkpoints!.goTo = async (index) => {
      await goTo.call(checkpoints, index);
      begin = run.status().instant.events;
    };
    await at(0.79);
    assert.ok(begin > since, `begins at ${begin}, behind ${since}`);
    await run.dispose();
  });

  it('at what a thread comes to by a step, and where something else stops it', async () => {
    const run = traveller({ ...sample(), hartCount: 1, start: 1000, capabilities: ['background-snapshot'] });
    const [armed, sent] = [counting(1, 1e9), counting(2, 2)];
    run.setBreakpoints({
      ...noBreakpoints,
      phases: [{ id: 3, phase: 'wp-arm' }],
      lines: [
        { ...sent, ...lines[0]! },
        { ...armed, ...lines[1]! },
      ],
    });
    assert.equal((await run.run({ kind: 'continue' })).reason, 'phase');
    assert.equal(armed.tally!.reached, 1);
    const stops: number[] = [];
    for (let count = 0; count < 2; count++) {
      await run.run({ kind: 'continue' });
      stops.push(run.status().instant.events);
    }
    await run.back({ kind: 'continue' });
    await run.back({ kind: 'step', thread: 'migration', depth: 'into' });
    await run.run({ kind: 'step', thread: 'migration', depth: 'into' });
    await run.run({ kind: 'continue' });
    assert.deepEqual([run.status().instant.events, sent.tally!.reached], [stops[1], 4]);
    await run.dispose();
  });
});

function sample(): Scenario {
  const [scenario] = fc.sample(scenarios, { seed: 1, numRuns: 1 });
  return { ...scenario!, checkpoints: { workMax: 100_000, byteCountMax: 64 << 20 } };
}

/** A run, and ways to a share of it. */
async function ended() {
  const run = traveller(sample());
  // It takes many turns, and so many states are kept.
  run.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address: storeAt, condition: () => false }] });
  await run.run({ kind: 'continue', untilNs: endNs });
  const { events } = run.status().instant;
  const place = (share: number) => ({ instant: { events: Math.floor(events * share), threads: [] } });
  const at = (share: number): Promise<Stop> => run.back({ kind: 'place', place: place(share) });
  return { run, at, place };
}

/** A run in which so many hits of each breakpoint pass before one stops. */
async function begun(scenario: Scenario, every: readonly number[], setNs: number) {
  const shape = { ...scenario.shape, idleRounds: scenario.shape.idleRounds % 4 };
  // As many states as that take longer than all else.
  const { workMax } = scenario.checkpoints;
  const checkpoints = { ...scenario.checkpoints, workMax: workMax < 20_000 ? 100_000 : workMax } as const;
  const run = traveller({ ...scenario, shape, checkpoints, start: Math.min(scenario.start, 5000) });
  if (setNs > 0) {
    // With states of the run ahead that know of no breakpoint.
    await run.run({ kind: 'continue', untilNs: setNs + 100_000 });
    await run.back({ kind: 'place', place: { timeNs: setNs } });
  }
  const [loop, store, fault, page, data, phase] = every.map((count, id) => counting(id, count));
  run.setBreakpoints({
    addresses: [
      { ...loop!, address: loopAt },
      { ...store!, address: storeAt },
    ],
    writeFaults: [fault!],
    lines: lines.map((place) => ({ ...page!, ...place })),
    data: [{ ...data!, physicalAddress: 0x8000_2000, byteCount: 1 << 17, access: 'write' }],
    phases: phases.map((each) => ({ ...phase!, phase: each.id })),
  } satisfies Breakpoints);
  const tallies = [loop, store, fault, page, data, phase].map((each) => each!.tally!);
  const seen = (stop: Stop): string => {
    const ids = 'breakpointIds' in stop ? stop.breakpointIds : [];
    const counted = tallies.map(({ reached }) => reached).join();
    return `${run.status().instant.events} ${stop.reason} ${stop.thread} ${ids} ${counted}`;
  };
  const next = async (): Promise<string> => seen(await run.run({ kind: 'continue', untilNs: endNs }));
  return { run, seen, next };
}

/** As if all had been set at the beginning. */
async function lastFromBeginning(scenario: Scenario, every: readonly number[], since: number): Promise<string> {
  const { run, next } = await begun(scenario, every, 0);
  let last = '0 entry hart 0  0,0,0,0,0,0';
  for (let stop = await next(); eventsOf(stop) < since; stop = await next()) last = stop;
  await run.dispose();
  return last;
}

function counting(id: number, count: number): Conditional {
  const texts = { hitCondition: `% ${count}` };
  const tally = { counts: counts(texts), reached: 0, hits: 0, isQuiet: false };
  return { id, condition: breakpointCondition(texts, tally, () => {})!, tally };
}

function eventsOf(stop: string): number {
  return Number.parseInt(stop, 10);
}

function placeOf(file: string, text: string): { readonly file: string; readonly line: number } {
  const source = readFileSync(join(__dirname, '../../debug-adapter/migration', file), 'utf8');
  return { file, line: source.split('\n').findIndex((each) => each.includes(text)) + 1 };
}
