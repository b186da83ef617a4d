import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { phases } from '../../debug-adapter/debuggee/phase';
import type { PagesEvent } from '../../debug-adapter/protocol/messages';
import { pageStateNames } from '../../debug-adapter/protocol/page-states';
import { Adapter, guest, type Stopped } from './adapter';
import { matchesGolden } from './golden';

const everyPhase = phases.map(({ id }) => `phase.${id}`);
/** Of 4 MiB. */
const pageCount = 1024;

describe('a write-tracking snapshot over DAP', () => {
  let adapter: Adapter;
  beforeEach(async () => {
    adapter = new Adapter();
    await adapter.start();
  });
  afterEach(() => adapter.stop());

  for (const program of ['working-set', 'sweep']) {
    it(`of ${program} stops at every phase and at the first write fault, as it always has`, async () => {
      const lines = await transcript(adapter, program);
      matchesGolden(`phases-${program}`, lines, adapter.folder);
    });
  }

  it('writes a whole file in the format of QEMU, and leaves no other', async () => {
    await transcript(adapter, 'working-set');
    const file = readFileSync(adapter.file('working-set.qemu'));
    assert.equal(file.toString('latin1', 0, 4), 'QEVM');
    assert.equal(existsSync(adapter.file('working-set.qemu.partial')), false);
  });

  it('counts every page in one state at every stop', async () => {
    await transcript(adapter, 'working-set');
    const stops = adapter.events.filter(({ event, body }) => event === 'freezeframe.pages' && body.stopped);
    assert.ok(stops.length > everyPhase.length - 2);
    for (const { body } of stops) {
      const total = (body as PagesEvent).counts.reduce((sum, count) => sum + count, 0);
      assert.equal(total, pageCount);
    }
  });

  it('stops only at the write fault that a condition names', async () => {
    const wanted = await pageOfFault(adapter, 5);
    const other = new Adapter();
    try {
      await other.start();
      await other.launch(configurationOf(other, 'sweep'));
      const condition = `page == 0x${wanted.toString(16)} && thread == "hart0"`;
      const { body } = await other.client.setExceptionBreakpointsRequest({
        filters: [],
        filterOptions: [{ filterId: 'write-fault', condition }],
      });
      assert.deepEqual(
        body?.breakpoints?.map(({ verified }) => verified),
        [true],
      );
      assert.equal(pageOf(await other.configured()), wanted);
    } finally {
      await other.stop();
    }
  });

  it('refuses a condition that is none, and says where it goes wrong', async () => {
    await adapter.launch(configurationOf(adapter, 'sweep'));
    const { body } = await adapter.client.setExceptionBreakpointsRequest({
      filters: [],
      filterOptions: [{ filterId: 'write-fault', condition: 'page = 3' }],
    });
    assert.equal(body?.breakpoints?.[0]?.verified, false);
    assert.match(body?.breakpoints?.[0]?.message ?? '', /use == to compare/);
  });
});

function configurationOf(adapter: Adapter, program: string): Record<string, unknown> {
  return {
    program: guest(`${program}.elf`),
    snapshot: { when: { ms: 20 }, output: adapter.file(`${program}.qemu`) },
  };
}

/** Stops at every phase and at the first write fault, and runs on until the snapshot is written. */
async function transcript(adapter: Adapter, program: string): Promise<string[]> {
  const lines: string[] = [];
  await adapter.launch(configurationOf(adapter, program));
  await adapter.client.setExceptionBreakpointsRequest({ filters: [...everyPhase, 'write-fault'] });
  let stopped = await adapter.configured();
  for (; stopped.description !== 'Completed'; stopped = await adapter.continue(stopped.threadId)) {
    lines.push(...(await describeStop(adapter, stopped)));
    if (stopped.description?.startsWith('Write fault')) {
      await adapter.client.setExceptionBreakpointsRequest({ filters: everyPhase });
    }
  }
  lines.push(...(await describeStop(adapter, stopped)));
  await adapter.client.continueRequest({ threadId: stopped.threadId! });
  const { output } = await adapter.next<Dap.OutputEvent['body']>('output', ({ category }) => category !== 'stdout');
  lines.push('', `output: ${output.trim()}`);
  return lines;
}

/** What a client shows at a stop: why, where each thread is, how the pages stand. */
async function describeStop(adapter: Adapter, stopped: Stopped): Promise<string[]> {
  const { reason, description, text, threadId, allThreadsStopped } = stopped;
  const lines = ['', `stopped: ${reason}, thread ${threadId}${allThreadsStopped ? ' (all)' : ''}`, `  ${description}`];
  if (text) lines.push(`  ${text}`);
  for (const thread of (await adapter.client.threadsRequest()).body.threads) {
    lines.push(`  ${thread.id} ${thread.name}`);
    const { stackFrames } = (await adapter.client.stackTraceRequest({ threadId: thread.id })).body;
    for (const { name, source, line, instructionPointerReference } of stackFrames) {
      const at = source ? `${source.path}:${line}` : instructionPointerReference;
      lines.push(`    ${name} at ${at}`);
    }
  }
  const { counts, phase, timeNs, runs, kind } = lastPages(adapter);
  const named = counts.map((count, state) => [count, pageStateNames[state]] as const).filter(([count]) => count > 0);
  lines.push(`  pages at ${timeNs} ns (${phase}): ${named.map(([count, name]) => `${count} ${name}`).join(', ')}`);
  assert.equal(typeof runs, 'string');
  assert.ok(kind === 'all' || kind === 'changes');
  return lines;
}

function lastPages(adapter: Adapter): PagesEvent {
  return adapter.events.filter(({ event, body }) => event === 'freezeframe.pages' && body.stopped).at(-1)!.body;
}

/** The page of the nth write fault, counted from 1: the same in every run. */
async function pageOfFault(adapter: Adapter, nth: number): Promise<number> {
  await adapter.launch(configurationOf(adapter, 'sweep'));
  await adapter.client.setExceptionBreakpointsRequest({ filters: ['write-fault'] });
  let stopped = await adapter.configured();
  for (let count = 1; count < nth; count++) stopped = await adapter.continue();
  return pageOf(stopped);
}

function pageOf({ description }: Stopped): number {
  return Number(/^Write fault on page (0x[\da-f]+)$/.exec(description ?? '')?.[1]);
}
