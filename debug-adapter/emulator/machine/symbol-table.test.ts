import assert from 'node:assert/strict';
import { type ImageSymbol, ImageSymbolTable } from './symbol-table';

/** As kallsyms lists what an assembly file or a linker script names. */
function label(name: string, address: bigint): ImageSymbol {
  return { name, address, byteCount: 0n, isFunction: false };
}

describe('symbol table', () => {
  const table = new ImageSymbolTable([
    {
      start: 0x1000n,
      end: 0x2000n,
      symbols: [
        { name: 'second', address: 0x1100n, byteCount: 8n, isFunction: true },
        { name: 'first', address: 0x1010n, byteCount: 16n, isFunction: true },
        { name: 'mark', address: 0x1100n, byteCount: 0n, isFunction: false },
      ],
    },
    { start: 0x8000n, end: 0x9000n, symbols: [label('kernel', 0x8000n), label('__text_end', 0x8000n)] },
  ]);

  it('finds an address by name', () => {
    assert.equal(table.addressOf('first'), 0x1010n);
    assert.equal(table.addressOf('nobody'), undefined);
  });

  it('names the symbol at or below an address', () => {
    assert.deepEqual(table.nearest(0x10ffn), { name: 'first', offset: 0xef });
    assert.deepEqual(table.nearest(0x1010n), { name: 'first', offset: 0 });
  });

  it('prefers a function to a mark at the same address', () => {
    assert.deepEqual(table.nearest(0x1104n), { name: 'second', offset: 4 });
  });

  it("prefers a name to a linker script's, which begins with underscores", () => {
    assert.deepEqual(table.nearest(0x8004n), { name: 'kernel', offset: 4 });
  });

  it('does not reach beyond an image or before its first symbol', () => {
    assert.equal(table.nearest(0x2000n), undefined);
    assert.equal(table.nearest(0x1000n), undefined);
    assert.deepEqual(table.nearest(0x8fffn), { name: 'kernel', offset: 0xfff });
  });
});
