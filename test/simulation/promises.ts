import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { pageByteCount } from '../../debug-adapter/emulator/core/guest-core';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';
import { virtLayouts } from '../../debug-adapter/emulator/machine/virt-layouts';
import { type IncomingMachine, incomingMachine } from '../../debug-adapter/migration/incoming';
import { nodeHost } from '../../debug-adapter/node/host';
import { PageState, pageStateNames } from '../../debug-adapter/protocol/page-states';
import { StreamReader } from '../../debug-adapter/vmstate/stream-reader';
import { coreModule } from '../snapshot/harness';
import { readSnapshot } from '../stream/naive-reader';
import { machineOf } from './machine-pool';
import type { Plan, PlannedAlgorithm } from './plan';
import { type Outcome, SimulatedRun } from './simulated-run';

/** Runs a plan. Throws where a promise is broken; answers how the snapshot ended. */
export function check(plan: Plan): string {
  const run = new SimulatedRun(plan);
  const outcome = run.planned();
  checkSnapshot(plan, run, outcome);
  const isFirstVersion = plan.algorithm === 'track-writes-ram';
  if (!isFirstVersion) checkGoesOn(run);
  const seen = fingerprint(run, outcome);
  // Several harts alone would need a scheduler of their own: what they wrote is in the image, and in the replay.
  if (!plan.usesDevice && plan.hartCount === 1) checkGuest(plan, run, outcome);

  // The rest once in a while: each costs as much as the run itself.
  if (plan.guest.seed % 4 === 0) {
    const again = new SimulatedRun(plan, steppedIn(plan));
    const outcomeAgain = again.planned();
    if (!isFirstVersion) checkGoesOn(again);
    assert.deepEqual(again.log, run.log);
    assert.equal(fingerprint(again, outcomeAgain), seen, 'a replay is another run');
  }
  // What track-writes-ram leaves protected, it leaves to no next snapshot.
  const isFree = run.loop.vmm.uffd === undefined;
  if (plan.guest.seed % 4 === 1 && plan.failAt === 'none' && isFree) {
    const second = run.another();
    assert.equal(second.status, 'completed', 'the next snapshot');
    checkSnapshot(plan, run, second);
  }
  return outcome.status;
}

/** Some replays are stepped through: that changes nothing but where one looks. */
function steppedIn({ guest, nsPerInstruction, unplugUs, isSuspended }: Plan): 'hart 0' | 'migration' | undefined {
  if (guest.seed % 3 === 0) return 'migration';
  // By single instructions, half a minute for a NIC takes too long.
  const isShort = nsPerInstruction === 1000 && unplugUs !== Infinity;
  return guest.seed % 3 === 1 && isShort && !isSuspended ? 'hart 0' : undefined;
}

/** What it has left, in the file and in the machine. */
function checkSnapshot(plan: Plan, run: SimulatedRun, outcome: Outcome): void {
  if (outcome.algorithm === 'track-writes-ram') {
    checkFirstVersion(plan, run, outcome);
    return;
  }
  const { status, file, frozen } = outcome;
  checkEnding(outcome);
  checkNobodyIsLeftBehind(run);
  if (file) checkImage(run, outcome, file, frozen!.ram);
  if (status === 'completed') checkPageStates(run, outcome.algorithm);
}

/** Each page has been sent, and what the guest does to it afterwards is no leak. */
function checkPageStates({ machine }: SimulatedRun, algorithm: PlannedAlgorithm): void {
  const { states } = machine.core.pages;
  const onDemand = algorithm === 'background-snapshot' ? PageState.CopiedFault : PageState.SentAgain;
  const sent = [PageState.CopiedScan, onDemand, PageState.Zero, PageState.Dirty];
  for (let page = 0; page < states.length; page++) {
    assert.ok(sent.includes(states[page]!), `page ${page} is ${pageStateNames[states[page]!]}`);
  }
}

function checkGoesOn(run: SimulatedRun): void {
  checkRunState(run);
  run.runFor(6_000_000);
  checkRunState(run);
}

