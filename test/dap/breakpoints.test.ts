import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { lineOf, RecordedAdapter } from './recorded-adapter';

describe('a breakpoint with a count or a message', () => {
  let adapter: RecordedAdapter;
  const said: Dap.OutputEvent['body'][] = [];
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    said.length = 0;
    adapter.on('output', ({ body }: Dap.OutputEvent) => said.push(body));
  });
  afterEach(() => adapter.stop());

  it('on a line stops at its hit, logs, and does neither twice while the thread waits there', async () => {
    const file = 'ram.ts';
    const line = lineOf(file, "'find_dirty_block'");
    // The lock is contended: the thread comes to this line once, however often it wakes there.
    const waiting = lineOf('write-tracking-thread.ts', "waitUntil('pause_all_vcpus'");
    await adapter.begin(
      { ram: '4M', stopOnEntry: true },
      {
        lines: {
          file,
          breakpoints: [
            { line, hitCondition: '100' },
            { line, hitCondition: '% 400', logMessage: '{pagesSent} sent, {pagesLeft} left' },
          ],
        },
        filters: ['phase.completed'],
      },
    );
    await adapter.nextStop();
    const { body } = await adapter.customRequest('loadedSources');
    const source = body.sources.find(({ name }: Dap.Source) => name === 'write-tracking-thread.ts');
    await adapter.setBreakpointsRequest({ source, breakpoints: [{ line: waiting, logMessage: 'stopping vCPUs' }] });
    const stop = await adapter.goOn();
    assert.equal(stop.reason, 'breakpoint');
    const saved = Number.parseInt(await adapter.evaluate('pagesSent + faultsServed'), 10);
    assert.ok(saved >= 99, `${saved}`);
    assert.equal((await adapter.goOn()).description, 'Completed');
    const logged = said.filter(({ line: at }) => at === line);
    // Each page of the scan, and the look that finds no more.
    const looks = Number.parseInt(await adapter.evaluate('pagesSent - faultsServed + 1'), 10);
    assert.equal(logged.length, Math.floor(looks / 400));
    assert.match(logged[0]!.output, /^\d+ \(0x[0-9a-f]+\) sent, \d+ \(0x[0-9a-f]+\) left\n$/);
    assert.equal(logged[0]!.source?.name, file);
    assert.equal(said.filter(({ output }) => output === 'stopping vCPUs\n').length, 1);
  });

  it('on a function and on an instruction', async () => {
    await adapter.begin({ ram: '4M', stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    const main = await adapter.evaluateRequest({ expression: 'main', context: 'clipboard', format: { hex: true } });
    const instructionReference = main.body.result;
    await adapter.customRequest('setInstructionBreakpoints', {
      breakpoints: [
        { instructionReference, condition: 'log("in main by {thread}, code {u16(pc)}")' },
        { instructionReference, offset: 4, hitCondition: '1' },
      ],
    });
    assert.equal((await adapter.goOn()).reason, 'instruction breakpoint');
    assert.match(said.map(({ output }) => output).join(''), /^in main by hart 0, code \d+ \(0x[0-9a-f]+\)\n$/);
  });

  it('is an exception filter with `hits` and `log`', async () => {
    const condition = 'log("fault {hits} on page {page}") || hits == 3';
    await adapter.begin({ ram: '4M' }, { filterOptions: [{ filterId: 'write-fault', condition }] });
    await adapter.nextStop();
    assert.deepEqual(
      said.map(({ output }) => /^fault \d/.exec(output)?.[0]),
      ['fault 1', 'fault 2', 'fault 3'],
    );
  });

  it('is refused with the reason', async () => {
    await adapter.begin({ ram: '4M', stopOnEntry: true });
    const { body } = await adapter.setFunctionBreakpointsRequest({
      breakpoints: [{ name: 'main', hitCondition: 'now and then' }],
    });
    assert.match(body.breakpoints[0]!.message!, /a hit count is a number such as 5/);
  });
});
