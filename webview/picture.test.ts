import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { countPages, PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import { Cells, faded, pageStateRanks } from './cells';
import { fitLayout } from './layout';
import { pictureSize, svgOf } from './picture';

const palette = Uint32Array.from({ length: 2 * faded }, (_, shown) => (0xff000000 | shown) >>> 0);

function pictureOf(states: Uint8Array, name = 'ram') {
  const cells = new Cells(fitLayout(512, 512, states.length), states, pageStateRanks);
  const counts = countPages(states);
  return {
    cells,
    palette,
    marks: [{ page: 7, kind: 'fault' as const }],
    title: name,
    subtitle: 'at 1 ms',
    legend: pageStateNames.map((each, state) => ({ state, name: each, colour: 'red', count: counts[state]! })),
    labelOf: (page: number) => `0x${page.toString(16)}`,
    foreground: '#cccccc',
    background: '#000000',
  };
}

describe('a picture of the page map', () => {
  it('has for each page an area of its state', () => {
    const states = Uint8Array.from({ length: 1 << 16 }, (_, page) =>
      page % 7 === 0 ? PageState.Dirty : PageState.Zero,
    );
    const svg = svgOf(pictureOf(states));
    const areas = [...svg.matchAll(/class="state-(\d)" fill="#[0-9a-f]{6}" d="([^"]*)"/g)].map(([, state, path]) => {
      const area = [...path!.matchAll(/h(\d+)v(\d+)/g)].reduce((sum, [, w, h]) => sum + Number(w) * Number(h), 0);
      return [Number(state), area / 4];
    });
    const counts = countPages(states);
    deepEqual(
      areas.sort(([a], [b]) => a! - b!),
      [PageState.Zero, PageState.Dirty].map((state) => [state, counts[state]]),
    );
    for (const name of pageStateNames) ok(svg.includes(`${name} `), name);
  });

  it('stays well-formed whatever it is called', () => {
    const picture = pictureOf(new Uint8Array(64), '<ram & "flash">');
    const svg = svgOf(picture);
    ok(svg.includes('<title>&#60;ram &#38; &#34;flash&#34;&#62;</title>'));
    const { widthPx, heightPx } = pictureSize(picture);
    ok(widthPx > picture.cells.layout.widthPx && heightPx > picture.cells.layout.heightPx);
    equal((svg.match(/<rect [^>]*rx="3"/g) ?? []).length, 2, 'the mark has a line and a halo');
  });
});
