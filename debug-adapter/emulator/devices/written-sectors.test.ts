import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type KeptSectors, sectorByteCount, WrittenSectors } from './written-sectors';

/** What each sector that has been written is filled with. */
type Model = ReadonlyMap<number, number>;

const sectorCount = 40_000;
const filled = (value: number): Uint8Array => new Uint8Array(sectorByteCount).fill(value);
const keysOf = (model: Model): number[] => [...model.keys()].sort((one, other) => one - other);

/** Near each other, and where nodes meet: at 8 sectors, 512 and 32,768. */
const place = fc.oneof(
  fc.nat(30),
  fc.integer({ min: 500, max: 530 }),
  fc.integer({ min: 32_750, max: 32_800 }),
  fc.nat(sectorCount - 1),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: place, value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('clear' as const), at: place, count: fc.oneof(fc.nat(20), fc.nat(sectorCount)) }),
  fc.record({ kind: fc.constant('keep' as const) }),
  fc.record({ kind: fc.constant('putBack' as const), which: fc.nat(5) }),
);

function isAsIn(kept: Pick<KeptSectors, 'get'>, model: Model, at: number): void {
  const value = model.get(at);
  assert.deepEqual(kept.get(at), value === undefined ? undefined : filled(value));
}

function check(kept: KeptSectors, model: Model): void {
  assert.equal(kept.isEmpty, model.size === 0);
  const sectors = keysOf(model);
  for (const at of [...sectors.filter((_, index) => index < 40 || index % 997 === 0), 0, 7, 8, 511, 512, 32_768]) {
    isAsIn(kept, model, at);
  }
  assert.deepEqual(kept.candidates(new WrittenSectors(sectorCount).keep()), sectors);
  const pieces = new Set(sectors.map((at) => at >> 7));
  assert.deepEqual([...kept.pieces(128)], [...pieces]);
  const again = new WrittenSectors(sectorCount);
  for (const at of sectors.reverse()) again.set(at, filled(model.get(at)!));
  assert.equal(again.keep().hash, kept.hash);
}

describe('sectors that have been written', () => {
  it('are what was written last, and each time they were kept, what they were then', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const sectors = new WrittenSectors(sectorCount);
        let model: Model = new Map();
        const kept: { readonly sectors: KeptSectors; readonly model: Model; readonly hash: bigint }[] = [];
        for (const each of steps) {
          if (each.kind === 'set') {
            sectors.set(each.at, filled(each.value));
            model = new Map(model).set(each.at, each.value);
          } else if (each.kind === 'clear') {
            const count = Math.min(each.count, sectorCount - each.at);
            sectors.clear(each.at, count);
            const cleared = new Map(model);
            for (let at = each.at; at < each.at + count; at++) cleared.set(at, 0);
            model = cleared;
          } else if (each.kind === 'keep') {
            const now = sectors.keep();
            kept.push({ sectors: now, model, hash: now.hash });
          } else {
            const chosen = kept[each.which];
            if (!chosen) continue;
            sectors.putBack(chosen.sectors);
            model = chosen.model;
          }
          if ('at' in each) isAsIn(sectors, model, each.at);
        }
        check(sectors.keep(), model);
        for (const each of kept) {
          check(each.sectors, each.model);
          assert.equal(each.sectors.hash, each.hash);
        }
        for (const [one, other] of kept.slice(1).map((each, index) => [kept[index]!, each] as const)) {
          const candidates = one.sectors.candidates(other.sectors);
          const differ = keysOf(new Map([...one.model, ...other.model])).filter(
            (at) => one.model.get(at) !== other.model.get(at),
          );
          assert.ok(differ.every((at) => candidates.includes(at)));
          assert.equal(one.hash === other.hash, differ.length === 0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('take memory for what has been replaced since they were kept, and for nothing else', () => {
    const sectors = new WrittenSectors(2 ** 24);
    for (let at = 0; at < 8000; at++) sectors.set(at, filled(1));
    sectors.keep();
    assert.equal(sectors.newByteCount, 0);
    for (let at = 8000; at < 16_000; at++) sectors.set(at, filled(1));
    sectors.keep();
    assert.ok(sectors.newByteCount < 20_000, `${sectors.newByteCount}`);
    for (let count = 0; count < 3; count++) for (let at = 0; at < 800; at++) sectors.set(at, filled(2));
    const kept = sectors.keep();
    assert.ok(sectors.newByteCount >= 800 * sectorByteCount, `${sectors.newByteCount}`);
    assert.ok(sectors.newByteCount < 810 * sectorByteCount, `${sectors.newByteCount}`);
    assert.equal(sectors.keep(), kept);
    assert.equal(sectors.newByteCount, 0);
  });

  it('can be zeros from a disk’s start to its end, of terabytes', () => {
    const count = 2 ** 33 - 3;
    const sectors = new WrittenSectors(count);
    sectors.set(count - 1, filled(1));
    sectors.clear(0, count);
    assert.deepEqual(sectors.get(count - 1), filled(0));
    sectors.set(12_345_678, filled(2));
    assert.deepEqual(sectors.get(12_345_678), filled(2));
    assert.deepEqual(sectors.get(12_345_679), filled(0));
    const once = new WrittenSectors(count);
    once.clear(0, count);
    assert.notEqual(sectors.keep().hash, once.keep().hash);
    sectors.clear(12_345_600, 100);
    assert.equal(sectors.keep().hash, once.keep().hash);
    assert.ok(once.keep().candidates(sectors.keep()).length <= 4096);
  });
});
