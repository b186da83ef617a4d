import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePart } from '../../tools/parts.mjs';
import { program } from '../core/guest';
import { Console } from './console';

const ramByteCount = 32 << 20;
const handlerOffset = 0x100;

/** Sends mcause, mtval, mepc and a0 to the UART, byte by byte, and ends at the test finisher. */
const handler = program([
  'lui s1,0x10000',
  ...['mcause', 'mtval', 'mepc', 'a0'].flatMap((name) => [
    ...(name === 'a0' ? ['addi t0,a0,0'] : [`csrrs t0,${name},zero`]),
    'addi t1,zero,8',
    'sb t0,0(s1)',
    'srli t0,t0,0x8',
    'addi t1,t1,-1',
    'bne t1,zero,-12',
  ]),
  'lui s1,0x100',
  'lui t0,0x5',
  'addi t0,t0,1365',
  'sw t0,0(s1)',
  'jal zero,0',
]);

/** In M mode, a0 = 0; whatever traps, or the ecall behind them, ends it. */
function image(lines: readonly string[]): Uint8Array {
  const start = program(['auipc t0,0', `addi t0,t0,${handlerOffset}`, 'csrrw zero,mtvec,t0', 'addi a0,zero,0']);
  const body = program([...lines, 'ecall']);
  const bytes = new Uint8Array(handlerOffset + handler.length);
  assert.ok(start.length + body.length <= handlerOffset);
  bytes.set(start);
  bytes.set(body, start.length);
  bytes.set(handler, handlerOffset);
  return bytes;
}

function here(bytes: Uint8Array): Buffer {
  const guest = new Console({ program: { path: 'bad guest', bytes }, ramByteCount });
  guest.run(100_000);
  assert.equal(guest.machine.powerOff?.kind, 'pass', 'it came to its end');
  return Buffer.from(guest.text, 'latin1');
}

function inQemu(folder: string, bytes: Uint8Array): Buffer {
  const [bios, serial] = [join(folder, 'program.bin'), join(folder, 'serial')];
  writeFileSync(bios, bytes);
  const args = ['-M', 'virt', '-m', '32M', '-bios', bios, '-display', 'none', '-monitor', 'none'];
  const { status } = spawnSync(requirePart('qemu'), [...args, '-serial', `file:${serial}`], { timeout: 240_000 });
  assert.equal(status, 0, 'QEMU came to its end');
  return readFileSync(serial);
}

function described(report: Buffer): string {
  return ['mcause', 'mtval', 'mepc', 'a0']
    .map((name, index) => `${name} ${report.readBigUInt64LE(index * 8).toString(16)}`)
    .join(', ');
}

const hole = 'lui s0,0x8000';
const endOfRam = ['addi s0,zero,1', 'slli s0,s0,31', 'lui t0,0x2000', 'add s0,s0,t0'];

const guests: Readonly<Record<string, readonly string[]>> = {
  'reads where nothing is': [hole, 'lw a0,0(s0)'],
  'writes where nothing is': [hole, 'sd a0,8(s0)'],
  'jumps to where nothing is': [hole, 'jalr ra,0(s0)'],
  'reads behind the end of RAM': [...endOfRam, 'lb a0,0(s0)'],
  'reads across the end of RAM': [...endOfRam, 'ld a0,-4(s0)'],
  'writes across the end of RAM': [...endOfRam, 'sd a0,-4(s0)'],
  'runs over the end of RAM': [...endOfRam, 'jalr ra,0(s0)'],
  'writes to the mask ROM and reads it back': ['lui s0,0x1', 'addi t0,zero,-1', 'sw t0,0(s0)', 'lw a0,0(s0)'],
  'reads a double word of the UART': ['lui s0,0x10000', 'ld a0,0(s0)'],
  'jumps into the CLINT': ['lui s0,0x2000', 'jalr ra,0(s0)'],
  'changes the instruction that comes next, and says so by fence.i': [
    'auipc s0,0',
    'lui t0,0x500',
    'addi t0,t0,1299',
    'sw t0,20(s0)',
    'fence.i',
    'addi a0,zero,1',
  ],
  'reserves where nothing is': [hole, 'lr.d a0,(s0)'],
  'reads a byte of the PLIC': ['lui s0,0xc000', 'lbu a0,0(s0)'],
  'reads a double word of the PLIC': ['lui s0,0xc000', 'ld a0,0(s0)'],
  'jumps into the PLIC': ['lui s0,0xc000', 'jalr ra,0(s0)'],
  'executes zeros': ['.word 0'],
  'executes ones': ['.word 0xffffffff'],
  'executes an instruction of the hypervisor extension': ['.word 0x60000073'],
  'reads a CSR that does not exist': ['csrrs a0,0x5c0,zero'],
  'writes a CSR that is read-only': ['csrrw zero,mhartid,a0'],
};

describe('a guest that', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-bad-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const [deed, lines] of Object.entries(guests)) {
    it(`${deed} gets what QEMU's board gives it`, () => {
      const bytes = image(lines);
      assert.equal(described(here(bytes)), described(inQemu(folder, bytes)));
    });
  }
});
