import { type Breakpoints, type Names, noBreakpoints } from '../debuggee/breakpoints';
import type { RunRequest } from '../debuggee/debuggee';
import type { Phase } from '../debuggee/phase';
import type { PageOfBlock } from '../protocol/messages';

/** How a page that QEMU sends concerns the run. */
export interface PageHit {
  readonly isStop: boolean;
  /** By a step, or because the run was to come to this page. */
  readonly isAskedFor: boolean;
  /** A breakpoint on write faults is hit. */
  readonly isBreakpoint: boolean;
}

/** Where a run of a real QEMU stops: by the breakpoints, and by what was asked of the run. */
export class StopConditions {
  #breakpoints = noBreakpoints;
  /** The snapshot under way has had a write fault, and one that a condition on the first has held for. */
  #hasFaulted = false;
  #hasMetCondition = false;

  set(breakpoints: Breakpoints): void {
    this.#breakpoints = breakpoints;
  }

  /** The first write fault is still to come. */
  beginSnapshot(): void {
    this.#hasFaulted = false;
    this.#hasMetCondition = false;
  }

  /** QEMU is to be held at each page. */
  needPages(request: RunRequest): boolean {
    const isAskedFor =
      request.kind === 'step' || request.until === 'write-fault' || pageAskedFor(request) !== undefined;
    return isAskedFor || this.#awaited.length > 0;
  }

  /** @param isFault it is sent for a write fault */
  atPage({ block, page }: PageOfBlock, isFault: boolean, request: RunRequest, names: () => Names): PageHit {
    const asked = pageAskedFor(request);
    const isAskedFor = request.kind === 'step' || (asked?.block === block && asked.page === page);
    const isBreakpoint = isFault && this.#stopsAtWriteFault(names);
    const isNextFault = isFault && request.kind === 'continue' && request.until === 'write-fault';
    return { isStop: isAskedFor || isBreakpoint || isNextFault, isAskedFor, isBreakpoint };
  }

  stopsAtPhase(phase: Phase, request: RunRequest, names: () => Names): boolean {
    const isHit = this.#breakpoints.phases.some((each) => each.phase === phase && holds(each.condition, names));
    return isHit || (request.kind === 'continue' && request.until === 'phase');
  }

  #stopsAtWriteFault(names: () => Names): boolean {
    const hit = this.#awaited.filter(({ condition }) => holds(condition, names));
    this.#hasFaulted = true;
    this.#hasMetCondition ||= hit.some(({ condition }) => condition);
    return hit.length > 0;
  }

  get #awaited(): Breakpoints['writeFaults'] {
    return this.#breakpoints.writeFaults.filter(
      ({ firstOnly, condition }) => !firstOnly || !(condition ? this.#hasMetCondition : this.#hasFaulted),
    );
  }
}

/** To where it is sent. */
export function pageAskedFor(request: RunRequest): PageOfBlock | undefined {
  return request.kind === 'continue' && typeof request.until === 'object' ? request.until : undefined;
}

/** A condition with a mistake in it stops rather than hides. */
function holds(condition: Breakpoints['phases'][number]['condition'], names: () => Names): boolean {
  try {
    return condition?.(names()) ?? true;
  } catch {
    return true;
  }
}
