import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { PacketPipe } from './packet-pipe';

describe('a pipe that has let its writer run on', () => {
  let pipe: PacketPipe;
  beforeEach(() => {
    pipe = new PacketPipe();
    pipe.widen();
  });
  afterEach(() => pipe.close());

  const write = (byteCount: number): number => writeSync(pipe.writeFd, Buffer.alloc(byteCount));
  const taken = (): number => {
    let byteCount = 0;
    for (let bytes = pipe.take(); bytes instanceof Buffer; bytes = pipe.take()) byteCount += bytes.length;
    return byteCount;
  };

  it('loses nothing while it is made narrow, wherever one reading ends', () => {
    const before = write(63_000);
    assert.equal(pipe.narrow(), false, 'more than one page is there');
    const meanwhile = write(4096);
    assert.equal(taken(), before + meanwhile);
    assert.equal(pipe.narrow(), true);
  });

  it('keeps packets apart once it is narrow and what was there has been taken', () => {
    write(100);
    assert.equal(pipe.narrow(), true);
    write(50);
    assert.equal(taken(), 150);
    write(200);
    assert.equal((pipe.peek() as Buffer).length, 200);
    assert.equal(taken(), 200);
  });
});
