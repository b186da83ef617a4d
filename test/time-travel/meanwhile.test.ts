import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Stop } from '../../debug-adapter/debuggee/stop';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { OpenTraveller } from './travelling';

const path = join(__dirname, '../../extension/sample/guests/working-set.elf');
const program = { path, bytes: new Uint8Array(readFileSync(path)) };
const key = Uint8Array.of(0x41);
/** Never written to, so that who looks for it goes back to the beginning. */
const unwritten = ramBase;

/** A snapshot is under way where it stands; its slices are as short as can be. */
async function standing(): Promise<OpenTraveller> {
  let ms = 0;
  const run = OpenTraveller.of({
    machine: { program, ramByteCount: 16 << 20 },
    trigger: { kind: 'time', ns: 5_000_000 },
    now: () => (ms += 100),
  });
  await run.run({ kind: 'continue', untilNs: 8_000_000 });
  run.setBreakpoints({
    ...noBreakpoints,
    data: [{ id: 1, physicalAddress: unwritten, byteCount: 8, access: 'write' }],
  });
  return run;
}

type Journey = (run: OpenTraveller) => Promise<unknown>;
const journeys: Readonly<Record<string, Journey>> = {
  'back to the last stop': (run) => run.back({ kind: 'continue' }),
  'to a place': (run) => run.back({ kind: 'place', place: { timeNs: 3_000_000 } }),
  'to the last write': (run) => run.lastWrite(unwritten, 8),
  'through all of it for a recording': (run) => run.record(),
};

/** Does something in its midst. */
async function go(run: OpenTraveller, journey: Journey, act: () => void): Promise<void> {
  const here = run.status().instant.events;
  let hasActed = false;
  run.present.onSlice = () => {
    if (hasActed || run.status().instant.events === here) return;
    hasActed = true;
    act();
  };
  await journey(run);
  run.present.onSlice = () => {};
  assert.ok(hasActed);
}

async function seenAfter(run: OpenTraveller): Promise<unknown> {
  const { instant } = run.status();
  const seen = [run.view(), run.histories];
  await run.run({ kind: 'continue', destinations: [{ instant: { events: instant.events + 10_000, threads: [] } }] });
  return [...seen, run.view(), run.histories, (await run.recordedRun()).inputs];
}

describe('on a journey', () => {
  for (const [where, journey] of Object.entries(journeys)) {
    it(`${where}, what is typed reaches the guest at its end`, async () => {
      const [run, other] = await Promise.all([standing(), standing()]);
      await go(run, journey, () => run.consoleInput(key));
      await journey(other);
      other.consoleInput(key);
      assert.deepEqual(await seenAfter(run), await seenAfter(other));
    });

    it(`${where}, nothing else comes from outside`, async () => {
      const [run, other] = await Promise.all([standing(), standing()]);
      const refused: Promise<void>[] = [];
      await go(run, journey, () => {
        const acts: readonly (() => unknown)[] = [
          () => run.takeSnapshot(),
          () => run.cancelSnapshot(),
          () => run.monitor('stop'),
          () => run.setRegister('hart 0', 't5', 1n),
          () => run.writeMemory('hart 0', BigInt(ramBase), key, 'wait'),
          () => run.writePhysicalMemory(ramBase, key, 'wait'),
        ];
        for (const act of acts) refused.push(assert.rejects(async () => act(), { code: 'travelling' }));
      });
      await Promise.all(refused);
      await journey(other);
      assert.deepEqual(await seenAfter(run), await seenAfter(other));
    });

    it(`${where}, who lets the guest run ends it, and has the guest where it stood`, async () => {
      const [run, other] = await Promise.all([standing(), standing()]);
      const to = { instant: { events: run.status().instant.events + 10_000, threads: [] } };
      let stop: unknown;
      await go(run, journey, () => (stop = run.run({ kind: 'continue', destinations: [to] })));
      await other.run({ kind: 'continue', destinations: [to] });
      assert.equal(((await stop) as Stop).reason, 'pause');
      assert.deepEqual(run.view(), other.view());
    });

    it(`${where}, a look at the timeline is of then and there, and the next one of where it stands`, async () => {
      const run = await standing();
      const { mark } = run.timeline(undefined, true);
      let then: unknown;
      let between = mark;
      await go(run, journey, () => {
        const look = run.timeline(mark, true);
        between = look.mark;
        then = [look.update, run.present.debuggee.timeline(undefined, true).update];
      });
      const [seen, all] = then as unknown[];
      assert.deepEqual(seen, all);
      assert.deepEqual(run.timeline(between, true).update, run.present.debuggee.timeline(undefined, true).update);
    });
  }
});
