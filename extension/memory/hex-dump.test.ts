import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { changedBytes, hexDump } from './hex-dump';

describe('hex dump', () => {
  it('a line is an address, sixteen bytes and their characters', () => {
    const bytes = Uint8Array.from({ length: 18 }, (_, i) => 0x3e + i);
    equal(
      hexDump(0x80400000n, bytes),
      '0x80400000  3e 3f 40 41 42 43 44 45  46 47 48 49 4a 4b 4c 4d  >?@ABCDEFGHIJKLM\n' +
        '0x80400010  4e 4f                                             NO',
    );
  });

  it('a changed byte is found where its digits stand', () => {
    const before = new Uint8Array(64);
    const now = before.slice();
    for (const at of [0, 7, 8, 40, 63]) now[at] = 0xff;
    const lines = hexDump(0x80000000n, now).split('\n');
    const positions = changedBytes(0x80000000n, before, now);
    deepEqual(
      positions.map(({ line, column }) => lines[line]?.slice(column, column + 2)),
      ['ff', 'ff', 'ff', 'ff', 'ff'],
    );
    deepEqual(
      positions.map(({ line }) => line),
      [0, 0, 0, 2, 3],
    );
  });

  it('nothing has changed in a dump that is the first', () => {
    deepEqual(changedBytes(0n, undefined, new Uint8Array(16)), []);
  });
});
