import assert from 'node:assert/strict';
import { Clint } from './clint';

describe('CLINT', () => {
  let nowNs: number;
  let changed: number[];
  let clint: Clint;
  beforeEach(() => {
    nowNs = 0;
    changed = [];
    clint = new Clint(
      2,
      () => nowNs,
      (hart) => changed.push(hart),
    );
  });

  it('counts mtime at 10 MHz of virtual time', () => {
    nowNs = 1_234_567;
    assert.equal(clint.read(0xbff8, 8), 12_345n);
  });

  it('gives mtime in halves', () => {
    nowNs = 0x1_2345_6789 * 100;
    assert.equal(clint.read(0xbff8, 4), 0x2345_6789n);
    assert.equal(clint.read(0xbffc, 4), 1n);
  });

  it('has its timer interrupts pending until mtimecmp is written', () => {
    assert.equal(clint.timerNs(0), 0);
  });

  it('raises the timer of the hart whose mtimecmp was written, at that very tick', () => {
    clint.write(0x4008, 8, 500n);
    assert.equal(clint.timerNs(1), 50_000);
    assert.equal(clint.timerNs(0), 0);
    assert.deepEqual(changed, [1]);
  });

  it('has its timers when mtime gets there, whoever has set that', () => {
    clint.write(0x4000, 8, 500n);
    nowNs = 10_000;
    clint.write(0xbff8, 8, 400n);
    assert.equal(clint.timerNs(0), 20_000);
    clint.restore({ msip: [false, false], mtimecmp: [700n], timeDelta: 300n });
    assert.deepEqual([clint.timerNs(0), clint.timerNs(1)], [40_000, Infinity]);
  });

  it('takes mtimecmp in halves', () => {
    clint.write(0x4000, 4, 0x1111_2222n);
    clint.write(0x4004, 4, 0x3n);
    assert.equal(clint.read(0x4000, 8), 0x3_1111_2222n);
  });

  it('keeps bit 0 of msip', () => {
    clint.write(4, 4, 0xffff_ffffn);
    assert.equal(clint.read(4, 4), 1n);
    assert.equal(clint.msip(1), true);
    assert.equal(clint.msip(0), false);
  });

  it('faults on accesses that are misaligned, too narrow or behind its registers', () => {
    assert.equal(clint.read(0xbffa, 4), 'fault');
    assert.equal(clint.read(0x4000, 2), 'fault');
    assert.equal(clint.write(0, 8, 1n), 'fault');
    assert.equal(clint.read(0xc000, 8), 'fault');
  });

  it('restores what it saved', () => {
    clint.write(0x4000, 8, 77n);
    clint.write(4, 4, 1n);
    const other = new Clint(
      2,
      () => 0,
      () => {},
    );
    other.restore(clint.save());
    assert.deepEqual(other.save(), clint.save());
  });
});
