import type { SnapshotFigures } from '../protocol/snapshot-report';
import { type Environment, type ExitCode, exitCode } from './environment';
import { table } from './table';

/** What is shown of one way to take the snapshot. Times in virtual ns, but those of a real QEMU. */
export interface ComparedWay extends Omit<SnapshotFigures, 'latencies'> {
  readonly isComplete: boolean;
  /** Their pages' numbers in the guest's RAM, in their order. */
  readonly faultPages: readonly number[];
  /** Not known of a real QEMU, as all that follows. */
  readonly instantNs?: number;
  readonly faultCount?: number;
  readonly faultP50Ns?: number;
  readonly faultP99Ns?: number;
  readonly faultMaxNs?: number;
}

/**
 * Shows how one guest's snapshots, taken in different ways, compare.
 *
 * @param notes lines that are said behind the table
 */
export function showComparison(
  environment: Environment,
  ways: readonly ComparedWay[],
  json: boolean,
  notes: readonly string[] = [],
): ExitCode {
  if (json) environment.say(JSON.stringify(ways, null, 2));
  else {
    const head = ['snapshot by', 'bytes', 'pages', 'zero', 'sent again', 'total', 'stood still', 'shows RAM after'];
    const ms = (ns: number) => `${(ns / 1e6).toFixed(3)} ms`;
    const rows = ways.map((way) => [
      way.isComplete ? way.algorithm : `${way.algorithm} (given up)`,
      way.byteCount,
      way.copyCount,
      way.zeroCount,
      way.duplicateCount,
      ms(way.totalNs),
      ms(way.downtimeNs),
      way.instantNs === undefined ? '' : ms(way.instantNs),
    ]);
    const us = (ns: number) => `${(ns / 1000).toFixed(1)} µs`;
    const faults = ways
      .filter(({ faultCount = 0 }) => faultCount > 0)
      .map((way) => {
        const { faultP50Ns = 0, faultP99Ns = 0, faultMaxNs = 0 } = way;
        const times = `half within ${us(faultP50Ns)}, 99 % within ${us(faultP99Ns)}, the longest ${us(faultMaxNs)}`;
        return `${way.algorithm}: ${way.faultCount} writes waited for their page, ${times}`;
      });
    environment.say([table(head, rows), ...faults, ...notes].join('\n'));
  }
  return exitCode.good;
}

/** So many pages of each are named. */
const pageCountMax = 8;

/** The writes that waited for their page, of one guest here and in a real QEMU: pages in the order of the writes. */
export function faultNotes(here: readonly number[], there: readonly number[], waits: string | undefined): string[] {
  const first = (pages: readonly number[]) =>
    pages
      .slice(0, pageCountMax)
      .map((page) => `0x${page.toString(16)}`)
      .join(' ') + (pages.length > pageCountMax ? ' …' : '');
  const common = new Set(here.filter((page) => there.includes(page)));
  return [
    `real QEMU, held at each page: ${there.length} writes waited for their page${waits ? `, ${waits}` : ''}`,
    `first pages of RAM written to, background-snapshot: ${first(here)}`,
    `first pages of RAM written to, real QEMU: ${first(there)}`,
    `${common.size} pages are in both. The snapshots begin at the same instant only as far as \`snapshot.when\` pins it down, and then the guests run at different speeds.`,
    'real QEMU: times are wall-clock times in whole ms, of a run that nobody holds; the others are virtual times, from configured costs.',
    'real QEMU: the stream also has the hypervisor extension of each hart.',
  ];
}
