import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GivenThings, type KeptThings, lastThings, thingsOf } from './given-things';

type Thing = readonly [of: string, thing: number, seen: number];

describe('what a body has been given', () => {
  const thing: fc.Arbitrary<Thing> = fc.tuple(fc.constantFrom('', 'a', 'b'), fc.nat(1), fc.nat(1));
  const step = fc.oneof(
    { weight: 4, arbitrary: thing.map((thing) => ({ kind: 'add' as const, thing })) },
    { weight: 1, arbitrary: fc.constant({ kind: 'keep' as const }) },
    { weight: 1, arbitrary: fc.nat(20).map((which) => ({ kind: 'put back' as const, which })) },
  );

  it('is the same for each that has kept it, whatever course others have taken from there', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const given = new GivenThings();
        let now: readonly Thing[] = [];
        const kept: { readonly things: KeptThings; readonly were: readonly Thing[] }[] = [];
        for (const step of steps) {
          if (step.kind === 'add') {
            given.add(...step.thing);
            now = [...now, step.thing];
          } else if (step.kind === 'keep') kept.push({ things: given.keep(), were: now });
          else if (kept.length > 0) {
            const { things, were } = kept[step.which % kept.length]!;
            given.putBack(things);
            now = were;
          }
        }
        for (const { things, were } of [...kept, { things: given.keep(), were: now }]) {
          assert.deepEqual(
            [...thingsOf(things)].map(({ thing, seen }) => [thing, seen]),
            were.map(([, thing, seen]) => [thing, seen]),
          );
          const last = new Map(were.flatMap(([of, thing]) => (of ? [[of, thing] as const] : [])));
          assert.deepEqual(lastThings(things, new Map()), last);
        }
      }),
    );
  });

  it('takes one place as long as it comes again and again', () => {
    const given = new GivenThings();
    for (let time = 0; time < 1000; time++) given.add('page', true, 7);
    assert.equal(given.keep().entries.length, 4);
  });
});
