import type { RatePoint } from './sweep';

const width = 720;
const height = 360;
const plot = { left: 60, right: 490, top: 24, bottom: 310 };

interface Line {
  readonly name: string;
  readonly color: string;
  readonly byteCounts: readonly number[];
}

/** What is sent for one snapshot, by how fast the guest writes; both axes logarithmic. Readable on light and on dark. */
export function trafficChart(points: readonly RatePoint[]): string {
  const rates = points.map(({ writesPerSecond }) => writesPerSecond);
  const lines: Line[] = [
    { name: 'precopy, 32 MiB/s', color: '#db6d28', byteCounts: points.map(({ precopy }) => precopy.byteCount) },
    { name: 'precopy, no limit', color: '#a371f7', byteCounts: points.map(({ unlimited }) => unlimited.byteCount) },
    { name: 'write tracking', color: '#3b82f6', byteCounts: points.map(({ background }) => background.byteCount) },
  ];
  const x = axis([10 ** Math.floor(Math.log10(Math.min(...rates))), Math.max(...rates) * 1.2], plot.left, plot.right);
  const mib = lines.flatMap(({ byteCounts }) => byteCounts).map((byteCount) => byteCount / 2 ** 20);
  const y = axis([10 ** Math.floor(Math.log10(Math.min(...mib))), Math.max(...mib) * 1.2], plot.bottom, plot.top);
  const paths = lines.map(({ color, byteCounts }) => {
    const places = byteCounts.map((byteCount, index) => `${x.at(rates[index]!)},${y.at(byteCount / 2 ** 20)}`);
    const dots = places.map((place) => {
      const [cx, cy] = place.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${color}"/>`;
    });
    return `<polyline points="${places.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}`;
  });
  const legend = lines.map(({ name, color }, index) => {
    const at = plot.top + 30 + 24 * index;
    return (
      `<line x1="510" x2="534" y1="${at}" y2="${at}" stroke="${color}" stroke-width="3"/>` +
      `<text x="542" y="${at + 4}">${name}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    '<title>Bytes sent for one snapshot, by how fast the guest writes</title>',
    '<style>text{fill:#57606a}.grid{stroke:#8c959f;stroke-opacity:.35}',
    '@media(prefers-color-scheme:dark){text{fill:#c9d1d9}}</style>',
    ...x.ticks.map((tick) => grid(x.at(tick), x.at(tick), plot.top, plot.bottom)),
    ...y.ticks.map((tick) => grid(plot.left, plot.right, y.at(tick), y.at(tick))),
    ...x.ticks.map(
      (tick) => `<text x="${x.at(tick)}" y="${plot.bottom + 18}" text-anchor="middle">${short(tick)}</text>`,
    ),
    ...y.ticks.map(
      (tick) => `<text x="${plot.left - 8}" y="${y.at(tick) + 4}" text-anchor="end">${short(tick)}</text>`,
    ),
    `<text x="${(plot.left + plot.right) / 2}" y="${height - 10}" text-anchor="middle">pages that the guest writes in a second</text>`,
    `<text x="${plot.left}" y="${plot.top - 8}">MiB sent for one snapshot of 32 MiB of RAM</text>`,
    ...paths,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

interface Axis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** Powers of ten between two values on a stretch of pixels. */
function axis([low, high]: readonly [number, number], from: number, to: number): Axis {
  const span = Math.log10(high / low);
  const ticks: number[] = [];
  for (let tick = low; tick <= high; tick *= 10) ticks.push(tick);
  return { ticks, at: (value) => Math.round(10 * (from + ((to - from) * Math.log10(value / low)) / span)) / 10 };
}

function grid(x1: number, x2: number, y1: number, y2: number): string {
  return `<line class="grid" x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}"/>`;
}

function short(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(value);
}
