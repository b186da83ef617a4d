import assert from 'node:assert/strict';
import { closeSync, copyFileSync, ftruncateSync, openSync, statSync, utimesSync, writeSync } from 'node:fs';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { SnapshotOutput } from '../../debug-adapter/embedded/output';
import { nodeHost } from '../../debug-adapter/node/host';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { journal, Scratch } from './scratch';

/** More than 32 bits count. */
const byteCount = 2 ** 32 + 2 ** 20;

describe('a disk of gigabytes', () => {
  let scratch: Scratch;
  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(() => scratch.remove());

  it('is read by the guest as it goes on, until somebody changes it, which the debugger says', async () => {
    const image = scratch.path('large.img');
    copyFileSync(journal.disk, image);
    const file = openSync(image, 'r+');
    ftruncateSync(file, byteCount);
    closeSync(file);
    const adapter = await RecordedAdapter.started();
    try {
      let said = '';
      adapter.on('output', ({ body }: Dap.OutputEvent) => {
        said += body.output;
      });
      const snapshot = { when: 'command', output: scratch.path('a.qemu') };
      await adapter.begin({ program: journal.program, disk: image, ram: '2M', snapshot });
      const paused = adapter.nextStop();
      await adapter.pauseRequest({ threadId: 1 });
      await paused;
      assert.equal(said, '');
      utimesSync(image, 1, 1);
      const stopped = adapter.nextStop();
      await adapter.continueRequest({ threadId: 1 });
      assert.equal((await stopped).reason, 'pause');
      assert.match(said, /large\.img was changed while the guest used it as its disk\. Start again/);
    } finally {
      await adapter.stop();
    }
  });

  it('is read and written at its end as it is at its start, and its holes stay holes', async () => {
    const end = Buffer.from('the end');
    const path = scratch.path('a.qemu');
    const output = new SnapshotOutput(nodeHost, path, 1, []);
    try {
      const files = output.begin();
      const disk = files.disk(0);
      assert.equal(disk.writeZeros(byteCount), undefined);
      assert.equal(disk.write(end), undefined);
      assert.equal(await files.commit(), undefined);
    } finally {
      output.release();
    }
    const { size, blocks } = statSync(`${path}.disk`);
    assert.equal(size, byteCount + end.length);
    assert.ok(blocks * 512 < 1 << 20, `${blocks} blocks`);
    const input = await nodeHost.openInput(`${path}.disk`);
    try {
      const read = Buffer.alloc(end.length);
      input.readInto(read, byteCount);
      assert.deepEqual(read, end);
      assert.equal(input.hasChanged(), false);
      const file = openSync(`${path}.disk`, 'r+');
      writeSync(file, 'x', byteCount);
      closeSync(file);
      assert.equal(input.hasChanged(), true);
    } finally {
      input.close();
    }
  });
});
