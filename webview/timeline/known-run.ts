import type { TimelineEvent } from '../../debug-adapter/protocol/timeline';
import { TimelineModel } from './timeline-model';

/** What is known of a run: up to its present, and beyond where it has gone back. */
export class KnownRun {
  #present = new TimelineModel();
  /** As it was when the run went back; what is past in it is the same. */
  #ahead: TimelineModel | undefined;
  #historyEndNs: number | undefined;

  /** @param isOther of another session. @returns false for what cannot be applied: all is as it was */
  apply(event: TimelineEvent, isOther: boolean): boolean {
    const before = this.whole;
    const present = event.kind === 'all' ? new TimelineModel() : this.#present;
    try {
      if (!present.apply(event)) return false;
    } catch {
      return false;
    }
    this.#present = present;
    this.#historyEndNs = event.historyEndNs;
    const goesOn = !isOther && before.endNs > present.endNs && (event.historyEndNs ?? 0) > present.endNs;
    this.#ahead = goesOn ? before : undefined;
    return true;
  }

  get present(): TimelineModel {
    return this.#present;
  }

  /** With what will come again, if nothing new comes before. */
  get whole(): TimelineModel {
    return this.#ahead ?? this.#present;
  }

  get endNs(): number {
    return Math.max(this.whole.endNs, this.#historyEndNs ?? 0);
  }

  get canGoBack(): boolean {
    return this.#historyEndNs !== undefined;
  }
}
