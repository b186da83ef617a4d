import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrNames } from '../../debug-adapter/emulator/isa/registers';
import { Guest, program } from './guest';

const uart = 0x1000_0000;
const testFinisher = 0x10_0000;
const handlerOffset = 0x100;
const resultsOffset = 0x20_0000;
/** For each CSR: as found, after a write of all ones, after one of zeros; each a value and whether something trapped. */
const resultByteCount = 48;

/**
 * What the device tree announces nowhere, and QEMU has all the same: triggers, a hypervisor's timer; and who made the
 * hart.
 */
const foreign = new Set([0x24d, 0x7a0, 0x7a1, 0x7a2, 0x7a3, 0x7a4, 0xf12, 0xf13]);

/** Bits in which we follow the manual: QEMU has those of the hypervisor and of counter overflow without the extensions. */
const foreignInterrupts = 0x3444n;
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
  foreign.has(csr) ||
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
  const end = [
    `lui s0,0x${(resultsOffset >>> 12).toString(16)}`,
    'add s0,s0,s1',
    `lui a2,0x${Math.ceil((csrs.length * resultByteCount) / 4096).toString(16)}`,
    'add a2,a2,s0',
    `lui a1,0x${(uart >>> 12).toString(16)}`,
    'lbu t0,0(s0)',
    'sb t0,0(a1)',
    'addi s0,s0,1',
    'bne s0,a2,-12',
    `lui a1,0x${(testFinisher >>> 12).toString(16)}`,
    'lui a0,0x5',
    'addi a0,a0,1365',
    'sw a0,0(a1)',
    'jal zero,0',
  ];
  const code = program([...body, ...end]);
  const bytes = new Uint8Array(handlerOffset + handler.length + code.length);
  bytes.set(start);
  bytes.set(handler, handlerOffset);
  bytes.set(code, handlerOffset + handler.length);
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
  for (let slice = 0; slice < 10_000; slice++) {
    if (guest.run(100_000).kind === 'requested' && sent.length >= csrs.length * resultByteCount) break;
  }
  return Uint8Array.from(sent);
}

function runInQemu(bytes: Uint8Array): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  try {
    const [bios, serial] = [join(folder, 'program.bin'), join(folder, 'serial')];
    writeFileSync(bios, bytes);
    const board = ['-M', 'virt', '-cpu', 'rv64,h=false', '-m', '32M', '-bios', bios];
    const args = [...board, '-display', 'none', '-monitor', 'none', '-serial', `file:${serial}`];
    const { status, error } = spawnSync('qemu-system-riscv64', args, { timeout: 30_000 });
    assert.equal(error, undefined);
    assert.equal(status, 0);
    return readFileSync(serial);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function describeResults(results: Uint8Array): string[] {
  const view = new DataView(results.buffer, results.byteOffset);
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
  it('exist, and keep of what is written, as in a QEMU without the hypervisor extension', function () {
    this.timeout(60_000);
    const bytes = image();
    const [here, there] = [describeResults(runHere(bytes)), describeResults(runInQemu(bytes))];
    const differing = here.flatMap((line, index) => (line === there[index] ? [] : [`${line} | QEMU ${there[index]}`]));
    assert.deepEqual(differing, []);
  });
});
