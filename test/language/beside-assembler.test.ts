import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Form, forms, rangeOf } from '../../debug-adapter/emulator/isa/assembly-forms';
import { csrs } from '../../debug-adapter/emulator/isa/csrs';
import { constantLoad } from '../../extension/language/analysis/constant-load';
import { AssemblyDocument } from '../../extension/language/analysis/document';
import { expansionOf } from '../../extension/language/analysis/expansion';
import { problemsOf } from '../../extension/language/analysis/problems';
import { requirePart } from '../../tools/parts.mjs';

const architecture = '-march=rv64gc_zba_zbb_zbc_zbs_zihintpause';

/** Operands of a form, each different from the others. */
const samples: Readonly<Record<string, string>> = {
  ...{ rd: 'a0', rs1: 'a1', rs2: 'a2', rt: 't0', fd: 'fa0', fs1: 'fa1', fs2: 'fa2', fs3: 'fa3' },
  ...{
    imm: '16',
    shamt: '3',
    upper: '5',
    uimm: '7',
    csr: 'mscratch',
    rm: 'rtz',
    exactrm: 'rne',
    pred: 'rw',
    succ: 'w',
  },
  ...{ symbol: 'elsewhere', target: 'elsewhere', tprel: '%tprel_add(elsewhere)', value: '0x12345678' },
};
/** Operands that some compressed instructions take only. */
const ofMnemonic: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'c.addi16sp': { rd: 'sp' },
  'c.addi4spn': { rs1: 'sp' },
  ...Object.fromEntries(['lw', 'ld', 'fld', 'sw', 'sd', 'fsd'].map((name) => [`c.${name}sp`, { rs1: 'sp' }])),
};

function sample({ mnemonic }: Form, piece: string): string {
  const values = { ...samples, ...ofMnemonic[mnemonic] };
  return piece.replace(/[a-z]+\d?/g, (name) => values[name] ?? name);
}

function written(form: Form): string {
  const { mnemonic, operands } = form;
  const text = sample(form, operands);
  // Binutils 2.40 takes no rounding mode where none is needed.
  return `${mnemonic} ${text}`.replace(',rne', '').trim();
}

