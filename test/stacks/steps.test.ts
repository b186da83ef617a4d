import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { RunRequest } from '../../debug-adapter/debuggee/debuggee';
import { hartFrames } from '../../debug-adapter/embedded/hart-stack';
import { placeName } from '../../debug-adapter/embedded/inspect';
import { isCall } from '../../debug-adapter/unwinding/calls';
import { type Bench, bench } from '../snapshot/harness';
import { assembled } from './assembled';

type Depth = (RunRequest & { kind: 'step' })['depth'];

const sp = 2;

/** A guest, at a symbol. */
async function stoppedAt(run: Bench, symbol: string): Promise<Guest> {
  const guest = new Guest(run);
  await guest.runTo(symbol);
  return guest;
}

class Guest {
  hart = 0;

  constructor(readonly run: Bench) {}

  get pc(): bigint {
    return this.run.machine.core.pc.get(this.hart);
  }

  get sp(): bigint {
    return this.x(sp);
  }

  x(register: number): bigint {
    return this.run.machine.core.readX(this.hart, register);
  }

  /** As `sum+0x4`. */
  get place(): string {
    return placeName(this.run.machine.symbols, this.pc);
  }

  get word(): number {
    const bytes = this.run.debuggee.readMemory(`hart ${this.hart}`, this.pc, 4);
    return new DataView(bytes.slice().buffer).getInt32(0, true);
  }

  async runTo(symbol: string): Promise<void> {
    const { debuggee } = this.run;
    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address: debuggee.symbolAddress(symbol)! }] });
    const stop = await debuggee.run({ kind: 'continue' });
    assert.equal(stop.reason, 'breakpoint');
    this.hart = Number(stop.thread.slice('hart'.length));
    debuggee.setBreakpoints(noBreakpoints);
  }

  /** @returns where it is then */
  async step(depth: Depth, only = false): Promise<string> {
    const thread = `hart ${this.hart}`;
    const stop = await this.run.debuggee.run({ kind: 'step', thread, depth, ...(only && { only: thread }) });
    assert.equal(stop.reason, 'step');
    this.hart = Number(stop.thread.slice('hart'.length));
    return this.place;
  }
}

describe('a step of a hart', () => {
  const threads = assembled('threads');
  const waysBack = assembled('ways-back');
  const manyThreads = (hartCount: number): Bench =>
    bench({ machine: { program: threads, hartCount }, interleaving: { seed: 3, quantumNs: 400 } });

  for (const hartCount of [1, 2]) {
    it(`over a call ends behind it on the same stack, whoever runs meanwhile: ${hartCount} harts`, async () => {
      const guest = await stoppedAt(manyThreads(hartCount), 'call');
      const harts = new Set<number>();
      for (let round = 0; round < 20; round++) {
        if (round > 0) await guest.runTo('call');
        const { sp: before, hart } = guest;
        assert.equal(await guest.step('over'), 'call+0x4');
        assert.equal(guest.sp, before);
        assert.equal(guest.x(10), 21n);
        harts.add(guest.hart - hart);
      }
      assert.equal(harts.size > 1, hartCount > 1, 'threads change harts');
    });

    it(`out of a recursion ends in the caller's frame, level by level: ${hartCount} harts`, async () => {
      const guest = await stoppedAt(manyThreads(hartCount), 'base');
      const innermost = guest.sp;
      for (let level = 1; level <= 6; level++) {
        assert.equal(await guest.step('out'), 'back');
        assert.equal(guest.sp, innermost + 16n * BigInt(level));
      }
      assert.equal(await guest.step('out'), 'call+0x4');
      assert.equal(guest.x(10), 21n);
    });
  }

  it('over is never seen in a handler or a callee, and out is always where the stack said', async () => {
    const { run } = await stoppedAt(manyThreads(2), 'worker');
    const guest = new Guest(run);
    for (let round = 0; round < 250; round++) {
      const { debuggee, machine } = run;
      const [, caller] = hartFrames(machine, guest.hart);
      const [before, isInHandler, calls] = [guest.sp, isOf(guest.place, 'trap', 'set_timer'), isCall(guest.word)];
      if (round % 7 === 6 && caller && !isInHandler) {
        await guest.step('out');
        assert.deepEqual([guest.pc, guest.sp], [caller.pc, caller.x[sp]]);
      } else {
        await guest.step('over');
        if (!isInHandler) assert.ok(!isOf(guest.place, 'trap', 'set_timer'), guest.place);
        if (calls) assert.equal(guest.sp, before);
      }
      assert.equal(debuggee.threads()[guest.hart]!.state, 'running');
      if (round % 10 === 9) await guest.step('into');
    }
  });

  it('over a call that leaves its caller for good ends where that is left to', async () => {
    const guest = await stoppedAt(bench({ machine: { program: waysBack } }), 'far');
    while (!isCall(guest.word)) await guest.step('over');
    assert.equal(await guest.step('over'), 'behind_far');
  });

  it('over an environment call or a trap goes past its handler; into goes to its first instruction', async () => {
    const guest = await stoppedAt(bench({ machine: { program: waysBack } }), 'behind_far');
    await guest.step('over');
    assert.equal(await guest.step('over'), 'behind_ecall');
    assert.equal(await guest.step('into'), 'handler');
    assert.equal(await guest.step('out'), 'behind_load');
  });

  it('on WFI ends when something wakes the hart, before it has done anything else', async () => {
    const guest = await stoppedAt(bench({ machine: { program: waysBack } }), 'asleep');
    const { timeNs } = guest.run.debuggee.status();
    assert.equal(await guest.step('over'), 'awake');
    assert.ok(guest.run.debuggee.status().timeNs - timeNs > 4000);
    await guest.step('over');
    // The interrupt is taken now that it may be.
    assert.equal(await guest.step('into'), 'handler');
  });

  it('over a call that never returns lasts until the pause', async () => {
    const guest = await stoppedAt(bench({ machine: { program: waysBack }, msPerLook: 100 }), 'awake');
    while (!isCall(guest.word)) await guest.step('over');
    const stop = guest.run.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'over' });
    await new Promise((resolve) => setImmediate(resolve));
    guest.run.debuggee.pause();
    assert.equal((await stop).reason, 'pause');
    assert.equal(guest.place, 'never');
  });

  it('out of the outermost frame is refused in words', async () => {
    const guest = await stoppedAt(bench({ machine: { program: waysBack } }), 'asleep');
    await assert.rejects(guest.step('out'), /the caller of this frame is not known/);
    assert.equal(await guest.step('over'), 'awake');
  });

  it('of one hart alone leaves the other where it is', async () => {
    const guest = await stoppedAt(manyThreads(2), 'call');
    const other = 1 - guest.hart;
    const { core } = guest.run.machine;
    const before = core.pc.get(other);
    for (let round = 0; round < 20; round++) {
      await guest.step('into', true);
      assert.equal(core.pc.get(other), before);
    }
    await guest.step('into');
    for (let round = 0; round < 400 && core.pc.get(other) === before; round++) await guest.step('into');
    assert.notEqual(core.pc.get(other), before);
  });
});

function isOf(place: string, ...symbols: string[]): boolean {
  return symbols.includes(place.replace(/\+.*/, ''));
}
