import { type Profiler, Session } from 'node:inspector';

/** Which characters of some scripts have run, as V8's block coverage tells. */
export class Coverage {
  readonly #session = new Session();
  /** One byte a character, by script. */
  readonly #covered = new Map<string, Uint8Array>();
  /** How often blocks were entered between the last two calls: work done, whatever the machine's speed. */
  stepCount = 0;

  constructor(private readonly isOfInterest: (url: string) => boolean) {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Forgets what has run since the last call. */
  skip(): void {
    this.#session.post('Profiler.takePreciseCoverage');
  }

  /** Whether something has run since the last call that never ran before; keeps it in mind if `keep`. */
  isNew(keep: boolean): boolean {
    let isNew = false;
    this.stepCount = 0;
    for (const { url, functions } of this.#take()) {
      if (!this.isOfInterest(url)) continue;
      for (const { ranges } of functions) for (const { count } of ranges) this.stepCount += count;
      const ran = paint(functions);
      let covered = this.#covered.get(url);
      if (!covered || covered.length < ran.length) {
        const larger = new Uint8Array(ran.length);
        larger.set(covered ?? []);
        covered = larger;
        this.#covered.set(url, covered);
      }
      for (let at = 0; at < ran.length; at++) {
        if (ran[at] === 0 || covered[at] === 1) continue;
        isNew = true;
        if (keep) covered[at] = 1;
      }
    }
    return isNew;
  }

  get characterCount(): number {
    let count = 0;
    for (const covered of this.#covered.values()) for (const byte of covered) count += byte;
    return count;
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  #take(): Profiler.ScriptCoverage[] {
    let scripts: Profiler.ScriptCoverage[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      scripts = result;
    });
    return scripts;
  }
}

/** Ranges come outermost first, and an inner one overrides the one around it. The script's own range says nothing. */
function paint(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const ranges = functions.flatMap((each) => each.ranges);
  const ran = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)));
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return ran;
}
