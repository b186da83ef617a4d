import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DebuggeeError } from '../../debug-adapter/debuggee/debuggee';
import { DebugInfo } from '../../debug-adapter/dwarf/debug-info';
import type { DebugSections } from '../../debug-adapter/dwarf/sections';
import { readElfSymbols } from '../../debug-adapter/emulator/machine/elf';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { readSymbolFiles } from '../../debug-adapter/emulator/machine/symbol-file';
import { requirePart } from '../../tools/parts.mjs';
import { compiledProgram } from './compiled-program';

const file = (path: string) => inMemory({ path, bytes: readFileSync(path) });

describe('an object file', () => {
  let folder: string;
  let object: string;
  let names: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-object-'));
    object = compiledProgram(folder, '-O1', '-c');
    names = join(folder, 'names');
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Linked to these addresses, where nothing is made shorter: code is as far apart as in the object file. */
  function linked(data: string): string {
    const elf = join(folder, 'linked.elf');
    const sections = ['-Ttext=0x80000000', `-Tdata=${data}`];
    execFileSync(requirePart('binutils', 'riscv64-unknown-elf-ld'), ['--no-relax', ...sections, '-o', elf, object]);
    return elf;
  }

  it('is where the others have its names: its debug information is then what a linker makes of it', () => {
    const elf = linked('0x80100000');
    const placed = readSymbolFiles([file(object), file(elf)]).slice(0, -1);
    const theirs = readElfSymbols(file(elf));
    const debug = placed.find((image) => image.debug)!.debug!;
    // The linker orders strings anew, and so these are the ones without references to strings.
    for (const name of ['.debug_aranges', '.debug_frame', '.debug_rnglists', '.debug_loclists']) {
      const [ours, expected] = [debug.section(name)!, theirs.debug!.section(name)!];
      assert.ok(Buffer.compare(ours.bytes, expected.bytes) === 0, name);
      assert.deepEqual(ours.part(4, 4), expected.bytes.subarray(4, 8));
    }
    const [ours, expected] = [debug, theirs.debug!].map((sections) => new DebugInfo([sections]));
    const [path] = expected!.pathsNamed('program.c');
    const linesOf = (info: DebugInfo) =>
      readFileSync(path!, 'utf8')
        .split('\n')
        .map((_, index) => info.codeOf(path!, index + 1));
    assert.deepEqual(linesOf(ours!), linesOf(expected!));
    assert.ok(linesOf(ours!).filter(Boolean).length > 50);
    const addresses = new Map(theirs.symbols.map(({ name, address }) => [name, address]));
    const symbols = placed.flatMap((image) => image.symbols);
    for (const { name, address } of symbols) assert.equal(address, addresses.get(name), name);
    // Not what is in thread-local storage, which has an offset.
    assert.ok(theirs.symbols.every(({ address }) => address >= 0x8000_0000n));
    assert.ok(['main', 'stack'].every((wanted) => symbols.some(({ name }) => name === wanted)));
  });

  it('has no code where nothing tells of a section: a module forgets its initialization', () => {
    const all = readElfSymbols(file(linked('0x80100000')));
    const [entry] = all.symbols.filter(({ name }) => name === '_start');
    const others = all.symbols.filter(({ name }) => name !== '_start');
    const list = others.map(({ name, address }) => `${address.toString(16).padStart(16, '0')} T ${name}\t[program]\n`);
    const infoOf = (debug?: DebugSections) => new DebugInfo([debug!]);
    const listed = inMemory({ path: names, bytes: Buffer.from(list.join('')) });
    const info = infoOf(readSymbolFiles([listed, file(object)]).find((image) => image.debug)!.debug);
    const whole = infoOf(all.debug);
    const [path, line] = [info.pathsNamed('program.c')[0]!, whole.lineAt(entry!.address)!.line];
    assert.deepEqual(whole.codeOf(path, line)?.addresses, [entry!.address]);
    assert.equal(info.codeOf(path, line), undefined);
    assert.deepEqual(info.functionsAt(4n), []);
  });

  it('is refused where nothing tells its addresses, or what is loaded is of another build', () => {
    assert.throws(
      () => readSymbolFiles([file(object)]),
      /is an object file and .*save the output of `cat \/proc\/kallsyms`/,
    );
    const printed = readElfSymbols(file(linked('0x80100000'))).symbols.map(
      ({ name, address }) =>
        `${(address + (name === 'main' ? 2n : 0n)).toString(16).padStart(16, '0')} T ${name}\t[program]\n`,
    );
    const other = inMemory({ path: names, bytes: Buffer.from(printed.join('')) });
    assert.throws(
      () => readSymbolFiles([other, file(object)]),
      /is not the build that the guest has loaded: `\w+` is at another address there/,
    );
  });

  it('that is damaged is refused in words, or read as far as it goes', () => {
    const [whole, elf] = [readFileSync(object), file(linked('0x80100000'))];
    const headers = Number(whole.readBigUInt64LE(0x28));
    const byte = fc.record({
      at: fc.oneof(fc.nat(63), fc.integer({ min: headers, max: whole.length - 1 }), fc.nat(whole.length - 1)),
      value: fc.nat(255),
    });
    let readCount = 0;
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 4 }), (damage) => {
        const bytes = new Uint8Array(whole);
        for (const { at, value } of damage) bytes[at] = value;
        try {
          const [placed] = readSymbolFiles([inMemory({ path: object, bytes }), elf]);
          for (const name of ['.debug_info', '.debug_line', '.debug_loclists'])
            void placed!.debug?.section(name)?.bytes;
          readCount++;
        } catch (error) {
          if (!(error instanceof DebuggeeError)) throw error;
        }
      }),
    );
    assert.ok(readCount > 10, `${readCount}`);
  });
});
