import assert from 'node:assert/strict';
import { findInstruction, type Instruction, instructions, matches } from './instructions';

const isCompressed = (row: Instruction) => row.extension === 'C';

describe('the instruction table', () => {
  it('has no two rows of 32 bits that match one word', () => {
    const rows = instructions.filter((row) => !isCompressed(row));
    for (const a of rows) {
      for (const b of rows) {
        const differ = (a.mask & b.mask & (a.match ^ b.match)) !== 0;
        const excluded = [a, b].some((row, index) =>
          row.except?.some(([mask, match]) => mask === 0xffffffff && match === [b, a][index]!.match),
        );
        assert.ok(a === b || differ || excluded, `${a.mnemonic} and ${b.mnemonic} overlap`);
      }
    }
  });

  it('has no two compressed rows that match one halfword', () => {
    const rows = instructions.filter(isCompressed);
    for (let word = 0; word < 0x10000; word++) {
      if ((word & 3) === 3) continue;
      const found = rows.filter((row) => matches(row, word)).map((row) => row.mnemonic);
      assert.ok(found.length <= 1, `${word.toString(16)}: ${found.join(', ')}`);
    }
  });

  it('finds each row through its bucket', () => {
    for (const row of instructions) {
      // Sets register and immediate bits, so that the word is none of the row's exceptions.
      const word = (row.match | (isCompressed(row) ? ~row.mask & 0x1ffc : 0)) >>> 0;
      assert.equal(findInstruction(word)?.mnemonic, row.mnemonic);
    }
  });

  it('names a row of 32 bits as the expansion of each compressed one', () => {
    const names = new Set(instructions.filter((row) => !isCompressed(row)).map((row) => row.mnemonic));
    for (const row of instructions.filter(isCompressed)) assert.ok(names.has(row.expandsTo!), row.mnemonic);
  });
});
