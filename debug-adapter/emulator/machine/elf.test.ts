import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DebuggeeError } from '../../debuggee/debuggee';
import { readElf } from './elf';

const path = resolve(__dirname, '../../../extension/sample/guests/working-set.elf');
const good = readFileSync(path);

/** The code of the error that a copy of the guest gives after `change`. */
function codeAfter(change: (bytes: Buffer) => Uint8Array | undefined): string {
  const bytes = Buffer.from(good);
  const changed = change(bytes) ?? bytes;
  try {
    readElf({ path: 'guest', bytes: changed });
  } catch (error) {
    assert(error instanceof DebuggeeError, String(error));
    assert.match(error.message, /guest/);
    return error.code;
  }
  return 'none';
}

describe('ELF reader', () => {
  it('reads segments, entry and names of a guest', () => {
    const { entry, segments, symbols, sections } = readElf({ path, bytes: good });
    assert.equal(entry, 0x8000_0000n);
    assert.equal(segments[0]?.address, 0x8000_0000n);
    assert(
      segments.some(({ bytes, byteCount }) => bytes.length < byteCount),
      'one segment has zeros at its end',
    );
    const names = symbols.map(({ name }) => name);
    for (const name of ['_start', 'main', 'counter', 'rewrite_page', 'trap_entry']) assert(names.includes(name), name);
    assert.equal(symbols.find(({ name }) => name === 'counter')!.address % 4096n, 0n);
    const text = sections.find(({ name }) => name === '.text')!;
    assert.equal(text.virtualAddress, 0x8000_0000n);
    assert(
      sections.every(({ name }) => !/debug|symtab|comment/.test(name)),
      'what is not in memory is left out',
    );
  });

  it('tells each wrong file by its own code', () => {
    const codes = {
      text: codeAfter(() => new TextEncoder().encode('#!/bin/sh\n')),
      class32: codeAfter((bytes) => void bytes.writeUInt8(1, 4)),
      bigEndian: codeAfter((bytes) => void bytes.writeUInt8(2, 5)),
      x86: codeAfter((bytes) => void bytes.writeUInt16LE(62, 0x12)),
      object: codeAfter((bytes) => void bytes.writeUInt16LE(1, 0x10)),
      core: codeAfter((bytes) => void bytes.writeUInt16LE(4, 0x10)),
      noSegments: codeAfter((bytes) => void bytes.writeUInt16LE(0, 0x38)),
      hugeOffset: codeAfter((bytes) => void bytes.writeBigUInt64LE(1n << 60n, 0x20)),
      symbolLink: codeAfter((bytes) => void bytes.writeUInt16LE(16, 0x3c)),
    };
    assert.deepEqual(codes, {
      text: 'not-elf',
      class32: 'elf-32-bit',
      bigEndian: 'elf-big-endian',
      x86: 'elf-machine',
      object: 'elf-type',
      core: 'elf-type',
      noSegments: 'elf-no-segments',
      hugeOffset: 'elf-malformed',
      symbolLink: 'elf-malformed',
    });
  });

  it('names the other machine', () => {
    const bytes = Buffer.from(good);
    bytes.writeUInt16LE(183, 0x12);
    assert.throws(
      () => readElf({ path: 'arm.elf', bytes }),
      /arm\.elf is for another machine \(AArch64\).*riscv64 toolchain/,
    );
  });

  it('reports a file cut short at any byte, and never fails otherwise', () => {
    for (let length = 4; length < good.length; length += 13) {
      const code = codeAfter(() => good.subarray(0, length));
      assert.equal(code, 'elf-truncated', `at ${length}: ${code}`);
    }
  });
});
