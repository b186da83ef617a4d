import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Layers } from '../../debug-adapter/checkpoint/layers';
import { type Entries, EntryWriter, lengthOf, maskAt, maskLength } from '../../debug-adapter/checkpoint/page-words';
import { whole } from '../../debug-adapter/debuggee/pieces';
import { pageByteCount } from '../../debug-adapter/emulator/core/guest-core';

const pageCount = 4;
/** Of the doublewords of each page, the first few. */
const wordCount = 6;
const int32sPerPage = pageByteCount / Int32Array.BYTES_PER_ELEMENT;

/** What doublewords hold, by page and then by their place in it. */
type Model = ReadonlyMap<string, number>;

const entries = fc.uniqueArray(
  fc.record({ page: fc.nat(pageCount - 1), word: fc.nat(wordCount - 1), value: fc.integer({ min: 1, max: 99 }) }),
  { maxLength: 12, selector: ({ page, word }) => `${page} ${word}` },
);

function entriesOf(words: readonly { page: number; word: number; value: number }[]): Entries {
  const writer = new EntryWriter(0);
  for (let page = 0; page < pageCount; page++) {
    const mask = new Int32Array(maskLength);
    const ram = new Int32Array(pageCount * int32sPerPage);
    for (const { word, value } of words.filter((each) => each.page === page)) {
      mask[0]! |= 1 << word;
      ram[page * int32sPerPage + 2 * word] = value;
    }
    if (mask[0] !== 0) writer.read(page, mask, ram);
  }
  return writer.entries;
}

function modelOf({ words }: Entries): Model {
  const model = new Map<string, number>();
  for (let at = 0; at < words.length; at += lengthOf(words, at)) {
    let from = at + maskAt + maskLength;
    for (let word = 0; word < wordCount; word++) {
      if (((words[at + maskAt]! >>> word) & 1) === 0) continue;
      model.set(`${words[at]} ${word}`, words[from]!);
      from += 2;
    }
  }
  return model;
}

/** Those of the first that has a word. */
function above(models: readonly Model[]): Model {
  return new Map([...models].reverse().flatMap((model) => [...model]));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

describe('layers', () => {
  it('have of each word what the uppermost has that was put there', () => {
    const puts = fc.array(fc.record({ isOnTop: fc.boolean(), words: entries }), { maxLength: 12 });
    const property = fc.property(puts, (puts) => {
      const layers = new Layers();
      const models: Model[] = [];
      for (const { isOnTop, words } of puts) {
        if (isOnTop) whole(layers.putOnTop(entriesOf(words)));
        else whole(layers.putBelow(entriesOf(words)));
        models[isOnTop ? 'unshift' : 'push'](new Map(words.map(({ page, word, value }) => [`${page} ${word}`, value])));
        const expected = above(models);
        assert.deepEqual(modelOf(whole(layers.flat())), expected);
        assert.deepEqual(above(layers.fromTop.map(modelOf)), expected);
        assert.equal(layers.byteCount, sum(layers.fromTop.map(({ byteCount }) => byteCount)));
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('are few, however much is put there', () => {
    const layers = new Layers();
    for (let count = 0; count < 500; count++) {
      const word = count % wordCount;
      whole(layers.putBelow(entriesOf([{ page: count % pageCount, word, value: count }])));
    }
    assert.ok(layers.fromTop.length <= 3, `${layers.fromTop.length}`);
  });
});
