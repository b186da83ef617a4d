/**
 * What may overtake what, where requests take several turns:
 *
 * - `always`: whatever comes before it. It ends things.
 * - `looks`: what is under way. It neither sees nor changes what that is about.
 * - `reads`: other reads that are under way.
 * - `changes`: nothing.
 *
 * Nothing else overtakes a request that waits for its turn.
 */
type Kind = 'always' | 'looks' | 'reads' | 'changes';

const kinds: Readonly<Record<string, Kind>> = {
  cancel: 'always',
  terminate: 'always',
  disconnect: 'always',
  'freezeframe.killQemu': 'always',

  threads: 'looks',
  pause: 'looks',
  source: 'looks',
  loadedSources: 'looks',
  exceptionInfo: 'looks',
  breakpointLocations: 'looks',
  'freezeframe.pageMap': 'looks',
  'freezeframe.pageInfo': 'looks',
  'freezeframe.pageAtFreeze': 'looks',
  'freezeframe.listingOf': 'reads',
  'freezeframe.findPage': 'looks',
  'freezeframe.filterPages': 'looks',
  'freezeframe.timeline': 'looks',
  'freezeframe.consoleInput': 'looks',
  'freezeframe.cancelSnapshot': 'looks',
  'freezeframe.repairGuest': 'looks',

  stackTrace: 'reads',
  scopes: 'reads',
  variables: 'reads',
  completions: 'reads',
  dataBreakpointInfo: 'reads',
  readMemory: 'reads',
  disassemble: 'reads',
  'freezeframe.listingHints': 'reads',
};

interface Waiting {
  readonly kind: Kind;
  readonly perform: () => Promise<void> | undefined;
}

/** Lets requests begin in an order in which none is surprised by another. */
export class RequestOrder {
  readonly #underWay = new Set<Kind>();
  #readCount = 0;
  #waiting: Waiting[] = [];

  /** @param perform at once or later; what it answers is when it is over, if that is not at once */
  add(command: string, perform: () => Promise<void> | undefined): void {
    const request = { kind: kinds[command] ?? 'changes', perform };
    if (this.#waits(request)) this.#waiting.push(request);
    else this.#begin(request);
  }

  #waits({ kind }: Waiting): boolean {
    if (kind === 'always') return false;
    return this.#waiting.length > 0 || !this.#mayBegin(kind);
  }

  #mayBegin(kind: Kind): boolean {
    if (kind === 'looks') return true;
    return kind === 'reads' ? !this.#underWay.has('changes') : this.#underWay.size === 0;
  }

  #begin({ kind, perform }: Waiting): void {
    const over = perform();
    if (!over) return;
    if (kind === 'reads') this.#readCount++;
    this.#underWay.add(kind);
    void over.then(() => this.#end(kind));
  }

  #end(kind: Kind): void {
    if (kind !== 'reads' || --this.#readCount === 0) this.#underWay.delete(kind);
    while (this.#waiting.length > 0 && this.#mayBegin(this.#waiting[0]!.kind)) this.#begin(this.#waiting.shift()!);
  }
}
