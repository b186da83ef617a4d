/**
 * Messages between the extension host and the editor that compares snapshots: of one guest by different algorithms, or two
 * that were taken in sessions. Either side checks what arrives.
 */
import { isLatencies, type Latencies } from './timeline';

/** Times in virtual ns. */
export interface ComparedSnapshot {
  readonly name: string;
  /** False: it had not completed when it was given up; the figures are as of then. */
  readonly isComplete: boolean;
  readonly byteCount: number;
  /** Copies of pages in the stream; how many of them are all zero, and how many repeat a page that is there already. */
  readonly copyCount: number;
  readonly zeroCount: number;
  readonly duplicateCount: number;
  readonly totalNs: number;
  readonly downtimeNs: number;
  readonly latencies: Latencies;
  /** From the start on: the instant that it shows. What follows is known only of a guest that was started for it. */
  readonly instantNs?: number;
  /** Pages of the guest's RAM that are in it otherwise than they were at that instant. */
  readonly wrongCount?: number;
  /** Instructions that the guest retired meanwhile, as a part of those of a guest of which nobody takes a snapshot. */
  readonly guestSpeed?: number;
}

export interface ComparisonMessage {
  readonly kind: 'comparison';
  readonly title: string;
  readonly snapshots: readonly ComparedSnapshot[];
}

/** Undefined for what is none. */
export function parseComparison(value: unknown): ComparisonMessage | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, title, snapshots } = value;
  const isOne = kind === 'comparison' && typeof title === 'string' && Array.isArray(snapshots);
  return isOne && snapshots.every(isComparedSnapshot) ? { kind, title, snapshots } : undefined;
}

export function isComparedSnapshot(value: unknown): value is ComparedSnapshot {
  if (!isRecord(value)) return false;
  const { name, isComplete, latencies, ...figures } = value;
  const { byteCount, copyCount, zeroCount, duplicateCount, totalNs, downtimeNs } = figures;
  const { instantNs, wrongCount, guestSpeed } = figures;
  return (
    typeof name === 'string' &&
    typeof isComplete === 'boolean' &&
    [byteCount, copyCount, zeroCount, duplicateCount, totalNs, downtimeNs].every(isFigure) &&
    [instantNs, wrongCount, guestSpeed].every((figure) => figure === undefined || isFigure(figure)) &&
    isLatencies(latencies)
  );
}

function isFigure(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
