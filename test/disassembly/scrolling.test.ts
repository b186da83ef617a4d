import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { whole } from '../../debug-adapter/debuggee/pieces';
import { disassembleMemory } from '../../debug-adapter/embedded/disassembly';
import { image } from '../boot/console';
import { bareMachine } from '../snapshot/harness';
import { type Line, objdump } from './objdump';

const path = 'extension/sample/guests/working-set.elf';

describe('code before an address', () => {
  const machine = bareMachine({ program: image(path) });
  const lines: Line[] = [];
  before(async () => {
    for await (const line of objdump('symbols', '-d', image(path).path)) lines.push(line);
  });

  const rows = (address: bigint, offset: number, count: number) =>
    whole(disassembleMemory(machine, 0, address, offset, count)).map(({ address: at, bytes, text }) => {
      return bytes.length === 0 ? undefined : { at, text: text.replace(/ #.*/, '') };
    });
  const expected = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => {
      const line = lines[from + index];
      return line && { at: line.address, text: line.text };
    });

  it('is what objdump shows, from wherever one looks back', () => {
    for (let index = 0; index < lines.length; index += 7) {
      for (const distance of [1, 10, 100]) {
        const { address } = lines[index]!;
        assert.deepEqual(rows(address, -distance, distance), expected(index - distance, index), address.toString(16));
      }
    }
  });

  it('begins where memory does: rows before that are empty, and no others', () => {
    const index = lines.findIndex(({ address }) => address === 0x8000_010cn);
    const shown = rows(0x8000_010cn, -100, 100);
    assert.equal(shown.filter((row) => row === undefined).length, 100 - index);
    assert.deepEqual(shown.slice(100 - index), expected(0, index));
  });

  it('is in step without symbols too', () => {
    const bytes = machine.core.ram.slice(0, 0x1000);
    const bare = bareMachine({ program: { path: 'flat', bytes } });
    for (let index = 40; index < lines.length; index += 11) {
      const { address } = lines[index]!;
      const shown = whole(disassembleMemory(bare, 0, address, -20, 20)).map((row) => row.address);
      assert.deepEqual(
        shown,
        lines.slice(index - 20, index).map((line) => line.address),
        address.toString(16),
      );
    }
  });

  it('says what addresses instructions make of two parts', () => {
    const [, load] = whole(disassembleMemory(machine, 0, 0x8000_00a6n, 0, 2));
    assert.equal(load!.text, 'ld a2,-166(a2) # 80002000 <heap_pages>');
  });
});
