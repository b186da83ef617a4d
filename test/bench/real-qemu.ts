import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readElf } from '../../debug-adapter/emulator/machine/elf';
import { HeldSnapshot } from '../../debug-adapter/qemu/held-snapshot';
import { connectUnix } from '../../debug-adapter/qemu/libc';
import { PageStates } from '../../debug-adapter/qemu/page-states';
import { QmpClient } from '../../debug-adapter/qemu/qmp-client';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { startQemu } from '../../debug-adapter/qemu/start-qemu';
import { requirePart } from '../../tools/parts.mjs';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { ForeignQemu, workingSet, workingSetArgs } from '../qemu/guest';
import { median, quantile } from './quantiles';

const sizes = ['128M', '1G'] as const;
const attachCount = 9;
const stepCount = 200;
const refreshCount = 50;
const watchCount = 7;

/** A real QEMU as debuggee: how long a user waits, and what it costs the snapshot to be watched. */
export async function benchRealQemu(say: (line: string) => void): Promise<void> {
  say('\nA real QEMU, bare-metal guest under TCG; ms of wall time, medians');
  for (const size of sizes) say(await attachRow(size));
  for (const row of await stepRows()) say(row);
  for (const size of sizes) say(await refreshRow(size));
  // Nobody writes to it: it takes no memory.
  say(await refreshRow('16G', '-bios', 'none'));
  for (const size of sizes) say(await watchRow(size));
}

async function attachRow(size: string): Promise<string> {
  const times: number[] = [];
  const foreign = await ForeignQemu.start('-m', size);
  try {
    for (let run = 0; run < attachCount; run++) times.push(await msToFirstMap(foreign));
  } finally {
    await foreign.stop();
  }
  return row(`attach to first map, ${size}`, times);
}

/** From the request to the map of all blocks; the adapter runs already. */
async function msToFirstMap(foreign: ForeignQemu): Promise<number> {
  const adapter = await RecordedAdapter.started();
  try {
    await adapter.initializeRequest();
    const before = performance.now();
    const snapshot = { when: 'command', output: `${adapter.folder}/nothing` };
    await adapter.attachRequest({ qemu: { qmp: foreign.qmpPath }, snapshot } as never);
    await adapter.customRequest('freezeframe.pageMap', { follow: true });
    return performance.now() - before;
  } finally {
    await adapter.stop();
  }
}

/** From page to page: of QEMU alone, and as a session shows it. */
async function stepRows(): Promise<readonly string[]> {
  const bare: number[] = [];
  const qemu = await started('128M');
  const snapshot = await begun(qemu, 'page');
  try {
    for (let step = 0; step < stepCount; step++) {
      const before = performance.now();
      await snapshot.next();
      bare.push(performance.now() - before);
    }
  } finally {
    await snapshot.close();
    await qemu.close();
  }
  const shown: number[] = [];
  const adapter = await RecordedAdapter.started();
  try {
    await adapter.initializeRequest();
    const args = [...workingSetArgs, '-m', '128M', '-serial', 'stdio'];
    const when = { console: 'q to power off' };
    const output = `${adapter.folder}/nothing`;
    await adapter.launchRequest({ qemu: { binary: requirePart('qemu'), args }, snapshot: { when, output } } as never);
    await adapter.setExceptionBreakpointsRequest({ filters: ['first-write-fault'] });
    await adapter.configurationDoneRequest();
    await adapter.nextStop();
    const { body } = await adapter.threadsRequest();
    const threadId = body.threads.find(({ name }) => name === 'migration')!.id;
    for (let step = 0; step < stepCount; step++) {
      const before = performance.now();
      await adapter.nextRequest({ threadId });
      await adapter.nextStop();
      const { id } = await adapter.top(threadId);
      const { scopes } = (await adapter.scopesRequest({ frameId: id })).body;
      await adapter.variablesRequest({ variablesReference: scopes[0]!.variablesReference });
      shown.push(performance.now() - before);
    }
  } finally {
    await adapter.stop();
  }
  return [row('step of a page, 128M', bare), row('the same, to the variables shown', shown)];
}

async function refreshRow(size: string, ...args: readonly string[]): Promise<string> {
  const qemu = await started(size, ...args);
  const snapshot = await begun(qemu, 'armed');
  try {
    const states = new PageStates(qemu.blocks);
    const times: number[] = [];
    for (let run = 0; run < refreshCount; run++) {
      const before = performance.now();
      states.refresh(qemu, snapshot.armed, 0);
      times.push(performance.now() - before);
    }
    return row(`map refreshed, ${size}, all protected`, times);
  } finally {
    await snapshot.close();
    await qemu.close();
  }
}

