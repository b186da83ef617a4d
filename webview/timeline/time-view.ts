/** Which part of the run is in view, and how zoom and pan change it. Times in virtual ns. */
export interface TimeView {
  readonly startNs: number;
  readonly endNs: number;
}

/** Less than an action of the VMM takes; nothing is to be seen below. */
const lengthNsMin = 100;

/** As much of `wanted` as there is, and never less than can be seen. @param limits from where to where there is anything */
export function clampView(wanted: TimeView, limits: TimeView): TimeView {
  const whole = limits.endNs - limits.startNs;
  const length = Math.min(Math.max(wanted.endNs - wanted.startNs, lengthNsMin), Math.max(whole, lengthNsMin));
  const startNs = Math.max(limits.startNs, Math.min(wanted.startNs, limits.endNs - length));
  return { startNs, endNs: startNs + length };
}

/** `factor` below 1 zooms in; `atNs` stays where it is. */
export function zoomed({ startNs, endNs }: TimeView, factor: number, atNs: number, limits: TimeView): TimeView {
  return clampView({ startNs: atNs - (atNs - startNs) * factor, endNs: atNs + (endNs - atNs) * factor }, limits);
}

/** `share` of the view's length to the right. */
export function panned({ startNs, endNs }: TimeView, share: number, limits: TimeView): TimeView {
  const by = (endNs - startNs) * share;
  return clampView({ startNs: startNs + by, endNs: endNs + by }, limits);
}

/** With a margin on both sides. */
export function around({ startNs, endNs }: TimeView, limits: TimeView): TimeView {
  const margin = (endNs - startNs) * 0.03;
  return clampView({ startNs: startNs - margin, endNs: endNs + margin }, limits);
}

/** Moved as little as shows `atNs`, a tenth of the view from its edge. */
export function showing(view: TimeView, atNs: number, limits: TimeView): TimeView {
  const { startNs, endNs } = view;
  if (atNs >= startNs && atNs <= endNs) return view;
  const length = endNs - startNs;
  const wantedNs = atNs < startNs ? atNs - length * 0.1 : atNs - length * 0.9;
  return clampView({ startNs: wantedNs, endNs: wantedNs + length }, limits);
}

/** Round times at about so many places, with the step between them. */
export function ticksIn({ startNs, endNs }: TimeView, countMax: number): { stepNs: number; ticks: number[] } {
  const stepNs = roundStep((endNs - startNs) / Math.max(1, countMax));
  const ticks: number[] = [];
  for (let at = Math.ceil(startNs / stepNs) * stepNs; at <= endNs; at += stepNs) ticks.push(at);
  return { stepNs, ticks };
}

function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(atLeast, 1)));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= atLeast) ?? 10 * power;
}

/** A time beside others that are a step apart: no more digits than tell them apart. */
export function tickText(timeNs: number, stepNs: number): string {
  if (stepNs >= 1e9 && timeNs % 1e9 === 0) return `${timeNs / 1e9} s`;
  const decimals = Math.max(0, Math.min(6, 6 - Math.floor(Math.log10(stepNs))));
  return `${(timeNs / 1e6).toFixed(decimals)} ms`;
}

/** `12.4 µs`, `3.21 ms`, `1.5 s`: how long something took, in three digits. */
export function durationText(ns: number): string {
  const [value, unit] =
    ns < 1e3 ? [ns, 'ns'] : ns < 1e6 ? [ns / 1e3, 'µs'] : ns < 1e9 ? [ns / 1e6, 'ms'] : [ns / 1e9, 's'];
  const decimals = unit === 'ns' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(decimals)} ${unit}`;
}
