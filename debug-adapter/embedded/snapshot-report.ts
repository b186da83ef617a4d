import { countText, mebibytesText } from '../debuggee/quantities';
import type { FaultLatencies } from '../migration/fault-latencies';
import type { Snapshot } from '../migration/snapshot';
import type { SnapshotFact, SnapshotFigures } from '../protocol/snapshot-report';
import type { Latencies } from '../protocol/timeline';

/** What was written, how long the guest stood still, and what the write tracking or the dirty logging has cost. */
export function snapshotFacts({ state, file, precopy }: Snapshot): SnapshotFact[] {
  const { pagesSent, zeroPages, downtimeNs, totalNs, faults } = state;
  return [
    {
      name: 'Written',
      value: `${mebibytesText(file.byteCount)}, ${countText(pagesSent)} pages, ${countText(zeroPages)} of them zero`,
    },
    { name: 'Downtime', value: `${milliseconds(downtimeNs)} of ${milliseconds(totalNs)}` },
    precopy
      ? { name: 'Sent again', value: `${countText(precopy.duplicates)} pages, after ${precopy.syncCount} bitmap syncs` }
      : {
          name: 'Write faults',
          value: faults.count === 0 ? 'none' : `${countText(faults.count)}: ${latenciesInWords(faults)}`,
        },
  ];
}

/** The same as numbers. */
export function snapshotFigures({ state, file, precopy, options }: Snapshot): SnapshotFigures {
  const { pagesSent, zeroPages, downtimeNs, totalNs, faults } = state;
  const { capabilities } = options;
  const tracking = (['background-snapshot', 'track-writes-ram'] as const).find((each) => capabilities.has(each));
  return {
    algorithm: precopy ? 'precopy' : (tracking ?? 'precopy'),
    byteCount: file.byteCount,
    copyCount: pagesSent,
    zeroCount: zeroPages,
    duplicateCount: precopy?.duplicates ?? 0,
    downtimeNs,
    totalNs,
    latencies: latenciesOf(faults),
  };
}

export function latenciesOf(faults: FaultLatencies): Latencies {
  const [p50Ns = 0, p99Ns = 0] = faults.percentilesNs([50, 99]);
  return { count: faults.count, log2Counts: faults.log2Histogram(), p50Ns, p99Ns, maxNs: faults.maxNs };
}

/** `p50 12.1 µs, p95 40.3 µs, p99 44.0 µs, longest 44.0 µs`. */
export function latenciesInWords(faults: FaultLatencies): string {
  const percents = [50, 95, 99];
  const percentiles = faults.percentilesNs(percents).map((ns, index) => `p${percents[index]} ${microseconds(ns)}`);
  return `${percentiles.join(', ')}, longest ${microseconds(faults.maxNs)}`;
}

export function milliseconds(ns: number): string {
  return `${(ns / 1e6).toFixed(3)} ms`;
}

function microseconds(ns: number): string {
  return `${(ns / 1e3).toFixed(1)} µs`;
}
