import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type Phase, phases } from '../debuggee/phase';

const phasePrefix = 'phase.';
export const writeFaultFilter = 'write-fault';

/** Phases at which a session stops unless told otherwise: where the snapshot's algorithm is at its most telling. */
const stopsByDefault: ReadonlySet<Phase> = new Set(['state-stash', 'wp-arm', 'vm-start-bh', 'completed']);

const example = 'thread == "hart0" && time > 1_000_000';

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
    conditionDescription: 'page == 0x80400, address, thread == "hart0", time, registers, symbols',
  },
];

export function filterOfPhase(phase: Phase): string {
  return `${phasePrefix}${phase}`;
}

export function phaseOfFilter(filter: string): Phase | undefined {
  return phases.find(({ id }) => filterOfPhase(id) === filter)?.id;
}
