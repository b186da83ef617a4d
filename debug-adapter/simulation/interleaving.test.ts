import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Actor } from './actor';
import { quantaOf } from './interleaving';
import { Scheduler } from './scheduler';

const seed = fc.nat(2 ** 31);
const quantumNs = fc.integer({ min: 1, max: 10_000 });
const actorNumber = fc.nat(7);
const timeNs = fc.oneof(fc.nat(100_000), fc.maxSafeNat());

describe('quanta', () => {
  it('cover all time without a gap, none longer than twice the mean', () => {
    fc.assert(
      fc.property(seed, quantumNs, actorNumber, timeNs, (seed, quantumNs, actor, now) => {
        const quantumAt = quantaOf({ seed, quantumNs }, actor);
        const { beginsNs, endsNs } = quantumAt(now);
        assert(beginsNs <= now && now < endsNs, `${now} is not from ${beginsNs} to ${endsNs}`);
        assert(endsNs - beginsNs < 2 * quantumNs);
        assert.deepEqual(quantumAt(beginsNs), { beginsNs, endsNs });
        assert.equal(quantumAt(endsNs).beginsNs, endsNs);
      }),
    );
  });

  it('differ by seed and by actor', () => {
    const begins = [0, 1].flatMap((seed) =>
      [0, 1].map((actor) => {
        const quantumAt = quantaOf({ seed, quantumNs: 1000 }, actor);
        return Array.from({ length: 20 }, (_, index) => quantumAt(1000 * index).beginsNs).join();
      }),
    );
    assert.equal(new Set(begins).size, 4);
  });
});

describe('actors with quanta', () => {
  it('take the same turns however their runs are cut, and none passes another actor', () => {
    const others = fc.array(fc.nat(20_000), { maxLength: 6 });
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 3000 }));
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 4 }), others, cuts, (seed, count, others, cuts) => {
        const whole = turns(seed, count, others, () => Infinity);
        const cut = turns(seed, count, others, () => cuts.next().value ?? 1);
        assert.deepEqual(cut, whole);
      }),
    );
  });
});

/** Who ran from when to when, up to 20 µs; an actor's time that follows on its last is one turn. */
function turns(seed: number, count: number, others: readonly number[], cut: () => number): string[] {
  interface Worker extends Actor {
    readonly isOther: boolean;
  }
  const scheduler = new Scheduler<Worker>();
  const add = (id: string, clockNs: number, quanta: Partial<Actor>): void =>
    scheduler.add({ id, clockNs, wait: undefined, isOther: !quanta.quantumAt, ...quanta });
  for (const [index, atNs] of others.slice(0, 3).entries()) add(`early${index}`, atNs, {});
  for (let actor = 0; actor < count; actor++) {
    add(`hart${actor}`, 0, { quantumAt: quantaOf({ seed, quantumNs: 1000 }, actor) });
  }
  for (const [index, atNs] of others.slice(3).entries()) add(`late${index}`, atNs, {});
  const log: { id: string; fromNs: number; toNs: number }[] = [];
  for (let next = scheduler.next(); next && next.actor.clockNs < 20_000; next = scheduler.next()) {
    const { actor, untilNs } = next;
    const fromNs = actor.clockNs;
    const last = log[log.length - 1];
    if (actor.isOther) {
      // One that is due at the same time may come first.
      for (const { id, clockNs } of scheduler.actors)
        assert(clockNs <= fromNs + 1 || !id.startsWith('hart'), `${id} passed`);
      actor.clockNs += 7000;
    } else {
      actor.clockNs = Math.min(untilNs, 20_000, fromNs + cut());
      if (actor.clockNs === fromNs) actor.clockNs++;
    }
    if (last?.id === actor.id && last.toNs === fromNs) last.toNs = actor.clockNs;
    else log.push({ id: actor.id, fromNs, toNs: actor.clockNs });
  }
  return log.map(({ id, fromNs, toNs }) => `${id} ${fromNs}-${toNs}`);
}
