import assert from 'node:assert/strict';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';
import { Console, image } from './console';

const workingSet = image('extension/sample/guests/working-set.elf');
const mib = 1024 * 1024;
const nsPerInstruction = 10;

function start(): Console {
  return new Console({ program: workingSet, ramByteCount: 4 * mib, nsPerInstruction });
}

/** Runs hart 0 for `instructionCount`, each slice as long as `nextSlice` says. */
function runInSlices(machine: Machine, instructionCount: number, nextSlice: () => number): void {
  for (let done = 0; done < instructionCount; ) {
    const count = Math.min(nextSlice(), instructionCount - done);
    done += machine.runHart(0, count, done * nsPerInstruction).instructionCount;
  }
}

/** A linear congruential generator: slices that look arbitrary and are the same each time. */
function arbitrarySlices(seed: number, max: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 1 + (state % max);
  };
}

describe('determinism', () => {
  it('the same run in different slices ends in the same state', () => {
    // Past a second: the timer interrupt and its new mtimecmp are in it.
    const instructionCount = 1.01e8;
    const hashes = [() => 1_000_000, arbitrarySlices(1, 100_000), arbitrarySlices(2, 5_000)].map((nextSlice) => {
      const { machine } = start();
      runInSlices(machine, instructionCount, nextSlice);
      return machine.stateHash();
    });
    assert.equal(hashes[1], hashes[0]);
    assert.equal(hashes[2], hashes[0]);
  });

  it('slices of one instruction give the same state, too', () => {
    const hashes = [() => 1, () => 7, () => 100_000].map((nextSlice) => {
      const { machine } = start();
      runInSlices(machine, 300_000, nextSlice);
      return machine.stateHash();
    });
    assert.equal(hashes[0], hashes[2]);
    assert.equal(hashes[1], hashes[2]);
  });

  it('a machine restored from RAM and state goes on as the one that was saved', () => {
    const guest = start();
    // Across a timer interrupt, with a byte received and not yet read.
    guest.run(99_000_000);
    guest.type('a');
    const saved = guest.machine.save();
    const other = start();
    other.machine.core.writeRam(0, guest.machine.core.ram);
    other.machine.restore(saved);
    other.clockNs = guest.clockNs;
    assert.deepEqual(other.machine.save(), saved);
    assert.equal(other.machine.stateHash(), guest.machine.stateHash());
    const from = guest.text.length;
    for (const each of [guest, other]) each.run(3_000_000);
    assert.equal(other.machine.stateHash(), guest.machine.stateHash());
    assert.match(other.text, /a[\s\S]*after 1 s/);
    assert.equal(other.text, guest.text.slice(from));
  });

  it('an access that must wait for its lock changes nothing', () => {
    const { machine } = start();
    machine.mayAccessDevices = () => false;
    const run = machine.runHart(0, 100_000, 0);
    assert.equal(run.stop.kind, 'bus-retry');
    const hash = machine.stateHash();
    assert.deepEqual(machine.runHart(0, 100_000, run.instructionCount * nsPerInstruction), {
      stop: { kind: 'bus-retry' },
      instructionCount: 0,
      dirtied: 0,
    });
    assert.equal(machine.stateHash(), hash);
  });
});
