import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type Breaks, lineOf, RecordedAdapter } from './recorded-adapter';

const hart = 1;
const { line, file } = { file: 'ram.ts', line: lineOf('ram.ts', "'ram_save_host_page', 'ramSaveHostPage'") };
const heap = { name: 'physical:0x80400000', bytes: 1 << 16, asAddress: true };

describe('hit counts over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  const told = async ({ reason, threadId }: Dap.StoppedEvent['body']): Promise<string> =>
    `${reason} ${await adapter.evaluate('time')} ${(await adapter.top(threadId!)).name}`;
  const goOn = async (): Promise<string> => told(await adapter.goOn());
  const back = async (): Promise<string> => {
    await adapter.reverseContinueRequest({ threadId: hart });
    return told(await adapter.nextStop());
  };
  const stepBack = async (): Promise<string> => {
    await adapter.stepBackRequest({ threadId: hart });
    return told(await adapter.nextStop());
  };
  const goTo = async (place: string): Promise<void> => {
    await adapter.evaluateRequest({ expression: `goto ${place}`, context: 'repl' });
    await adapter.nextStop();
  };

  const kinds: Record<string, Breaks> = {
    function: { functions: [{ name: 'rewrite_page', hitCondition: '% 7' }] },
    'line of a VMM thread': { lines: { file, breakpoints: [{ line, hitCondition: '% 9' }] } },
    'filter for write faults': { filterOptions: [{ filterId: 'write-fault', condition: 'hits % 3 == 0' }] },
    'range of memory': {},
  };
  for (const [kind, breaks] of Object.entries(kinds)) {
    it(`are those of the run, wherever one has come from: a ${kind}`, async () => {
      await adapter.begin({ stopOnEntry: true, snapshot: { when: { ms: 1 } } }, breaks);
      await adapter.nextStop();
      if (kind === 'range of memory') {
        const { dataId } = (await adapter.customRequest('dataBreakpointInfo', heap)).body;
        const breakpoints = [{ dataId, accessType: 'write', hitCondition: '% 3' }];
        await adapter.customRequest('setDataBreakpoints', { breakpoints });
      }
      const stops = [await goOn(), await goOn(), await goOn()];
      assert.deepEqual([await back(), await back()], [stops[1], stops[0]]);
      assert.deepEqual([await goOn(), await goOn()], stops.slice(1));
      await stepBack();
      assert.equal(await goOn(), stops[2], 'behind a step back');
      const [first, second] = stops.map(timeOf);
      await goTo(`${Math.floor((first! + second!) / 2)}ns`);
      assert.equal(await goOn(), stops[1], 'behind a way to another instant');
      await goTo('start');
      assert.equal(await goOn(), stops[0], 'behind the beginning');
    });
  }

  it('count what a step comes to', async () => {
    await adapter.begin({ stopOnEntry: true }, { functions: [{ name: 'rewrite_page', hitCondition: '% 2' }] });
    await adapter.nextStop();
    const second = await goOn();
    const fourth = await goOn();
    await goTo('start');
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'rewrite_page' }] });
    await adapter.goOn();
    const granularity = 'instruction';
    await adapter.stepBackRequest({ threadId: hart, granularity });
    await adapter.nextStop();
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'rewrite_page', hitCondition: '% 2' }] });
    await adapter.stepInRequest({ threadId: hart, granularity });
    assert.match(await told(await adapter.nextStop()), /^step .* rewrite_page$/);
    assert.equal(await goOn(), second);
    assert.equal(await goOn(), fourth);
  });

  it('begin where a breakpoint is set, count on when others are set beside it, and from where one goes back to before', async () => {
    const page = { name: 'rewrite_page' };
    await adapter.begin({ stopOnEntry: true }, { functions: [page] });
    await adapter.nextStop();
    const hits: string[] = [];
    for (let count = 0; count < 10; count++) hits.push(await goOn());
    await goTo('start');
    for (let count = 0; count < 4; count++) await adapter.goOn();
    const third = { ...page, hitCondition: '% 3' };
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [third] });
    assert.equal(await goOn(), hits[6], 'the hit where it stood is none');
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [third, { name: 'main' }] });
    assert.equal(await goOn(), hits[9]);
    await stepBack();
    assert.equal(await goOn(), hits[9]);
    assert.equal(await back(), hits[6]);
    assert.equal(await back(), hits[2], 'as if it had been set at the beginning');
    assert.equal(await goOn(), hits[5]);
    await goTo(`${timeOf(hits[4]!)}ns`);
    assert.equal(await goOn(), hits[5]);
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [third] });
    await goTo(`${timeOf(hits[1]!) + 100}ns`);
    assert.equal(await goOn(), hits[4], 'from where one has gone back to');
  });
});

function timeOf(stop: string): number {
  return Number(/ (\d+) \(/.exec(stop)![1]);
}
