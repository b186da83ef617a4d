import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter, workingSet } from './recorded-adapter';

describe('a restored snapshot over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  it('goes on from the freeze, is said to, and is snapshotted again', async () => {
    const first = RecordedAdapter.begun();
    try {
      await first.begin({}, { filters: ['phase.completed'] });
      await first.nextStop();

      await adapter.initializeRequest();
      const said = adapter.waitForEvent('output') as Promise<Dap.OutputEvent>;
      const restore = join(first.folder, 'snapshot.qemu');
      const snapshot = { when: { ms: 5 }, output: join(adapter.folder, 'again.qemu') };
      const symbols = [workingSet];
      await adapter.launchRequest({ restore, symbols, snapshot, stopOnEntry: true } as never);
      await adapter.setExceptionBreakpointsRequest({ filters: ['phase.completed'] });
      await adapter.configurationDoneRequest();
      const entry = await adapter.nextStop();
      assert.equal(entry.reason, 'entry');
      const { name, instructionPointerReference } = await adapter.top(1);
      const pc = BigInt(instructionPointerReference!);
      assert.ok(pc > 0x8000_0000n && pc < 0x8001_0000n, `${pc.toString(16)} is not in the guest's program`);
      assert.match(name, /^(rewrite_page|main)\b/);
      const stop = await adapter.goOn();
      assert.match((await said).body.output, /Restored from .*snapshot\.qemu: 1 hart, 16 MiB of RAM, virtual time \d+/);
      assert.equal(stop.description, 'Completed');
    } finally {
      await first.stop();
    }
  });

  it('refuses what the snapshot says already, and a file that is none', async () => {
    const isRefused = (configuration: object, words: RegExp) =>
      assert.rejects(adapter.customRequest('launch', configuration), { message: words });
    await adapter.initializeRequest();
    await isRefused({ restore: 'a.qemu', program: 'b.elf', ram: '64M' }, /Leave out `program`[\s\S]*Leave out `ram`/);
    await isRefused({ restore: join(adapter.folder, 'none.qemu') }, /none\.qemu cannot be read: .*Check `restore`/);
    await isRefused(
      { restore: adapter.image([1, 2, 3]) },
      /guest\.bin cannot be restored: bad-magic.*It is not a migration stream/,
    );
  });
});