/** Runs GNU as. Its errors, by line from 1, and what objdump says of what it made. */
function assembled(source: string): { errors: ReadonlyMap<number, string>; listing: string } {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-as-'));
  try {
    const [input, output] = [join(folder, 'source.s'), join(folder, 'object.o')];
    writeFileSync(input, source);
    const as = spawnSync(requirePart('binutils', 'riscv64-unknown-elf-as'), [architecture, '-o', output, input], {
      encoding: 'utf8',
    });
    const errors = new Map<number, string>();
    for (const [, line, message] of as.stderr.matchAll(/^.*source\.s:(\d+): Error: (.*)$/gm)) {
      errors.set(Number(line), message!);
    }
    if (as.status !== 0) return { errors, listing: '' };
    const objdump = spawnSync(requirePart('binutils'), ['-d', '-M', 'no-aliases', output], { encoding: 'utf8' });
    return { errors, listing: objdump.stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The bytes between the marks, which are no instructions that anybody writes. */
const mark = '.4byte 0xffffffff';
function pieces(listing: string): string[] {
  return listing
    .split('\n')
    .flatMap((line) => /^\s+[0-9a-f]+:\t([0-9a-f]+)/.exec(line)?.[1] ?? [])
    .join(' ')
    .split('ffffffff')
    .map((each) => each.trim());
}

/**
 * What may be refused elsewhere: names that the command line can define, what compressed instructions leave to others,
 * rounding modes that newer assemblers take.
 */
function isLenient(line: string): boolean {
  return /\b(nosuch|elsewhere|mstatus|rtz|rne|rw?|w)$/.test(line) || /^(c\.|fence .*\b0)/.test(line);
}

/**
 * Lines that only one of both refuses.
 * @param isLenient may be refused by the assembler alone
 */
function disagreements(lines: readonly string[], isLenient: (line: string) => boolean): string[] {
  const source = `there:\n${lines.join('\n')}\n`;
  const { errors } = assembled(source);
  const document = new AssemblyDocument(source, 'plain');
  const certain = problemsOf(document).filter(({ isDoubtful }) => !isDoubtful);
  const problems = new Map(certain.map(({ line, message }) => [line, message]));
  assert.ok(errors.size > lines.length / 10 && errors.size < (lines.length * 9) / 10, `${errors.size} refused`);
  return lines.flatMap((text, index) => {
    const [theirs, ours] = [errors.get(index + 2), problems.get(index + 1)];
    if (ours === undefined && isLenient(text)) return [];
    return (theirs === undefined) === (ours === undefined) ? [] : [`${text}: as: ${theirs}; ours: ${ours}`];
  });
}

/** Zero where a compressed instruction has another meaning, which its own section of the manual tells. */
function isOfZero(line: string): boolean {
  return /^c\..* 0$/.test(line);
}

describe('beside GNU as', () => {
  /** Binutils 2.40 does not know it. */
  const all = [...forms.values()].flat().filter(({ mnemonic }) => mnemonic !== 'lga');

  it('every form of every instruction is one that it takes', () => {
    const lines = all.map(written);
    const { errors } = assembled(`${lines.join('\n')}\n`);
    assert.deepEqual(
      [...errors].map(([line, message]) => `${lines[line - 1]}: ${message}`),
      [],
    );
  });

  it('a pseudoinstruction becomes what its expansion says, word for word', () => {
    const expanding = all.filter(
      ({ expansion, mnemonic }) => expansion.length > 0 && !/^([sz]ext\.[bhw]|pause|c\..*)$/.test(mnemonic),
    );
    const before = expanding.map(written);
    const after = expanding.map((form, index) => {
      const [statement] = new AssemblyDocument(before[index]!, 'plain').program.statements;
      const lines = expansionOf(form, statement!.operands, () => undefined);
      // What a linker would fill in is zero before it has.
      return lines.join('\n').replace(/%\w+\(\w+\)/g, '0');
    });
    const [ours, theirs] = [after, before].map((texts) => {
      const { errors, listing } = assembled(`.option norelax\n.option norvc\n${texts.join(`\n${mark}\n`)}\n`);
      assert.deepEqual([...errors.values()], []);
      return pieces(listing);
    });
    expanding.forEach((_, index) => {
      assert.equal(theirs![index], ours![index], `${before[index]}: ${after[index]}`);
    });
  });

  it('CSRs have the numbers that it knows by their names', () => {
    const known = csrs.filter(({ name }) => !/^(hgeip|tinfo)$/.test(name));
    const lines = known.flatMap(({ name, number }) => [`csrr t0, ${name}`, `csrr t0, ${number}`]);
    const { errors, listing } = assembled(`${lines.join('\n')}\n`);
    assert.deepEqual([...errors], []);
    const words = pieces(listing)[0]!.split(' ');
    for (const [index, { name }] of known.entries()) assert.equal(words[2 * index], words[2 * index + 1], name);
  });

  it('a constant is loaded by the instructions that it takes', () => {
    const values = [0n, -1n, 2047n, 2048n, -2049n, 0x7fff_ffffn, 1n << 31n, 0xffff_ffffn, 1n << 62n, -(1n << 63n)];
    let seed = 1n;
    for (let bits = 0n; bits < 64n; bits++) {
      seed = BigInt.asUintN(64, seed * 6364136223846793005n + 1442695040888963407n);
      values.push(BigInt.asIntN(64, seed >> bits), BigInt.asIntN(64, (seed >> bits) << (bits / 2n)));
    }
    const [ours, theirs] = [
      values.map((value) => constantLoad('a0', value).join('\n')),
      values.map((value) => `li a0, ${value}`),
    ].map((texts) => pieces(assembled(`.option norvc\n${texts.join(`\n${mark}\n`)}\n`).listing));
    assert.deepEqual(ours, theirs);
  });

  it('numbers and the registers of compressed instructions end where it has them end', () => {
    const lines = all.flatMap((form) =>
      form.operands.split(',').flatMap((piece, index) => {
        const at = (text: string): string => {
          const given = form.operands.split(',').map((each, place) => (place === index ? text : sample(form, each)));
          return `${form.mnemonic} ${given.join(', ')}`;
        };
        const range = rangeOf(form, /^(imm)?\(rs1\)$/.test(piece) ? 'imm' : piece);
        if (range && piece !== '(rs1)') {
          const { min, max, step } = range;
          const numbers = [min - step, min, max, max + step, ...(step > 1 ? [max - 1] : [])].map(String);
          return numbers.map((number) => at(piece === 'imm(rs1)' ? `${number}(${sample(form, 'rs1')})` : number));
        }
        const isShort = form.mnemonic.startsWith('c.') && /^[rf](d|s\d)$/.test(piece);
        const letter = piece.startsWith('f') ? 'f' : 'x';
        return isShort ? [7, 8, 15, 16].map((number) => at(`${letter}${number}`)) : [];
      }),
    );
    assert.ok(lines.length > 600, `${lines.length} lines`);
    assert.deepEqual(disagreements(lines, isOfZero), []);
  });

  it('what it assembles has no problem, and what it refuses has one', () => {
    const operand = fc.constantFrom(
      ...[
        'a0',
        't0',
        'sp',
        'zero',
        'x8',
        'fa0',
        'ft8',
        '0',
        '1',
        '-1',
        '31',
        '32',
        '63',
        '64',
        '2047',
        '2048',
        '-2048',
      ],
      ...['-2049', '16', '0x80000', '0xfffff', '0x100000', '0(a0)', '8(sp)', '(s0)', '4096(a0)', '%lo(there)', 'there'],
      ...['mstatus', 'nosuch', 'rtz', 'rw', 'w', '1 << 11', '(1 << 12) - 1', '%lo(there)(a0)', '~0', '8(fa0)', '4(s1)'],
    );
    const instruction = fc.constantFrom(...all).chain((form) => {
      const wanted = form.operands === '' ? [] : form.operands.split(',');
      // Mostly the right number of operands, mostly of the right kind.
      const fitting = wanted.map((piece) =>
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(piece.replace(/[a-z]+\d?/g, (name) => samples[name] ?? name)) },
          operand,
        ),
      );
      const extra = fc.oneof({ weight: 8, arbitrary: fc.constant([]) }, fc.tuple(operand));
      return fc
        .tuple(fc.tuple(...fitting), extra)
        .map(([some, more]) => `${form.mnemonic} ${[...some, ...more].join(', ')}`);
    });
    const lines = fc.sample(instruction, 4000);
    assert.deepEqual(disagreements(lines, isLenient), []);
  });
});
