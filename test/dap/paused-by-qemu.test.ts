import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { requirePart } from '../../tools/parts.mjs';
import { ForeignQemu, until } from '../qemu/guest';
import { RecordedAdapter, root } from './recorded-adapter';

const board = ['-M', 'virt', '-m', '16M', '-nic', 'none', '-display', 'none'];
/** Tells the test finisher to reset: 0x7777. */
const resets = ['lui t0,0x100', 'lui t1,0x7', 'addi t1,t1,0x777', 'sw t1,0(t0)', 'jal zero,0'];
const journal = join(root, 'extension/sample/guests/journal.elf');
/** Full for one write. */
const full = [
  'if=none,id=disk,driver=blkdebug,image.driver=null-co,image.size=1M,image.read-zeroes=on',
  'inject-error.0.event=none,inject-error.0.iotype=write,inject-error.0.errno=28,inject-error.0.once=on',
].join(',');

describe('a guest that QEMU itself has paused', () => {
  let adapter: RecordedAdapter;
  let outputs: string[];
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    outputs = [];
    adapter.on('output', ({ body }) => outputs.push(body.output));
    await adapter.initializeRequest();
  });
  afterEach(() => adapter.stop());

  async function runs(args: readonly string[]): Promise<void> {
    const qemu = { binary: requirePart('qemu'), args };
    await adapter.launchRequest({
      qemu,
      snapshot: { when: 'command', output: join(adapter.folder, 'real.qemu') },
    } as never);
    await adapter.configurationDoneRequest();
  }

  it('is shown where it stands; that it cannot go on is said, and what to do', async () => {
    await runs([...board, '-bios', adapter.image(resets.map(assemble)), '-no-reboot', '-no-shutdown']);
    const { threadId, description } = await adapter.nextStop();
    assert.equal(description, 'Paused by QEMU (shutdown)');
    assert.match(
      outputs.join(''),
      /^QEMU has paused the guest \(shutdown\): it powered off, or .* Type `monitor system_reset`/m,
    );
    assert.equal((await adapter.top(threadId!)).name, '0x80000010');

    outputs.length = 0;
    assert.equal((await adapter.goOn(threadId)).description, 'Paused');
    assert.match(
      outputs.join(''),
      /^QEMU refuses to resume the guest \(shutdown\): Resetting.* Type `monitor system_reset`/m,
    );
    assert.equal((await adapter.top(threadId!)).name, '0x80000010');
  });

  it('goes on where a disk was full', async () => {
    const disk = ['-drive', full, '-device', 'virtio-blk-device,drive=disk'];
    await runs([...board, '-serial', 'stdio', '-bios', journal, ...disk]);
    const { threadId, description } = await adapter.nextStop();
    assert.equal(description, 'Paused by QEMU (io-error)');
    assert.match(
      outputs.join(''),
      /\(io-error\): a disk could not be read or written\. Fix that, then continue: QEMU retries/,
    );
    const goesOn = new Promise<void>((done) => {
      adapter.on('output', ({ body }) => {
        if (/ RESUME$/m.test(body.output)) done();
      });
    });
    await adapter.continueRequest({ threadId: threadId! });
    await goesOn;
  });

  it('goes on where a snapshot has failed between freeze and vm_start, and when its session ends there', async () => {
    const foreign = await ForeignQemu.start();
    try {
      const { pid } = foreign.facts;
      const limit = (count: number) => execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${count}:`]);
      /** No userfaultfd can be opened. */
      const fails = async (threadId = 1): Promise<number> => {
        await adapter.setExceptionBreakpointsRequest({ filters: ['phase.active', 'phase.failed'] });
        await adapter.customRequest('freezeframe.takeSnapshot', {});
        const active = await adapter.goOn(threadId);
        limit(3);
        const failed = await adapter.goOn(active.threadId);
        limit(1024);
        assert.equal(failed.description, 'Failed');
        assert.match(failed.text!, /: the guest stands still, QMP answers, 0 pages are protected\.$/);
        return failed.threadId!;
      };
      const snapshot = { when: 'command', output: join(adapter.folder, 'real.qemu') };
      await adapter.attachRequest({ qemu: { qmp: foreign.qmpPath }, snapshot } as never);
      await adapter.configurationDoneRequest();
      await adapter.pauseRequest({ threadId: 1 });
      await adapter.nextStop();
      const threadId = await fails();
      assert.match(outputs.join(''), /^QEMU says: nothing of why$/m);
      await adapter.setExceptionBreakpointsRequest({ filters: ['phase.completed'] });
      await adapter.customRequest('freezeframe.takeSnapshot', {});
      assert.equal((await adapter.goOn(threadId)).description, 'Completed');
      await fails();
      await adapter.disconnectRequest({});
      const ran = foreign.ranNs;
      await until(() => foreign.ranNs > ran + 10e6, 'guest that goes on');
    } finally {
      await foreign.stop();
    }
  });
});
