import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { TimelineEvent } from '../../debug-adapter/protocol/timeline';
import { KnownRun } from './known-run';

/** A run that has come to `timeNs` of a history. */
function at(timeNs: number, historyEndNs?: number, kind: TimelineEvent['kind'] = 'all'): TimelineEvent {
  const lanes = [{ thread: 'hart 0', untilNs: timeNs, spans: { first: 0, from: 0, items: [[0, 3] as const] } }];
  const phases = { first: 0, from: 0, items: [] };
  return { kind, timeNs, lanes, windows: [], phases, ...(historyEndNs !== undefined && { historyEndNs }) };
}

describe('what is known of a run', () => {
  it('reaches beyond the present where the run has gone back, until it is there again', () => {
    const run = new KnownRun();
    const seen: [present: number, whole: number][] = [];
    for (const event of [at(900, 900), at(300, 900), at(100, 900), at(200, 900, 'changes'), at(950, 950, 'changes')]) {
      run.apply(event, false);
      seen.push([run.present.endNs, run.whole.endNs]);
    }
    deepEqual(seen, [
      [900, 900],
      [300, 900],
      [100, 900],
      [200, 900],
      [950, 950],
    ]);
  });

  it('ends with the present where a new history begins, and in another session', () => {
    for (const [event, isOther] of [
      [at(300, 300), false],
      [at(300, 900), true],
    ] as const) {
      const run = new KnownRun();
      run.apply(at(900, 900), false);
      run.apply(event, isOther);
      equal(run.whole, run.present);
    }
  });

  it('reaches as far as its history, also where nobody has looked on', () => {
    const run = new KnownRun();
    run.apply(at(300, 900), true);
    deepEqual([run.whole.endNs, run.endNs, run.canGoBack], [300, 900, true]);
    run.apply(at(300), true);
    deepEqual([run.endNs, run.canGoBack], [300, false]);
  });
});
