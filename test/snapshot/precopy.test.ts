import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { DebuggeeEvent } from '../../debug-adapter/debuggee/debuggee';
import type { CapabilityName } from '../../debug-adapter/debuggee/migration-capabilities';
import { defaultParameters, type MigrationParameters } from '../../debug-adapter/debuggee/migration-parameters';
import { type Phase, phases } from '../../debug-adapter/debuggee/phase';
import { countPages, PageState } from '../../debug-adapter/protocol/page-states';
import { type Bench, bench } from './harness';
import { type GuestShape, guestShapes, randomGuest } from './random-guest';

const shapes = guestShapes();
const starts = fc.integer({ min: 1, max: 20_000 });
/** Slow enough for several windows, though most of RAM and all of flash is zeros; what any of the guests writes fits in the end. */
const slow: Partial<MigrationParameters> = { maxBandwidth: 8 << 20, downtimeLimitMs: 40 };
const writer: GuestShape = {
  seed: 7,
  firstPage: 16,
  pageCountLog2: 6,
  idleRounds: 20,
  sizeLog2: 3,
  misalignment: 0,
};

interface How {
  readonly parameters: Partial<MigrationParameters>;
  readonly capabilities: readonly CapabilityName[];
  readonly msPerLook: number;
  readonly outputByteCountMax: number;
}

function dirtyLogging(parameters: Partial<MigrationParameters>, capabilities: readonly CapabilityName[] = []) {
  return { capabilities: new Set(capabilities), parameters: { ...defaultParameters, ...parameters } };
}

function guestBench(
  shape: GuestShape,
  start: number,
  { parameters = slow, capabilities = [], msPerLook = 0, outputByteCountMax = Infinity }: Partial<How> = {},
): Bench {
  const machine = { program: { path: 'random guest', bytes: randomGuest(shape) }, nsPerInstruction: 100 };
  const trigger = { kind: 'instructions', count: start } as const;
  return bench({ machine, trigger, snapshot: dirtyLogging(parameters, capabilities), msPerLook, outputByteCountMax });
}

async function runToPhase({ debuggee }: Bench, ...wanted: Phase[]): Promise<Phase> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: wanted.map((phase, id) => ({ id, phase })) });
  const stop = await debuggee.run({ kind: 'continue' });
  assert.ok(stop.reason === 'phase', JSON.stringify(stop));
  return stop.phase;
}

async function runToEnd(run: Bench, ending: Phase = 'completed'): Promise<string> {
  const already = run.messages.length;
  assert.equal(await runToPhase(run, 'completed', 'failed', 'cancelled'), ending);
  while (run.messages.length === already || run.debuggee.isTakingSnapshot)
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  return run.messages[already]!;
}

function phaseTimes({ debuggee }: Bench): { readonly phase: Phase; readonly timeNs: number }[] {
  const entered: { phase: Phase; timeNs: number }[] = [];
  debuggee.onEvent((event: DebuggeeEvent) => {
    if (event.kind === 'phase') entered.push(event);
  });
  return entered;
}

describe('a dirty-logging snapshot of any guest', () => {
  it('is the same run however it is sliced: every stop has the same time, counts and state hash', async () => {
    const travel = async (shape: GuestShape, start: number, msPerLook: number): Promise<unknown[]> => {
      const { debuggee, machine } = guestBench(shape, start, { capabilities: ['auto-converge'], msPerLook });
      debuggee.setBreakpoints({ ...noBreakpoints, phases: phases.map(({ id: phase }, id) => ({ id, phase })) });
      const seen: unknown[] = [];
      while (debuggee.status().phase !== 'completed') {
        const stop = await debuggee.run({ kind: 'continue' });
        seen.push([stop, debuggee.status(), machine.stateHash(), ...debuggee.threads().map(({ timeNs }) => timeNs)]);
      }
      return seen;
    };
    await fc.assert(
      fc.asyncProperty(shapes, starts, async (shape, start) => {
        assert.deepEqual(await travel(shape, start, 100), await travel(shape, start, 0));
      }),
      { numRuns: 5 },
    );
  });
});

