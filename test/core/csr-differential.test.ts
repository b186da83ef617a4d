import assert from 'node:assert/strict';
import { csrNames } from '../../debug-adapter/emulator/isa/csrs';
import { foreignCsrs, foreignInterrupts, powerOff, runHere, runInQemu } from './beside-qemu';
import { program } from './guest';

const ramByteCount = 8 << 20;
const handlerOffset = 0x100;
const resultsOffset = 0x20_0000;
/** For each CSR: as found, after a write of all ones, after one of zeros; each a value and whether something trapped. */
const resultByteCount = 48;

/** Bits that are compared: elsewhere we follow the manual. */
const compared: Readonly<Record<number, bigint>> = {
  771: ~foreignInterrupts,
  772: ~foreignInterrupts,
  // The board's timers as well, of which a bare core has none.
  836: ~(foreignInterrupts | 0xa0n),
  // The lowest bit of an address of code is always zero (section 3.1.14).
  321: ~1n,
  833: ~1n,
};

/** What a write would pull the ground from under the program, and counters that count. */
const excluded = (csr: number): boolean =>
  foreignCsrs.has(csr) ||
  [0x100, 0x180, 0x300, 0x305, 0xb00, 0xb02].includes(csr) ||
  (csr >= 0x3a0 && csr < 0x3f0) ||
  (csr >= 0xc00 && csr < 0xc03);
const csrs = Array.from({ length: 4096 }, (_, csr) => csr).filter((csr) => !excluded(csr));

/** Goes on behind the instruction and notes that there was a trap. */
const handler = program(['csrrs t6,mepc,zero', 'addi t6,t6,4', 'csrrw zero,mepc,t6', 'addi t5,zero,1', 'mret']);

const noted = ['sd a0,0(s0)', 'sd t5,8(s0)', 'addi s0,s0,16'];

function image(): Uint8Array {
  const lines = [
    'auipc s1,0',
    `addi t0,s1,${handlerOffset}`,
    'csrrw zero,mtvec,t0',
    'lui t0,0x6',
    // Floating point on, so that its CSRs are there.
    'csrrs zero,mstatus,t0',
    `lui s0,0x${(resultsOffset >>> 12).toString(16)}`,
    'add s0,s0,s1',
    'addi a1,zero,-1',
    `jal zero,${handlerOffset + handler.length - 32}`,
  ];
  const start = program(lines);
  const body = csrs.flatMap((csr) => [
    ...['', `csrrw zero,0x${csr.toString(16)},a1`, `csrrw zero,0x${csr.toString(16)},zero`].flatMap((write) => [
      'addi t5,zero,0',
      'addi a0,zero,0',
      ...(write === '' ? [] : [write]),
      `csrrs a0,0x${csr.toString(16)},zero`,
      ...noted,
    ]),
  ]);
  const code = program([...body, ...powerOff]);
  const bytes = new Uint8Array(handlerOffset + handler.length + code.length);
  bytes.set(start);
  bytes.set(handler, handlerOffset);
  bytes.set(code, handlerOffset + handler.length);
  return bytes;
}

function describeResults(ram: Uint8Array): string[] {
  const view = new DataView(ram.buffer, ram.byteOffset + resultsOffset);
  return csrs.map((csr, index) => {
    const read = (at: number) => {
      const word = view.getBigUint64(index * resultByteCount + at, true);
      const value = (word & BigInt.asUintN(64, compared[csr] ?? -1n)).toString(16);
      return view.getUint8(index * resultByteCount + at + 8) === 1 ? 'trap' : value;
    };
    return `${csrNames.get(csr) ?? ''} 0x${csr.toString(16)}: ${read(0)}, ones ${read(16)}, zeros ${read(32)}`;
  });
}

describe('the CSRs of M mode', () => {
  it('exist, and keep of what is written, as in a QEMU without the hypervisor extension', () => {
    const bytes = image();
    const here = describeResults(runHere(bytes, ramByteCount).ram);
    const there = describeResults(runInQemu(bytes, ramByteCount));
    const differing = here.flatMap((line, index) => (line === there[index] ? [] : [`${line} | QEMU ${there[index]}`]));
    assert.deepEqual(differing, []);
  });
});
