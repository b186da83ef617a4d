/** Charts beside the lanes: what was sent over time, and how long write faults took. */
import uPlot from 'uplot';
import type { Latencies } from '../../debug-adapter/protocol/timeline';
import type { ThemeColours } from './colours';
import { durationText, type TimeView } from './time-view';
import type { WindowData } from './timeline-model';

const trafficHeightPx = 76;
const latencyHeightPx = 116;
const axisFont = '11px sans-serif';

/** Bytes and pages sent, as rates, by steps of one length. */
export interface TrafficData {
  readonly stepNs: number;
  readonly startsNs: number[];
  readonly kibPerMs: number[];
  readonly pagesPerMs: number[];
}

/** Steps are at least that wide: what is sent comes in bursts, a flush each. */
const stepPxMin = 6;

/** The rates in a view, by steps of a power of two of buckets, so that they stay where they are as the view moves. */
export function trafficData(
  { startNs, bucketNs, bytes, pages }: WindowData,
  view: TimeView,
  plotPx: number,
): TrafficData {
  const wantedNs = (view.endNs - view.startNs) / Math.max(1, plotPx / stepPxMin);
  const bucketCount = 2 ** Math.max(0, Math.ceil(Math.log2(wantedNs / bucketNs)));
  const stepNs = bucketCount * bucketNs;
  const data: TrafficData = { stepNs, startsNs: [], kibPerMs: [], pagesPerMs: [] };
  for (let first = 0; first < bytes.length; first += bucketCount) {
    const end = Math.min(bytes.length, first + bucketCount);
    data.startsNs.push(startNs + first * bucketNs);
    data.kibPerMs.push((sumOf(bytes, first, end) / 1024 / stepNs) * 1e6);
    data.pagesPerMs.push((sumOf(pages, first, end) / stepNs) * 1e6);
  }
  return data;
}

function sumOf(values: readonly number[], first: number, end: number): number {
  let sum = 0;
  for (let at = first; at < end; at++) sum += values[at]!;
  return sum;
}

export function trafficChart(colours: ThemeColours, gutterPx: () => number, root: HTMLElement): uPlot {
  const axis = axisOf(colours);
  const paths = uPlot.paths.stepped!({ align: 1 });
  return new uPlot(
    {
      width: 300,
      height: trafficHeightPx,
      padding: [6, 0, 8, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, auto: false }, y: { range: fromZero }, pages: { range: fromZero } },
      axes: [
        { show: false },
        { ...axis, size: gutterPx, values: (_, splits) => splits.map((kib) => rateText(kib, Math.max(...splits))) },
        { show: false, scale: 'pages' },
      ],
      series: [
        {},
        {
          stroke: () => colours.colour('--vscode-charts-green', '#37a169'),
          width: 1.5,
          points: { show: false },
          paths,
          fill: () => faded(colours.colour('--vscode-charts-green', '#37a169')),
        },
        {
          stroke: () => colours.colour('--vscode-charts-orange', '#f0883e'),
          width: 1,
          points: { show: false },
          paths,
          scale: 'pages',
          dash: [4, 3],
        },
      ],
    },
    [[], [], []],
    root,
  );
}

/** The y axis of what cannot be negative, with room for a first value. */
function fromZero(_: uPlot, __: number | null, max: number | null): uPlot.Range.MinMax {
  return [0, max ? max * 1.08 : 1];
}

/** KiB a ms, in the unit that is short for `most`: a real QEMU, held for seconds, sends little in a ms. */
export function rateText(kibPerMs: number, most = kibPerMs): string {
  if (most >= 1024) return `${rounded(kibPerMs / 1024)} MiB/ms`;
  return isSlow(most) ? `${rounded(kibPerMs * 1000)} KiB/s` : `${rounded(kibPerMs)} KiB/ms`;
}

function pageRateText(pagesPerMs: number): string {
  return isSlow(pagesPerMs) ? `${rounded(pagesPerMs * 1000)} pages/s` : `${rounded(pagesPerMs)} pages/ms`;
}

function isSlow(perMs: number): boolean {
  return perMs > 0 && perMs < 1;
}

function rounded(rate: number): number {
  return +rate.toFixed(1);
}

/** In a sentence: what was sent about a time, or the most there was. */
export function trafficText({ stepNs, startsNs, kibPerMs, pagesPerMs }: TrafficData, atNs: number | undefined): string {
  if (startsNs.length === 0) return 'nothing yet';
  const rates = (kib: number, pages: number) => `${rateText(kib)}, ${pageRateText(pages)}`;
  if (atNs === undefined) return `at most ${rates(Math.max(...kibPerMs), Math.max(...pagesPerMs))}`;
  const step = Math.floor((atNs - startsNs[0]!) / stepNs);
  return rates(kibPerMs[step] ?? 0, pagesPerMs[step] ?? 0);
}

