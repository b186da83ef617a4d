import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { disassembleAliased } from '../../debug-adapter/emulator/isa/disassembler';
import { encode } from '../../debug-adapter/emulator/isa/encoder';
import { type FormatFields, formats } from '../../debug-adapter/emulator/isa/formats';
import { baseInstructions } from '../../debug-adapter/emulator/isa/instructions';
import { readElfSymbols } from '../../debug-adapter/emulator/machine/elf';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { ImageSymbolTable } from '../../debug-adapter/emulator/machine/symbol-table';
import { firmwarePaths } from '../../tools/parts.mjs';
import { image } from '../boot/console';
import { isForeign, type Line, objdump, objdumpCode } from './objdump';

/** Each base instruction with those operands, in all combinations that it has, of which aliases are made. */
function tellingOperands(): Uint8Array {
  const registers = [0, 1, 10];
  const words: number[] = [];
  for (const { mnemonic, format } of baseInstructions) {
    const fields: FormatFields = formats[format];
    const choices = (name: 'rd' | 'rs1' | 'rs2'): readonly number[] => (fields[name] ? registers : [0]);
    const immediates =
      format === 'fence'
        ? [0x010, 0x033, 0x0ff]
        : fields.imm
          ? [0, 1, 2, 3, 0x10, 0xff, 0x33, -1, 0xc00, 0xc01, 0xc02, 0x300]
          : [0];
    for (const rd of choices('rd'))
      for (const rs1 of choices('rs1'))
        for (const rs2 of choices('rs2')) {
          for (const imm of immediates) {
            try {
              words.push(encode(mnemonic, { rd, rs1, rs2, imm }));
            } catch {
              // No such immediate.
            }
          }
        }
  }
  return new Uint8Array(Uint32Array.from(words).buffer);
}

async function differences(lines: AsyncIterable<Line>): Promise<{ different: string[]; count: number }> {
  const different: string[] = [];
  let count = 0;
  for await (const { address, word, text } of lines) {
    count++;
    const ours = disassembleAliased(word, address);
    // objdump knows no fcvt that rounds nothing and names a mode.
    if (ours !== text && !isForeign(text) && !text.startsWith('.'))
      different.push(`${word.toString(16)}: ${ours} — ${text}`);
  }
  return { different, count };
}

describe('the disassembler, with aliases,', () => {
  it('agrees with objdump on every instruction of OpenSBI', async () => {
    const { different, count } = await differences(
      objdump('aliases', '-d', firmwarePaths().opensbi.replace(/bin$/, 'elf')),
    );
    assert.deepEqual(different, []);
    assert.ok(count > 20_000);
  });

  it('agrees with objdump on every base instruction with operands that may make an alias of it', async () => {
    const { different, count } = await differences(objdumpCode(tellingOperands(), 'aliases'));
    assert.deepEqual(different, []);
    assert.ok(count > 5000);
  });

  it('agrees with objdump on every halfword that is a compressed instruction', async () => {
    const words = Array.from({ length: 0x10000 }, (_, word) => word).filter((word) => (word & 3) !== 3 && word !== 0);
    const code = new Uint8Array(Uint16Array.from(words).buffer);
    const { different } = await differences(objdumpCode(code, 'aliases'));
    // The manual reserves it (section 16.5).
    assert.deepEqual(different, ['6101: .2byte 0x6101 — addi sp,sp,0']);
  });

  it('names the targets of jumps as objdump does', async () => {
    const program = image('extension/sample/guests/working-set.elf');
    const symbols = new ImageSymbolTable([readElfSymbols(inMemory(program))]);
    const placeOf = (address: bigint): string | undefined => {
      const symbol = symbols.nearest(address);
      return symbol && symbol.name + (symbol.offset === 0 ? '' : `+0x${symbol.offset.toString(16)}`);
    };
    for await (const { address, word, text } of objdump('symbols', '-d', program.path)) {
      assert.equal(disassembleAliased(word, address, placeOf), text);
    }
  });
});
