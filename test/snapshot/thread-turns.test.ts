import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Breakpoints, noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Debuggee, Destination, RunRequest } from '../../debug-adapter/debuggee/debuggee';
import type { CapabilityName } from '../../debug-adapter/debuggee/migration-capabilities';
import type { Stop } from '../../debug-adapter/debuggee/stop';
import { RunAhead } from '../../debug-adapter/embedded/run-ahead';
import { RunLoop } from '../../debug-adapter/embedded/run-loop';
import { pageByteCount, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import type { HartStop } from '../../debug-adapter/emulator/core/guest-harts';
import { HartActor } from '../../debug-adapter/emulator/machine/hart-actor';
import { promptReader } from '../../debug-adapter/migration/channel';
import { ScannedPage } from '../../debug-adapter/migration/lead';
import { flashProgrammer } from './flash-guest';
import { bench, sha256 } from './harness';
import { type GuestShape, guestShapes, randomGuest } from './random-guest';

const shownFile = 'ram.ts';
const shownSource = readFileSync(join(__dirname, '../../debug-adapter/migration', shownFile), 'utf8');
const endNs = 9_000_000;
const visitsMax = 12;

/** What the user does at each stop. */
interface Way {
  readonly way:
    | 'on'
    | 'into'
    | 'over'
    | 'out'
    | 'to'
    | 'at'
    | 'time'
    | 'until'
    | 'breakpoints'
    | 'cancel'
    | 'write'
    | 'type';
  readonly isHart: boolean;
  readonly count: number;
}

interface Shape {
  /** `flash`: one that programs words of both banks. */
  readonly guest: GuestShape | 'flash';
  readonly hartCount: number;
  /** With 1, a hart comes to the very instant of each action. */
  readonly nsPerInstruction: number;
  readonly algorithm: CapabilityName | undefined;
  readonly isSlow: boolean;
  readonly populates: boolean;
  /** Instructions of a hart before the snapshot begins. */
  readonly start: number;
  readonly stops: keyof typeof breakpoints;
  readonly ways: readonly Way[];
}

const way: fc.Arbitrary<Way> = fc.record({
  way: fc.constantFrom(
    'on',
    'on',
    'into',
    'over',
    'out',
    'to',
    'at',
    'time',
    'until',
    'breakpoints',
    'cancel',
    'write',
    'type',
  ),
  isHart: fc.boolean(),
  count: fc.integer({ min: 1, max: 300 }),
});

const shapes: fc.Arbitrary<Shape> = fc.record({
  guest: guestShapes({ pageCountLog2: 5, idleRounds: 50 }),
  hartCount: fc.constantFrom(1, 1, 1, 3),
  nsPerInstruction: fc.constantFrom(1, 1, 10, 100),
  algorithm: fc.constantFrom('background-snapshot', 'background-snapshot', 'track-writes-ram', undefined),
  isSlow: fc.boolean(),
  populates: fc.boolean(),
  start: fc.integer({ min: 20, max: 4000 }),
  stops: fc.constantFrom('none', 'write faults', 'line', 'phases', 'code', 'data'),
  ways: fc.array(way, { minLength: 1, maxLength: 8 }),
});

describe('turns of a thread', () => {
  it('save flash as it was when they came to each page, whatever a hart programs meanwhile', async () => {
    const leads = countLeads();
    for (const hartCount of [1, 3]) {
      const shape: Shape = { ...plain, guest: 'flash', hartCount, stops: 'none', ways: [] };
      const together = await seenOf(shape);
      const oneByOne = await withNoPlainActions(() => seenOf(shape));
      assert.deepEqual(together.seen, oneByOne.seen);
      assert.deepEqual(together.files, oneByOne.files);
    }
    leads.end();
    for (const end of ['bus-retry', 'write-fault'] as const) assert.ok(leads.ends.has(end), `no lead ends in ${end}`);
    assert.ok(leads.pageCount > 1000, `${leads.pageCount} pages have been saved in one go`);
  });

  it('run on come to what they come to one by one: state, pages, instants, timeline, stops, file', async () => {
    const reasons = new Set<string>();
    let fewer = 0;
    const leads = countLeads();
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const together = await seenOf(shape);
        const oneByOne = await withNoPlainActions(() => seenOf(shape));
        assert.deepEqual(together.seen, oneByOne.seen);
        assert.deepEqual(together.files, oneByOne.files);
        if (together.turnCount * 4 < oneByOne.turnCount) fewer++;
        for (const reason of together.reasons) reasons.add(reason);
      }),
      {
        numRuns: 64,
        examples: [10, 1000].flatMap((nsPerInstruction) => {
          const timed = { ...plain, nsPerInstruction };
          const journey = { ...timed, stops: 'none', ways: journeys.time } as const;
          return [
            ...(Object.keys(breakpoints) as Shape['stops'][]).map((stops): [Shape] => [{ ...timed, stops }]),
            ...Object.values(journeys).map((ways): [Shape] => [{ ...journey, ways }]),
            ...Object.values(journeys).map((ways): [Shape] => [{ ...journey, hartCount: 3, ways }]),
            ...(['write faults', 'data'] as const).map((stops): [Shape] => [{ ...timed, hartCount: 3, stops }]),
            [{ ...journey, isSlow: true }],
            [{ ...journey, populates: false }],
            [{ ...journey, algorithm: 'track-writes-ram' }],
            [{ ...journey, algorithm: undefined }],
          ] satisfies [Shape][];
        }),
      },
    );
    leads.end();
    for (const end of ['count', 'write-fault', 'requested'] as const)
      assert.ok(leads.ends.has(end), `no lead ends in ${end}`);
    assert.ok(leads.pageCount > 1000, `${leads.pageCount} pages have been saved in one go`);
    assert.ok(fewer > 10, `turns have run on in ${fewer} runs`);
    for (const reason of ['breakpoint', 'data-breakpoint', 'write-fault', 'step', 'phase', 'pause']) {
      assert.ok(reasons.has(reason), `no ${reason} among ${[...reasons]}`);
    }
  });
});

