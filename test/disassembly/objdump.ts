import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { csrNames } from '../../debug-adapter/emulator/isa/csrs';
import { requirePart } from '../../tools/parts.mjs';

/** An instruction as objdump writes it, with a space for its tab and without its comments. */
export interface Line {
  readonly address: bigint;
  readonly word: number;
  readonly text: string;
}

/** With or without aliases; with them, also with `<symbol>` behind the target of a jump. */
export type Style = 'no-aliases' | 'aliases' | 'symbols';

/** objdump's name for a compressed shift by 0, which RV128 would take for one by 64. */
const shiftByNone = /^(c\.s[lr][la]i)64 (\w+)$/;

/** Before 2.41 objdump takes `add a0,a0,1` for an alias of `addi a0,a0,1`, and so on. */
const immediateNames: Readonly<Record<string, string>> = Object.fromEntries([
  ...['add', 'and', 'or', 'xor', 'sll', 'srl', 'sra', 'slt', 'rol', 'ror', 'bclr', 'bext', 'binv', 'bset'].map(
    (name) => [name, `${name}i`],
  ),
  ...['add', 'sll', 'srl', 'sra', 'ror'].map((name) => [`${name}w`, `${name}iw`]),
  ...['csrrw', 'csrrs', 'csrrc', 'csrw', 'csrs', 'csrc'].map((name) => [name, `${name}i`]),
  ['sltu', 'sltiu'],
]);
const withImmediate = /^(?:csr[wsc](?= \w+,\d)|\w+(?= \w+,\w+,(?:-?\d|0x)))/;

/** Without a symbol table objdump writes the target of a jump with 0x. */
const rawTarget = /(?<=^(?:jal|b(?:eq|ne|ltu?|geu?)|c\.(?:j|beqz|bnez)|j|b(?:eq|ne|lt|gt|le|ge)z) .*)0x([0-9a-f]+)$/;

const extensions = 'rv64gc_zba_zbb_zbc_zbs';

/** The instructions of an object file, in order. `pause` is an instruction to objdump, and here an alias of `fence`. */
export async function* objdump(style: Style, ...args: string[]): AsyncGenerator<Line> {
  const program = spawn(requirePart('binutils'), [...(style === 'no-aliases' ? ['-M', style] : []), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = once(program, 'close');
  try {
    for await (const line of createInterface({ input: program.stdout })) {
      const [address, bits, mnemonic, operands = ''] = line.split('\t');
      if (mnemonic === undefined || !/^ *[0-9a-f]+:$/.test(address!)) continue;
      const text = `${mnemonic} ${operands.replace(style === 'symbols' ? / *#.*$/ : / *[#<].*$/, '')}`
        .trim()
        .replace(shiftByNone, '$1 $2,0x0')
        .replace(rawTarget, '$1')
        .replace(withImmediate, (name) => immediateNames[name] ?? name);
      yield { address: BigInt(`0x${address!.trim().slice(0, -1)}`), word: Number.parseInt(bits!, 16), text };
    }
    const [code] = await end;
    if (code !== 0) throw new Error(`objdump ended with ${code}`);
  } finally {
    // Who leaves at a difference would wait for ever for a program that nobody reads.
    program.kill();
  }
}

/** Machine code as objdump reads it when it is told of every extension that the core has. */
export async function* objdumpCode(code: Uint8Array, style: Style = 'no-aliases'): AsyncGenerator<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  try {
    const [source, object] = [join(folder, 'code.s'), join(folder, 'code.o')];
    writeFileSync(join(folder, 'code.bin'), code);
    writeFileSync(source, `.section .text\n.incbin "${join(folder, 'code.bin')}"\n`);
    const assembler = spawn(
      requirePart('binutils', 'riscv64-unknown-elf-as'),
      [`-march=${style === 'no-aliases' ? extensions : `${extensions}_zihintpause`}`, '-o', object, source],
      {
        stdio: 'inherit',
      },
    );
    const [status] = await once(assembler, 'close');
    if (status !== 0) throw new Error(`as ended with ${status}`);
    yield* objdump(style, '-D', '-j', '.text', object);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of CSRs that we have no name for. */
export function isForeign(text: string): boolean {
  const [, mnemonic, operands = ''] = /^(csr\w+) (.*)$/.exec(text) ?? [];
  if (mnemonic === undefined) return false;
  const csr = operands.split(',')[/^csr[wsc]i?$/.test(mnemonic) ? 0 : 1]!;
  return ![...csrNames.values()].includes(csr);
}
