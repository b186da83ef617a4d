import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { freezeframe, workingSet } from '../command-line/freezeframe';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { endedProcess, freezeframeWithin, journal, journalTo, Scratch, slow, snapshotTo } from './scratch';

describe('the output of a session', () => {
  let scratch: Scratch;
  const adapters: RecordedAdapter[] = [];
  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(async () => {
    for (const adapter of adapters.splice(0)) await adapter.stop();
    scratch.remove();
  });

  /** In this process, unless in one of its own. */
  const session = async (isOwn = false): Promise<RecordedAdapter> => {
    const adapter = isOwn ? await RecordedAdapter.started() : RecordedAdapter.begun();
    adapters.push(adapter);
    return adapter;
  };
  const launched = async (output: string, isOwn?: boolean): Promise<RecordedAdapter> => {
    const adapter = await session(isOwn);
    await adapter.initializeRequest();
    await adapter.launchRequest({ program: workingSet, ram: '2M', snapshot: { output } } as never);
    return adapter;
  };
  /** A session that stands in the midst of its snapshot. */
  const saving = async (output: string, isOwn?: boolean): Promise<RecordedAdapter> => {
    const adapter = await session(isOwn);
    await adapter.begin({ ram: '2M', snapshot: { when: { ms: 1 }, output } }, { filters: ['phase.save'] });
    await adapter.nextStop();
    return adapter;
  };
  const end = async (adapter: RecordedAdapter): Promise<void> => {
    adapters.splice(adapters.indexOf(adapter), 1);
    await adapter.stop();
  };
  describe('is reserved', () => {
    it('for as long as a session may write it, by whatever path', async () => {
      const output = scratch.path('two.qemu');
      const first = await launched(output, true);
      symlinkSync(scratch.folder, scratch.path('alias'));
      for (const path of [output, join(scratch.path('alias'), 'two.qemu')]) {
        const words =
          /cannot be written to .*two\.qemu: another session is writing it \(process \d+\)\. Choose another file/;
        await assert.rejects(launched(path), { message: words });
        assert.match((await freezeframe(...snapshotTo(path, '--program', workingSet))).err, words);
      }
      await end(first);
      await launched(output);
    });

    it('so that a second session leaves the snapshot under way alone', async () => {
      const output = scratch.path('two.qemu');
      const first = await saving(output);
      await assert.rejects(launched(output), /another session is writing it/);
      const said = endingOf(first);
      await first.continueRequest({ threadId: 1 });
      assert.match(await said, /^Snapshot written to .*Checked: RAM in the file is RAM at the freeze/);
      assert.equal((await freezeframe('verify', '--once', output)).code, 0);
    });

    it('with the disk beside it, which is nobody else’s output either', async () => {
      const adapter = await session();
      await adapter.initializeRequest();
      await adapter.launchRequest({ ...journal, snapshot: { output: scratch.path('a.qemu') } } as never);
      await assert.rejects(launched(scratch.path('a.qemu.disk')), /another session is writing it/);
    });

    it('by name for one snapshot too, and again by the same session under another path', async () => {
      const first = await launched(scratch.path('a.qemu'));
      const second = await saving(scratch.path('b.qemu'), true);
      await first.configurationDoneRequest();
      const take = (output: string) => first.customRequest('freezeframe.takeSnapshot', { output });
      await assert.rejects(take(scratch.path('b.qemu')), /another session is writing it/);
      const said = endingOf(first);
      await take(`${scratch.folder}/./a.qemu`);
      assert.match(await said, /^Snapshot written to .*a\.qemu/);
      await end(second);
    });

    it('by nobody any more when its process has been killed; what was half written goes, what was there stays', async () => {
      const output = scratch.path('killed.qemu');
      writeFileSync(output, 'an older snapshot');
      const first = await saving(output, true);
      assert.equal(scratch.names().filter((name) => name.endsWith('.partial')).length, 1);
      await first.endBy('SIGKILL');
      assert.equal(readFileSync(output, 'utf8'), 'an older snapshot');
      const second = await launched(output);
      assert.deepEqual(scratch.names(), ['.killed.qemu.freezeframe-lock', 'killed.qemu']);
      await end(second);
      assert.deepEqual(scratch.names(), ['killed.qemu']);
    });

    it('by nobody any more when its number is another process’s by now', async () => {
      const lock = scratch.path('.x.qemu.freezeframe-lock');
      const held = await launched(scratch.path('x.qemu'), true);
      const owner = JSON.parse(readFileSync(lock, 'utf8'));
      await end(held);
      writeFileSync(lock, JSON.stringify({ ...owner, pid: process.pid }));
      await launched(scratch.path('x.qemu'));
    });

    it('unless the lock cannot be read: it is named', async () => {
      writeFileSync(scratch.path('.x.qemu.freezeframe-lock'), 'what is this?');
      await assert.rejects(launched(scratch.path('x.qemu')), /x\.qemu\.freezeframe-lock is not a valid lock/);
    });

    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
      it(`until ${signal}, which leaves what was there before, and nothing else`, async () => {
        writeFileSync(scratch.path('old.qemu'), 'an older snapshot');
        const first = await saving(scratch.path('old.qemu'), true);
        await first.endBy(signal);
        assert.deepEqual(scratch.names(), ['old.qemu']);
        assert.equal(scratch.read('old.qemu').toString(), 'an older snapshot');
      });
    }
  });

  it('is never one of its inputs, by whatever name: that is refused before the guest runs', async () => {
    for (const file of [workingSet, journal.program, journal.disk]) copyFileSync(file, scratch.path(basename(file)));
    const [elf, image] = [scratch.path('working-set.elf'), scratch.path('journal.img')];
    const [hardLink, softLink, beside] = ['link.elf', 'image', 's.qemu.disk'].map((name) => scratch.path(name));
    linkSync(elf, hardLink!);
    symlinkSync(image, softLink!);
    copyFileSync(image, beside!);
    const before = new Map(scratch.names().map((name) => [name, scratch.read(name)]));
    const adapter = await session();
    await adapter.initializeRequest();
    const isRefused = (output: string, inputs: object) =>
      assert.rejects(adapter.customRequest('launch', { ...inputs, snapshot: { output } }), {
        message: /is also an input of this session \(.*Choose another file/,
      });
    await isRefused(elf, { program: elf });
    await isRefused(hardLink!, { program: elf });
    await isRefused(elf, { bios: hardLink });
    await isRefused(elf, { bios: workingSet, kernel: elf });
    await isRefused(image, { bios: workingSet, kernel: workingSet, initrd: softLink });
    await isRefused(elf, { program: workingSet, symbols: [workingSet, elf] });
    await isRefused(image, { program: workingSet, disk: softLink });
    await isRefused(scratch.path('s.qemu'), { program: workingSet, disk: beside });
    await isRefused(elf, { restore: elf });
    await adapter.launchRequest({ program: elf, snapshot: { output: scratch.path('s.qemu') } } as never);
    await assert.rejects(
      adapter.customRequest('freezeframe.takeSnapshot', { output: elf }),
      /is also an input of this/,
    );
    await end(adapter);
    assert.deepEqual(new Map(scratch.names().map((name) => [name, scratch.read(name)])), before);
  });

  it('is a regular file or nothing: everything else of its name stays what it is', async () => {
    mkdirSync(scratch.path('folder'));
    writeFileSync(scratch.path('target'), 'kept');
    symlinkSync('target', scratch.path('link'));
    symlinkSync('nowhere', scratch.path('dangling'));
    assert.equal(spawnSync('mkfifo', [scratch.path('fifo')]).status, 0);
    const server = createServer().listen(scratch.path('socket'));
    await once(server, 'listening');
    const kinds = {
      [scratch.path('folder')]: 'a folder',
      [scratch.path('link')]: 'a symbolic link',
      [scratch.path('dangling')]: 'a symbolic link',
      [scratch.path('fifo')]: 'a FIFO',
      [scratch.path('socket')]: 'a socket',
      '/dev/null': 'a device',
    };
    const adapter = await session();
    await adapter.initializeRequest();
    for (const [output, kind] of Object.entries(kinds)) {
      const { ino, mode } = lstatSync(output);
      const message = new RegExp(`it is ${kind}; only a regular file can be replaced`);
      await assert.rejects(adapter.customRequest('launch', { program: workingSet, snapshot: { output } }), { message });
      assert.deepEqual([lstatSync(output).ino, lstatSync(output).mode], [ino, mode]);
    }
    server.close();
    assert.equal(readFileSync(scratch.path('target'), 'utf8'), 'kept');
  });

  it('touches nobody’s file of a similar name', async () => {
    for (const name of ['x.qemu.partial', '.x.qemu.partial', 'x.qemu.lock']) writeFileSync(scratch.path(name), name);
    assert.equal((await freezeframe(...snapshotTo(scratch.path('x.qemu'), '--program', workingSet))).code, 0);
    assert.deepEqual(scratch.names(), ['.x.qemu.partial', 'x.qemu', 'x.qemu.lock', 'x.qemu.partial']);
    for (const name of scratch.names().filter((each) => each !== 'x.qemu'))
      assert.equal(scratch.read(name).toString(), name);
  });

  it('that something else has taken the place of is not replaced, and the snapshot fails', async () => {
    const output = scratch.path('taken');
    const adapter = await saving(output);
    mkdirSync(output);
    const said = endingOf(adapter);
    await adapter.continueRequest({ threadId: 1 });
    assert.match(
      await said,
      /^Snapshot failed: it is a folder; only a regular file can be replaced\. No file was kept/,
    );
    assert.ok(lstatSync(output).isDirectory());
  });

  it('is published as it was written, or the snapshot fails', async () => {
    const output = scratch.path('x.qemu');
    const adapter = await saving(output);
    const partial = scratch.names().find((name) => name.endsWith('.partial'))!;
    writeFileSync(scratch.path('foreign'), 'not what was written');
    spawnSync('mv', [scratch.path('foreign'), scratch.path(partial)]);
    const said = endingOf(adapter);
    await adapter.continueRequest({ threadId: 1 });
    assert.match(await said, /^Snapshot failed: another program has changed or replaced /);
    assert.ok(!existsSync(output));
  });
});