/**
 * What track-writes-ram promises (track-writes-ram-thread.ts names what it does not): what its stream
 * has of RAM is RAM at the freeze, each page once, but for pages that nobody had touched by then, each of which the page map
 * shows as leaked; the file is kept to be looked at, since its device state is cut off. Whatever happened, the guest goes the
 * way that it goes alone, as far as it goes: it stands where the freeze did not come to its end, and at its next write where
 * tracking was not stopped, since the end came between freeze and the last iteration.
 */
function checkFirstVersion(plan: Plan, run: SimulatedRun, { status, ending, file, frozen }: Outcome): void {
  assert.ok(['completed', 'failed', 'cancelled'].includes(status), status);
  assert.equal(file !== undefined, status === 'completed', `${status}, ${ending.text}`);
  if (file) {
    assert.match(
      ending.text,
      /^Snapshot is wrong\. The stream cannot be read: .*kept as .*, for you to look at \(.*\)\.$/s,
    );
    const { bytes, timesSent } = ramOfCutStream(file, run.machine);
    assert.ok(
      timesSent.every((times) => times === 1),
      'a page not sent once',
    );
    for (let page = 0; page < timesSent.length; page++) {
      const [start, end] = [page * pageByteCount, (page + 1) * pageByteCount];
      const isSame = bytes.subarray(start, end).equals(frozen!.ram.subarray(start, end));
      assert.ok(isSame || frozen!.untouched.has(page), `page ${page} differs`);
      const frame = `page 0x${(0x80000 + page).toString(16)}`;
      assert.ok(isSame || ending.text.includes(frame) || / and \d+ more/.test(ending.text), `${frame} is not named`);
      assert.equal(run.machine.core.pages.states[page] === PageState.Leaked, !isSame, `${frame} is shown otherwise`);
    }
  }
  const came = new Set(run.log.map((line) => line.split(' ')[1]));
  const { uffd, runState } = run.loop.vmm;
  const isLeftTracked = came.has('wp-arm') && !came.has('wp-disarm') && !plan.failAt.startsWith('uffd');
  assert.equal(uffd !== undefined, isLeftTracked, 'tracked');
  if (!uffd) checkNobodyIsLeftBehind(run);
  const isLeftFrozen = came.has('vm-stop') && !came.has('vm-start-bh');
  const otherwise = plan.isSuspended && !came.has('vm-start-bh') ? 'suspended' : 'running';
  if (plan.pauseUs === undefined) assert.equal(runState, isLeftFrozen ? 'paused' : otherwise);
}

/** RAM in a stream that ends before its end. */
function ramOfCutStream(file: Uint8Array, { hartCount, core }: Machine): { bytes: Buffer; timesSent: Uint8Array } {
  const bytes = Buffer.alloc(core.ram.length);
  const timesSent = new Uint8Array(core.pages.states.length);
  const layoutOf = virtLayouts(hartCount);
  const reader = new StreamReader({
    layoutOf: ({ name }) => layoutOf(name),
    onRecord: (record) => {
      if (record.kind !== 'ramPage' && record.kind !== 'zeroPage') return;
      if (record.block !== 'riscv_virt_board.ram') return;
      timesSent[record.pageOffset / pageByteCount]!++;
      if (record.kind === 'ramPage') bytes.set(record.bytes, record.pageOffset);
    },
  });
  reader.push(file);
  assert.throws(() => reader.end());
  return { bytes, timesSent };
}

/** It has ended, in a way that is said; a file is there if it is whole, and not otherwise. */
function checkEnding({ status, ending, file }: Outcome): void {
  assert.ok(['completed', 'failed', 'cancelled'].includes(status), status);
  assert.equal(file !== undefined, status === 'completed', `${status}, ${ending.text}`);
  const words = {
    completed: /^Snapshot written .* Checked: RAM in the file is RAM at the/s,
    failed: /^Snapshot failed: .+ No file was kept/s,
  };
  assert.match(ending.text, words[status as keyof typeof words] ?? /^Snapshot cancelled/);
}

