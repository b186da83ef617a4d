import assert from 'node:assert/strict';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { Console } from './console';

/**
 * Sleeps in WFI; at each external interrupt it claims, notes claim, mcause, the byte received and a count at
 * 0x80001000, and completes. Words by the assembler.
 */
const program = [
  0x00000297, // auipc t0, 0
  0x05828293, // addi  t0, t0, 88         the handler
  0x30529073, // csrw  mtvec, t0
  0x10000437, // lui   s0, 0x10000        UART
  0x0c0004b7, // lui   s1, 0xc000         PLIC
  0x0c200937, // lui   s2, 0xc200         PLIC, context 0
  0x000809b7, // lui   s3, 0x80
  0x0019899b, // addiw s3, s3, 1
  0x00c99993, // slli  s3, s3, 12         0x80001000
  0x00100293, // li    t0, 1
  0x0254a423, // sw    t0, 40(s1)         priority of source 10
  0x40000293, // li    t0, 1 << 10
  0x0c002337, // lui   t1, 0xc002
  0x00532023, // sw    t0, 0(t1)          enable
  0x00100293, // li    t0, 1
  0x005400a3, // sb    t0, 1(s0)          IER: received data
  0x000012b7, // lui   t0, 1
  0x8002829b, // addiw t0, t0, -2048
  0x30429073, // csrw  mie, t0            MEIE
  0x30046073, // csrsi mstatus, 8         MIE
  0x10500073, // wfi
  0xffdff06f, // j     wfi
  0x00492283, // lw    t0, 4(s2)          claim
  0x0059b023, // sd    t0, 0(s3)
  0x34202373, // csrr  t1, mcause
  0x0069b423, // sd    t1, 8(s3)
  0x00044303, // lbu   t1, 0(s0)          RBR
  0x0069b823, // sd    t1, 16(s3)
  0x00592223, // sw    t0, 4(s2)          complete
  0x0189b303, // ld    t1, 24(s3)
  0x00130313, // addi  t1, t1, 1
  0x0069bc23, // sd    t1, 24(s3)
  0x30200073, // mret
];

describe('interrupts', () => {
  const start = (): Console => {
    const bytes = new Uint8Array(Uint32Array.from(program).buffer);
    return new Console({ program: { path: 'interrupts.bin', bytes }, ramByteCount: 1024 * 1024 });
  };
  const notes = ({ machine: { core } }: Console): bigint[] => {
    const view = new DataView(core.ram.buffer, core.ram.byteOffset + 0x1000, 32);
    return [0, 8, 16, 24].map((offset) => view.getBigUint64(offset, true));
  };

  it('a key wakes a hart from WFI through UART and PLIC', () => {
    const guest = start();
    assert.equal(guest.machine.runHart(0, 1000, 0).stop.kind, 'wfi');
    guest.type('k');
    let slice = 1;
    while (guest.machine.runHart(0, 1000, slice * 10_000).stop.kind !== 'wfi') slice++;
    assert.deepEqual(notes(guest), [10n, (1n << 63n) | 11n, BigInt('k'.charCodeAt(0)), 1n]);
  });

  it('each byte of several interrupts anew', () => {
    const guest = start();
    guest.machine.runHart(0, 1000, 0);
    guest.type('xyz');
    for (let slice = 1; slice < 10; slice++) guest.machine.runHart(0, 1000, slice * 10_000);
    assert.deepEqual(notes(guest).slice(2), [BigInt('z'.charCodeAt(0)), 3n]);
  });

  it('a hart in WFI runs nothing until something is pending', () => {
    const guest = start();
    guest.machine.runHart(0, 1000, 0);
    const hash = guest.machine.stateHash();
    assert.deepEqual(guest.machine.runHart(0, 1000, 10_000), {
      stop: { kind: 'wfi' },
      instructionCount: 0,
      dirtied: 0,
    });
    assert.equal(guest.machine.stateHash(), hash);
    assert.equal(guest.machine.nextTimerNs(0), Infinity);
    assert.equal(guest.machine.save().harts[0]?.halted, true);
  });

  it("the RTC's alarm ends WFI at its time", () => {
    const words = [
      'lui s1, 0xc000',
      'lui s2, 0xc002',
      'lui s3, 0x101',
      'addi t0, zero, 1',
      'sw t0, 44(s1)',
      'sw t0, 16(s3)',
      'slli t0, t0, 11',
      'sw t0, 0(s2)',
      'csrrs zero, mie, t0',
      'lui t1, 0x1000',
      'sw zero, 12(s3)',
      'sw t1, 8(s3)',
      'wfi',
      'addi a0, zero, 7',
      'wfi',
    ].map(assemble);
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    const { machine } = new Console({ program: { path: 'alarm', bytes }, ramByteCount: 1024 * 1024, rtcEpochNs: 0n });
    const alarmNs = 0x1000 << 12;
    let clockNs = 0;
    while (!machine.save().harts[0]?.halted) clockNs += 10 * machine.runHart(0, 1000, clockNs).instructionCount;
    assert.equal(machine.nextTimerNs(0), alarmNs);
    assert.deepEqual(machine.runHart(0, 1000, alarmNs - 1), { stop: { kind: 'wfi' }, instructionCount: 0, dirtied: 0 });
    machine.runHart(0, 1, alarmNs);
    assert.equal(machine.core.readX(0, 10), 7n);
    assert.equal(machine.nextTimerNs(0), Infinity);
  });
});
