import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Debuggee } from '../../debug-adapter/debuggee/debuggee';
import type { Host } from '../../debug-adapter/debuggee/host';
import { nowhere } from '../../debug-adapter/debuggee/nowhere';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import type { Stop } from '../../debug-adapter/debuggee/stop';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';
import { deviations } from '../../debug-adapter/vmm/what-if';

const sample = resolve(__dirname, '../../extension/sample');

interface Configuration {
  readonly name: string;
  readonly whatIf?: Record<string, unknown>;
}

const { configurations } = JSON.parse(
  readFileSync(join(sample, '.vscode/launch.json'), 'utf8').replaceAll('${workspaceFolder}', sample),
) as { configurations: Configuration[] };

/** Real files, but for the snapshots, which go nowhere. */
const host: Host = {
  ...nodeHost,
  reserveOutput: () => nowhere,
};

/** A session on a sample configuration, and what it has said. */
class Session {
  readonly messages: string[] = [];

  private constructor(readonly debuggee: Debuggee) {
    debuggee.onEvent((event) => {
      if (event.kind !== 'message') return;
      this.messages.push(event.text);
      debuggee.pause();
    });
  }

  static async of(configuration: Configuration): Promise<Session> {
    // Less RAM shows the same in less time, but to a guest that is to take pages that it has not had.
    const takesNewPages = configuration.whatIf?.populate === false;
    const parsed = parseLaunchConfiguration({ ...configuration, ...(!takesNewPages && { ram: '8M' }) });
    return new Session(await launch(parsed, host, readResources()));
  }

  async toPhase(phase: Phase): Promise<void> {
    this.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase }] });
    const stop = await this.debuggee.run({ kind: 'continue' });
    assert.deepEqual(stop, { reason: 'phase', thread: stop.thread, phase });
    this.debuggee.setBreakpoints(noBreakpoints);
  }

  async toMessage(): Promise<string> {
    const { reason } = await this.debuggee.run({ kind: 'continue' });
    assert.ok(this.messages.length > 0, reason);
    return this.messages[0]!;
  }

  async toDeadlock(): Promise<Extract<Stop, { reason: 'deadlock' }>> {
    const stop = await this.debuggee.run({ kind: 'continue' });
    assert.ok(stop.reason === 'deadlock', JSON.stringify(stop));
    return stop;
  }
}

/** What a user does and sees, by the switches of the configuration; undefined: no session begins. */
const consequences: Readonly<Record<string, ((session: Session) => Promise<void>) | undefined>> = {
  'memoryBackend: "file"': undefined,
  'vmStart: "inline"': async (session) => {
    const { waits } = await session.toDeadlock();
    assert.deepEqual([waits[0]!.thread, waits[0]!.heldBy], ['migration', 'migration']);
  },
  'populate: false': async (session) => {
    assert.match(await session.toMessage(), /Snapshot is wrong.*\n• page .* by hart 0 .* no page-table entry/);
  },
  'flushBeforeUnprotect: false': async (session) => {
    assert.match(await session.toMessage(), /Snapshot is wrong.*\n• page .* by hart 0 .* taken off before/);
  },
  'flushStash: false': async (session) => {
    assert.match(await session.toMessage(), /Snapshot is wrong\. The stream cannot be read: truncated/);
  },
  'stopTrackingOnCancel: false': async (session) => {
    await session.toPhase('save');
    session.debuggee.cancelSnapshot();
    assert.match(await session.toMessage(), /cancelled/);
    assert.equal((await session.toDeadlock()).waits[0]!.thread, 'hart 0');
  },
  'dmaBypassesUffd: true': async (session) => {
    assert.match(await session.toMessage(), /Snapshot is wrong.*\n• page .* by main loop .* by a device's DMA/);
  },
  'failAt: "uffd-open", resumeAfterFailedFreeze: false': async (session) => {
    assert.match(await session.toMessage(), /Snapshot failed: the uffd could not be opened/);
    assert.equal(await session.debuggee.monitor('info status'), 'VM status: paused\n');
  },
  // It shows in a real QEMU only: timers.test.ts.
  'raiseTimers: false': async (session) => {
    assert.match(await session.toMessage(), /RAM in the file is RAM at the freeze/);
  },
  'inhibitBalloon: false': async (session) => {
    assert.match(await session.toMessage(), /Snapshot is wrong.*\n• page .* when the balloon took the page/);
  },
  'diskSnapshot: "end"': async (session) => {
    assert.match(await session.toMessage(), /Snapshot is wrong\. The disk in .*\.disk is not of the freeze/);
  },
  'restoreRunState: false': async (session) => {
    await session.debuggee.monitor('stop');
    session.debuggee.takeSnapshot();
    await session.toMessage();
    assert.equal(await session.debuggee.monitor('info status'), 'VM status: running\n');
  },
  'savevmHeedsCapability: true': async (session) => {
    await session.debuggee.monitor('savevm');
    const [, pages, again] = /: (\d+) pages .* (\d+) of them sent again/.exec(await session.toMessage())!;
    assert.equal(Number(pages), 2 * Number(again));
  },
  'zeroDowntimeMeansUnset: true': async (session) => {
    const [, downtime, total] = /downtime ([\d.]+) ms, total ([\d.]+) ms/.exec(await session.toMessage())!;
    assert.ok(Number(downtime) > 0.9 * Number(total));
  },
};

describe('a what-if of the sample workspace', () => {
  const whatIfs = configurations.filter(({ whatIf }) => whatIf);

  for (const configuration of whatIfs) {
    it(`shows its consequence: ${configuration.name}`, async () => {
      const switches = deviations(parseLaunchConfiguration(configuration).whatIf).join(', ');
      assert.ok(switches in consequences, `no consequence is known for ${switches}`);
      const consequence = consequences[switches];
      if (!consequence) {
        await assert.rejects(Session.of(configuration), /not compatible with guest memory configuration/);
        return;
      }
      const session = await Session.of(configuration);
      try {
        await consequence(session);
      } finally {
        await session.debuggee.dispose();
      }
    });
  }

  it('is there for every switch that does something by itself', () => {
    const shown = whatIfs.map((configuration) => deviations(parseLaunchConfiguration(configuration).whatIf).join(', '));
    assert.deepEqual([...shown].sort(), Object.keys(consequences).sort());
  });
});
