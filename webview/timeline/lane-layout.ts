/** Where rows are, and where a time is: phases, write faults, one lane a thread, the axis. CSS pixels. */
import type { TimeView } from './time-view';

export interface Row {
  readonly kind: 'phases' | 'faults' | 'lane' | 'axis';
  /** Of a lane. */
  readonly lane?: number;
  readonly label: string;
  readonly topPx: number;
  readonly heightPx: number;
}

export interface LaneLayout {
  readonly rows: readonly Row[];
  readonly heightPx: number;
  /** Width of the labels left of the plot. */
  readonly gutterPx: number;
  readonly plotPx: number;
}

const rowGapPx = 3;
const heights = { phases: 30, faults: 16, lane: 20, axis: 18 } as const;
const gutterPxMax = 104;

export function layLanes(threads: readonly string[], widthPx: number): LaneLayout {
  const gutterPx = Math.min(gutterPxMax, Math.floor(widthPx * 0.3));
  const wanted: Omit<Row, 'topPx' | 'heightPx'>[] = [
    { kind: 'axis', label: 'Virtual time' },
    { kind: 'phases', label: 'Phases' },
    { kind: 'faults', label: 'Write faults' },
    ...threads.map((label, lane) => ({ kind: 'lane' as const, lane, label })),
  ];
  let topPx = 0;
  const rows = wanted.map((row) => {
    const placed = { ...row, topPx, heightPx: heights[row.kind] };
    topPx += placed.heightPx + rowGapPx;
    return placed;
  });
  return { rows, heightPx: topPx, gutterPx, plotPx: Math.max(1, widthPx - gutterPx) };
}

/** From the plot's left edge. */
export function xOf({ startNs, endNs }: TimeView, plotPx: number, timeNs: number): number {
  return ((timeNs - startNs) / (endNs - startNs)) * plotPx;
}

export function timeAt({ startNs, endNs }: TimeView, plotPx: number, xPx: number): number {
  return startNs + (xPx / plotPx) * (endNs - startNs);
}

export function rowAt({ rows }: LaneLayout, yPx: number): Row | undefined {
  return rows.find(({ topPx, heightPx }) => yPx >= topPx && yPx < topPx + heightPx + rowGapPx);
}
