import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseFromPageMap, parseToPageMap, type ToPageMap } from './page-map-messages';

const pages: ToPageMap = {
  kind: 'pages',
  pages: {
    kind: 'all',
    blocks: [
      {
        name: 'riscv_virt_board.ram',
        address: '0x80000000',
        pageCount: 4,
        runs: 'AAQB',
        counts: [0, 4, 0, 0, 0, 0, 0, 0],
      },
    ],
    timeNs: 12,
    phase: 'wp-arm',
    stopped: true,
  },
  phaseLabel: 'WP arm',
};

describe('page map messages', () => {
  it('a message survives the crossing', () => {
    deepEqual(parseToPageMap(JSON.parse(JSON.stringify(pages))), pages);
    const ask = { kind: 'page-info', id: 3, of: { block: 'virt.flash0', page: 0x400 } };
    deepEqual(parseFromPageMap({ ...ask }), ask);
  });

  it('a message with a field of another type is refused', () => {
    for (const broken of [
      undefined,
      'pages',
      { kind: 'pagez' },
      { ...pages, pages: { ...pages.pages, blocks: [] } },
      { ...pages, pages: { ...pages.pages, blocks: [{ ...pages.pages.blocks[0], counts: [-1] }] } },
      { ...pages, pages: { ...pages.pages, blocks: [{ ...pages.pages.blocks[0], address: '80000000' }] } },
      { ...pages, pages: { ...pages.pages, stopPage: { page: 1 } } },
      { ...pages, phaseLabel: 7 },
      { kind: 'page-info', id: 1, info: { page: 1 } },
    ]) {
      equal(parseToPageMap(broken), undefined);
    }
    for (const broken of [
      null,
      { kind: 'page-info', id: 1, of: { block: 'a', page: 1.5 } },
      { kind: 'open-memory', of: { page: 1 } },
    ]) {
      equal(parseFromPageMap(broken), undefined);
    }
  });
});
