import assert from 'node:assert/strict';
import { capstoneSet } from './capstone';
import { type Code, disassembleCode } from './code';
import { riscV64 } from './instruction-set';

const start = 0xffff_ffff_8100_0000n;

describe('code that has been read', () => {
  it('is shown in exactly as many rows as are asked for, however far around it they are', async () => {
    const bytes = Uint8Array.from({ length: 40 }, () => 0x90);
    const codes: (Code | undefined)[] = [undefined, { address: 0n, bytes: new Uint8Array(0), set: riscV64 }];
    codes.push({ address: start, bytes, set: await capstoneSet('x86-64') });
    for (const code of codes) {
      for (const [offset, count] of [
        [-200, 400],
        [-30, 10],
        [-3, 3],
        [0, 5],
        [7, 50],
      ] as const) {
        const rows = disassembleCode(code, start + 20n, offset, count);
        assert.equal(rows.length, count);
        assert.equal(new Set(rows.map(({ address }) => address)).size, count);
        if (offset <= 0 && count > -offset) assert.equal(rows[-offset]!.address, start + 20n);
      }
    }
  });

  it('of an x86 is in step with the address, though what is before begins in the midst of an instruction', async () => {
    // movabs rax, … eleven times, after the last two bytes of one.
    const movabs = [0x48, 0xb8, 0x90, 0x90, 0x48, 0xb8, 0x01, 0x02, 0x90, 0xc3];
    const bytes = Uint8Array.from([0x90, 0xc3, ...Array.from({ length: 40 }, () => movabs).flat()]);
    const code = { address: start, bytes, set: await capstoneSet('x86-64') };
    const at = start + 2n + 39n * 10n;
    const rows = disassembleCode(code, at, -20, 21);
    assert.deepEqual(
      rows.map(({ address }) => address),
      Array.from({ length: 21 }, (_, index) => at - 10n * BigInt(20 - index)),
    );
  });

  it('says which bytes are no instruction, and nothing of one that has been read in part', async () => {
    const code = {
      address: start,
      bytes: Uint8Array.from([0x06, ...Array(15).fill(0x90), 0x48]),
      set: await capstoneSet('x86-64'),
    };
    const rows = disassembleCode(code, start, 0, 18);
    assert.deepEqual([rows[0]!.text, rows[0]!.bytes.length, rows[1]!.text], ['.byte 0x06', 1, 'nop']);
    assert.deepEqual([rows[16]!.bytes.length, rows[17]!.address], [0, start + 17n]);
  });

  it('of a 32-bit RISC-V names the addresses that jumps lead to', async () => {
    const set = await capstoneSet('riscv32');
    const text = (word: number) => set.decode(new Uint8Array(Uint32Array.of(word).buffer), 0x8000_0000n)!.text;
    assert.equal(text(0x0100_00ef), 'jal 0x80000010');
    assert.equal(text(0xfe05_1ee3), 'bnez a0, 0x7ffffffc');
    assert.equal(text(0xff1f_f06f), 'j 0x7ffffff0');
  });
});
