/**
 * What may overtake what, where requests take several turns:
 *
 * - `always`: whatever comes before it. It ends things.
 * - `looks`: what is under way. It neither sees nor changes what that is about.
 * - `interrupts`: as `looks`; where it has to wait for its turn, what is under way ends sooner.
 * - `reads`: other reads that are under way.
 * - `changes`: nothing.
 *
 * Nothing else overtakes a request that waits for its turn.
 */
type Kind = 'always' | 'looks' | 'interrupts' | 'reads' | 'changes';

const kinds: Readonly<Record<string, Kind>> = {
  cancel: 'always',
  terminate: 'always',
  disconnect: 'always',
  'freezeframe.killQemu': 'always',

  pause: 'interrupts',

  threads: 'looks',
  source: 'looks',
  loadedSources: 'looks',
  exceptionInfo: 'looks',
  breakpointLocations: 'looks',
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
  'freezeframe.listingOf': 'reads',
  'freezeframe.pageMap': 'reads',
  'freezeframe.pageInfo': 'reads',
  'freezeframe.pageAtFreeze': 'reads',
  'freezeframe.findPage': 'reads',
  'freezeframe.filterPages': 'reads',
  'freezeframe.timeline': 'reads',
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

  /** @param interrupt what is under way ends sooner, if it can */
  constructor(private readonly interrupt: () => void) {}

  /** @param perform at once or later; what it answers is when it is over, if that is not at once */
  add(command: string, perform: () => Promise<void> | undefined): void {
    const request = { kind: kinds[command] ?? 'changes', perform };
    if (!this.#waits(request)) this.#begin(request);
    else {
      this.#waiting.push(request);
      if (request.kind === 'interrupts') this.interrupt();
    }
  }

  #waits({ kind }: Waiting): boolean {
    if (kind === 'always') return false;
    return this.#waiting.length > 0 || !this.#mayBegin(kind);
  }

  #mayBegin(kind: Kind): boolean {
    if (kind === 'looks' || kind === 'interrupts') return true;
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