/** No page is protected, no lock is held by who does not run, nobody waits for what never comes. */
function checkNobodyIsLeftBehind({ machine, loop }: SimulatedRun): void {
  const { core } = machine;
  for (let page = 0; page < core.pages.states.length; page++) assert.ok(!core.pages.isProtected(page), `page ${page}`);
  assert.equal(loop.vmm.uffd, undefined);
  assert.equal(loop.migration, undefined);
  for (const { wait } of [...loop.vmm.harts, loop.mainLoop]) {
    if (wait) assert.match(wait.resource, /^(events|an interrupt \(wfi\)|vm_start|the BQL)$/);
  }
}

/** The VM runs or is paused as the user asked for last, whatever a snapshot has done to it in between. */
function checkRunState(run: SimulatedRun): void {
  run.runUntilIdle();
  const { wantsRunning, instructionCountOfAll } = run;
  const still = run.isSuspended ? 'suspended' : 'paused';
  assert.equal(run.loop.vmm.runState, wantsRunning ? 'running' : still);
  run.runFor(50_000);
  // Unless the user has changed his mind meanwhile.
  if (run.wantsRunning === wantsRunning)
    assert.equal(run.instructionCountOfAll > instructionCountOfAll, wantsRunning, 'it runs');
}

/** The file, as a reader that knows nothing of ours reads it: RAM at that instant, each page once. */
function checkImage({ machine }: SimulatedRun, { algorithm }: Outcome, file: Uint8Array, ram: Uint8Array): void {
  const { blocks } = readSnapshot(file);
  for (const { name, bytes, writable } of machine.ramBlocks) {
    const { bytes: read, timesSent } = blocks.get(name)!;
    assert.ok(Buffer.from(read).equals(writable ? ram : bytes), `${name} differs`);
    const isEachOnce = timesSent.every((times) => times === 1);
    assert.ok(isEachOnce || algorithm === 'precopy', `a page of ${name} not sent once`);
  }
}

/** Beside a guest of which no snapshot is taken: this one goes the same way, and so does one restored from the file. */
function checkGuest(plan: Plan, run: SimulatedRun, { algorithm, file, frozen }: Outcome): void {
  const alone = machineOf(plan, 'alone');
  let done = 0;
  const aloneAt = (instructionCount: number): bigint => {
    runAlone(alone, instructionCount - done, done * alone.nsPerInstruction);
    done = instructionCount;
    return alone.core.stateHash();
  };
  const isRestorable = algorithm !== 'track-writes-ram';
  // A machine that has not run yet has not looked at its timers either.
  if (frozen && file && isRestorable && plan.guest.seed % 4 === 2 && run.instructionCount > 0) {
    const further = Math.min(500, run.instructionCount - frozen.instructionCount);
    const { machine, virtualClockNs } = restored(plan, file);
    runAlone(machine, further, virtualClockNs);
    assert.equal(machine.core.stateHash(), aloneAt(frozen.instructionCount + further), 'restored, it goes another way');
  }
  assert.equal(run.machine.core.stateHash(), aloneAt(run.instructionCount), 'the guest went another way');
}

function restored({ nsPerInstruction }: Plan, file: Uint8Array): IncomingMachine {
  const read = (offset: number, length: number): Uint8Array => file.subarray(offset, offset + length);
  const reading = incomingMachine(
    coreModule(),
    { byteCount: file.length, read },
    { path: 'file', nsPerInstruction, sha256: nodeHost.sha256 },
  );
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
  }
}

function runAlone(machine: Machine, instructionCount: number, clockNs: number): void {
  const { nsPerInstruction } = machine;
  for (let done = 0; done < instructionCount; ) {
    const run = machine.runHart(0, instructionCount - done, clockNs + done * nsPerInstruction);
    assert.ok(run.instructionCount > 0, 'the guest stands still');
    done += run.instructionCount;
  }
}

/** All that a run has led to. */
function fingerprint({ machine, log }: SimulatedRun, { status, file }: Outcome): string {
  const hash = createHash('sha256').update(log.join('\n'));
  if (file) hash.update(file);
  return `${status} ${machine.stateHash()} ${hash.digest('hex')}`;
}
