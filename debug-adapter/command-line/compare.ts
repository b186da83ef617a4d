import type { SnapshotFigures } from '../protocol/snapshot-report';
import { type Environment, type ExitCode, exitCode } from './environment';
import { table } from './table';

/** What is shown of one way to take the snapshot. Times in virtual ns. */
export interface ComparedWay extends Omit<SnapshotFigures, 'latencies'> {
  readonly isComplete: boolean;
  readonly instantNs: number;
  readonly faultCount: number;
  readonly faultP50Ns: number;
  readonly faultP99Ns: number;
  readonly faultMaxNs: number;
}

/** Shows how one guest's snapshots, taken in different ways, compare. */
export function showComparison(environment: Environment, ways: readonly ComparedWay[], json: boolean): ExitCode {
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
      ms(way.instantNs),
    ]);
    const us = (ns: number) => `${(ns / 1000).toFixed(1)} µs`;
    const faults = ways
      .filter(({ faultCount }) => faultCount > 0)
      .map((way) => {
        const { faultP50Ns, faultP99Ns, faultMaxNs } = way;
        const times = `half within ${us(faultP50Ns)}, 99 % within ${us(faultP99Ns)}, the longest ${us(faultMaxNs)}`;
        return `${way.algorithm}: ${way.faultCount} writes waited for their page, ${times}`;
      });
    environment.say([table(head, rows), ...faults].join('\n'));
  }
  return exitCode.good;
}