export function showTraffic(chart: uPlot, data: TrafficData, view: TimeView, widthPx: number): void {
  const { stepNs, startsNs, kibPerMs, pagesPerMs } = data;
  chart.setSize({ width: widthPx, height: trafficHeightPx });
  // A step lasts until the next one begins; behind the last there is nothing.
  const endNs = (startsNs.at(-1) ?? 0) + stepNs;
  chart.setData(
    [
      [...startsNs, endNs],
      [...kibPerMs, 0],
      [...pagesPerMs, 0],
    ],
    false,
  );
  chart.setScale('x', { min: view.startNs, max: view.endNs });
}

/** A bar for each power of two, with room on both sides; marks are places between bars, as the logarithm has them. */
export function latencyData({ log2Counts }: Latencies): [number[], number[]] {
  const first = Math.max(0, log2Counts.findIndex((count) => count > 0) - 1);
  const counts = [...log2Counts.slice(first), 0];
  return [counts.map((_, index) => first + index), counts];
}

export function latencyChart(
  colours: ThemeColours,
  marks: () => readonly [name: string, ns: number][],
  root: HTMLElement,
): uPlot {
  const axis = axisOf(colours);
  return new uPlot(
    {
      width: 300,
      height: latencyHeightPx,
      padding: [14, 8, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: (_, min, max) => [(min ?? 0) - 0.5, (max ?? 0) + 0.5] },
        y: { range: fromZero },
      },
      axes: [
        {
          ...axis,
          size: 18,
          gap: 2,
          incrs: [1, 2, 4],
          values: (_, splits) => splits.map((power) => (Number.isInteger(power) ? powerText(power) : '')),
          grid: { show: false },
        },
        {
          ...axis,
          size: 44,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000],
        },
      ],
      series: [
        {},
        {
          paths: uPlot.paths.bars!({ size: [0.86, 64] }),
          points: { show: false },
          fill: () => colours.colour('--vscode-freezeframe-threadInFault'),
          stroke: () => colours.colour('--vscode-freezeframe-threadInFault'),
        },
      ],
      hooks: { draw: [(chart) => drawMarks(chart, colours, marks())] },
    },
    [[], []],
    root,
  );
}

/** `8 µs`, `1 ms`: where the bar of a power of two begins. */
export function powerText(power: number): string {
  const us = 2 ** power;
  return us >= 1024 ? `${us / 1024} ms` : `${us} µs`;
}

/** Where on the histogram's axis a latency is: a bar stands from half before its power to half behind it. */
export function placeOf(ns: number): number {
  return Math.log2(Math.max(1, ns / 1000)) - 0.5;
}

function drawMarks(chart: uPlot, colours: ThemeColours, marks: readonly [name: string, ns: number][]): void {
  const { ctx, bbox } = chart;
  const scale = window.devicePixelRatio;
  ctx.save();
  ctx.font = `${10 * scale}px sans-serif`;
  ctx.textBaseline = 'bottom';
  ctx.strokeStyle = ctx.fillStyle = colours.colour('--vscode-foreground');
  ctx.lineWidth = scale;
  let freeFrom = 0;
  for (const [name, ns] of marks) {
    const x = Math.round(chart.valToPos(placeOf(ns), 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const { width } = ctx.measureText(name);
    const left = Math.max(freeFrom, Math.min(bbox.left + bbox.width - width, x - width / 2));
    ctx.fillText(name, left, bbox.top - 1);
    freeFrom = left + width + 6 * scale;
  }
  ctx.restore();
}

export function showLatencies(chart: uPlot, latencies: Latencies, widthPx: number): void {
  chart.setSize({ width: widthPx, height: latencyHeightPx });
  chart.setData(latencyData(latencies));
}

/** In a sentence, as a chart's text alternative and its caption. */
export function latencyText({ count, p50Ns, p99Ns, maxNs }: Latencies): string {
  if (count === 0) return 'no write faults';
  const faults = count === 1 ? '1 write fault' : `${count} write faults`;
  return `${faults}: p50 ${durationText(p50Ns)}, p99 ${durationText(p99Ns)}, longest ${durationText(maxNs)}`;
}

function axisOf(colours: ThemeColours): uPlot.Axis {
  const stroke = () => colours.colour('--vscode-descriptionForeground');
  const line = () => faded(stroke());
  return { stroke, font: axisFont, grid: { stroke: line, width: 1 }, ticks: { show: false }, space: 26 };
}

function faded(rgb: string): string {
  return rgb.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.22)');
}
