import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { type SnapshotFiles, SnapshotOutput } from '../../debug-adapter/embedded/output';
import { nodeHost } from '../../debug-adapter/node/host';
import { Scratch } from './scratch';

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('the disk beside a snapshot', () => {
  let scratch: Scratch;
  let output: SnapshotOutput;
  let files: SnapshotFiles;
  beforeEach(() => {
    scratch = new Scratch();
    output = new SnapshotOutput(nodeHost, scratch.path('a.qemu'), 1, []);
    files = output.begin();
    files.write(bytes('stream'));
  });
  afterEach(() => {
    output.release();
    scratch.remove();
  });

  /** As a checkpoint does: by the fields that can be seen. */
  const back = (): (() => void) => {
    const kept = { ...files };
    return () => Object.assign(files, kept);
  };
  const landed = async (): Promise<string[]> => {
    assert.equal(await files.commit(), undefined);
    return ['a.qemu', 'a.qemu.disk'].map((name) => scratch.read(name).toString());
  };

  it('goes on from what has been written of it when the run has gone back and comes there again', async () => {
    const goBack = back();
    files.disk(0).write(bytes('first,'));
    goBack();
    assert.equal(files.diskByteCount(0), 6);
    files.disk(0).write(bytes('second'));
    assert.deepEqual(await landed(), ['stream', 'first,second']);
  });

  it('is written anew where the run takes another course before it', async () => {
    const goBack = back();
    files.disk(0).write(bytes('first,'));
    goBack();
    files.takeNewCourse();
    assert.equal(files.diskByteCount(0), 0);
    files.disk(0).write(bytes('other'));
    assert.deepEqual(await landed(), ['stream', 'other']);
  });

  it('has holes for zeros, also at its end, and is copied whole when somebody has taken it away', async () => {
    const zeros = 3 << 20;
    const disk = files.disk(0);
    disk.write(bytes('a'));
    disk.writeZeros(zeros);
    disk.write(bytes('b'));
    disk.writeZeros(zeros);
    const expected = Buffer.concat([bytes('a'), Buffer.alloc(zeros), bytes('b'), Buffer.alloc(zeros)]);
    const goBack = back();
    await landed();
    assert.ok(scratch.read('a.qemu.disk').equals(expected));
    for (const name of ['a.qemu', 'a.qemu.disk']) rmSync(scratch.path(name));
    goBack();
    await landed();
    assert.ok(scratch.read('a.qemu.disk').equals(expected));
  });
});
