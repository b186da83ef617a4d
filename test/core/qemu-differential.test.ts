import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Bus, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { registerNames } from '../../debug-adapter/emulator/isa/registers';
import { Guest, program } from './guest';
import { straightLine } from './random-program';

const uart = 0x1000_0000;
const testFinisher = 0x10_0000;
const handlerOffset = 0x100;
const codeOffset = 0x1000;
const dumpOffset = 0x8000;
const dataOffset = 0x10_0000;
const dumpByteCount = 4096;
const seeds = fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { minLength: 31, maxLength: 31 });

/** `auipc` of the data's first page, from an offset in the image. */
const dataFrom = (offset: number) => (dataOffset - (offset & ~0xfff)) >> 12;

/** Keeps cause, value and pc of the last trap beside the data and goes on behind the instruction. */
const handler = program([
  'csrrw t6,mscratch,t6',
  `auipc t6,${dataFrom(0)}`,
  `addi t6,t6,-${handlerOffset + 4}`,
  'sd t5,0(t6)',
  ...['mcause', 'mtval', 'mepc'].flatMap((csr, index) => [`csrrs t5,${csr},zero`, `sd t5,${8 + index * 8}(t6)`]),
  'addi t5,t5,4',
  'csrrw zero,mepc,t5',
  'ld t5,0(t6)',
  'csrrw t6,mscratch,t6',
  'mret',
]);

/** Loads x1 to x31 from the data, runs the words, then sends registers and data to the UART and ends. */
function image(words: readonly number[], registers: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(dataOffset + dumpByteCount);
  const view = new DataView(bytes.buffer);
  const others = registerNames.map((_, number) => number).filter((number) => number !== 0 && number !== 31);
  bytes.set(
    program([
      'auipc t6,0',
      `addi t6,t6,${handlerOffset}`,
      'csrrw zero,mtvec,t6',
      `auipc t6,${dataFrom(0)}`,
      'addi t6,t6,-12',
      ...others.map((number) => `ld ${registerNames[number]},${1024 + number * 8}(t6)`),
      'ld t6,1272(t6)',
    ]),
  );
  // Jumps over the handler.
  const start = program(Array.from({ length: 36 }, () => 'addi zero,zero,0')).length;
  bytes.set(program([`jal zero,${codeOffset - start}`]), start);
  bytes.set(handler, handlerOffset);
  for (const [index, word] of words.entries()) view.setUint32(codeOffset + index * 4, word, true);
  const end = codeOffset + words.length * 4;
  bytes.set(program([`jal zero,${dumpOffset - end}`]), end);
  bytes.set(
    program([
      'csrrw t6,mscratch,t6',
      `auipc t6,${dataFrom(dumpOffset)}`,
      'addi t6,t6,-4',
      ...others.map((number) => `sd ${registerNames[number]},${1024 + number * 8}(t6)`),
      'csrrs t5,mscratch,zero',
      'sd t5,1272(t6)',
      'addi a0,t6,0',
      `lui a1,0x${(uart >>> 12).toString(16)}`,
      'addi a2,a0,2047',
      'lbu t0,0(a0)',
      'sb t0,0(a1)',
      'addi a0,a0,1',
      'bne a0,a2,-12',
      `lui a1,0x${(testFinisher >>> 12).toString(16)}`,
      'lui a0,0x5',
      'addi a0,a0,1365',
      'sw a0,0(a1)',
      'jal zero,0',
    ]),
    dumpOffset,
  );
  for (const [index, value] of registers.entries()) view.setBigUint64(dataOffset + 1032 + index * 8, value, true);
  // s0 and s1 point into the data, aligned: QEMU with one hart calls a misaligned AMO a load (cause 4, not 6).
  view.setBigUint64(dataOffset + 1024 + 8 * 8, BigInt(ramBase + dataOffset + 512), true);
  view.setBigUint64(dataOffset + 1024 + 9 * 8, BigInt(ramBase + dataOffset + 704), true);
  return bytes;
}

function runHere(bytes: Uint8Array): Uint8Array {
  const sent: number[] = [];
  const bus: Bus = {
    read: () => 'fault',
    write: (_, address, _size, value) => {
      if (address === uart) sent.push(Number(value & 0xffn));
      if (address === testFinisher) guest.core.requestStop();
      return 'ok';
    },
    fetch: () => undefined,
  };
  const guest = new Guest([], { ramByteCount: 8 << 20 }, bus);
  guest.core.writeRam(0, bytes);
  guest.core.reset(0, BigInt(ramBase));
  assert.deepEqual(guest.run(100_000), { kind: 'requested' });
  return Uint8Array.from(sent);
}

function runInQemu(folder: string, bytes: Uint8Array): Uint8Array {
  const bios = join(folder, 'program.bin');
  const serial = join(folder, 'serial');
  writeFileSync(bios, bytes);
  const args = [
    '-M',
    'virt',
    '-m',
    '32M',
    '-bios',
    bios,
    '-display',
    'none',
    '-monitor',
    'none',
    '-serial',
    `file:${serial}`,
  ];
  const { status, error } = spawnSync('qemu-system-riscv64', args, { timeout: 10_000 });
  assert.equal(error, undefined);
  assert.equal(status, 0);
  return readFileSync(serial);
}

function describeState(dump: Uint8Array): string[] {
  const view = new DataView(dump.buffer, dump.byteOffset);
  const word = (offset: number) => view.getBigUint64(offset, true).toString(16);
  const names = ['t5', 'mcause', 'mtval', 'mepc'];
  const registers = registerNames.map((name, number) => `${name} ${word(1024 + number * 8)}`);
  return [...names.map((name, index) => `${name} ${word(index * 8)}`), ...registers, Buffer.from(dump).toString('hex')];
}

describe('the core and a real QEMU', () => {
  it('end random instruction streams with the same registers, traps and memory', function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
    try {
      fc.assert(
        fc.property(straightLine(800), seeds, (words, registers) => {
          const bytes = image(words, registers);
          assert.deepEqual(describeState(runHere(bytes)), describeState(runInQemu(folder, bytes)));
        }),
        { numRuns: 12, endOnFailure: true },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