describe('a snapshot and its disk', () => {
  const taken = new Scratch();
  let scratch: Scratch;
  before(async () => {
    assert.equal((await freezeframe(...journalTo(taken.path('a.qemu'), 50))).code, 0);
  });
  beforeEach(() => {
    scratch = new Scratch();
    for (const name of taken.names()) copyFileSync(taken.path(name), scratch.path(name));
  });
  afterEach(() => scratch.remove());
  after(() => taken.remove());

  const restored = async (disk: string) =>
    await freezeframe('restore', scratch.path('a.qemu'), '--disk', disk, '--ms', '1');

  it('go on together, and with no other disk', async () => {
    assert.equal((await restored(scratch.path('a.qemu.disk'))).code, 0);
    const { code, err } = await restored(journal.disk);
    assert.equal(code, 2);
    assert.match(err, /journal\.img is not the disk of .*a\.qemu: .*Set `disk` to the image of that instant/);
  });

  it('that has none is restored without one', async () => {
    assert.equal((await freezeframe(...snapshotTo(scratch.path('a.qemu'), '--program', workingSet))).code, 0);
    assert.match((await restored(scratch.path('a.qemu.disk'))).err, /without a virtio disk: leave out `disk`/);
  });

  it('stay the pair that they were when the disk runs full', () => {
    const within = scratch.read('a.qemu').length - 1024;
    const { code, out, err } = freezeframeWithin(within, ...journalTo(scratch.path('a.qemu'), 80));
    assert.equal(code, 1, err);
    assert.match(out, /Snapshot failed: .*EFBIG.*No file was kept/);
    assert.deepEqual(scratch.names(), taken.names());
    for (const name of scratch.names()) assert.deepEqual(scratch.read(name), taken.read(name));
  });

  it('stay the pair that they were when the new disk cannot have its name', async () => {
    const adapter = RecordedAdapter.begun();
    try {
      const output = scratch.path('b.qemu');
      writeFileSync(output, 'an older snapshot');
      const snapshot = { when: { ms: 50 }, output };
      await adapter.begin({ ...journal, ...slow, ram: '2M', snapshot }, { filters: ['phase.save'] });
      await adapter.nextStop();
      mkdirSync(`${output}.disk`);
      const said = endingOf(adapter);
      await adapter.continueRequest({ threadId: 1 });
      assert.match(await said, /^Snapshot failed: it is a folder/);
      assert.equal(readFileSync(output, 'utf8'), 'an older snapshot');
    } finally {
      await adapter.stop();
    }
  });

  it('are put back as a pair by the next session when the process was killed between the two', async () => {
    const owner = { pid: endedProcess(), startedAt: '1', host: '', token: 'abcdef', names: ['a.qemu', 'a.qemu.disk'] };
    const left = {
      '.a.qemu.abcdef.partial': 'the new snapshot',
      '.a.qemu.disk.abcdef.old': 'the old disk',
      'a.qemu': 'the old snapshot',
      'a.qemu.disk': 'the new disk',
    };
    for (const [name, text] of Object.entries(left)) writeFileSync(scratch.path(name), text);
    const lock = JSON.stringify({ ...owner, host: hostname() });
    for (const name of owner.names) writeFileSync(scratch.path(`.${name}.freezeframe-lock`), lock);
    const adapter = RecordedAdapter.begun();
    await adapter.initializeRequest();
    await adapter.launchRequest({ ...journal, ram: '2M', snapshot: { output: scratch.path('a.qemu') } } as never);
    await adapter.stop();
    assert.equal(scratch.read('a.qemu').toString(), 'the old snapshot');
    assert.equal(scratch.read('a.qemu.disk').toString(), 'the old disk');
    assert.deepEqual(scratch.names(), ['a.qemu', 'a.qemu.disk']);
  });

  it('are of one instant although the guest has not written: an older disk is not left to be taken for it', async () => {
    writeFileSync(scratch.path('a.qemu.disk'), new Uint8Array(65_536).fill(7));
    const unchanged = ['--program', workingSet, '--disk', journal.disk];
    assert.equal((await freezeframe(...snapshotTo(scratch.path('a.qemu'), ...unchanged))).code, 0);
    assert.deepEqual(scratch.read('a.qemu.disk'), readFileSync(journal.disk));
    assert.equal((await freezeframe(...snapshotTo(scratch.path('b.qemu'), ...unchanged))).code, 0);
    assert.ok(!existsSync(scratch.path('b.qemu.disk')));
  });
});

/** What is said of a snapshot when it is over. */
function endingOf(adapter: RecordedAdapter): Promise<string> {
  return new Promise((done) => {
    adapter.on('output', ({ body }: Dap.OutputEvent) => {
      if (/^Snapshot/.test(body.output)) done(body.output);
    });
  });
}
