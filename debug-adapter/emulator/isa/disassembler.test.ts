import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disassemble } from './disassembler';
import { instructions } from './instructions';
import { csrNames } from './registers';

/** Of CSRs that we have no name for. */
function isForeign(text: string): boolean {
  const csr = /^csr\w+ \w+,(\w+),/.exec(text)?.[1];
  return csr !== undefined && ![...csrNames.values()].includes(csr);
}

/** objdump's name for a compressed shift by 0, which RV128 would take for one by 64. */
const shiftByNone = /^(c\.s[lr][la]i)64 (\w+)$/;

/** Without a symbol table objdump writes the target of a jump with 0x. */
const rawTarget = /(?<=^c\.(?:j|beqz|bnez) .*)0x([0-9a-f]+)$/;

interface Line {
  readonly address: bigint;
  readonly word: number;
  readonly text: string;
}

function objdump(...args: string[]): Line[] {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const output = execFileSync('riscv64-linux-gnu-objdump', ['-M', 'no-aliases', ...args], options);
  const lines: Line[] = [];
  for (const line of output.split('\n')) {
    const [address, bits, mnemonic, operands = ''] = line.split('\t');
    if (mnemonic === undefined || !/^ *[0-9a-f]+:$/.test(address!)) continue;
    const text = `${mnemonic} ${operands.replace(/ *[#<].*$/, '')}`
      .trim()
      .replace(shiftByNone, '$1 $2,0x0')
      .replace(rawTarget, '$1');
    lines.push({ address: BigInt(`0x${address!.trim().slice(0, -1)}`), word: Number.parseInt(bits!, 16), text });
  }
  return lines;
}

/** Words of machine code as objdump reads them. */
function dump(code: Uint8Array): Line[] {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  try {
    const path = join(folder, 'code.bin');
    writeFileSync(path, code);
    return objdump('-D', '-b', 'binary', '-m', 'riscv:rv64', path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function assertSame(lines: readonly Line[]): void {
  for (const { address, word, text } of lines) {
    assert.equal(disassemble(word, address), text, `at ${address.toString(16)}: ${word.toString(16)}`);
  }
}

describe('the disassembler', () => {
  it('agrees with objdump on every instruction of OpenSBI', () => {
    const lines = objdump('-d', '/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf');
    assert.ok(lines.length > 20_000);
    assertSame(lines.filter((line) => !isForeign(line.text)));
  });

  it('agrees with objdump on every floating-point operation and rounding mode', () => {
    const words = [];
    for (const row of instructions.filter(({ extension }) => ['F', 'D'].includes(extension))) {
      for (let fields = 0; fields < 32; fields++) {
        const bits = (Math.imul(fields + 1, 0x9e37_79b9) & ~0x7000) | ((fields & 7) << 12);
        words.push((row.match | (bits & ~row.mask)) >>> 0);
      }
    }
    // objdump knows no fcvt that rounds nothing and names a mode.
    const lines = dump(Buffer.from(Uint32Array.from(words).buffer)).filter(({ text }) => !text.startsWith('.4byte'));
    assert.ok(lines.length > words.length * 0.9);
    assertSame(lines);
  });

  it('agrees with objdump on every halfword that is a compressed instruction', () => {
    const words = Array.from({ length: 0x10000 }, (_, word) => word).filter((word) => (word & 3) !== 3 && word !== 0);
    const lines = dump(Buffer.from(Uint16Array.from(words).buffer));
    assert.equal(lines.length, words.length);
    const ours = lines.filter((line) => !disassemble(line.word, line.address).startsWith('.'));
    assert.ok(ours.length > 30_000);
    assertSame(ours);
    const known = new Set(ours);
    const missed = lines.filter((line) => !known.has(line)).map((line) => line.text);
    // objdump names the first too, though the manual reserves it (section 16.5).
    const expected = /^(c\.addi16sp sp,0$|\.2byte|\.short)/;
    assert.deepEqual(
      missed.filter((text) => !expected.test(text)),
      [],
    );
  });
});
