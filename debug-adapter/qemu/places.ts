import { type Phase, phaseName } from '../debuggee/phase';
import type { Place } from './held-snapshot';

export type PhasePlace = Exclude<Place, { kind: 'page' }>;

/** The phase that QEMU has entered there; undefined for the stash of one device. */
export function phaseOf(place: PhasePlace): Phase | undefined {
  if (place.kind !== 'trace') return place.phase;
  switch (place.passing.kind) {
    case 'phase':
      return place.passing.phase;
    case 'armed':
      return 'wp-arm';
    case 'disarmed':
      return 'wp-disarm';
    case 'device':
      return undefined;
  }
}

/** In a word or two: `Freeze`, `WP arm: pc.ram`, `stash of serial`. */
export function placeText(place: PhasePlace): string {
  if (place.kind === 'trace' && place.passing.kind === 'device') return `stash of ${place.passing.section}`;
  const phase = phaseOf(place)!;
  const block = place.kind === 'trace' && 'block' in place.passing ? `: ${place.passing.block}` : '';
  return `${phaseName(phase)}${block}`;
}

/** What QEMU comes to from there; empty where nothing is left of the snapshot, or where QEMU has gone on. */
export function nextText(place: PhasePlace | Phase): string {
  const phase = typeof place === 'string' ? place : phaseOf(place);
  if (phase === undefined) return 'the next device, or WP arm';
  return typeof place !== 'string' && place.kind === 'told' ? '' : (comesNext[phase] ?? '');
}

const comesNext: { readonly [Each in Phase]?: string } = {
  setup: 'Head',
  head: 'Active',
  active: 'Freeze',
  'vm-stop': 'State stash',
  'state-stash': 'the stash of each device',
  // The main loop and the migration thread race.
  'wp-arm': 'vm_start bottom half, and the first page',
  'vm-start-bh': 'pages, by scan and for write faults',
  save: 'pages, by scan and for write faults',
  'wp-disarm': 'Append',
  'append-stash': 'Completed',
};
