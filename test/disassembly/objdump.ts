import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { csrNames } from '../../debug-adapter/emulator/isa/registers';
import { requirePart } from '../../tools/parts.mjs';

/** An instruction as objdump writes it, with a space for its tab and without its comments. */
export interface Line {
  readonly address: bigint;
  readonly word: number;
  readonly text: string;
}

/** objdump's name for a compressed shift by 0, which RV128 would take for one by 64. */
const shiftByNone = /^(c\.s[lr][la]i)64 (\w+)$/;

/** Without a symbol table objdump writes the target of a jump with 0x. */
const rawTarget = /(?<=^(?:jal|b(?:eq|ne|ltu?|geu?)|c\.(?:j|beqz|bnez)) .*)0x([0-9a-f]+)$/;

/** The instructions of an object file, in order. */
export async function* objdump(...args: string[]): AsyncGenerator<Line> {
  const program = spawn(requirePart('binutils'), ['-M', 'no-aliases', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = once(program, 'close');
  for await (const line of createInterface({ input: program.stdout })) {
    const [address, bits, mnemonic, operands = ''] = line.split('\t');
    if (mnemonic === undefined || !/^ *[0-9a-f]+:$/.test(address!)) continue;
    const text = `${mnemonic} ${operands.replace(/ *[#<].*$/, '')}`
      .trim()
      .replace(shiftByNone, '$1 $2,0x0')
      .replace(rawTarget, '$1');
    yield { address: BigInt(`0x${address!.trim().slice(0, -1)}`), word: Number.parseInt(bits!, 16), text };
  }
  const [code] = await end;
  if (code !== 0) throw new Error(`objdump ended with ${code}`);
}

/** Machine code as objdump reads it when it is told of every extension that the core has. */
export async function* objdumpCode(code: Uint8Array): AsyncGenerator<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  try {
    const [source, object] = [join(folder, 'code.s'), join(folder, 'code.o')];
    writeFileSync(join(folder, 'code.bin'), code);
    writeFileSync(source, `.section .text\n.incbin "${join(folder, 'code.bin')}"\n`);
    const assembler = spawn(
      requirePart('binutils', 'riscv64-unknown-elf-as'),
      ['-march=rv64gc_zba_zbb_zbc_zbs', '-o', object, source],
      {
        stdio: 'inherit',
      },
    );
    const [status] = await once(assembler, 'close');
    if (status !== 0) throw new Error(`as ended with ${status}`);
    yield* objdump('-D', '-j', '.text', object);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of CSRs that we have no name for. */
export function isForeign(text: string): boolean {
  const csr = /^csr\w+ \w+,(\w+),/.exec(text)?.[1];
  return csr !== undefined && ![...csrNames.values()].includes(csr);
}
