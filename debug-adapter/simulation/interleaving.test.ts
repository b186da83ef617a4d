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
  const others = fc.array(fc.nat(20_000), { maxLength: 6 });
  const count = fc.integer({ min: 1, max: 4 });

  it('take the same turns however their runs are cut', () => {
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 3000 }));
    fc.assert(
      fc.property(seed, count, others, cuts, (seed, count, others, cuts) => {
        const cut = turns(seed, count, others, () => cuts.next().value ?? 1);
        assert.deepEqual(cut, turns(seed, count, others));
      }),
    );
  });

  it('take the same turns whoever else acts, when the one whose turn it is has come to their time', () => {
    const ofHarts = (log: readonly Turn[]): Turn[] => joined(log.filter(({ id }) => id.startsWith('hart')));
    fc.assert(
      fc.property(seed, count, others, (seed, count, others) => {
        const log = turns(seed, count, others);
        assert.deepEqual(ofHarts(log), ofHarts(turns(seed, count, [])));
        log.forEach(({ id, fromNs }, index) => {
          const before = log[index - 1];
          // One nanosecond: of actors due at the same time, the first one to join acts first, if only for an instruction.
          if (!id.startsWith('hart') && before?.id.startsWith('hart')) assert(before.toNs <= fromNs + 1);
        });
      }),
    );
  });
});

interface Turn {
  readonly id: string;
  readonly fromNs: number;
  toNs: number;
}

/** Who ran from when to when, up to 20 µs. Harts' runs are cut to `cut` ns; others take 7 µs an action. */
function turns(seed: number, count: number, others: readonly number[], cut: () => number = () => Infinity): Turn[] {
  const scheduler = new Scheduler<Actor>();
  const add = (id: string, clockNs: number, quanta: Partial<Actor> = {}): void =>
    scheduler.add({ id, clockNs, wait: undefined, ...quanta });
  for (const [index, atNs] of others.slice(0, 3).entries()) add(`early${index}`, atNs);
  for (let actor = 0; actor < count; actor++) {
    add(`hart ${actor}`, 0, { quantumAt: quantaOf({ seed, quantumNs: 1000 }, actor) });
  }
  for (const [index, atNs] of others.slice(3).entries()) add(`late${index}`, atNs);
  const log: Turn[] = [];
  for (let next = scheduler.next(); next && next.actor.clockNs < 20_000; next = scheduler.next()) {
    const { actor, untilNs } = next;
    const fromNs = actor.clockNs;
    if (actor.quantumAt) actor.clockNs = Math.max(fromNs + 1, Math.min(untilNs, 20_000, fromNs + cut()));
    else actor.clockNs += 7000;
    log.push({ id: actor.id, fromNs, toNs: actor.clockNs });
  }
  return joined(log);
}

/** An actor's time that follows on its last is one turn. */
function joined(log: readonly Turn[]): Turn[] {
  const turns: Turn[] = [];
  for (const turn of log) {
    const last = turns[turns.length - 1];
    if (last?.id === turn.id && last.toNs === turn.fromNs) last.toNs = turn.toNs;
    else turns.push({ ...turn });
  }
  return turns;
}
