import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { DebuggeeEvent } from '../../debug-adapter/debuggee/debuggee';
import { type CapabilityName, capabilityNames } from '../../debug-adapter/debuggee/migration-capabilities';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import { capabilityProblem } from '../../debug-adapter/migration/capabilities';
import { Qemu } from '../stream/qemu';
import { type Bench, bench } from './harness';
import { randomGuest } from './random-guest';

const program = {
  path: 'random guest',
  bytes: randomGuest({ seed: 7, firstPage: 16, pageCountLog2: 5, idleRounds: 20, sizeLog2: 3, misalignment: 0 }),
};

/** All that QEMU 7.2 knows: every one but the series' own. */
const ofQemu = capabilityNames.filter((name) => name !== 'track-writes-ram');

/** Sets exactly these; answers with the reason why not, if QEMU refuses. */
async function refusalByQemu(qemu: Qemu, enabled: ReadonlySet<CapabilityName>): Promise<string | undefined> {
  const set = (isEnabled: (name: CapabilityName) => boolean) =>
    qemu.execute('migrate-set-capabilities', {
      capabilities: ofQemu.map((capability) => ({ capability, state: isEnabled(capability) })),
    });
  await set(() => false);
  try {
    await set((name) => enabled.has(name));
    return undefined;
  } catch (error) {
    return /"desc":"([^"]*)"/.exec((error as Error).message)![1];
  }
}

describe('migration capabilities', () => {
  let qemu: Qemu;
  before(async () => {
    qemu = await Qemu.start(['-m', '64M', '-bios', 'none', '-S']);
  });
  after(() => qemu.stop());

  it('go with background-snapshot, or are refused by name, exactly as in QEMU', async () => {
    const seen: string[] = [];
    for (const name of ofQemu) {
      const enabled = new Set<CapabilityName>(['background-snapshot', name]);
      const expected = await refusalByQemu(qemu, enabled);
      assert.equal(capabilityProblem(enabled), expected);
      if (expected === undefined) seen.push(name);
    }
    assert.deepEqual(seen, ['zero-blocks', 'events', 'block', 'x-ignore-shared', 'background-snapshot']);
  });

  it('are refused for the same reason as in QEMU when several at once are wrong', async () => {
    const sets = fc.uniqueArray(fc.constantFrom(...ofQemu), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sets, async (others) => {
        const enabled = new Set<CapabilityName>(['background-snapshot', ...others]);
        // Without both of the others' own conditions QEMU may complain of those first.
        fc.pre(!enabled.has('postcopy-preempt') && !enabled.has('zero-copy-send'));
        assert.equal(capabilityProblem(enabled), await refusalByQemu(qemu, enabled));
      }),
      { numRuns: 100 },
    );
  });

  it('called track-writes-ram are refused with the same others, in the words of the series', () => {
    const refused = ofQemu.filter((name) => capabilityProblem(new Set(['track-writes-ram', name])) !== undefined);
    const refusedByBackground = ofQemu.filter((name) => capabilityProblem(new Set(['background-snapshot', name])));
    assert.deepEqual(new Set(refused), new Set([...refusedByBackground, 'background-snapshot']));
    assert.equal(
      capabilityProblem(new Set(['track-writes-ram', 'multifd'])),
      'Track-writes is not compatible with multifd',
    );
  });

  it('are set by the monitor between snapshots, not during one', async () => {
    const { debuggee } = bench({ machine: { program }, trigger: { kind: 'instructions', count: 100 } });
    const refused = (command: string, reason: RegExp) => assert.rejects(debuggee.monitor(command), reason);
    await refused('migrate_set_capability xbzrle on', /Background-snapshot is not compatible with xbzrle/);
    await refused('migrate_set_capability nonsense on', /'capability' does not accept value 'nonsense'/);
    await refused('migrate_set_capability events perhaps', /'on' or 'off'/);
    await debuggee.monitor('migrate_set_capability events on');
    assert.match(await debuggee.monitor('info migrate_capabilities'), /^events: on$/m);
    debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'save' }] });
    await debuggee.run({ kind: 'continue' });
    await refused('migrate_set_capability events off', /There's a migration process in progress/);
  });
});

describe('the events of a snapshot', () => {
  /** Runs to the end, doing something once in the phase `at`. */
  async function eventsOf(
    at?: Phase,
    act?: (run: Bench) => void,
    others: readonly CapabilityName[] = ['events'],
  ): Promise<string[]> {
    const capabilities = new Set<CapabilityName>(['background-snapshot', ...others]);
    const trigger = { kind: 'instructions', count: 1000 } as const;
    const run = bench({ machine: { program }, trigger, snapshot: { capabilities } });
    const events: string[] = [];
    let isOver = false;
    run.debuggee.onEvent((event: DebuggeeEvent) => {
      if (event.kind === 'message') isOver = true;
      if (event.kind !== 'qmp') return;
      const status = (event.data as { status?: string } | undefined)?.status;
      events.push(status === undefined ? event.event : `${event.event} ${status}`);
    });
    if (at) {
      run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: at }] });
      await run.debuggee.run({ kind: 'continue' });
      act!(run);
    }
    while (!isOver || run.debuggee.isTakingSnapshot)
      await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    return events;
  }

  async function eventsOfQemu(uri: string, act?: (qemu: Qemu) => Promise<unknown>): Promise<string[]> {
    const qemu = await Qemu.start(['-m', '64M', '-bios', 'none']);
    try {
      const capabilities = ['background-snapshot', 'events'].map((capability) => ({ capability, state: true }));
      await qemu.execute('migrate-set-capabilities', { capabilities });
      await qemu.execute('migrate', { uri });
      await act?.(qemu);
      const hasEnded = () => qemu.events.some((event) => /completed|failed|cancelled/.test(event));
      await qemu.until(hasEnded, 'end of the migration');
      return qemu.events.filter((event) => !event.startsWith('RTC'));
    } finally {
      await qemu.stop();
    }
  }

  it('come in the order in which QEMU sends them when it completes', async () => {
    const events = await eventsOf();
    assert.deepEqual(events, ['MIGRATION setup', 'MIGRATION active', 'STOP', 'RESUME', 'MIGRATION completed']);
    assert.deepEqual(events, await eventsOfQemu('exec:cat > /dev/null'));
  });

  it('come in the order in which QEMU sends them when it is cancelled', async () => {
    const isSaving = (qemu: Qemu) => () => qemu.events.includes('RESUME');
    const cancel = async (qemu: Qemu) => {
      await qemu.until(isSaving(qemu), 'RESUME');
      await qemu.execute('migrate_cancel');
    };
    const events = await eventsOf('save', ({ debuggee }) => debuggee.cancelSnapshot());
    assert.deepEqual(events.slice(-2), ['MIGRATION cancelling', 'MIGRATION cancelled']);
    assert.deepEqual(events, await eventsOfQemu('exec:sleep 1', cancel));
  });

  it('are told to nobody who has not enabled them', async () => {
    assert.deepEqual(await eventsOf(undefined, undefined, []), []);
  });
});
