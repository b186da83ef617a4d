import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { TimelineEvent } from './timeline';
import { parseFromTimeline, parseToTimeline } from './timeline-messages';

const event: TimelineEvent = {
  kind: 'all',
  timeNs: 1000,
  lanes: [{ thread: 'hart 0', untilNs: 1000, spans: { first: 0, from: 0, items: [[0, 3]] } }],
  windows: [
    {
      startNs: 0,
      bucketNs: 1024,
      lanes: [{ from: 0, shares: 'AAAA', faults: [0] }],
      traffic: { from: 0, bytes: [], pages: [] },
    },
  ],
  phases: {
    first: 0,
    from: 0,
    items: [{ phase: 'setup', label: 'Setup', thread: 'main loop', role: 'main-loop', startNs: 5, endNs: 9 }],
  },
  faults: { first: 0, from: 0, items: [{ lane: 0, page: 7, startNs: 5 }] },
  latencies: { count: 1, log2Counts: [0, 1], p50Ns: 2000, p99Ns: 2000, maxNs: 2000 },
  historyEndNs: 2000,
  stop: { thread: 'hart 0', timeNs: 1000, title: 'Paused', waits: [{ thread: 'hart 0', resource: 'the BQL' }] },
};

describe('timeline messages', () => {
  it('survive the crossing', () => {
    const message = { kind: 'timeline', event, isOther: true };
    deepEqual(parseToTimeline(JSON.parse(JSON.stringify(message))), message);
    const layout = { kind: 'timeline-layout', layout: { share: 0.4, isFolded: false } };
    deepEqual(parseToTimeline(layout), layout);
    deepEqual(parseFromTimeline(layout), layout);
    deepEqual(parseFromTimeline({ kind: 'select-thread', thread: 'hart 0' }), {
      kind: 'select-thread',
      thread: 'hart 0',
    });
    deepEqual(parseFromTimeline({ kind: 'go-to-time', timeNs: 12 }), { kind: 'go-to-time', timeNs: 12 });
    deepEqual(parseToTimeline({ kind: 'timeline-focus', share: 1 }), { kind: 'timeline-focus' });
  });

  it('are refused with a field of another type, at whatever depth', () => {
    const [window] = event.windows;
    const broken: unknown[] = [
      { ...event, kind: 'some' },
      { ...event, timeNs: '1000' },
      { ...event, lanes: [{ thread: 'hart 0', untilNs: 1, spans: { first: 0, from: 0, items: [[0, 99]] } }] },
      { ...event, lanes: [{ thread: 'hart 0', untilNs: 1, spans: { first: 2, from: 1, items: [] } }] },
      { ...event, windows: [{ ...window, bucketNs: 0 }] },
      { ...event, windows: [{ ...window, lanes: [{ from: 0, shares: 'AAAA', faults: [-1] }] }] },
      { ...event, faults: { first: 0, from: 0, items: [{ lane: 0, page: 0.5, startNs: 5 }] } },
      { ...event, latencies: { ...event.latencies, p99Ns: null } },
      { ...event, historyEndNs: '2000' },
      { ...event, stop: { ...event.stop, waits: [{ thread: 'hart 0' }] } },
    ];
    for (const each of broken)
      equal(parseToTimeline({ kind: 'timeline', event: each, isOther: true }), undefined, JSON.stringify(each));
    equal(parseFromTimeline({ kind: 'timeline-layout', layout: { share: 2, isFolded: true } }), undefined);
    for (const timeNs of [-1, 0.5, '12']) equal(parseFromTimeline({ kind: 'go-to-time', timeNs }), undefined);
    equal(parseFromTimeline({ kind: 'ready' }), undefined);
  });
});
