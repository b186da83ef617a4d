import type { Breakpoints, Condition, Names } from '../debuggee/breakpoints';
import { noBreakpoints } from '../debuggee/breakpoints';
import type { Phase } from '../debuggee/phase';
import type { ActionPlace, SourceLines } from './source-lines';

interface Conditional {
  readonly id: number;
  readonly condition?: Condition;
}

interface AtAction extends Conditional {
  readonly routine: string;
}

/** The breakpoints, arranged by the thing that can hit them. */
export class StopConditions {
  #phases = new Map<Phase, Conditional[]>();
  #labels = new Map<string, AtAction[]>();
  #addresses = new Map<bigint, Conditional[]>();
  #writeFaults: Breakpoints['writeFaults'] = [];
  /** The snapshot under way has had a write fault, and one that a condition on the first has held for. */
  private _hasFaulted = false;
  private _hasMetCondition = false;
  #data: Breakpoints['data'] = [];

  constructor(readonly lines: SourceLines) {
    this.set(noBreakpoints);
  }

  set({ phases, writeFaults, lines, addresses, data }: Breakpoints): void {
    this.#phases = groupBy(phases, ({ phase }) => [phase]);
    const actions = lines.flatMap(({ file, line, ...rest }) =>
      this.lines.actionsAt(file, line).map((action) => ({ ...rest, ...action })),
    );
    this.#labels = groupBy(actions, ({ label }) => [label]);
    this.#addresses = groupBy(addresses, ({ address }) => [address]);
    this.#writeFaults = writeFaults;
    this.#data = data;
  }

  get data(): Breakpoints['data'] {
    return this.#data;
  }

  get addresses(): readonly bigint[] {
    return [...this.#addresses.keys()];
  }

  /** The first write fault is still to come. */
  beginSnapshot(): void {
    this._hasFaulted = false;
    this._hasMetCondition = false;
  }

  stopsAtPhase(phase: Phase, names: () => Names): boolean {
    return hits(this.#phases.get(phase), names).length > 0;
  }

  get mayStopAtActions(): boolean {
    return this.#labels.size > 0;
  }

  mayStopAtLabel(label: string): boolean {
    return this.#labels.size > 0 && this.#labels.has(label);
  }

  /** Ids of the line breakpoints that an action hits. */
  atAction({ routine, label }: ActionPlace, names: () => Names): number[] {
    return hits(
      this.#labels.get(label)?.filter((candidate) => candidate.routine === routine),
      names,
    );
  }

  atAddress(address: bigint, names: () => Names): number[] {
    return hits(this.#addresses.get(address), names);
  }

  /**
   * Whether an access to a data breakpoint's bytes, of the kind that it is for, hits it.
   *
   * @param hasChanged takes as long as there are bytes
   */
  atAccess(breakpoint: Breakpoints['data'][number], hasChanged: () => boolean, names: () => Names): boolean {
    if (breakpoint.access === 'change' && !hasChanged()) return false;
    return hits([breakpoint], names).length > 0;
  }

  stopsAtWriteFault(names: () => Names): boolean {
    const isFirst = !this._hasFaulted;
    this._hasFaulted = true;
    const awaited = this.#writeFaults.filter(({ firstOnly, condition }) => {
      if (!firstOnly) return true;
      return condition ? !this._hasMetCondition : isFirst;
    });
    const isHit = hits(awaited, names).length > 0;
    if (isHit) this._hasMetCondition = true;
    return isHit;
  }
}

function hits(candidates: readonly Conditional[] | undefined, names: () => Names): number[] {
  if (!candidates) return [];
  return candidates.filter(({ condition }) => !condition || holds(condition, names())).map(({ id }) => id);
}

/** A condition with a mistake in it stops rather than hides. */
function holds(condition: Condition, names: Names): boolean {
  try {
    return condition(names);
  } catch {
    return true;
  }
}

function groupBy<K, T extends Conditional>(items: readonly T[], keysOf: (item: T) => readonly K[]): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  }
  return groups;
}