const breakpoints = {
  none: {},
  'write faults': { writeFaults: [{ id: 1 }] },
  line: { lines: [{ id: 1, file: shownFile, line: lineOf("'buffer_is_zero'") }] },
  phases: {
    phases: [
      { id: 1, phase: 'save' },
      { id: 2, phase: 'wp-disarm' },
    ],
  },
  code: { addresses: [{ id: 1, address: BigInt(ramBase + 4 * 15) }] },
  data: { data: [{ id: 1, physicalAddress: ramBase + 20 * pageByteCount, byteCount: 4096, access: 'write' }] },
} as const satisfies Record<string, Partial<Breakpoints>>;

const plain: Omit<Shape, 'stops'> = {
  guest: { seed: 1, firstPage: 16, pageCountLog2: 5, idleRounds: 3, sizeLog2: 3, misalignment: 0 },
  hartCount: 1,
  nsPerInstruction: 10,
  algorithm: 'background-snapshot',
  isSlow: false,
  populates: true,
  start: 3000,
  ways: [
    { way: 'on', isHart: false, count: 1 },
    { way: 'into', isHart: false, count: 1 },
    { way: 'on', isHart: false, count: 1 },
  ],
};

/** In the midst of the saving, from one place to the next that nobody would stop at by himself. */
const journeys = {
  at: journey({ way: 'at', isHart: false, count: 397 }),
  threadTo: journey({ way: 'to', isHart: false, count: 13 }),
  hartTo: journey({ way: 'to', isHart: true, count: 401 }),
  time: journey({ way: 'time', isHart: false, count: 17_003 }),
  write: journey({ way: 'write', isHart: false, count: 3_001 }),
};

function journey(...ways: readonly Way[]): readonly Way[] {
  const first: Way = { way: 'until', isHart: false, count: 1 };
  return [first, ...Array.from({ length: visitsMax }, (_, index) => ways[index % ways.length]!)];
}

