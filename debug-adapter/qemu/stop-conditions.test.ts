import assert from 'node:assert/strict';
import { type Breakpoints, type Names, noBreakpoints } from '../debuggee/breakpoints';
import type { RunRequest } from '../debuggee/debuggee';
import { StopConditions } from './stop-conditions';

const goOn: RunRequest = { kind: 'continue' };
const step: RunRequest = { kind: 'step', thread: 'migration', depth: 'into' };
const place = { block: 'pc.ram', page: 7 };

function namesOf(page: bigint): () => Names {
  return () => ({ lookup: () => page, symbolAddress: () => undefined, readMemory: () => new Uint8Array() });
}

function conditionsOf(breakpoints: Partial<Breakpoints>): StopConditions {
  const conditions = new StopConditions();
  conditions.set({ ...noBreakpoints, ...breakpoints });
  conditions.beginSnapshot();
  return conditions;
}

describe('where a run of a real QEMU stops', () => {
  const names = namesOf(7n);

  it('is at the first write fault of each snapshot, and at pages no more until the next', () => {
    const conditions = conditionsOf({ writeFaults: [{ id: 1, firstOnly: true }] });
    for (const snapshot of [1, 2]) {
      assert.ok(conditions.needPages(goOn), `snapshot ${snapshot}`);
      assert.ok(!conditions.atPage(place, false, goOn, names).isStop);
      assert.ok(conditions.atPage(place, true, goOn, names).isStop);
      assert.ok(!conditions.needPages(goOn));
      assert.ok(!conditions.atPage(place, true, goOn, names).isStop);
      conditions.beginSnapshot();
    }
  });

  it('is at the first write fault that its condition holds for, or fails at', () => {
    const condition = ({ lookup }: Names): boolean => lookup('page') === 8n;
    const conditions = conditionsOf({ writeFaults: [{ id: 1, firstOnly: true, condition }] });
    const stops = [7n, 8n, 8n].map((page) => conditions.atPage(place, true, goOn, namesOf(page)).isStop);
    assert.deepEqual(stops, [false, true, false]);
    const wrong = (): boolean => {
      throw new Error('no such name');
    };
    assert.ok(conditionsOf({ writeFaults: [{ id: 1, condition: wrong }] }).atPage(place, true, goOn, names).isStop);
  });

  it('is at the page or the write fault that the run is to come to, and with a step at any page', () => {
    const conditions = conditionsOf({});
    assert.ok(!conditions.needPages(goOn));
    const toPage: RunRequest = { kind: 'continue', until: place };
    const toFault: RunRequest = { kind: 'continue', until: 'write-fault' };
    const stops = (request: RunRequest, page: number, isFault: boolean): boolean => {
      assert.ok(conditions.needPages(request));
      return conditions.atPage({ ...place, page }, isFault, request, names).isStop;
    };
    assert.deepEqual([stops(toPage, 6, true), stops(toPage, 7, true), stops(toPage, 7, false)], [false, true, true]);
    assert.deepEqual([stops(toFault, 7, false), stops(toFault, 7, true)], [false, true]);
    assert.ok(stops(step, 7, false));
    assert.ok(!conditions.atPage({ ...place, block: 'vga.vram' }, true, toPage, names).isStop);
  });

  it('is at the phases that are checked, or at any', () => {
    const conditions = conditionsOf({ phases: [{ id: 1, phase: 'wp-arm' }] });
    assert.ok(conditions.stopsAtPhase('wp-arm', goOn, names));
    assert.ok(!conditions.stopsAtPhase('save', goOn, names));
    assert.ok(conditions.stopsAtPhase('save', { kind: 'continue', until: 'phase' }, names));
  });
});
