import assert from 'node:assert/strict';
import fc from 'fast-check';
import { program } from '../core/guest';
import { bareMachine } from '../snapshot/harness';
import { guestShapes, randomGuest } from '../snapshot/random-guest';
import { randomReader } from '../snapshot/virtio-guest';

const ramByteCount = 1 << 20;
const instructionsPerRun = 1000;

describe('a machine restored to the state that it is in', () => {
  it('is as it was, asks nobody for anything, and goes on as it would have', () => {
    const guests = fc.oneof(
      guestShapes({ pageCountLog2: 4, idleRounds: 20 }).map((shape) => ({ bytes: randomGuest(shape), virtio: [] })),
      // It reads the time, and a reservation comes and goes.
      fc.constant({
        bytes: program(['csrrs t0,time,zero', 'auipc t1,0x1', 'lr.d t2,(t1)', 'sc.d t2,t2,(t1)', 'jal zero,-16']),
        virtio: [],
      }),
      fc.nat(1000).map((seed) => ({ bytes: randomReader(), virtio: [{ kind: 'rng' as const, seed }] })),
    );
    const property = fc.property(
      guests,
      fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
      ({ bytes, virtio }, pauses) => {
        const [one, other] = [0, 1].map(() => {
          const machine = bareMachine({ program: { path: 'random guest', bytes }, ramByteCount, virtio });
          const notified: number[] = [];
          machine.onVirtioNotify = (_device, queue) => notified.push(queue);
          let clockNs = 0;
          const run = (): void => {
            const { instructionCount } = machine.runHart(0, instructionsPerRun, clockNs);
            clockNs += instructionCount * 10;
          };
          return { machine, notified, run };
        });
        for (const count of pauses) {
          for (let each = 0; each <= count; each++) {
            one!.run();
            other!.run();
          }
          const { machine } = one!;
          const saved = machine.save();
          machine.restore(saved);
          assert.deepEqual(machine.save(), saved);
          assert.equal(machine.stateHash(), other!.machine.stateHash());
          assert.equal(machine.core.latestClockNs, other!.machine.core.latestClockNs);
          assert.deepEqual(one!.notified, other!.notified);
        }
      },
    );
    fc.assert(property, { numRuns: 30 });
  });
});
