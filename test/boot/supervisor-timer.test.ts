import assert from 'node:assert/strict';
import { program } from '../core/guest';
import { Console } from './console';

/** In M mode: STIP at tick 50, WFI; the handler notes mcause, mip and time at 0x80001000, moves stimecmp away, notes mip. */
const sleeper = program([
  'auipc t0,0',
  'addi t0,t0,72',
  'csrrw zero,mtvec,t0',
  'addi t1,zero,-1',
  'slli t1,t1,63',
  'csrrs zero,menvcfg,t1',
  'addi t0,zero,50',
  'csrrw zero,stimecmp,t0',
  'addi t0,zero,32',
  'csrrw zero,mie,t0',
  'lui s0,0x80',
  'addiw s0,s0,1',
  'slli s0,s0,12',
  'csrrsi zero,mstatus,8',
  'wfi',
  'jal zero,-4',
  'addi zero,zero,0',
  'addi zero,zero,0',
  'csrrs t0,mcause,zero',
  'sd t0,0(s0)',
  'csrrs t0,mip,zero',
  'sd t0,8(s0)',
  'csrrs t0,time,zero',
  'sd t0,16(s0)',
  'addi t0,zero,-1',
  'csrrw zero,stimecmp,t0',
  'csrrs t0,mip,zero',
  'sd t0,24(s0)',
  'mret',
]);

/** MTIP, which is up out of reset as in QEMU (mtimecmp is 0) and is not enabled here. */
const mtip = 0x80n;
const expected = [(1n << 63n) | 5n, mtip | 0x20n, 50n, mtip];

describe("the supervisor's timer (Sstc)", () => {
  const start = (): Console => new Console({ program: { path: 'timer', bytes: sleeper }, ramByteCount: 1 << 20 }, 3);
  const notes = ({ machine: { core } }: Console): bigint[] => {
    const view = new DataView(core.ram.buffer, core.ram.byteOffset + 0x1000, 32);
    return [0, 8, 16, 24].map((offset) => view.getBigUint64(offset, true));
  };

  it('wakes a hart at the very tick of stimecmp, and is quiet once that lies ahead again', () => {
    const guest = start();
    assert.throws(() => guest.run(1000), /sleeps for ever/);
    assert.deepEqual(notes(guest), expected);
  });

  it('goes on after a restore as it would have without, before its tick and while it is pending', () => {
    for (const instructionCount of [10, 15, 16, 20]) {
      const [original, restored] = [start(), start()];
      original.run(instructionCount);
      const { machine } = original;
      restored.machine.core.writeRam(0, machine.core.ram.slice());
      restored.machine.restore(machine.save());
      restored.clockNs = original.clockNs;
      for (const guest of [original, restored]) assert.throws(() => guest.run(1000), /sleeps for ever/);
      assert.deepEqual(notes(restored), expected, `after ${instructionCount}`);
      assert.equal(restored.clockNs, original.clockNs);
    }
  });
});
