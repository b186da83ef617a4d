import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { byteAt, changedBytes, hexDump } from './hex-dump';

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

  it('leads from any column to the byte that stands there, as digits or as a character', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, at) => 0x61 + (at % 16));
    for (const start of [0x8040_0000n, 0x1_8040_0000n]) {
      const line = hexDump(start, bytes).split('\n')[1]!;
      for (let at = 0; at < 16; at++) {
        const address = start + 16n + BigInt(at);
        const digits = line.indexOf((0x61 + at).toString(16), 12);
        equal(byteAt(line, digits), address);
        equal(byteAt(line, digits + 1), address);
        equal(byteAt(line, line.length - 16 + at), address);
      }
      equal(byteAt(line, 0), start + 16n);
      equal(byteAt(line, line.length), start + 31n);
    }
    equal(byteAt('Read again at the next stop.', 0), undefined);
  });
});
