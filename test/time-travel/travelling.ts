/** A debuggee that can go back, on the bench. */

import type { Traceable } from '../../debug-adapter/time-travel/past';
import type { RecordedRun } from '../../debug-adapter/time-travel/recorded-run';
import { TimeTraveller } from '../../debug-adapter/time-travel/time-traveller';
import { type Bench, type BenchOptions, bench } from '../snapshot/harness';

/** A traveller with a view of the run that is present. */
export class OpenTraveller extends TimeTraveller {
  readonly #recordedRuns: RecordedRun[];

  private constructor(
    readonly present: Bench,
    recorded: RecordedRun | undefined,
  ) {
    const runs: RecordedRun[] = [];
    const toText = async (run: RecordedRun): Promise<string> => {
      runs.push(run);
      return '';
    };
    super(present.debuggee as Traceable, { toText, ...(recorded && { recorded: { run: recorded, remark: '' } }) });
    this.#recordedRuns = runs;
  }

  /** @param recorded the run that it is to be */
  static of(options: BenchOptions, recorded?: RecordedRun): OpenTraveller {
    return OpenTraveller.from(bench({ checkpoints: {}, ...options }), recorded);
  }

  /** @param present that keeps checkpoints */
  static from(present: Bench, recorded?: RecordedRun): OpenTraveller {
    return new OpenTraveller(present, recorded);
  }

  async recordedRun(): Promise<RecordedRun> {
    await this.record();
    return this.#recordedRuns.pop()!;
  }

  /** All that can be seen of the guest, its pages and the threads around it. */
  view(): unknown {
    return viewOf(this.present);
  }
}

export function viewOf({ debuggee, machine }: Bench): unknown {
  const { core } = machine;
  const threads = debuggee.threads();
  return {
    threads,
    stacks: threads.map(({ id }) => debuggee.stack(id)),
    registers: threads.map(({ id }) =>
      debuggee.scopes(id, 0).map(({ variables }) => variables.map(({ value }) => value)),
    ),
    status: debuggee.status(),
    hash: machine.stateHash(),
    pageStates: Buffer.from(core.pages.states).toString('hex'),
    pageActors: Buffer.from(core.pages.actors).toString('hex'),
    pageTimesNs: core.pages.timesNs.join(),
  };
}
