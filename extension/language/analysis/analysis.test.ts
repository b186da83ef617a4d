import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { forms } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { parseMessages, problemsWith } from './assembler-messages';
import { completionsAt } from './completion';
import { AssemblyDocument } from './document';
import { formattingOf } from './formatting';
import { hoverAt } from './hover';
import { foldsOf, outlineOf } from './outline';
import { problemsOf } from './problems';
import { semanticTokensOf } from './semantic-tokens';
import { signaturesAt } from './signatures';
import type { Dialect } from './tokens';

function placesOf({ program }: AssemblyDocument): readonly (readonly number[])[] {
  return program.statements.map(({ line, lastLine, head }) => [line, lastLine, head?.line ?? -1]);
}

/** Pieces that a scanner could stumble over, between words that mean something. */
const pieces = [
  ...[
    'addi',
    'a0',
    ',',
    ' ',
    '\n',
    '\\',
    '\\\n',
    ':',
    '#',
    '//',
    '/*',
    '*/',
    '"',
    "'",
    '(',
    ')',
    ';',
    '%lo',
    '%',
    '1f',
    '1:',
  ],
  ...[
    '.macro m a, b=1',
    '.endm',
    '.if 1',
    '.endif',
    '#define X(y) y',
    '#ifdef X',
    '#endif',
    '\\a',
    '\\@',
    '\\()',
    '.set x, x+1',
  ],
  ...[
    '.equ y, y',
    '= ',
    '0x',
    '0b12',
    '08',
    '1e',
    '1 << 99999',
    '-',
    '~',
    '!',
    '@',
    'é',
    '\u2028',
    '\u{1f600}',
    '\t',
    '\0',
    '\r',
  ],
  ...['li a0, 1/0', 'call main', 'csrr t0, mstatus', '80000000:  00000297  auipc t0,0x0', '.option arch, rv64i'],
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const dialect = fc.constantFrom<Dialect>('plain', 'preprocessed', 'listing');

/** Everything that an editor may ask, everywhere. */
function askAll(document: AssemblyDocument): void {
  problemsOf(document);
  semanticTokensOf(document);
  outlineOf(document);
  foldsOf(document);
  document.lines.forEach((line, number) => {
    for (let character = 0; character <= line.length; character++) {
      hoverAt(document, number, character);
      completionsAt(document, number, character);
      signaturesAt(document, number, character);
    }
  });
}

describe('the analysis of assembly', () => {
  it('takes any text', () => {
    fc.assert(
      fc.property(text, dialect, (source, kind) => askAll(new AssemblyDocument(source, kind))),
      { numRuns: 300 },
    );
  });

  it('comes to an end, however often something repeats', () => {
    for (const piece of [...pieces, '\\a'.repeat(9), '((((', '.if 1\n', 'x: ', '1: j 1b\n', '.set x, x\n', "'", '/']) {
      const document = new AssemblyDocument(piece.repeat(4_000), 'preprocessed');
      problemsOf(document);
      semanticTokensOf(document);
      foldsOf(document);
    }
  });

  it('knows every token by where it stands', () => {
    fc.assert(
      fc.property(text, dialect, (source, kind) => {
        const { lines, program } = new AssemblyDocument(source, kind);
        program.lines.forEach(({ tokens }, number) => {
          let behind = 0;
          for (const { text, line, start, end } of tokens) {
            assert.equal(line, number);
            assert.equal(lines[number]!.slice(start, end), text);
            assert.ok(start >= behind && end > start);
            behind = end;
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('knows a text after an edit as if it had never been another', () => {
    fc.assert(
      fc.property(text, text, dialect, fc.nat(), fc.nat(20), (source, inserted, kind, place, removed) => {
        const before = new AssemblyDocument(source, kind);
        const at = place % (source.length + 1);
        const after = source.slice(0, at) + inserted + source.slice(at + removed);
        const document = new AssemblyDocument(after, kind, before);
        const fresh = new AssemblyDocument(after, kind);
        assert.deepEqual(document.program, fresh.program);
        assert.deepEqual(placesOf(document), placesOf(fresh));
        assert.deepEqual(document.symbols.symbols, fresh.symbols.symbols);
      }),
      {
        numRuns: 300,
        examples: [
          ['nop\nnop', '/*', 'plain', 1, 0],
          ['#define X\nnop', '\\', 'preprocessed', 9, 0],
          ['nop\nnop\nnop', '.macro m\n', 'plain', 4, 0],
        ],
      },
    );
  });

  it('formats without changing anything but blanks, and once is enough', () => {
    const options = fc.record({ tabSize: fc.constantFrom(2, 4, 8), insertSpaces: fc.boolean() });
    fc.assert(
      fc.property(text, dialect, options, (source, kind, how) => {
        const document = new AssemblyDocument(source, kind);
        const lines = [...document.lines];
        for (const { line, text } of formattingOf(document, how)) lines[line] = text;
        const formatted = new AssemblyDocument(lines.join('\n'), kind);
        const tokensOf = ({ program }: AssemblyDocument) =>
          program.lines.map(({ tokens }) => tokens.map(({ kind, text }) => `${kind} ${text.trimEnd()}`));
        assert.deepEqual(tokensOf(formatted), tokensOf(document));
        assert.deepEqual(formattingOf(formatted, how), []);
      }),
      { numRuns: 500 },
    );
  });

  it("finds no problem in this project's guests", () => {
    const root = resolve(__dirname, '../../..');
    const folders = [
      'extension/sample/guests',
      'test/bench/guest-mips',
      'test/stacks',
      'test/harts',
      'test/stream/captures',
      'test/devices',
    ];
    const files = folders.flatMap((folder) =>
      readdirSync(resolve(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.[sS]$/.test(name))
        .map((name) => resolve(root, folder, name)),
    );
    assert.ok(files.length >= 7, `${files.length} files`);
    for (const file of files) {
      const document = new AssemblyDocument(readFileSync(file, 'utf8'), file.endsWith('.s') ? 'plain' : 'preprocessed');
      assert.ok(document.isRiscv(), file);
      assert.deepEqual(problemsOf(document), [], file);
    }
  });

  it('takes the word of GNU as and of clang for what they refuse, but not where another command line decides', () => {
    const document = new AssemblyDocument(
      '  addi a0, a0, 4096\n  vsetvli t0, a0, e8, m1\n  csrr a0, senvcfg\n  mul a0, a0, a0',
      'plain',
    );
    const ofClang = [
      '<stdin>:1:16: error: operand must be a symbol with %lo/%pcrel_lo/%tprel_lo modifier or an integer in the range [-2048, 2047]',
      '  addi a0, a0, 4096',
      '               ^',
      '<stdin>:2:19: error: invalid operand for instruction',
      '<stdin>:3:12: error: operand must be a valid system register name or an integer in the range [0, 4095]',
      "<stdin>:4:3: error: instruction requires the following: 'M' (Integer Multiplication and Division)",
    ];
    const ofAs = [
      '{standard input}: Assembler messages:',
      "{standard input}:1: Error: illegal operands `addi a0,a0,4096'",
      "{standard input}:2: Error: unrecognized opcode `vsetvli t0,a0,e8,m1'",
      "{standard input}:3: Error: unknown CSR `senvcfg'",
      "{standard input}:4: Error: unrecognized opcode `mul a0,a0,a0', extension `m' required",
    ];
    for (const output of [ofClang, ofAs]) {
      const messages = parseMessages(output.join('\n'));
      const lines = (isAsBuilt: boolean) => problemsWith(document, messages, isAsBuilt).map(({ line }) => line);
      assert.deepEqual(lines(false), [0]);
      assert.deepEqual(lines(true), [0, 1, 2, 3]);
    }
  });

  it('says something of every mnemonic that an assembler knows', () => {
    for (const [mnemonic, known] of forms) {
      for (const { operands } of known) {
        const line = `  ${mnemonic} ${operands}`;
        assert.ok(hoverAt(new AssemblyDocument(line, 'plain'), 0, 3)?.markdown.includes(mnemonic), line);
      }
    }
  });
});
