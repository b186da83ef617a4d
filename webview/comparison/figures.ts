/** What is compared of snapshots: a row for each figure, with how it is said and how long its bar is. */
import type { ComparedSnapshot } from '../../debug-adapter/protocol/comparison-messages';
import { formatCount } from '../format';
import { durationText } from '../timeline/time-view';

export interface FigureRow {
  readonly name: string;
  /** What it means, in a sentence. */
  readonly meaning: string;
  readonly cells: readonly FigureCell[];
}

export interface FigureCell {
  readonly text: string;
  /** Of the longest bar in the row. */
  readonly share: number;
}

interface Figure {
  readonly name: string;
  readonly meaning: string;
  readonly of: (snapshot: ComparedSnapshot) => number | undefined;
  readonly text: (value: number) => string;
}

const figures: readonly Figure[] = [
  {
    name: 'Written',
    meaning: 'bytes in the stream',
    of: ({ byteCount }) => byteCount,
    text: (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`,
  },
  { name: 'Pages', meaning: 'copies of pages in the stream', of: ({ copyCount }) => copyCount, text: formatCount },
  { name: 'Zero pages', meaning: 'of these, all zero', of: ({ zeroCount }) => zeroCount, text: formatCount },
  {
    name: 'Sent again',
    meaning: 'of these, pages that were in the stream already',
    of: ({ duplicateCount }) => duplicateCount,
    text: formatCount,
  },
  { name: 'Total', meaning: 'from the command to the end', of: ({ totalNs }) => totalNs, text: durationText },
  { name: 'Downtime', meaning: 'the guest stood still', of: ({ downtimeNs }) => downtimeNs, text: durationText },
  {
    name: 'Shows RAM after',
    meaning: 'from the command to the instant that the snapshot shows',
    of: ({ instantNs }) => instantNs,
    text: durationText,
  },
  {
    name: 'Guest speed',
    meaning: 'instructions retired meanwhile, of those of an undisturbed guest',
    of: ({ guestSpeed }) => guestSpeed,
    text: (part) => `${(part * 100).toFixed(1)} %`,
  },
  {
    name: 'Wrong pages',
    meaning: 'pages of RAM that are not as they were at that instant',
    of: ({ wrongCount }) => wrongCount,
    text: formatCount,
  },
  {
    name: 'Write faults',
    meaning: 'writes that waited for their page',
    of: ({ latencies }) => latencies.count,
    text: formatCount,
  },
  ...(['p50Ns', 'p99Ns', 'maxNs'] as const).map((key) => ({
    name: { p50Ns: 'Latency p50', p99Ns: 'Latency p99', maxNs: 'Longest latency' }[key],
    meaning: 'of write faults, from the write to the wake-up',
    of: ({ latencies }: ComparedSnapshot) => (latencies.count > 0 ? latencies[key] : undefined),
    text: durationText,
  })),
];

/** The figures that are known of any of them. */
export function figureRows(snapshots: readonly ComparedSnapshot[]): FigureRow[] {
  return figures.flatMap(({ name, meaning, of, text }): FigureRow[] => {
    const values = snapshots.map(of);
    if (values.every((value) => value === undefined)) return [];
    const most = Math.max(...values.map((value) => value ?? 0));
    const cells = values.map((value) => ({
      text: value === undefined ? '–' : text(value),
      share: value === undefined || most === 0 ? 0 : value / most,
    }));
    return [{ name, meaning, cells }];
  });
}
