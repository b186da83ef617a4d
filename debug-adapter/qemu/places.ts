import { type Phase, phases } from '../debuggee/phase';
import type { Place } from './held-snapshot';

export type PhasePlace = Exclude<Place, { kind: 'page' }>;

/** The phase that QEMU has entered there; undefined for the stash of one device. */
export function phaseOf(place: PhasePlace): Phase | undefined {
  if (place.kind === 'stream') return place.phase;
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
  return `${phases.find(({ id }) => id === phase)!.label.replace(/:.*/, '')}${block}`;
}
