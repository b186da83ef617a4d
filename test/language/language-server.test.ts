import assert from 'node:assert/strict';
import type {
  CompletionList,
  DocumentSymbol,
  FoldingRange,
  Location,
  SemanticTokens,
  SignatureHelp,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver';
import { assemblerNotification } from '../../extension/language/assembler-settings';
import { requirePart } from '../../tools/parts.mjs';
import { LanguageClient } from './language-client';

describe('the language server', () => {
  let client: LanguageClient;
  before(async () => {
    client = await LanguageClient.start();
  });
  after(() => client.stop());

  describe('hover', () => {
    it('tells what an instruction does, its encoding and where the manual has it', async () => {
      const text = await client.hover('  |addi sp, sp, -16');
      assert.match(text, /^\*\*addi\*\* rd, rs1, imm\n\nAdds a sign-extended 12-bit immediate/);
      assert.match(text, /imm\[11:0\] \| rs1 \| 000 \| rd \| 0010011/);
      assert.match(text, /extension I; Unprivileged manual \(20191213\), section 2\.4/);
    });

    it('expands a pseudoinstruction with the operands that it has', async () => {
      assert.match(await client.hover('  |mv a0, s1'), /\naddi a0,s1,0\n/);
      assert.match(await client.hover('  |bgt t0, t1, 1f'), /\nblt t1,t0,1f\n/);
      assert.match(
        await client.hover('  |call main'),
        /\nauipc ra,%pcrel_hi\(main\)\njalr ra,%pcrel_lo\(main\)\(ra\)\n/,
      );
      assert.match(await client.hover('  |sw t0, counter, t1'), /\nauipc t1,%pcrel_hi\(counter\)\nsw t0,/);
    });

    it('loads a constant with the instructions that GNU as takes', async () => {
      assert.match(await client.hover('  |li a0, 0x12345678'), /\nlui a0,0x12345\naddiw a0,a0,1656\n/);
      assert.match(await client.hover('  |li a0, 1 << 31'), /\naddiw a0,zero,1\nslli a0,a0,0x1f\n/);
    });

    it('explains ABI names and CSRs with their fields', async () => {
      assert.match(await client.hover('  add a0, |s1, a1'), /^\*\*s1\*\*: x9\n\nSaved register/);
      assert.match(
        await client.hover('  csrr t0, |mcause'),
        /CSR 0x342, M-mode, read and write\n.*\| 63 \| Interrupt \|/s,
      );
      assert.match(await client.hover('  csrw |0x180, t0'), /\*\*satp\*\*/);
    });

    it('shows what a name is defined as, with its value and the comment above', async () => {
      const text = '  .equ PAGE, 4 * 1024\n# Clears a page.\nclear:\n  li t0, |PAGE\n  call |clear\n';
      const { places } = await client.open(text);
      const [page, clear] = await Promise.all(
        places.map((place) =>
          client.connection.sendRequest<{ contents: { value: string } }>('textDocument/hover', place),
        ),
      );
      assert.match(page!.contents.value, /constant, line 1.*4096 = 0x1000/s);
      assert.match(clear!.contents.value, /label, line 3.*Clears a page\./s);
    });

    it('reads listings of guest code past their addresses', async () => {
      const { places } = await client.open(
        '0000000080000000 <_start>:\n80000000:  00000297  |auipc t0,0x0\n',
        'start.s',
        'freezeframe-listing',
      );
      const answer = await client.connection.sendRequest<{ contents: { value: string } }>(
        'textDocument/hover',
        places[0]!,
      );
      assert.match(answer.contents.value, /^\*\*auipc\*\*/);
    });
  });

  describe('diagnostics', () => {
    it('name what no assembler takes, where it stands', async () => {
      const text = ['  li a0, 1', '  li a1, 1', '  addi a0, a0, 4096', '  addd a0, a0, a1', '  csrr t0, mfoo'].join(
        '\n',
      );
      assert.deepEqual(await client.problems(text), [
        '3: 4096: 4096 does not fit: -2048 to 2047',
        '4: addd: No instruction is called addd',
        '5: mfoo: Not a CSR: mfoo',
      ]);
    });

    it('are silent about what a macro from elsewhere may mean', async () => {
      const text = '#include "asm.h"\n  li a0, 1\n  load_all a0\n  REG_L a0, 4096(sp)\n  addi a0, a0, SIZE\n';
      assert.deepEqual(await client.problems(text, 'guest.S'), []);
    });
  });

  describe('navigation', () => {
    const text = [
      '  .equ SIZE, 16',
      'loop|:',
      '1:  addi a0, a0, SIZE',
      '  beqz a0, 1|f',
      '  j 1b',
      '1:  j loop',
      '  .macro save reg',
      '  sd \\reg|, 0(sp)',
      '  .endm',
      '  save| ra',
    ].join('\n');

    async function lines(request: string, index: number, more: object = {}): Promise<string[]> {
      const { places } = await client.open(text);
      const found = await client.connection.sendRequest<Location[]>(request, { ...places[index]!, ...more });
      return found.map(({ range: { start } }) => `${start.line + 1}:${start.character}`);
    }

    it('goes to labels, local ones ahead and behind, macros and their parameters', async () => {
      assert.deepEqual(await lines('textDocument/definition', 1), ['6:0']);
      assert.deepEqual(await lines('textDocument/definition', 2), ['7:14']);
      assert.deepEqual(await lines('textDocument/definition', 3), ['7:9']);
    });

    it('finds every reference', async () => {
      assert.deepEqual(await lines('textDocument/references', 0, { context: { includeDeclaration: true } }), [
        '2:0',
        '6:6',
      ]);
      assert.deepEqual(await lines('textDocument/references', 1, { context: { includeDeclaration: false } }), ['4:11']);
    });

    it('renames a label where it is meant, and refuses a name that is taken', async () => {
      const { uri, places } = await client.open(text);
      const rename = (index: number, newName: string): Promise<WorkspaceEdit> =>
        client.connection.sendRequest('textDocument/rename', { ...places[index]!, newName });
      const edits = (await rename(1, '2')).changes![uri]!;
      assert.deepEqual(
        edits.map(({ range: { start, end } }) => [start.line + 1, start.character, end.character]),
        [
          [4, 11, 12],
          [6, 0, 1],
        ],
      );
      await assert.rejects(rename(0, 'SIZE'), /SIZE is defined already/);
      await assert.rejects(rename(1, '1x'), /A local label is a number/);
    });
  });

  describe('completion', () => {
    async function labels(marked: string): Promise<string[]> {
      const list = await client.ask<CompletionList>('textDocument/completion', marked);
      return list.items.map(({ label }) => label);
    }

    it('offers mnemonics and macros, then what their operands can be', async () => {
      const heads = await labels('  .macro save reg\n  .endm\n  ad|');
      for (const each of ['save', 'addi', 'li', 'fence.i', '.globl']) assert.ok(heads.includes(each), each);
      assert.ok((await labels('  csrr t0, |')).includes('mstatus'));
      assert.ok(!(await labels('  csrr |')).includes('mstatus'));
      assert.ok((await labels('  fadd.s f|')).includes('fa0'));
      assert.ok(!(await labels('  fadd.s f|')).includes('a0'));
      assert.ok((await labels('main:\n  call m|')).includes('main'));
      assert.deepEqual(await labels('  .macro save reg, slot\n  sd \\|\n  .endm'), ['reg', 'slot']);
    });

    it('offers nothing in comments and strings', async () => {
      assert.equal(await client.ask('textDocument/completion', '  nop # ad|'), null);
      assert.equal(await client.ask('textDocument/completion', '  .ascii "ad|'), null);
    });

    it('shows the operands of every form, with the one being typed', async () => {
      const help = await client.ask<SignatureHelp>('textDocument/signatureHelp', '  lw a0, |');
      assert.deepEqual(
        help.signatures.map(({ label }) => label),
        ['lw rd, imm(rs1)', 'lw rd, symbol'],
      );
      assert.equal(help.activeParameter, 1);
    });
  });

  describe('structure', () => {
    const text = [
      '/* What this is,',
      '   in words. */',
      '  .type main, @function',
      'main:',
      '  .if 1',
      '  addi sp,sp,-16 # make room',
      '  .endif',
      '  .size main, . - main',
      '  .macro save reg',
      '  sd \\reg,0(sp)',
      '  .endm',
    ].join('\n');

    it('outlines functions and macros with the lines that are theirs', async () => {
      const { uri } = await client.open(text);
      const symbols = await client.connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', {
        textDocument: { uri },
      });
      assert.deepEqual(
        symbols.map(({ name, range: { start, end } }) => [name, start.line, end.line]),
        [
          ['main', 3, 8],
          ['save', 8, 11],
        ],
      );
    });

    it('folds functions, macros and conditions', async () => {
      const { uri } = await client.open(text);
      const folds = await client.connection.sendRequest<FoldingRange[]>('textDocument/foldingRange', {
        textDocument: { uri },
      });
      assert.deepEqual(
        folds.map(({ startLine, endLine }) => [startLine, endLine]).sort(([a = 0], [b = 0]) => a - b),
        [
          [3, 7],
          [4, 5],
          [8, 9],
        ],
      );
    });

    it('formats instructions into columns and leaves the rest', async () => {
      const { uri } = await client.open(text);
      const edits = await client.connection.sendRequest<TextEdit[]>('textDocument/formatting', {
        textDocument: { uri },
        options: { tabSize: 4, insertSpaces: true },
      });
      assert.deepEqual(
        edits.map(({ newText }) => newText),
        [
          '    .type   main, @function',
          '    .if     1',
          '    addi    sp, sp, -16 # make room',
          '    .endif',
          '    .size   main, . - main',
          '    .macro  save reg',
          '    sd      \\reg, 0(sp)',
          '    .endm',
        ],
      );
    });

    it('tells mnemonics, registers, CSRs and comments apart for colours', async () => {
      const { uri } = await client.open('  csrr t0, mcause # why');
      const { data } = await client.connection.sendRequest<SemanticTokens>('textDocument/semanticTokens/full', {
        textDocument: { uri },
      });
      const legend = client.capabilities.semanticTokensProvider!.legend.tokenTypes;
      const types = data.filter((_, index) => index % 5 === 3).map((type) => legend[type]);
      assert.deepEqual(types, ['keyword', 'variable', 'enumMember', 'comment']);
    });
  });

  describe('with a real assembler', () => {
    const configure = (more: object = {}): Promise<void> =>
      client.connection.sendNotification(assemblerNotification, {
        path: requirePart('binutils', 'riscv64-unknown-elf-as'),
        arguments: [],
        ...more,
      });
    before(() => configure());

    it('its words are shown at the place that is wrong', async () => {
      assert.deepEqual(await client.problems('  li a0, 1\n  addi a0, a0, 4096\n  .if 1\n'), [
        "2: 4096: illegal operands `addi a0,a0,4096'",
        '3: .if 1: here is the start of the unterminated conditional',
      ]);
    });

    it('what it takes is no problem, nor what another command line would let it take', async () => {
      assert.deepEqual(
        await client.problems('  li a0, 1\n  sh1add a0, a1, a2\n  vsetvli t0, a0, e8, m1\n  cbo.zero (a0)\n'),
        [],
      );
    });

    it('the preprocessor goes before it where a file has directives for it', async () => {
      const text = '#define ONE 1\n  li a0, ONE\n  addi a0, a0, ONE << 12\n';
      assert.deepEqual(await client.problems(text, 'guest.S'), [
        "3: addi a0, a0, ONE << 12: illegal operands `addi a0,a0,1<<12'",
      ]);
    });

    it('arguments of the user make its word final', async () => {
      await configure({ arguments: ['-march=rv64i'] });
      const [problem] = await client.problems('  li a0, 1\n  mul a0, a0, a0\n');
      assert.match(problem ?? '', /^2: mul a0, a0, a0: unrecognized opcode `mul a0,a0,a0', extension `m'/);
      await configure();
    });

    it('where it cannot be run, the instruction table is asked', async () => {
      await configure({ path: '/nowhere/as' });
      assert.deepEqual(await client.problems('  li a0, 1\n  addi a0, a0, 4096\n'), [
        '2: 4096: 4096 does not fit: -2048 to 2047',
      ]);
      await configure();
    });
  });
});
