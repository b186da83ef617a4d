/** A debuggee that can go back, on the bench. */
import type { Debuggee } from '../../debug-adapter/debuggee/debuggee';
import type { RecordedRun } from '../../debug-adapter/time-travel/recorded-run';
import { TimeTraveller } from '../../debug-adapter/time-travel/time-traveller';
import { type Bench, type BenchOptions, bench } from '../snapshot/harness';

/** A traveller with a view of the run that is present. */
export class OpenTraveller extends TimeTraveller {
  readonly #benches: Map<Debuggee, Bench>;
  readonly #recordedRuns: RecordedRun[];

  private constructor(
    first: Debuggee,
    benches: Map<Debuggee, Bench>,
    make: () => Promise<Debuggee>,
    recorded: RecordedRun | undefined,
  ) {
    const runs: RecordedRun[] = [];
    const toText = async (run: RecordedRun): Promise<string> => {
      runs.push(run);
      return '';
    };
    super(first, make, () => {}, { toText, ...(recorded && { recorded: { run: recorded, remark: '' } }) });
    this.#benches = benches;
    this.#recordedRuns = runs;
  }

  /** @param recorded the run that it is to be */
  static of(options: BenchOptions, recorded?: RecordedRun): Promise<OpenTraveller> {
    return OpenTraveller.from(async () => bench(options), recorded);
  }

  /** @param build in the same state each time */
  static async from(build: () => Promise<Bench>, recorded?: RecordedRun): Promise<OpenTraveller> {
    const benches = new Map<Debuggee, Bench>();
    const make = async (): Promise<Debuggee> => {
      const made = await build();
      benches.set(made.debuggee, made);
      return made.debuggee;
    };
    return new OpenTraveller(await make(), benches, make, recorded);
  }

  async recordedRun(): Promise<RecordedRun> {
    await this.record();
    return this.#recordedRuns.pop()!;
  }

  get present(): Bench {
    return this.#benches.get(this.debuggee)!;
  }

  /** All that can be seen of the guest, its pages and the threads around it. */
  view(): unknown {
    const { core } = this.present.machine;
    const threads = this.threads();
    return {
      threads,
      stacks: threads.map(({ id }) => this.stack(id)),
      registers: threads.map(({ id }) =>
        this.scopes(id, 0).map(({ variables }) => variables.map(({ value }) => value)),
      ),
      status: this.status(),
      hash: this.present.machine.stateHash(),
      pageStates: Buffer.from(core.pageStates).toString('hex'),
      pageActors: Buffer.from(core.pageActors).toString('hex'),
      pageTimesNs: core.pageTimesNs.join(),
    };
  }
}
