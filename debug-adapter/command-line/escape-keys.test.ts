import assert from 'node:assert/strict';
import { EscapeKeys } from './escape-keys';

describe('keys of a terminal', () => {
  const typed = (...pieces: string[]): string[] => {
    const keys = new EscapeKeys();
    return pieces.map((piece) => {
      const { bytes, isEnd } = keys.filter(Buffer.from(piece));
      return Buffer.from(bytes).toString('latin1') + (isEnd ? '<end>' : '');
    });
  };

  it('go to the guest, Ctrl-C too; Ctrl-A X ends, as in QEMU, and Ctrl-A Ctrl-A types Ctrl-A', () => {
    assert.deepEqual(typed('ls\r', '\x03'), ['ls\r', '\x03']);
    assert.deepEqual(typed('a\x01xb'), ['a<end>']);
    assert.deepEqual(typed('\x01', 'X'), ['', '<end>']);
    assert.deepEqual(typed('\x01\x01b\x01cd'), ['\x01bd']);
  });
});
