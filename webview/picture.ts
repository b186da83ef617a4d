/** The whole of a page map as a picture: SVG text, made without a browser. */
import { type Cells, faded } from './cells';
import { boxOf, edgePx, labelledRows } from './layout';
import type { LegendEntry } from './legend';
import type { Mark } from './marks';

export interface Picture {
  readonly cells: Cells;
  /** By what a cell shows: a state, or a state and `faded`. Pixels in the byte order of a canvas. */
  readonly palette: Uint32Array;
  readonly marks: readonly Mark[];
  /** Above the map. */
  readonly title: string;
  /** Where and when. */
  readonly subtitle: string;
  /** `colour` as CSS has it. */
  readonly legend: readonly LegendEntry[];
  readonly labelOf: (page: number) => string;
  readonly foreground: string;
  readonly background: string;
}

const [marginPx, gutterPx, lineHeightPx, entryWidthPx] = [16, 96, 20, 190];

export interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Everything that surrounds the cells takes room, too. */
export function pictureSize({ cells, legend }: Pick<Picture, 'cells' | 'legend'>): PictureSize {
  const widthPx = cells.layout.widthPx + gutterPx + 2 * marginPx;
  return { widthPx, heightPx: cells.layout.heightPx + topPx(legend.length, widthPx) + marginPx };
}

export function svgOf(picture: Picture): string {
  const { cells, title, subtitle, legend, foreground, background } = picture;
  const { widthPx, heightPx } = pictureSize(picture);
  const perLine = entriesPerLine(widthPx);
  const entries = legend.map((entry, index) => {
    const x = marginPx + (index % perLine) * entryWidthPx;
    const y = marginPx + (2 + Math.floor(index / perLine)) * lineHeightPx;
    return `<rect x="${x}" y="${y + 2}" width="11" height="11" fill="${escaped(entry.colour)}" stroke="${foreground}" stroke-opacity=".3"/>
<text x="${x + 18}" y="${y + 12}">${escaped(entry.name)} ${entry.count}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}" font-family="sans-serif" font-size="13" fill="${foreground}">
<title>${escaped(title)}</title>
<rect width="${widthPx}" height="${heightPx}" fill="${background}"/>
<text x="${marginPx}" y="${marginPx + 12}" font-weight="bold">${escaped(title)}</text>
<text x="${marginPx}" y="${marginPx + 12 + lineHeightPx}">${escaped(subtitle)}</text>
${entries.join('\n')}
<g transform="translate(${marginPx + gutterPx} ${topPx(legend.length, widthPx)})">
${labels(picture)}
<g shape-rendering="crispEdges">
${cellPaths(cells, picture.palette)}
</g>
${markRings(picture)}
</g>
</svg>
`;
}

function entriesPerLine(widthPx: number): number {
  return Math.max(1, Math.floor((widthPx - 2 * marginPx) / entryWidthPx));
}

function topPx(entryCount: number, widthPx: number): number {
  return marginPx + (2 + Math.ceil(entryCount / entriesPerLine(widthPx))) * lineHeightPx + 10;
}

function labels({ cells: { layout }, labelOf }: Picture): string {
  const every = labelledRows(layout, 11);
  const texts: string[] = [];
  for (let row = 0; row < layout.rows; row += every) {
    const y = edgePx(layout.heightPx, layout.rows, row) + 9;
    const label = labelOf(row * layout.columns * layout.pagesPerCell);
    texts.push(`<text x="${-gutterPx}" y="${y}" font-family="monospace" font-size="11">${escaped(label)}</text>`);
  }
  return texts.join('\n');
}

/** For each colour one path, with a rectangle for each run of cells in a row; cells with gaps stand alone. */
function cellPaths({ layout, shown }: Cells, palette: Uint32Array): string {
  const { columns, rows, widthPx, heightPx, gapPx } = layout;
  const paths = new Map<number, string[]>();
  for (let row = 0; row < rows; row++) {
    const first = row * columns;
    const end = Math.min(first + columns, shown.length);
    const y = edgePx(heightPx, rows, row);
    const height = edgePx(heightPx, rows, row + 1) - y - gapPx;
    for (let cell = first; cell < end; ) {
      const value = shown[cell]!;
      let next = cell + 1;
      while (gapPx === 0 && next < end && shown[next] === value) next++;
      const x = edgePx(widthPx, columns, cell - first);
      const width = edgePx(widthPx, columns, next - first) - x - gapPx;
      const path = paths.get(value) ?? [];
      path.push(`M${x} ${y}h${width}v${height}h${-width}z`);
      paths.set(value, path);
      cell = next;
    }
  }
  return [...paths]
    .map(
      ([value, path]) =>
        `<path class="state-${value & ~faded}" fill="${cssOf(palette[value]!)}" d="${path.join('')}"/>`,
    )
    .join('\n');
}

function markRings({ cells: { layout }, marks, foreground, background }: Picture): string {
  const rings = marks.map(({ page }) => {
    const { xPx, yPx, widthPx, heightPx } = boxOf(layout, page);
    const [width, height] = [Math.max(widthPx + 4, 11), Math.max(heightPx + 4, 11)];
    const place = `x="${xPx + widthPx / 2 - width / 2}" y="${yPx + heightPx / 2 - height / 2}" width="${width}" height="${height}" rx="3" fill="none"`;
    return `<rect ${place} stroke="${background}" stroke-width="4.5"/><rect ${place} stroke="${foreground}" stroke-width="2"/>`;
  });
  return rings.join('\n');
}

function cssOf(pixel: number): string {
  const [red, green, blue] = [pixel & 0xff, (pixel >>> 8) & 0xff, (pixel >>> 16) & 0xff];
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
