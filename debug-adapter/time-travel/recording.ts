import type { Instant } from '../debuggee/debuggee';
import type { Input } from './inputs';

export interface Entry {
  readonly at: Instant;
  readonly input: Input;
}

/** What has come from outside, in order; when the run has gone back, also what will come again. */
export class Recording {
  #entries: readonly Entry[];
  /** How many of them the present has had. */
  #givenCount = 0;

  constructor(entries: readonly Entry[] = []) {
    this.#entries = entries;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Those that the present has had. */
  get had(): readonly Entry[] {
    return this.#entries.slice(0, this.#givenCount);
  }

  /** Those that the present has not come to. */
  get ahead(): readonly Entry[] {
    return this.#entries.slice(this.#givenCount);
  }

  /** Something has come now. What was ahead will not be. */
  add(at: Instant, input: Input): void {
    this.#entries = [...this.#entries.slice(0, this.#givenCount), { at, input }];
    this.#givenCount++;
  }

  /** Others have come and will come. */
  replace(entries: readonly Entry[]): void {
    this.#entries = entries;
  }

  /** The present has had so many. */
  stand(givenCount: number): void {
    this.#givenCount = givenCount;
  }
}
