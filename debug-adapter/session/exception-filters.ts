import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type Phase, phases } from '../debuggee/phase';

const phasePrefix = 'phase.';
export const writeFaultFilter = 'write-fault';

/** Phases at which a session stops unless told otherwise: where the snapshot's algorithm is at its most telling. */
const stopsByDefault: ReadonlySet<Phase> = new Set(['state-stash', 'wp-arm', 'vm-start-bh', 'completed']);

const example = 'thread == "hart0" && time > 1_000_000, hits == 5, log("at {time}")';

/** The checkboxes in a client's list of breakpoints. */
export const exceptionFilters: readonly Dap.ExceptionBreakpointsFilter[] = [
  ...phases.map(({ id, label }) => ({
    filter: filterOfPhase(id),
    label,
    description: 'Stop before the first action of this phase of the snapshot.',
    default: stopsByDefault.has(id),
    supportsCondition: true,
    conditionDescription: example,
  })),
  {
    filter: writeFaultFilter,
    label: 'Write fault: a write to a protected page',
    description: 'Stop when a write to a protected page waits in the uffd.',
    default: false,
    supportsCondition: true,
    conditionDescription: 'page == 0x80400, thread == "hart0", hits % 100 == 0, log("{page} by {thread}")',
  },
];

export function filterOfPhase(phase: Phase): string {
  return `${phasePrefix}${phase}`;
}

export function phaseOfFilter(filter: string): Phase | undefined {
  return phases.find(({ id }) => filterOfPhase(id) === filter)?.id;
}
