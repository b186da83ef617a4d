import { isLatencies, type Latencies } from './timeline';

/** Event `freezeframe.snapshot`: a snapshot has ended. It comes before the phases `completed` and `failed`, behind `cancelled`. */
export interface SnapshotReport {
  /** `wrong`: written, but the file does not show what it should. */
  readonly outcome: 'written' | 'wrong' | 'failed' | 'cancelled';
  /** In a line. */
  readonly title: string;
  /** What is to be known of it: what was written, downtime, write faults, verdict. */
  readonly facts: readonly SnapshotFact[];
  /** The same as numbers, to be drawn and compared; absent where nothing was written. */
  readonly figures?: SnapshotFigures;
  /** Of the file, where one was kept. */
  readonly path?: string;
  /** A command line that restores it, where a QEMU would take it. */
  readonly qemuCommand?: string;
}

/** Times in virtual ns. */
export interface SnapshotFigures {
  /** The capability that selects it, or `precopy`. */
  readonly algorithm: string;
  readonly byteCount: number;
  /** Copies of pages in the stream; how many of them are all zero, and how many repeat a page that is there already. */
  readonly copyCount: number;
  readonly zeroCount: number;
  readonly duplicateCount: number;
  readonly downtimeNs: number;
  readonly totalNs: number;
  readonly latencies: Latencies;
}

export interface SnapshotFact {
  readonly name: string;
  readonly value: string;
}

export function isSnapshotReport(value: unknown): value is SnapshotReport {
  if (typeof value !== 'object' || value === null) return false;
  const { outcome, title, facts, figures, path, qemuCommand } = value as Record<string, unknown>;
  return (
    ['written', 'wrong', 'failed', 'cancelled'].includes(outcome as string) &&
    typeof title === 'string' &&
    Array.isArray(facts) &&
    facts.every((fact) => typeof fact?.name === 'string' && typeof fact.value === 'string') &&
    (figures === undefined || isSnapshotFigures(figures)) &&
    isTextOrNone(path) &&
    isTextOrNone(qemuCommand)
  );
}

export function isSnapshotFigures(value: unknown): value is SnapshotFigures {
  if (typeof value !== 'object' || value === null) return false;
  const { algorithm, latencies, ...numbers } = value as Record<string, unknown>;
  const { byteCount, copyCount, zeroCount, duplicateCount, downtimeNs, totalNs } = numbers;
  return (
    typeof algorithm === 'string' &&
    [byteCount, copyCount, zeroCount, duplicateCount, downtimeNs, totalNs].every(Number.isFinite) &&
    isLatencies(latencies)
  );
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
