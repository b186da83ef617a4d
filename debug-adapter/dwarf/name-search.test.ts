import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { indexOf, marksOf } from './name-search';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the marks of a name in entries', () => {
  it('are the name and where it is in the strings: whole, or else as the end of others', () => {
    const offsets = (name: string, strings: string) =>
      marksOf(name, bytes(strings))
        .slice(1)
        .map((mark) => new DataView(mark.buffer).getUint32(0, true));
    assert.deepEqual(offsets('page', 'homepage\0other\0page\0subpage\0'), [15]);
    assert.deepEqual(offsets('page', 'page\0homepage\0'), [0]);
    assert.deepEqual(offsets('page', 'homepage\0subpage\0pages\0'), [4, 12]);
    assert.deepEqual(offsets('page', 'pages\0'), []);
    assert.deepEqual(marksOf('id', bytes('')), [bytes('id\0')]);
  });

  it('are found wherever they begin, and not beyond the end', () => {
    const all = Uint8Array.of(0, 0, 0, 0x41, 0, 0, 0, 0x41);
    assert.equal(indexOf(all, Uint8Array.of(0, 0x41, 0, 0), 0), 2);
    assert.equal(indexOf(all, Uint8Array.of(0x41, 0), 0), 3);
    assert.equal(indexOf(all, Uint8Array.of(0x41, 0), 4), -1);
    assert.equal(indexOf(all, Uint8Array.of(0, 0, 0), 1), 4);
  });
});
