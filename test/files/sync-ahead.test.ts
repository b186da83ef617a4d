import assert from 'node:assert/strict';
import fs from 'node:fs';
import { FileSet } from '../../debug-adapter/node/output-files';
import { Scratch } from './scratch';

describe('a file that is written', () => {
  const { fdatasync } = fs;
  let scratch: Scratch;
  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(() => {
    fs.fdatasync = fdatasync;
    scratch.remove();
  });

  it('is brought to the disk on the way, one part at a time, and the rest before its end, which everybody waits for', async () => {
    const name = 'large.qemu';
    const mebibyte = 1 << 20;
    const begunAt: number[] = [];
    const descriptors: number[] = [];
    let syncedByteCount = 0;
    let underWay = Promise.resolve();
    let letFirstEnd!: () => void;
    const firstMayEnd = new Promise<void>((resolve) => (letFirstEnd = resolve));
    fs.fdatasync = ((descriptor, done) => {
      const { size } = fs.fstatSync(descriptor);
      const isFirst = begunAt.push(size) === 1;
      descriptors.push(descriptor);
      underWay = new Promise((resolve) => {
        fdatasync(descriptor, async (error) => {
          if (isFirst) await firstMayEnd;
          syncedByteCount = size;
          done(error);
          resolve();
        });
      });
    }) as typeof fdatasync;
    const files = new FileSet(scratch.folder, [name], 'token', () => {});
    const file = files.create(scratch.path(name));
    const piece = new Uint8Array(mebibyte).fill(7);
    // What is written is buffered until the next piece comes.
    for (let count = 0; count < 34; count++) assert.equal(file.write(piece), undefined);
    letFirstEnd();
    await underWay;
    for (let count = 34; count < 37; count++) assert.equal(file.write(piece), undefined);
    assert.deepEqual(begunAt, [16 * mebibyte, 34 * mebibyte]);
    await underWay;
    file.write(piece.subarray(1));
    const byteCount = 38 * mebibyte - 1;
    await files.sync();
    assert.deepEqual(begunAt, [16 * mebibyte, 34 * mebibyte, byteCount]);
    assert.equal(syncedByteCount, byteCount);
    for (const descriptor of descriptors) assert.throws(() => fs.fstatSync(descriptor), /EBADF/);
    assert.equal(files.commit(), undefined);
    assert.equal(fs.statSync(scratch.path(name)).size, byteCount);
    files.close();
  });
});
