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

  it('is brought to the disk on the way, and the rest before its end, which everybody waits for', async () => {
    const name = 'large.qemu';
    let syncedByteCount = 0;
    fs.fdatasync = ((descriptor, done) => {
      const { size } = fs.fstatSync(descriptor);
      fdatasync(descriptor, (error) => {
        syncedByteCount = size;
        done(error);
      });
    }) as typeof fdatasync;
    const files = new FileSet(scratch.folder, [name], 'token', () => {});
    const file = files.create(scratch.path(name));
    const piece = new Uint8Array(1 << 20).fill(7);
    for (let count = 0; count < 64; count++) {
      assert.equal(file.write(piece), undefined);
      // As slowly as a guest's pages come.
      while (count * piece.length - syncedByteCount > 20 * piece.length) await new Promise(setImmediate);
    }
    file.write(piece.subarray(1));
    await files.sync();
    assert.equal(syncedByteCount, 65 * piece.length - 1);
    assert.equal(files.commit(), undefined);
    assert.equal(fs.statSync(scratch.path(name)).size, 65 * piece.length - 1);
    files.close();
  });
});
