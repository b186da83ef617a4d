import assert from 'node:assert/strict';
import { Listing } from './listing';

describe('a listing', () => {
  it('has its instructions in one column, however long their encodings are', () => {
    const row = (address: bigint, byteCount: number, text: string) => {
      return { address, bytes: new Uint8Array(byteCount).fill(0x66), text, isByteString: true } as const;
    };
    const rows = [
      row(0xf0000n, 1, 'cli'),
      row(0xf0001n, 9, 'mov'),
      row(0xf000an, 15, 'longest'),
      row(0xf0019n, 2, 'jmp'),
    ];
    const lines = new Listing('f0000', rows).text.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line, index) => line.indexOf(rows[index]!.text)),
      [57, 57, 57, 57],
    );
    assert.match(new Listing('f0000', rows.slice(0, 1)).text, /^ {3}f0000: {2}66 {20}cli\n$/);
  });
});
