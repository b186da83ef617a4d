/** What there is to say of a place on the timeline, for a tooltip and for a screen reader. */
import {
  Activity,
  activityCount,
  activityNames,
  type PhaseBand,
  type WriteFaultSpan,
} from '../../debug-adapter/protocol/timeline';
import { formatTime, pageNumber } from '../format';
import { knownSpans, laneColumns } from './lane-columns';
import type { LaneLayout, Row } from './lane-layout';
import { bandAt } from './phase-bands';
import { durationText, type TimeView } from './time-view';
import type { TimelineModel } from './timeline-model';

export interface Place {
  readonly row: Row;
  readonly timeNs: number;
}

export interface Readout {
  readonly lines: readonly string[];
  /** What a click there selects besides the thread. */
  readonly fault?: WriteFaultSpan;
  readonly band?: PhaseBand;
}

export interface Surroundings {
  readonly model: TimelineModel;
  readonly view: TimeView;
  readonly layout: LaneLayout;
  /** Address of the block that pages are of. */
  readonly blockAddress: string | undefined;
}

/** Near enough to a fault to mean it. */
const nearPx = 6;

export function readoutOf({ row, timeNs }: Place, around: Surroundings): Readout {
  const time = formatTime(Math.round(timeNs));
  switch (row.kind) {
    case 'axis':
      return { lines: [time] };
    case 'phases': {
      const band = bandAt(around.model.phases, timeNs);
      if (!band) return { lines: [time, 'no snapshot under way'] };
      const { label, thread, startNs, endNs } = band;
      return { lines: [label, `by ${thread}`, fromTo(startNs, endNs)], band };
    }
    case 'faults': {
      const fault = faultNear(around, timeNs);
      return fault ? { lines: faultLines(fault, around), fault } : { lines: [time, 'no write fault here'] };
    }
    case 'lane':
      return laneReadout(row.lane!, timeNs, around);
  }
}

function laneReadout(index: number, timeNs: number, around: Surroundings): Readout {
  const { model, view, layout } = around;
  const lane = model.lanes[index]!;
  const span = knownSpans(model, lane).find(({ startNs, endNs }) => startNs <= timeNs && timeNs < endNs);
  const columnNs = (view.endNs - view.startNs) / layout.plotPx;
  // A span that is narrower than a pixel is one of several there.
  if (span && span.endNs - span.startNs >= columnNs) {
    const fault = span.activity === Activity.InFault ? faultOf(model, index, span.startNs) : undefined;
    if (fault) return { lines: faultLines(fault, around), fault };
    const isOpen = span.endNs >= model.detailNs;
    return {
      lines: [lane.thread, activityNames[span.activity], fromTo(span.startNs, isOpen ? undefined : span.endNs)],
    };
  }
  const part = { startNs: timeNs - columnNs, endNs: timeNs + columnNs };
  const shares = laneColumns(model, index, part, 1);
  const total = shares.reduce((sum, ns) => sum + ns, 0);
  const lines = Array.from({ length: activityCount }, (_, activity) => ({ activity, ns: shares[activity]! }))
    .filter(({ ns }) => ns > 0)
    .sort((a, b) => b.ns - a.ns)
    .map(({ activity, ns }) => `${activityNames[activity]}: ${percent(ns / total)}`);
  return {
    lines: [`${lane.thread}, about ${formatTime(Math.round(timeNs))}`, ...(lines.length > 0 ? lines : ['not there'])],
  };
}

function faultOf({ faults }: TimelineModel, lane: number, startNs: number): WriteFaultSpan | undefined {
  return faults.find((fault) => fault.lane === lane && fault.startNs === startNs);
}

export function faultNear({ model, view, layout }: Surroundings, timeNs: number): WriteFaultSpan | undefined {
  const nearNs = (nearPx / layout.plotPx) * (view.endNs - view.startNs);
  let nearest: WriteFaultSpan | undefined;
  for (const fault of model.faults) {
    const distance = Math.abs(fault.startNs - timeNs);
    if (distance <= nearNs && (!nearest || distance < Math.abs(nearest.startNs - timeNs))) nearest = fault;
  }
  return nearest;
}

function faultLines({ lane, page, startNs, endNs }: WriteFaultSpan, { model, blockAddress }: Surroundings): string[] {
  const number = blockAddress === undefined ? String(page) : pageNumber(blockAddress, page);
  return [`write fault on page ${number}`, `${model.lanes[lane]?.thread ?? 'a thread'} sleeps`, fromTo(startNs, endNs)];
}

function fromTo(startNs: number, endNs: number | undefined): string {
  const start = formatTime(startNs);
  return endNs === undefined ? `since ${start}` : `for ${durationText(endNs - startNs)}, from ${start}`;
}

function percent(share: number): string {
  if (share > 0.995 && share < 1) return '> 99 %';
  return share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`;
}
