import type { ComparisonRow } from '../../debug-adapter/comparison/comparison';
import type { RatePoint } from './sweep';

/** For the README: one line a write rate. */
export function shortTable(points: readonly RatePoint[]): string {
  return table(
    [
      'pages written a second',
      'MiB sent: write tracking',
      'precopy',
      'precopy, no limit',
      'pages sent again: write tracking',
      'precopy',
      'precopy, no limit',
      'shows RAM after: write tracking',
      'precopy',
    ],
    points.map(({ writesPerSecond, background, precopy, unlimited }) => [
      grouped(writesPerSecond),
      ...[background, precopy, unlimited].map(({ byteCount }) => mib(byteCount)),
      ...[background, precopy, unlimited].map(({ duplicateCount }) => grouped(duplicateCount)),
      ...[background, precopy].map(instant),
    ]),
  );
}

/** Everything that is measured: a line for each way and write rate. */
export function fullTable(points: readonly RatePoint[]): string {
  return table(
    [
      'pages written a second',
      'snapshot by',
      'MiB',
      'pages',
      'zero',
      'sent again',
      'stood still',
      'total',
      'shows RAM after',
      'pages changed since the start',
      'changed again by the end',
      'write faults',
      'p50 / p90 / p99 / max µs',
      'guest lost',
    ],
    points.flatMap(({ writesPerSecond, background, trackWritesRam, precopy, unlimited }) => [
      [grouped(writesPerSecond), 'background-snapshot', ...fullRow(background)],
      ['', 'track-writes-ram', ...fullRow(trackWritesRam)],
      ['', 'precopy', ...fullRow(precopy)],
      ['', 'precopy, no limit', ...fullRow(unlimited)],
    ]),
  );
}

/** How long write faults took, by power of two of microseconds. */
export function histogramTable(points: readonly RatePoint[]): string {
  const histograms = points.map(({ background }) => background.faultLog2Histogram);
  const bucketCount = Math.max(...histograms.map(({ length }) => length));
  const buckets = Array.from({ length: bucketCount }, (_, bucket) => bucket);
  return table(
    [
      'pages written a second',
      ...buckets.map((bucket) => `${bucket === 0 ? 0 : 2 ** bucket}–${2 ** (bucket + 1) - 1} µs`),
    ],
    points.map(({ writesPerSecond }, index) => [
      grouped(writesPerSecond),
      ...buckets.map((bucket) => grouped(histograms[index]![bucket] ?? 0)),
    ]),
  );
}

function fullRow(row: ComparisonRow): string[] {
  const lost = 1 - row.instructionCount / row.undisturbedInstructionCount;
  const faults = [row.faultP50Ns, row.faultP90Ns, row.faultP99Ns, row.faultMaxNs].map((ns) => Math.round(ns / 1000));
  return [
    mib(row.byteCount),
    grouped(row.copyCount),
    grouped(row.zeroCount),
    grouped(row.duplicateCount),
    milliseconds(row.downtimeNs),
    milliseconds(row.totalNs),
    instant(row),
    grouped(row.differsFromStart),
    grouped(row.differsFromEnd),
    grouped(row.faultCount),
    row.faultCount === 0 ? '' : faults.join(' / '),
    `${(lost * 100).toFixed(1)} %`,
  ];
}

/** When the guest was as the image shows it; with how many pages are otherwise, if any are. */
function instant({ instantNs, differsFromInstant }: ComparisonRow): string {
  const text = milliseconds(instantNs);
  return differsFromInstant === 0 ? text : `${text}, but ${grouped(differsFromInstant)} pages`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---:').join('|')}|`, ...rows.map(line)].join('\n');
}

function mib(byteCount: number): string {
  return (byteCount / 2 ** 20).toFixed(1);
}

function milliseconds(ns: number): string {
  const ms = ns / 1e6;
  return `${ms < 10 ? ms.toFixed(1) : grouped(Math.round(ms))} ms`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
