import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { disassemble } from '../../debug-adapter/emulator/isa/disassembler';
import { byteCountOf, type Extension, instructions } from '../../debug-adapter/emulator/isa/instructions';
import { requireLinuxGuest } from '../../tools/linux-guest.mjs';
import { firmwarePaths } from '../../tools/parts.mjs';
import { isForeign, type Line, objdump, objdumpCode } from './objdump';

function assertSame({ address, word, text }: Line): void {
  const ours = disassemble(word, address);
  if (ours !== text) assert.equal(ours, text, `at ${address.toString(16)}: ${word.toString(16)}`);
}

/** Compares every line but those of foreign CSRs. @returns how many */
async function compare(lines: AsyncIterable<Line>): Promise<number> {
  let count = 0;
  for await (const line of lines) {
    count++;
    if (!isForeign(line.text)) assertSame(line);
  }
  return count;
}

/** Each instruction of the extensions with 32 choices of all the bits that it leaves open. */
function everyEncoding(...extensions: Extension[]): Uint8Array {
  const words = instructions
    .filter(({ extension }) => extensions.includes(extension))
    .flatMap(({ mask, match }) =>
      Array.from({ length: 32 }, (_, fields) => {
        const bits = (Math.imul(fields + 1, 0x9e37_79b9) & ~0x7000) | ((fields & 7) << 12);
        return (match | (bits & ~mask)) >>> 0;
      }),
    );
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** Each instruction once: most of a kernel's are the same few again and again. */
function distinct(code: Uint8Array): Uint8Array {
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const seen = new Set<number>();
  const kept: Uint8Array[] = [];
  for (let at = 0, size = 0; at + 4 <= code.length; at += size) {
    const low = view.getUint16(at, true);
    size = byteCountOf(low);
    const word = size === 2 ? low : view.getUint32(at, true);
    if (seen.has(word)) continue;
    seen.add(word);
    kept.push(code.subarray(at, at + size));
  }
  return Buffer.concat(kept);
}

/**
 * The code of a kernel's Image: its PE header, which EFI firmware reads, says where the sections are.
 * @returns the bytes of `.text`
 */
function textOf(image: Uint8Array): Uint8Array {
  const view = new DataView(image.buffer, image.byteOffset);
  const pe = view.getUint32(0x3c, true);
  const sections = pe + 24 + view.getUint16(pe + 20, true);
  for (let index = 0; index < view.getUint16(pe + 6, true); index++) {
    const at = sections + 40 * index;
    if (Buffer.from(image.subarray(at, at + 8)).toString('latin1') !== '.text\0\0\0') continue;
    const start = view.getUint32(at + 20, true);
    return image.subarray(start, start + view.getUint32(at + 16, true));
  }
  throw new Error('the kernel has no section .text');
}

describe('the disassembler', () => {
  it('agrees with objdump on every instruction of OpenSBI', async () => {
    assert.ok((await compare(objdump('no-aliases', '-d', firmwarePaths().opensbi.replace(/bin$/, 'elf')))) > 20_000);
  });

  it("agrees with objdump on every instruction that the text of Debian's kernel has", async () => {
    const { kernel } = requireLinuxGuest();
    const code = distinct(textOf(readFileSync(kernel)));
    const count = await compare(objdumpCode(code));
    // Two or four bytes each.
    assert.ok(count >= code.length / 4, `${count} instructions`);
    assert.ok(count > 100_000, `${count} instructions`);
  });

  it('agrees with objdump on bit manipulation, whatever the registers', async () => {
    const code = everyEncoding('Zba', 'Zbb', 'Zbc', 'Zbs');
    assert.equal(await compare(objdumpCode(code)), code.length / 4);
  });

  it('agrees with objdump on every floating-point operation and rounding mode', async () => {
    const code = everyEncoding('F', 'D');
    let count = 0;
    for await (const line of objdumpCode(code)) {
      // objdump knows no fcvt that rounds nothing and names a mode.
      if (line.text.startsWith('.4byte')) continue;
      count++;
      assertSame(line);
    }
    assert.ok(count > (code.length / 4) * 0.9);
  });

  it('agrees with objdump on every halfword that is a compressed instruction', async () => {
    const words = Array.from({ length: 0x10000 }, (_, word) => word).filter((word) => (word & 3) !== 3 && word !== 0);
    const missed: string[] = [];
    let count = 0;
    for await (const line of objdumpCode(new Uint8Array(Uint16Array.from(words).buffer))) {
      count++;
      if (disassemble(line.word, line.address).startsWith('.')) missed.push(line.text);
      else assertSame(line);
    }
    assert.equal(count, words.length);
    // objdump names the first too, though the manual reserves it (section 16.5).
    const expected = /^(c\.addi16sp sp,0$|\.2byte|\.short)/;
    assert.deepEqual(
      missed.filter((text) => !expected.test(text)),
      [],
    );
    assert.ok(count - missed.length > 30_000);
  });
});
