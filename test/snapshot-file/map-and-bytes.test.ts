import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SnapshotPage, snapshotPageRanks } from '../../debug-adapter/protocol/snapshot-pages';
import { cellsOf, DifferingCells, type MapScale, scaleOf } from '../../debug-adapter/snapshot-file/map-cells';
import { PageIndex, pagesPerChunk } from '../../debug-adapter/snapshot-file/page-index';
import { findBytes, parseBytes } from '../../debug-adapter/snapshot-file/search';
import { readWhole } from '../../debug-adapter/vmstate/reading';
import { fileOf } from '../stream/in-memory';

const newIndex = (pageCount: number) => new PageIndex(pageCount, { byteCount: 0 });

/** The whole map, from the stretches that have changed. */
function mapOf(index: PageIndex, scale: MapScale): Uint8Array {
  const cells = new Uint8Array(scale.cellCount);
  for (const number of index.takeChanged()) {
    const run = cellsOf(index, scale, number);
    cells.set(run.cells, run.first);
  }
  return cells;
}

/** As it is meant: for each cell the page of the highest rank. */
function plainMapOf(index: PageIndex, { pageCount, pagesPerCell, cellCount }: MapScale): Uint8Array {
  return Uint8Array.from({ length: cellCount }, (_, cell) => {
    const end = Math.min(pageCount, (cell + 1) * pagesPerCell);
    let state: SnapshotPage = index.formOf(cell * pagesPerCell);
    for (let page = cell * pagesPerCell; page < end; page++) {
      const form = index.formOf(page);
      if (snapshotPageRanks[form]! > snapshotPageRanks[state]!) state = form;
    }
    return state;
  });
}

describe('the map of a block', () => {
  it('shows for each cell the page that matters most, whatever its scale', () => {
    const page = fc.record({ at: fc.nat(), form: fc.nat(2) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(11), fc.array(page), (pageCount, zoom, pages) => {
        const index = newIndex(pageCount);
        for (const { at, form } of pages) {
          if (form === 0) index.addZero(at % pageCount);
          else if (form === 1) index.addNormal(at % pageCount, 4096);
          else index.addCompressed(at % pageCount, 4096);
        }
        const pagesPerCell = 2 ** zoom;
        const scale = { pageCount, pagesPerCell, cellCount: Math.ceil(pageCount / pagesPerCell) };
        assert.deepEqual(mapOf(index, scale), plainMapOf(index, scale));
      }),
    );
  });

  it('has a bounded number of cells, and an index of the few pages there are, for a block of any size', () => {
    const pageCount = 2 ** 40;
    const scale = scaleOf(pageCount);
    assert.equal(scale.cellCount, 2 ** 22);
    const usage = { byteCount: 0 };
    const index = new PageIndex(pageCount, usage);
    index.addNormal(pageCount - 1, 8);
    assert.deepEqual(mapOf(index, scale).at(-1), SnapshotPage.Missing);
    assert.ok(usage.byteCount < 10_000);
    const differing = new DifferingCells(pageCount);
    differing.mark(pageCount - 1);
    const [run] = differing.runs();
    assert.equal(run!.first + run!.cells.length, scale.cellCount);
    assert.equal(run!.cells.at(-1), SnapshotPage.Differing);
  });

  it('takes ten bytes a page, and what an engine keeps of each stretch', () => {
    const usage = { byteCount: 0 };
    const pageCount = 64 * pagesPerChunk;
    const index = new PageIndex(pageCount, usage);
    for (let page = 0; page < pageCount; page++) index.addZero(page);
    assert.ok(usage.byteCount <= 11 * pageCount, `${usage.byteCount / pageCount} bytes a page`);
  });

  it('tells of a stretch that has changed once, until it changes again', () => {
    const index = newIndex(2000);
    index.addZero(1);
    index.addZero(2);
    index.addNormal(1999, 4096);
    assert.deepEqual(index.takeChanged(), [0, 3]);
    assert.deepEqual(index.takeChanged(), []);
    index.addNormal(2, 8192);
    assert.deepEqual(index.takeChanged(), [0]);
  });
});

describe('a search for bytes', () => {
  it('finds the first occurrence that begins at or behind a place, over the edges of what is read at once', () => {
    const bytes = new Uint8Array(600_000);
    const needle = Uint8Array.of(1, 2, 3, 4);
    // Across the edge of a piece, and at the very end.
    for (const at of [262_142, 599_996]) bytes.set(needle, at);
    const found = (from: number, end = bytes.length) => readWhole(fileOf(bytes), findBytes(needle, from, end));
    assert.equal(found(0), 262_142);
    assert.equal(found(262_142), 262_142);
    assert.equal(found(262_143), 599_996);
    assert.equal(found(599_997), undefined);
    assert.equal(found(0, 262_145), undefined);
  });

  it('agrees with a search of the whole', () => {
    const bytes = fc.uint8Array({ max: 3, maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.uint8Array({ max: 3, minLength: 1, maxLength: 3 }), fc.nat(200), (whole, needle, from) => {
        const at = Buffer.from(whole).indexOf(needle, from);
        const expected = at < 0 || from >= whole.length ? undefined : at;
        assert.equal(readWhole(fileOf(whole), findBytes(needle, from, whole.length)), expected);
      }),
    );
  });

  it('takes digits in pairs, with spaces or without, or a text in quotes', () => {
    assert.deepEqual(parseBytes('de ad BE ef'), Uint8Array.of(0xde, 0xad, 0xbe, 0xef));
    assert.deepEqual(parseBytes('0x51455'), undefined);
    assert.deepEqual(parseBytes('0x5145'), Uint8Array.of(0x51, 0x45));
    assert.deepEqual(parseBytes('"QEVM"'), Uint8Array.of(0x51, 0x45, 0x56, 0x4d));
    for (const wrong of ['', 'f', 'xy', '"', `"${'a'.repeat(65)}"`]) assert.equal(parseBytes(wrong), undefined, wrong);
  });
});