/** What can be seen at each stop on the way, and how often the run loop was asked for a turn. */
async function seenOf(shape: Shape) {
  const { guest, hartCount, nsPerInstruction, algorithm, isSlow, populates, start, stops, ways } = shape;
  const isInFlash = guest === 'flash';
  const run = bench({
    machine: {
      program: { path: 'guest', bytes: isInFlash ? flashProgrammer() : randomGuest(guest) },
      hasFlash: isInFlash,
      hartCount,
      nsPerInstruction,
    },
    trigger: { kind: 'instructions', count: start },
    whatIf: { populate: populates },
    snapshot: {
      capabilities: new Set(algorithm ? [algorithm] : []),
      channel: isSlow ? { ...promptReader, bytesPerSecond: 5e6 } : promptReader,
    },
  });
  const { debuggee, machine } = run;
  let areSet = true;
  const place = (): void => debuggee.setBreakpoints({ ...noBreakpoints, ...(areSet && breakpoints[stops]) });
  place();
  const seen: unknown[] = [];
  const reasons = new Set<string>();
  const see = (stop: Stop): void => {
    const { update } = debuggee.timeline(undefined, true);
    const threads = debuggee.threads();
    const stacks = threads.map(({ id }) => debuggee.stack(id));
    const flash = isInFlash && loop ? Object.values(loop.vmm.pageMap.unprotected(0)) : [];
    const ofFlash = flash.map((of) => new Uint8Array(of.buffer, of.byteOffset, of.byteLength));
    const pages = sha256([...machine.core.pages.records, ...ofFlash]);
    const { actionNumber } = loop?.migration ?? {};
    // Of 64 MiB of flash it takes a second.
    const hash = isInFlash ? undefined : machine.stateHash();
    seen.push({ stop, status: debuggee.status(), hash, pages, threads, stacks, actionNumber, update });
    reasons.add(stop.reason);
  };
  let loop: RunLoop | undefined;
  let turnCount = 0;
  const { turn } = RunLoop.prototype;
  RunLoop.prototype.turn = function (...budget) {
    loop = this;
    turnCount++;
    const stop = turn.apply(this, budget);
    if (stop === 'idle') debuggee.pause();
    return stop;
  };
  try {
    for (let index = 0; index < (ways.length && visitsMax); index++) {
      const { way, isHart, count } = ways[index % ways.length]!;
      if (way === 'breakpoints') {
        areSet = !areSet;
        place();
      }
      const isUnderWay = debuggee.threads().some(({ id }) => id === 'migration');
      if (way === 'cancel' && isUnderWay) debuggee.cancelSnapshot();
      if (way === 'type') debuggee.consoleInput(Uint8Array.of(count));
      if (way === 'write') debuggee.writePhysicalMemory(ramBase + 0x8_0000 + count, Uint8Array.of(count), 'wait');
      const stop = await debuggee.run(requestOf(way, isHart, count, debuggee));
      see(stop);
      if (stop.reason === 'deadlock') break;
    }
    debuggee.setBreakpoints(noBreakpoints);
    see(await debuggee.run({ kind: 'continue', untilNs: endNs }));
  } finally {
    RunLoop.prototype.turn = turn;
  }
  const files = [...run.files].map(([path, bytes]) => ({ path, hash: sha256([bytes]) }));
  return { seen, reasons, turnCount, files: { files, messages: run.messages } };
}

function requestOf(way: Way['way'], isHart: boolean, count: number, debuggee: Debuggee): RunRequest {
  const threads = debuggee.threads();
  const thread = threads.find(({ id }) => id === (isHart ? 'hart 0' : 'migration')) ?? threads[0]!;
  // Nobody knows who has called a hart's code.
  const isStep = way === 'into' || way === 'over' || (way === 'out' && thread.id === 'migration');
  if (isStep) return { kind: 'step', thread: thread.id, depth: way };
  const to: Record<string, Destination> = {
    to: { thread: thread.id, progress: thread.progress + count },
    at: { instant: { events: debuggee.status().instant.events + count, threads: [] } },
  };
  if (way === 'time' || way === 'write')
    return { kind: 'continue', untilNs: Math.min(endNs, debuggee.status().timeNs + count) };
  if (to[way]) return { kind: 'continue', untilNs: endNs, destinations: [to[way]] };
  return { kind: 'continue', untilNs: endNs, ...(way === 'until' && { until: 'write-fault' }) };
}

async function withNoPlainActions<T>(run: () => Promise<T>): Promise<T> {
  const { isPlain } = RunAhead.prototype;
  RunAhead.prototype.isPlain = () => false;
  try {
    return await run();
  } finally {
    RunAhead.prototype.isPlain = isPlain;
  }
}

/** How harts that have run ahead of the migration thread have stopped, and how many pages it has saved in one go. */
function countLeads() {
  const leads = { ends: new Set<HartStop['kind']>(), pageCount: 0 };
  const { runAhead } = HartActor.prototype;
  const { perform } = ScannedPage.prototype;
  HartActor.prototype.runAhead = function (...limits) {
    const run = runAhead.apply(this, limits);
    leads.ends.add(run.stop.kind);
    return run;
  };
  ScannedPage.prototype.perform = function (thread, acted) {
    leads.pageCount++;
    const endsNs = thread.clockNs + this.nsMax;
    const isSaved = perform.call(this, thread, acted);
    assert.ok(thread.clockNs <= endsNs, `${thread.clockNs - endsNs} ns longer than it says`);
    return isSaved;
  };
  const end = (): void => {
    Object.assign(HartActor.prototype, { runAhead });
    Object.assign(ScannedPage.prototype, { perform });
  };
  return Object.assign(leads, { end });
}

/** Counted from 1. */
function lineOf(text: string): number {
  return shownSource.slice(0, shownSource.indexOf(text)).split('\n').length;
}
