import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type Phase, phases } from '../debuggee/phase';

const phasePrefix = 'phase.';
export const firstWriteFaultFilter = 'first-write-fault';
export const writeFaultFilter = 'write-fault';

/** Phases at which a session stops unless told otherwise: where the snapshot's algorithm is at its most telling. */
const stopsByDefault: ReadonlySet<Phase> = new Set(['state-stash', 'wp-arm', 'vm-start-bh', 'completed']);

/** Phases of other algorithms than write tracking, and of snapshots that come to nothing. */
const rare: ReadonlySet<Phase> = new Set([
  ...(['wait-unplug', 'bitmap-sync', 'last-pages', 'device-state'] as const),
  ...(['failed', 'cancelling', 'cancelled'] as const),
]);

const faultCondition = 'page == 0x80400, thread == "hart 0", hits % 100 == 0, log("{page} by {thread}")';
const phaseCondition = 'thread == "hart 0" && time > 1_000_000, hits == 5, log("at {time}")';

/** The checkboxes in a client's list of breakpoints: what is used most comes first. */
export const exceptionFilters: readonly Dap.ExceptionBreakpointsFilter[] = [
  {
    filter: firstWriteFaultFilter,
    label: 'First write fault',
    description: 'Stop once in each snapshot, when a write to a protected page waits in the uffd.',
    default: true,
    supportsCondition: true,
    conditionDescription: faultCondition,
  },
  {
    filter: writeFaultFilter,
    label: 'Every write fault',
    description: 'Stop whenever a write to a protected page waits in the uffd.',
    default: false,
    supportsCondition: true,
    conditionDescription: faultCondition,
  },
  ...[...phases.filter(({ id }) => !rare.has(id)), ...phases.filter(({ id }) => rare.has(id))].map(({ id, label }) => ({
    filter: filterOfPhase(id),
    label,
    description: 'Stop before the first action of this phase of the snapshot.',
    default: stopsByDefault.has(id),
    supportsCondition: true,
    conditionDescription: phaseCondition,
  })),
];

export function filterOfPhase(phase: Phase): string {
  return `${phasePrefix}${phase}`;
}

export function phaseOfFilter(filter: string): Phase | undefined {
  return phases.find(({ id }) => filterOfPhase(id) === filter)?.id;
}
