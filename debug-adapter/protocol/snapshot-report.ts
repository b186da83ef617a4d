/** Event `freezeframe.snapshot`: a snapshot has ended. It comes before the phases `completed` and `failed`, behind `cancelled`. */
export interface SnapshotReport {
  /** `wrong`: written, but the file does not show what it should. */
  readonly outcome: 'written' | 'wrong' | 'failed' | 'cancelled';
  /** In a line. */
  readonly title: string;
  /** What is to be known of it: what was written, downtime, write faults, verdict. */
  readonly facts: readonly SnapshotFact[];
  /** Of the file, where one was kept. */
  readonly path?: string;
  /** A command line that restores it, where a QEMU would take it. */
  readonly qemuCommand?: string;
}

export interface SnapshotFact {
  readonly name: string;
  readonly value: string;
}

export function isSnapshotReport(value: unknown): value is SnapshotReport {
  if (typeof value !== 'object' || value === null) return false;
  const { outcome, title, facts, path, qemuCommand } = value as Record<string, unknown>;
  return (
    ['written', 'wrong', 'failed', 'cancelled'].includes(outcome as string) &&
    typeof title === 'string' &&
    Array.isArray(facts) &&
    facts.every((fact) => typeof fact?.name === 'string' && typeof fact.value === 'string') &&
    isTextOrNone(path) &&
    isTextOrNone(qemuCommand)
  );
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
