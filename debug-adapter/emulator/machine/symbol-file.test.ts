import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { requirePart } from '../../../tools/parts.mjs';
import { readElf } from './elf';
import { inMemory } from './image-file';
import { readSymbolFiles } from './symbol-file';
import { ImageSymbolTable } from './symbol-table';

const path = resolve(__dirname, '../../../extension/sample/guests/working-set.elf');
const bytes = readFileSync(path);

describe('a file of symbols', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-symbols-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const linked = () => new ImageSymbolTable(readSymbolFiles([inMemory({ path, bytes })]));
  const places = (table: ImageSymbolTable) =>
    ['main', 'rewrite_page', 'trap_entry'].map((name) => [
      name,
      table.addressOf(name),
      table.nearest(table.addressOf(name)! + 4n),
    ]);

  it('is an executable, with the names that it has when it is loaded', () => {
    assert.deepEqual(readSymbolFiles([inMemory({ path, bytes })])[0]!.symbols, readElf({ path, bytes }).symbols);
  });

  it('is its debug information alone, whose segments are not in the file', () => {
    const debug = join(folder, 'guest.debug');
    execFileSync(requirePart('binutils', 'riscv64-unknown-elf-objcopy'), ['--only-keep-debug', path, debug]);
    const table = new ImageSymbolTable(readSymbolFiles([inMemory({ path: debug, bytes: readFileSync(debug) })]));
    assert.deepEqual(places(table), places(linked()));
  });

  it('is what nm prints', () => {
    const printed = execFileSync(requirePart('binutils', 'riscv64-unknown-elf-nm'), [path]);
    const table = new ImageSymbolTable(readSymbolFiles([inMemory({ path: 'System.map', bytes: printed })]));
    assert.deepEqual(places(table), places(linked()));
  });

  const listed = (text: string) =>
    new ImageSymbolTable(readSymbolFiles([inMemory({ path: 'list', bytes: Buffer.from(text) })]));

  it('is what a guest printed of /proc/kallsyms, with the names of its modules', () => {
    const table = listed(
      'ffffffff80000000 T _start\r\nffffffff80002000 T last\r\n' +
        'ffffffff01860000 t open_file\t[fuse]\r\nffffffff01860100 t close_file\t[fuse]\r\n',
    );
    assert.equal(table.addressOf('close_file'), 0xffff_ffff_0186_0100n);
    assert.deepEqual(table.nearest(0xffff_ffff_0186_0104n), { name: 'close_file', offset: 4 });
    assert.deepEqual(table.nearest(0xffff_ffff_8000_0010n), { name: '_start', offset: 16 });
    // Between a module and the kernel lies other memory.
    assert.equal(table.nearest(0xffff_ffff_0200_0000n), undefined);
  });

  it('has the last name reach over a page, or as far as its size says, and no name behind', () => {
    const table = listed('0000000080000000 T _start\n0000000080000010 T sum\n');
    assert.deepEqual(table.nearest(0x8000_0012n), { name: 'sum', offset: 2 });
    assert.deepEqual(table.nearest(0x8000_100fn), { name: 'sum', offset: 0xfff });
    assert.equal(table.nearest(0x8000_1010n), undefined);
    assert.deepEqual(listed('0000000080000010 T sum\n').nearest(0x8000_0012n), { name: 'sum', offset: 2 });
    const sized = listed('0000000080000000 0000000000000010 T _start\n0000000080000010 0000000000000006 T sum\n');
    assert.deepEqual(sized.nearest(0x8000_0015n), { name: 'sum', offset: 5 });
    assert.equal(sized.nearest(0x8000_0016n), undefined);
  });

  it('is what nm prints with sizes', () => {
    const printed = execFileSync('riscv64-unknown-elf-nm', ['-S', path]);
    const table = new ImageSymbolTable(readSymbolFiles([inMemory({ path: 'System.map', bytes: printed })]));
    assert.deepEqual(places(table), places(linked()));
  });

  it('whose addresses are hidden is refused, with the way to see them', () => {
    const text = '0000000000000000 T _start\n0000000000000000 t sum\t[fuse]\n';
    assert.throws(() => listed(text), /list has only zero addresses, .*kernel\.kptr_restrict=0/);
  });

  it('has no names that a terminal would obey', () => {
    const table = listed('0000000080000000 T a\u001b[31m\n0000000080000004 T b\u009b2J\n0000000080000008 T c\n');
    assert.deepEqual(table.nearest(0x8000_0008n), { name: 'c', offset: 0 });
    assert.equal(table.nearest(0x8000_0000n), undefined);
  });

  it('without any names is refused', () => {
    const stripped = join(folder, 'stripped');
    execFileSync(requirePart('binutils', 'riscv64-unknown-elf-strip'), ['-o', stripped, path]);
    for (const each of [readFileSync(stripped), Buffer.from('ffffffffffffffff B The real System.map is elsewhere\n')]) {
      assert.throws(
        () => readSymbolFiles([inMemory({ path: 'names', bytes: each })]),
        /names has no symbols: .*vmlinux/,
      );
    }
  });
});
