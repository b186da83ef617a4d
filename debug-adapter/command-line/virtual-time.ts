import type { LaunchConfiguration } from '../configuration/launch-configuration';
import { CommandError } from './environment';

/** What `--timeout` gives, in virtual ns. @throws CommandError */
export function timeoutNs(text: string | undefined): number | undefined {
  return timeNs('--timeout', text);
}

/** What a flag gives as `500`, `500ms` or `2s`, in ns. @throws CommandError */
export function timeNs(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text) ?? [];
  if (digits === undefined) throw new CommandError(`${flag} ${text} is no time: expected one like 500ms or 2s.`);
  return Math.round(Number(digits) * { ms: 1e6, s: 1e9 }[unit as 'ms' | 's']);
}

/** `20 ms`, `1.5 s`: as precise as it was given. */
export function durationText(ns: number): string {
  return ns < 1e9 ? `${ns / 1e6} ms` : `${ns / 1e9} s`;
}

/** A moment, for a line that is redrawn. */
export function clockText(timeNs: number): string {
  return timeNs < 1e9 ? `${(timeNs / 1e6).toFixed(1)} ms` : `${(timeNs / 1e9).toFixed(2)} s`;
}

/** What `snapshot.when` waits for, in words. */
export function instantText(when: LaunchConfiguration['snapshot']['when']): string {
  if (typeof when === 'string') return when === 'start' ? 'the first instruction' : 'a command';
  if ('instructions' in when) return `instruction ${when.instructions}`;
  if ('ms' in when) return `${when.ms} ms of virtual time`;
  if ('symbol' in when) return `a hart at ${when.symbol}`;
  return `the console to say ${JSON.stringify(when.console)}`;
}
