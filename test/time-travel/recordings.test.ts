import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { DebuggeeError } from '../../debug-adapter/debuggee/debuggee';
import { parseRecording, type RecordingFile, recordingText } from '../../debug-adapter/recording/recording-file';
import type { RecordedRun } from '../../debug-adapter/time-travel/recorded-run';
import { follow, type Scenario, scenarios, traveller, visits } from './scenarios';
import type { OpenTraveller } from './travelling';

function fileOf(run: RecordedRun): RecordingFile {
  const image = { name: 'guests/a.elf', byteCount: 2, sha256: 'a'.repeat(64), bytes: Uint8Array.of(1, 2) };
  return { ...run, freezeframe: '0.0.0', configuration: { program: 'guests/a.elf' }, images: [image] };
}

/** As it comes out of a file. */
function reread(run: RecordedRun): RecordedRun {
  return parseRecording(recordingText(fileOf(run)), 'a.freezeframe');
}

/** @returns whether it is the recorded run */
async function replayed(run: OpenTraveller): Promise<boolean> {
  let isSame = false;
  run.onEvent((event) => {
    if (event.kind === 'replayed') ({ isSame } = event);
  });
  await run.back({ kind: 'recorded' });
  return isSame;
}

describe('a recording', () => {
  it('is the same run elsewhere, stands where it was left, and leads back from there', async () => {
    await fc.assert(
      fc.asyncProperty(visits, async ({ scenario: given, course }) => {
        const scenario = { ...given, start: 1_000_000_000 };
        const run = traveller(scenario);
        await follow(run, course);
        const recorded = await run.recordedRun();
        const here = run.view();
        await run.dispose();
        const other = traveller(scenario, reread(recorded));
        assert.ok(await replayed(other));
        assert.deepEqual(other.view(), here);
        if (other.status().instant.events > 0) {
          await other.back({ kind: 'step', thread: 'hart 0', depth: 'into' });
          await other.back({ kind: 'place', place: { instant: recorded.stands } });
          assert.deepEqual(other.view(), here);
        }
        await other.dispose();
      }),
      { numRuns: 6 },
    );
  });

  it('comes to the same stop, and says so of no other run', async () => {
    const [scenario] = fc.sample(scenarios, { seed: 1, numRuns: 1 });
    const shape = { ...scenario!.shape, pageCountLog2: 6 };
    const guest = { ...scenario!, shape, capabilities: ['background-snapshot'], start: 1000, hartCount: 2 } as Scenario;
    const run = traveller(guest);
    run.setBreakpoints({ ...noBreakpoints, phases: [{ id: 0, phase: 'vm-start-bh' }], writeFaults: [{ id: 1 }] });
    for (const reason of ['phase', 'write-fault', 'write-fault']) {
      const stop = await run.run({ kind: 'continue' });
      assert.equal(stop.reason, reason);
      const other = traveller(guest, reread(await run.recordedRun()));
      assert.deepEqual(await other.back({ kind: 'recorded' }), stop);
      await other.dispose();
    }
    const recorded = reread(await run.recordedRun());
    const another = traveller({ ...guest, start: 1001 }, recorded);
    assert.equal(await replayed(another), false);
    await another.dispose();
    const elsewhere = traveller(guest, { ...recorded, stop: 'deadlock' });
    assert.equal(await replayed(elsewhere), false);
    await elsewhere.dispose();
    await run.dispose();
  });

  it('has the marks of its own history, which lead to where they were set', async () => {
    const [scenario] = fc.sample(scenarios, { seed: 3, numRuns: 1 });
    const run = traveller(scenario!);
    const views: Record<string, unknown> = {};
    const mark = (name: string): void => {
      run.mark(name);
      views[name] = run.view();
    };
    const timeNs = { early: 20_000, left: 40_000, late: 60_000, ahead: 80_000 };
    for (const name of ['early', 'left'] as const) {
      await run.run({ kind: 'continue', untilNs: timeNs[name] });
      mark(name);
    }
    await run.back({ kind: 'place', place: { timeNs: 30_000 } });
    run.consoleInput(Uint8Array.of(65));
    for (const name of ['late', 'ahead'] as const) {
      await run.run({ kind: 'continue', untilNs: timeNs[name] });
      mark(name);
    }
    await run.back({ kind: 'place', place: { timeNs: 70_000 } });
    const other = traveller(scenario!, reread(await run.recordedRun()));
    assert.ok(await replayed(other));
    assert.deepEqual(
      other.marks.map(({ name }) => name),
      ['early', 'late', 'ahead'],
    );
    for (const { name } of other.marks) {
      await other.back({ kind: 'mark', name });
      assert.deepEqual(other.view(), views[name]);
    }
    await run.dispose();
    await other.dispose();
  });

  it('that is hostile is refused, or ends when it is interrupted', async () => {
    const [{ scenario, course } = assert.fail()] = fc.sample(visits, { seed: 2, numRuns: 1 });
    const run = traveller(scenario);
    await follow(run, course);
    run.consoleInput(Uint8Array.of(65));
    run.mark('here');
    const text = recordingText(fileOf(await run.recordedRun()));
    await run.dispose();
    const values = [
      0,
      -1,
      1.5,
      2 ** 53,
      1e300,
      '',
      '0x',
      '0xffffffffffffffff',
      '../a',
      '/etc/passwd',
      'C:\\a',
      null,
      [],
      {},
      true,
    ];
    const tooMany = fc.constantFrom(...values);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), tooMany, fc.nat(4), async (seed, at, value, kind) => {
        const hostile = kind === 0 ? text.slice(0, at % text.length) : mutated(text, seed, value);
        let recorded: RecordedRun;
        try {
          recorded = parseRecording(hostile, 'a.freezeframe');
        } catch (error) {
          assert.ok(error instanceof DebuggeeError, String(error));
          assert.match(error.message, /^a\.freezeframe cannot be opened: /);
          return;
        }
        const other = traveller(scenario, recorded);
        try {
          const over = other.back({ kind: 'recorded' });
          setImmediate(() => other.pause());
          await over.catch((error) => assert.ok(error instanceof DebuggeeError, String(error)));
        } finally {
          await other.dispose();
        }
      }),
      { numRuns: 120 },
    );
  });

  for (const name of ['/etc/passwd', '../a.elf', 'a/../../b', 'C:/a.elf', 'a\\b', './a', '']) {
    it(`names no image ${JSON.stringify(name)}`, async () => {
      const empty: RecordedRun = {
        inputs: [],
        marks: [],
        stands: { events: 0, threads: [] },
        stop: 'pause',
        checks: [{ events: 0, hash: 0n }],
      };
      const text = recordingText(fileOf(empty)).replaceAll('guests/a.elf', JSON.stringify(name).slice(1, -1));
      assert.throws(() => parseRecording(text, 'a.freezeframe'), /images\.0\.name.*leads out of the folder/);
    });
  }
});

/** One of its values is another one. */
function mutated(text: string, seed: number, value: unknown): string {
  const places: [object, string][] = [];
  const visit = (item: unknown): void => {
    if (typeof item !== 'object' || item === null) return;
    for (const [key, inner] of Object.entries(item)) {
      places.push([item, key]);
      visit(inner);
    }
  };
  const root: object = JSON.parse(text);
  visit(root);
  const [parent, key] = places[seed % places.length]!;
  Object.assign(parent, { [key]: value });
  return JSON.stringify(root);
}
