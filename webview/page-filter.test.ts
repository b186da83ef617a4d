import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FilteredPages, FilterPagesArguments } from '../debug-adapter/protocol/messages';
import { PageFilter } from './page-filter';

function filter() {
  const asked: FilterPagesArguments[] = [];
  const results: (number | undefined)[] = [];
  const answers: ((count: number) => void)[] = [];
  const filter = new PageFilter({
    ask: (wanted) => {
      asked.push(wanted);
      return new Promise<FilteredPages>((resolve) => {
        answers.push((count) => resolve({ runs: [''], count, threads: [] }));
      });
    },
    onResult: (pages) => void results.push(pages?.count),
    onThreads: () => {},
    onFailure: () => {},
  });
  const answer = async (count: number) => {
    answers.shift()!(count);
    await new Promise((done) => setImmediate(done));
  };
  return { filter, asked, results, answer };
}

describe('the filter of pages', () => {
  it('asks one question at a time, and once more for all changes meanwhile', async () => {
    const { filter: pages, asked, results, answer } = filter();
    void pages.set({ thread: 'hart 0' });
    for (let change = 0; change < 5; change++) pages.refresh();
    equal(asked.length, 1);
    await answer(7);
    equal(asked.length, 2);
    await answer(8);
    equal(asked.length, 2);
    deepEqual(results, [7, 8]);
  });

  it('takes no answer to what is not asked for any more', async () => {
    const { filter: pages, asked, results, answer } = filter();
    void pages.set({ thread: 'hart 0' });
    void pages.set({ thread: 'migration' });
    await answer(7);
    await answer(8);
    deepEqual(asked, [{ thread: 'hart 0' }, { thread: 'migration' }]);
    deepEqual(results, [8]);
    void pages.set({});
    await answer(9);
    deepEqual(results, [8, undefined]);
    equal(pages.runs, undefined);
  });

  it('forgets what was said of the pages of another guest', async () => {
    const { filter: pages, asked, answer } = filter();
    void pages.set({ sinceNs: 1 });
    await answer(7);
    pages.forget();
    equal(pages.runs, undefined);
    equal(asked.length, 2);
  });
});