/** QEMU's own figure of its snapshot's time, with a session that stops nowhere and without one, in turns. */
async function watchRow(size: string): Promise<string> {
  const alone: number[] = [];
  const watched: number[] = [];
  for (let run = 0; run < watchCount; run++) {
    alone.push(await totalMsAlone(size));
    watched.push(await totalMsWatched(size));
  }
  const [without, within] = [median(alone), median(watched)];
  const share = `${(100 * (within / without - 1)).toFixed(0)} %`;
  return `${`snapshot, ${size}`.padEnd(40)} alone ${without}   watched ${within}   cost ${share}   n ${watchCount}`;
}

/** To a file, as in a session. */
async function totalMsAlone(size: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-bench-'));
  const foreign = await ForeignQemu.start('-m', size);
  const qmp = new QmpClient(connectUnix(foreign.qmpPath));
  try {
    await qmp.negotiate(10_000);
    await filled((line) => qmp.human(line));
    const capabilities = [{ capability: 'background-snapshot', state: true }];
    await qmp.execute('migrate-set-capabilities', { capabilities });
    await qmp.execute('migrate', { uri: `exec:cat > ${join(folder, 'snapshot.qemu')}` });
    for (;;) {
      const answer = (await qmp.execute('query-migrate')) as { status: string; 'total-time': number };
      if (answer.status === 'completed') return answer['total-time'];
      await sleep(pollMs);
    }
  } finally {
    qmp.close();
    await foreign.stop();
    rmSync(folder, { recursive: true });
  }
}

async function totalMsWatched(size: string): Promise<number> {
  const foreign = await ForeignQemu.start('-m', size);
  const adapter = await RecordedAdapter.started();
  try {
    await adapter.initializeRequest();
    const snapshot = { when: 'command', output: `${adapter.folder}/snapshot.qemu` };
    await adapter.attachRequest({ qemu: { qmp: foreign.qmpPath }, snapshot } as never);
    await adapter.setExceptionBreakpointsRequest({ filters: ['phase.completed'] });
    await adapter.configurationDoneRequest();
    const monitor = async (line: string): Promise<string> =>
      (await adapter.evaluateRequest({ expression: `monitor ${line}`, context: 'repl' })).body.result;
    await filled(monitor);
    await adapter.customRequest('freezeframe.takeSnapshot', {});
    await adapter.nextStop();
    return Number(/^total time: (\d+) ms$/m.exec(await monitor('info migrate'))![1]);
  } finally {
    await adapter.stop();
    await foreign.stop();
  }
}

/** The guest has begun to write. */
const settleMs = 500;
const pollMs = 20;

/** The guest has filled its RAM, and counts: both ways there is the same to save. */
async function filled(monitor: (line: string) => Promise<string>): Promise<void> {
  const { symbols } = readElf({ path: workingSet, bytes: readFileSync(workingSet) });
  const { address } = symbols.find(({ name }) => name === 'counter')!;
  while (/ 0x0+\s*$/.test(await monitor(`xp /1gx 0x${address.toString(16)}`))) await sleep(pollMs);
}

async function started(size: string, ...more: readonly string[]): Promise<RunningQemu> {
  const args = [...workingSetArgs, '-m', size, '-serial', 'null', ...more];
  const qemu = await startQemu(
    { binary: requirePart('qemu'), args },
    { onConsole() {}, onMessage() {}, onQmpEvent() {} },
  );
  await sleep(settleMs);
  return qemu;
}

async function begun(qemu: RunningQemu, until: 'armed' | 'page'): Promise<HeldSnapshot> {
  const snapshot = await HeldSnapshot.begin(qemu, { write: () => undefined });
  for (let place = await snapshot.next(); place; place = await snapshot.next()) {
    if (place.kind === until || (place.kind === 'trace' && place.passing.kind === until)) break;
  }
  return snapshot;
}

function row(name: string, times: readonly number[]): string {
  const [p50, p99] = [median(times), quantile(times, 0.99)].map((ms) => ms.toFixed(2));
  return `${name.padEnd(40)} p50 ${p50}   p99 ${p99}   n ${times.length}`;
}
