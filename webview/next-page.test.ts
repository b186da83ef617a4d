import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { nextPage, pagesOf } from './next-page';

describe('pages to go to', () => {
  it('come one after the other, and round the end, either way', () => {
    const states = Uint8Array.of(0, 2, 0, 7, 2, 0);
    const walk = (step: 1 | -1) => {
      const visited: number[] = [];
      let page = 3;
      for (let n = 0; n < 4; n++) {
        page = nextPage(states, [2, 7], page, step)!;
        visited.push(page);
      }
      return visited;
    };
    deepEqual(walk(1), [4, 1, 3, 4]);
    deepEqual(walk(-1), [1, 4, 3, 1]);
  });

  it('are all found, and none besides', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 3, minLength: 1, maxLength: 60 }), fc.nat(), (states, start) => {
        const wanted = pagesOf(states, 2, 1000);
        const visited = new Set<number>();
        let page: number | undefined = start % states.length;
        for (let n = 0; n < wanted.length; n++) {
          page = nextPage(states, [2], page!, 1);
          visited.add(page!);
        }
        deepEqual(
          [...visited].sort((a, b) => a - b),
          wanted,
        );
        equal(nextPage(states, [2], 0, -1), wanted.filter((each) => each !== 0).at(-1) ?? wanted[0]);
      }),
    );
  });
});