describe('a dirty-logging snapshot', () => {
  it('sends no more than max-bandwidth allows while the guest runs', async () => {
    for (const maxBandwidth of [4 << 20, 16 << 20, 0]) {
      const run = sampleBench({ maxBandwidth });
      const entered = phaseTimes(run);
      await runToPhase(run, 'vm-stop');
      const byteCount = variable(run, 'bytes written');
      const seconds = (run.debuggee.status().timeNs - entered.find(({ phase }) => phase === 'save')!.timeNs) / 1e9;
      if (maxBandwidth === 0) assert.ok(byteCount / seconds > 100 << 20);
      else {
        const windows = Math.ceil(seconds * 10);
        assert.ok(byteCount <= windows * (maxBandwidth / 10 + 5000), `${byteCount} bytes in ${windows} windows`);
        assert.ok(byteCount >= (windows - 1) * (maxBandwidth / 10), `${byteCount} bytes in ${windows} windows`);
      }
    }
  });

  it('stops the guest only when what is left can be sent within downtime-limit', async () => {
    for (const downtimeLimitMs of [20, 80, 320]) {
      const run = sampleBench({ maxBandwidth: 8 << 20, downtimeLimitMs });
      await runToPhase(run, 'vm-stop');
      const leftByteCount = variable(run, 'pages left') * 4096;
      // The bandwidth is measured, and a window may be overdrawn by a page.
      assert.ok(leftByteCount < (8 << 20) * 1.01 * (downtimeLimitMs / 1000), `${leftByteCount} bytes left`);
      const [, downtimeMs] = /downtime ([\d.]+) ms/.exec(await runToEnd(run))!;
      assert.ok(Number(downtimeMs) < downtimeLimitMs + 1, `${downtimeMs} of ${downtimeLimitMs} ms`);
    }
  });

  it('never ends while the guest writes faster than RAM is sent, unless auto-converge throttles its vCPUs', async () => {
    // 64 pages, written all over within 30 ms, are sent in a second.
    const parameters = { maxBandwidth: 1 << 18, downtimeLimitMs: 100 };
    const endless = guestBench(writer, 1000, { parameters });
    const entered = phaseTimes(endless);
    while (entered.filter(({ phase }) => phase === 'bitmap-sync').length < 20) await runToPhase(endless, 'bitmap-sync');
    assert.ok(!entered.some(({ phase }) => phase === 'vm-stop'));

    const run = guestBench(writer, 1000, { parameters, capabilities: ['auto-converge'] });
    const percents: number[] = [];
    while ((await runToPhase(run, 'bitmap-sync', 'vm-stop')) === 'bitmap-sync') {
      const percent = variable(run, 'CPU throttle percentage');
      if (percent > (percents.at(-1) ?? 0)) percents.push(percent);
    }
    assert.deepEqual(percents, [20, 30, 40, 50, 60, 70, 80, 90, 99]);
    assert.match(await runToEnd(run), /RAM in the file is RAM at the end/);
    assert.equal(variable(run, 'CPU throttle percentage'), 0);
  });

  it('throttles from where and by how much the parameters say', async () => {
    const throttle = { cpuThrottleInitial: 5, cpuThrottleIncrement: 40, maxCpuThrottle: 70 };
    const parameters = { maxBandwidth: 1 << 18, downtimeLimitMs: 100, ...throttle };
    const run = guestBench(writer, 1000, { parameters, capabilities: ['auto-converge'] });
    const percents = new Set<number>();
    while (percents.size < 4) {
      await runToPhase(run, 'bitmap-sync');
      percents.add(variable(run, 'CPU throttle percentage'));
    }
    assert.deepEqual([...percents], [0, 5, 45, 70]);
  });

  for (const phase of ['head', 'bitmap-sync', 'active', 'save', 'vm-stop'] as const) {
    it(`cancelled at ${phase} leaves the guest running at full speed, no log and no file, and the next one is whole`, async () => {
      const run = guestBench(writer, 1000);
      await runToPhase(run, phase);
      run.debuggee.cancelSnapshot();
      assert.equal(await runToEnd(run, 'cancelled'), 'Snapshot cancelled. No file was kept.');
      assert.equal(run.files.size, 0);
      await assertFree(run);
      run.debuggee.takeSnapshot();
      assert.match(await runToEnd(run), /RAM in the file is RAM at the end/);
      await assertFree(run);
    });
  }

  it('cannot be cancelled at its end, when the migration thread has the BQL', async () => {
    const run = guestBench(writer, 1000);
    await runToPhase(run, 'last-pages');
    run.debuggee.cancelSnapshot();
    assert.match(await runToEnd(run), /RAM in the file is RAM at the end/);
    await assertFree(run);
  });

  it('whose output fails, at whatever byte, leaves the guest running and no file', async () => {
    for (const outputByteCountMax of [0, 10, 200, 5_000, 60_000, 200_000]) {
      const run = guestBench(writer, 1000, { outputByteCountMax });
      assert.match(await runToEnd(run, 'failed'), /no space left on device.*No file was kept/);
      assert.equal(run.files.size, 0);
      await assertFree(run);
    }
  });

  it('shows a page sent again as such, and as dirty once the log is read', async () => {
    const run = sampleBench({ maxBandwidth: 8 << 20, downtimeLimitMs: 1 });
    const [ram] = run.debuggee.pages.blocks;
    for (let sync = 0; sync < 6; sync++) await runToPhase(run, 'bitmap-sync');
    const before = countPages(ram.states);
    assert.ok(before[PageState.SentAgain]! > 0);
    await run.debuggee.run({ kind: 'step', thread: 'migration', depth: 'over' });
    const after = countPages(ram.states);
    assert.equal(
      after[PageState.SentAgain]! + after[PageState.Dirty]!,
      before[PageState.SentAgain]! + before[PageState.Dirty]!,
    );
    assert.ok(after[PageState.Dirty]! > before[PageState.Dirty]!);
    assert.equal(after[PageState.Untracked], 0);
  });
});

/** Most of 16 MiB hold data, and 33 pages of it are written again and again. */
function sampleBench(parameters: Partial<MigrationParameters>): Bench {
  const path = resolve(__dirname, '../../extension/sample/guests/working-set.elf');
  return bench({
    machine: { program: { path, bytes: readFileSync(path) }, ramByteCount: 16 << 20, nsPerInstruction: 100 },
    trigger: { kind: 'time', ns: 50_000_000 },
    snapshot: dirtyLogging(parameters),
  });
}

function variable({ debuggee }: Bench, name: string): number {
  const [migration] = debuggee.scopes('main loop');
  return migration!.variables.find((candidate) => candidate.name === name)!.value as number;
}

/** No store of the guest ends a run any more, and no vCPU naps. */
async function assertFree({ debuggee, machine }: Bench): Promise<void> {
  const { instructions, timeNs } = debuggee.status();
  for (let step = 0; step < 1000; step++) {
    await debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
    assert.equal(machine.core.dirtied, 0);
  }
  assert.equal(debuggee.status().instructions, instructions + 1000);
  assert.ok(debuggee.status().timeNs - timeNs < 1000 * 100 + 100_000);
}
