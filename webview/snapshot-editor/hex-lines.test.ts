import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hexLine } from './hex-lines';

const bytes = Uint8Array.from({ length: 16 }, (_, index) => 0x3c + index);

describe('a line of a hex view', () => {
  it('is cut where the selection begins and ends', () => {
    const { hex, text } = hexLine(32, bytes, { offset: 34, byteCount: 8 });
    deepEqual(hex, ['3c 3d ', '3e 3f 40 41 42 43  44 45 ', '46 47 48 49 4a 4b ']);
    deepEqual(text, ['<=', '>?@ABCDE', 'FGHIJK']);
  });

  it('is all selected, or not at all, within or beside a longer selection', () => {
    equal(hexLine(32, bytes, { offset: 0, byteCount: 1000 }).text[1].length, 16);
    equal(hexLine(32, bytes, { offset: 48, byteCount: 1000 }).text[1], '');
    equal(hexLine(32, bytes, { offset: 0, byteCount: 32 }).text[1], '');
  });

  it('ends where the file does', () => {
    deepEqual(hexLine(0, bytes.subarray(0, 2), { offset: 1, byteCount: 9 }).hex, ['3c ', '3d ', '']);
  });
});
