/** Phases as bands: the snapshot's in one row, those that the main loop goes through meanwhile below. */
import type { PhaseBand } from '../../debug-adapter/protocol/timeline';
import type { TimeView } from './time-view';

export interface PlacedBand {
  readonly band: PhaseBand;
  readonly leftPx: number;
  readonly widthPx: number;
  /** 0: the snapshot's own. */
  readonly row: 0 | 1;
  /** Neighbours differ in it. */
  readonly shade: 0 | 1;
}

/** Seen even where it takes next to no time. */
const widthPxMin = 2;

/** @param endNs up to which a phase that goes on has come */
export function placeBands(bands: readonly PhaseBand[], view: TimeView, plotPx: number, endNs: number): PlacedBand[] {
  const pxPerNs = plotPx / (view.endNs - view.startNs);
  const shades = [0, 0];
  return bands.flatMap((band, index): PlacedBand[] => {
    // What the main loop does while the migration thread is in a phase of its own.
    const races = band.role === 'main-loop' && bands.some((other, at) => at < index && isDuring(other, band));
    const row = races ? 1 : 0;
    const shade = (shades[row]!++ % 2) as 0 | 1;
    const left = (band.startNs - view.startNs) * pxPerNs;
    const right = ((band.endNs ?? endNs) - view.startNs) * pxPerNs;
    const leftPx = Math.max(0, left);
    const widthPx = Math.max(widthPxMin, Math.min(plotPx, right) - leftPx);
    return right < 0 || left > plotPx ? [] : [{ band, leftPx, widthPx, row, shade }];
  });
}

function isDuring(outer: PhaseBand, { startNs }: PhaseBand): boolean {
  return outer.role === 'migration' && outer.startNs <= startNs && (outer.endNs ?? Infinity) > startNs;
}

/** The last band in the way of a time, the main loop's first. */
export function bandAt(bands: readonly PhaseBand[], timeNs: number): PhaseBand | undefined {
  const there = bands.filter(({ startNs, endNs }) => startNs <= timeNs && timeNs < (endNs ?? Infinity));
  return there.find(({ role }) => role === 'main-loop') ?? there.at(-1);
}
