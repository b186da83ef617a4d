import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { requirePart } from '../../../tools/parts.mjs';
import { readElf } from './elf';
import { readSymbolFile } from './symbol-file';
import { ImageSymbolTable } from './symbol-table';

const path = resolve(__dirname, '../../../extension/sample/guests/working-set.elf');
const bytes = readFileSync(path);

describe('a file of symbols', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-symbols-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const linked = () => new ImageSymbolTable([{ ...readSymbolFile({ path, bytes }) }]);
  const places = (table: ImageSymbolTable) =>
    ['main', 'rewrite_page', 'trap_entry'].map((name) => [
      name,
      table.addressOf(name),
      table.nearest(table.addressOf(name)! + 4n),
    ]);

  it('is an executable, with the names that it has when it is loaded', () => {
    assert.deepEqual(readSymbolFile({ path, bytes }).symbols, readElf({ path, bytes }).symbols);
  });

  it('is its debug information alone, whose segments are not in the file', () => {
    const debug = join(folder, 'guest.debug');
    execFileSync(requirePart('binutils', 'riscv64-unknown-elf-objcopy'), ['--only-keep-debug', path, debug]);
    const table = new ImageSymbolTable([readSymbolFile({ path: debug, bytes: readFileSync(debug) })]);
    assert.deepEqual(places(table), places(linked()));
  });

  it('is what nm prints', () => {
    const printed = execFileSync(requirePart('binutils', 'riscv64-unknown-elf-nm'), [path]);
    const table = new ImageSymbolTable([readSymbolFile({ path: 'System.map', bytes: printed })]);
    assert.deepEqual(places(table), places(linked()));
  });

  it('without any names is refused', () => {
    const stripped = join(folder, 'stripped');
    execFileSync(requirePart('binutils', 'riscv64-unknown-elf-strip'), ['-o', stripped, path]);
    for (const each of [readFileSync(stripped), Buffer.from('ffffffffffffffff B The real System.map is elsewhere\n')]) {
      assert.throws(() => readSymbolFile({ path: 'names', bytes: each }), /names has no symbols: .*vmlinux/);
    }
  });
});
