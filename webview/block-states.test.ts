import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PagesEvent } from '../debug-adapter/protocol/messages';
import { encodeAll, encodeChanges } from '../debug-adapter/protocol/page-runs';
import { countPages, PageState } from '../debug-adapter/protocol/page-states';
import { BlockStates } from './block-states';

const ram = Uint8Array.of(1, 1, 2, 1);
const flash = Uint8Array.of(0, 5, 5);
const zeros = [new Uint8Array(4), new Uint8Array(3)];

function event(kind: PagesEvent['kind'], states: readonly Uint8Array[], before = zeros): PagesEvent {
  const blocks = states.map((each, index) => ({
    name: ['ram', 'flash'][index]!,
    address: ['0x80000000', '0x20000000'][index]!,
    pageCount: each.length,
    runs: kind === 'all' ? encodeAll(each) : encodeChanges(before[index]!, each),
    counts: countPages(each),
  }));
  return { kind, blocks, timeNs: 0, phase: 'save', stopped: true };
}

describe('the states of blocks', () => {
  it('are those of the first until another or all are selected', () => {
    const blocks = new BlockStates();
    equal(
      blocks.apply(event('all', [ram, flash]), () => {}),
      true,
    );
    deepEqual([...blocks.shown!.states], [...ram]);
    blocks.select('flash');
    deepEqual([...blocks.shown!.states], [...flash]);
    deepEqual(blocks.counts, countPages(flash));
    blocks.select(undefined);
    deepEqual([...blocks.shown!.states], [...ram, ...flash]);
    equal(blocks.counts[PageState.Protected], 3);
    equal(
      blocks.counts.reduce((sum, count) => sum + count),
      7,
    );
  });

  it('know the place of each page, and each place its page', () => {
    const blocks = new BlockStates();
    blocks.apply(event('all', [ram, flash]), () => {});
    blocks.select(undefined);
    for (let index = 0; index < 7; index++) {
      const { block, page } = blocks.shown!.placeOf(index);
      equal(blocks.shown!.indexOf({ block: block.name, page }), index);
    }
    blocks.select('flash');
    equal(blocks.shown!.indexOf({ block: 'ram', page: 1 }), undefined);
    equal(blocks.shown!.indexOf({ block: 'flash', page: 3 }), undefined);
  });

  it('change where they are shown, and everywhere else unseen', () => {
    const blocks = new BlockStates();
    const never = () => {};
    equal(blocks.apply(event('changes', [ram, flash]), never), false);
    blocks.apply(event('all', [ram, flash]), never);
    const laterFlash = Uint8Array.of(0, 3, 5);
    const laterRam = Uint8Array.of(1, 1, 2, 4);
    const changed: [number, number][] = [];
    const note = (first: number, end: number) => void changed.push([first, end]);
    blocks.apply(event('changes', [ram, laterFlash], [ram, flash]), note);
    deepEqual(changed, []);
    blocks.select('flash');
    equal(blocks.shown!.states[1], 3);
    blocks.select(undefined);
    blocks.apply(event('changes', [laterRam, flash], [ram, laterFlash]), note);
    deepEqual(changed, [
      [3, 4],
      [5, 6],
    ]);
    deepEqual([...blocks.shown!.states], [...laterRam, ...flash]);
  });
});
