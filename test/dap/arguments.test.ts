import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter } from './recorded-adapter';

describe('a request with wrong arguments', () => {
  let adapter: RecordedAdapter;
  before(async () => {
    adapter = RecordedAdapter.begun();
    await adapter.begin({ ram: '1M', stopOnEntry: true });
    await adapter.nextStop();
  });
  after(() => adapter.stop());

  const refusal = async (command: string, args: unknown): Promise<string> => {
    try {
      await adapter.send(command, args);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is told which of them, where it stands, and what was expected', async () => {
    const words = {
      setBreakpoints: [
        { source: { path: 5 }, breakpoints: [{ line: 'x' }] },
        '`source.path`: expected a string; `breakpoints[0].line`: expected a whole number',
      ],
      stackTrace: [{ threadId: 1, levels: -1 }, '`levels`: expected zero or more'],
      readMemory: [{ count: 4 }, '`memoryReference`: expected a string'],
      evaluate: [{ context: 'watch' }, '`expression`: expected a string'],
      scopes: [7, '`arguments`: expected an object'],
      setFunctionBreakpoints: [{ breakpoints: 'main' }, '`breakpoints`: expected a list'],
      'freezeframe.pageInfo': [{ page: 'x' }, '`page`: expected a whole number'],
    } as const;
    for (const [command, [args, reason]] of Object.entries(words)) {
      assert.equal(await refusal(command, args), `Invalid arguments for \`${command}\`: ${reason}.`);
    }
  });

  it('is never taken for a failure of the debugger', async () => {
    const commands = [
      ...['initialize', 'launch', 'configurationDone', 'setBreakpoints', 'setFunctionBreakpoints', 'exceptionInfo'],
      ...['setInstructionBreakpoints', 'setExceptionBreakpoints', 'setDataBreakpoints', 'dataBreakpointInfo'],
      ...['breakpointLocations', 'threads', 'stackTrace', 'scopes', 'variables', 'evaluate', 'setVariable'],
      ...['setExpression', 'readMemory', 'writeMemory', 'disassemble', 'source', 'loadedSources', 'next', 'stepOut'],
      ...['attach', 'cancel', 'completions', 'gotoTargets', 'goto'],
      ...['freezeframe.pageMap', 'freezeframe.pageInfo', 'freezeframe.consoleInput', 'freezeframe.takeSnapshot'],
      'freezeframe.listingHints',
    ];
    const nested = `${'('.repeat(5000)}1${')'.repeat(5000)}`;
    const wrong = [
      undefined,
      null,
      5,
      'x',
      [],
      {},
      { breakpoints: [null], filters: [null], source: null, threadId: 'x' },
      {
        breakpoints: [{ name: nested, instructionReference: nested, line: 1e99, dataId: '', condition: nested }],
        source: {},
        filters: [],
      },
      {
        expression: nested,
        value: nested,
        name: nested,
        variablesReference: 1e15,
        frameId: 1e15,
        memoryReference: '1',
        count: 1e15,
        line: 2 ** 53,
      },
    ];
    for (const command of commands) {
      for (const args of wrong) {
        const message = await refusal(command, args);
        assert.doesNotMatch(message, /itself has failed/, `${command} ${JSON.stringify(args)?.slice(0, 100)}`);
      }
    }
    assert.equal(await adapter.evaluate('1 + 1'), '2');
  });

  it('is refused for the surplus alone where there are too many breakpoints', async () => {
    const breakpoints = Array.from({ length: 5000 }, (_, index) => ({
      instructionReference: `${0x8000_0000 + 2 * index}`,
    }));
    const { body } = (await adapter.send('setInstructionBreakpoints', {
      breakpoints,
    })) as Dap.SetInstructionBreakpointsResponse;
    const verified = body.breakpoints.filter((each) => each.verified).length;
    assert.ok(verified >= 4000 && verified < 4096, `${verified}`);
    assert.match(body.breakpoints.at(-1)!.message!, /There are \d+ breakpoints already: remove some/);
    await adapter.send('setInstructionBreakpoints', { breakpoints: [] });
  });

  it('or the same again at the same stop is given the same numbers', async () => {
    const ask = async () => {
      const frame = await adapter.top(1);
      const { body } = await adapter.scopesRequest({ frameId: frame.id });
      return [frame.id, ...body.scopes.map(({ variablesReference }) => variablesReference)];
    };
    assert.deepEqual(await ask(), await ask());
  });
});
