import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter, workingSet } from './recorded-adapter';

type Flag = keyof Dap.Capabilities;

/** Tested in server.test.ts: what only a guest that outlives its client has. */
const ofServer: readonly Flag[] = ['supportTerminateDebuggee', 'supportSuspendDebuggee'];

let adapter: RecordedAdapter;

const evaluate = async (args: Partial<Dap.EvaluateArguments>): Promise<string> =>
  (await adapter.evaluateRequest({ expression: 'main', ...args })).body.result;
const ask = async (command: string, args: object = {}) => (await adapter.customRequest(command, args)).body;
const type = (expression: string) => evaluate({ expression, context: 'repl' });
const verified = ({ breakpoints }: { breakpoints: Dap.Breakpoint[] }): boolean =>
  breakpoints.every((one) => one.verified);
const main = async (): Promise<string> => evaluate({ context: 'clipboard', format: { hex: true } });

/** Each flag that a session advertises, and what it promises: with a guest at its entry. */
const promises: Partial<Record<Flag, () => Promise<void>>> = {
  async supportsConfigurationDoneRequest() {
    await adapter.configurationDoneRequest();
  },
  async supportsFunctionBreakpoints() {
    assert.ok(verified(await ask('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] })));
  },
  async supportsConditionalBreakpoints() {
    const breakpoints = [{ name: 'main', condition: 'a0 == 1 && hart == 0' }];
    assert.ok(verified(await ask('setFunctionBreakpoints', { breakpoints })));
  },
  async supportsHitConditionalBreakpoints() {
    const breakpoints = [{ name: 'main', hitCondition: '% 2' }];
    assert.ok(verified(await ask('setFunctionBreakpoints', { breakpoints })));
  },
  async supportsLogPoints() {
    const { sources } = await ask('loadedSources');
    const breakpoints = [{ line: 40, logMessage: 'at {time}' }];
    assert.ok(verified(await ask('setBreakpoints', { source: sources[0], breakpoints })));
  },
  async supportsInstructionBreakpoints() {
    const breakpoints = [{ instructionReference: await main() }];
    assert.ok(verified(await ask('setInstructionBreakpoints', { breakpoints })));
  },
  async supportsDataBreakpoints() {
    const { dataId } = await ask('dataBreakpointInfo', { name: 'counter' });
    assert.ok(verified(await ask('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'readWrite' }] })));
    await ask('setDataBreakpoints', { breakpoints: [] });
  },
  async supportsDataBreakpointBytes() {
    const { description } = await ask('dataBreakpointInfo', { name: '0x80001000', asAddress: true, bytes: 3 });
    assert.match(description, /^3 bytes at physical 0x80001000/);
  },
  async supportsBreakpointLocationsRequest() {
    const { sources } = await ask('loadedSources');
    const { breakpoints } = await ask('breakpointLocations', { source: sources[0], line: 1, endLine: 60 });
    assert.ok(breakpoints.length > 0);
  },
  async supportsExceptionFilterOptions() {
    const filterOptions = [{ filterId: 'write-fault', condition: 'page == 7' }];
    assert.ok(verified(await ask('setExceptionBreakpoints', { filters: [], filterOptions })));
  },
  async supportsExceptionInfoRequest() {
    await assert.rejects(ask('exceptionInfo', { threadId: 1 }), /has not stopped on an error/);
  },
  async supportsEvaluateForHovers() {
    assert.match(await evaluate({ context: 'hover' }), /^\d+ \(0x8[0-9a-f]+\)$/);
  },
  async supportsClipboardContext() {
    assert.match(await evaluate({ context: 'clipboard' }), /^\d+$/);
  },
  async supportsValueFormattingOptions() {
    assert.match(await evaluate({ context: 'watch', format: { hex: true } }), /^0x8[0-9a-f]+$/);
  },
  async supportsDelayedStackTraceLoading() {
    const { stackFrames, totalFrames } = await ask('stackTrace', { threadId: 1, startFrame: 0, levels: 1 });
    assert.ok(stackFrames.length === 1 && totalFrames >= 1);
  },
  async supportsCompletionsRequest() {
    const { targets } = await ask('completions', { text: 'mepc', column: 3 });
    assert.ok(targets.some(({ label }: Dap.CompletionItem) => label === 'mepc'));
  },
  async supportsSetVariable() {
    const { scopes } = await ask('scopes', { frameId: (await adapter.top(1)).id });
    const { variablesReference } = scopes[0];
    assert.match((await ask('setVariable', { variablesReference, name: 't0', value: '1 + 2' })).value, /3$/);
  },
  async supportsSetExpression() {
    assert.equal((await ask('setExpression', { expression: '$t1', value: '4' })).value, '4');
  },
  async supportsReadMemoryRequest() {
    const { data } = await ask('readMemory', { memoryReference: await main(), count: 2 });
    assert.equal(Buffer.from(data, 'base64').length, 2);
  },
  async supportsWriteMemoryRequest() {
    const { bytesWritten } = await ask('writeMemory', { memoryReference: '0x80008000', data: 'AAECAw==' });
    assert.equal(bytesWritten, 4);
  },
  async supportsDisassembleRequest() {
    const { instructions } = await ask('disassemble', { memoryReference: await main(), instructionCount: 3 });
    assert.equal(instructions.length, 3);
  },
  async supportsGotoTargetsRequest() {
    const { source, line } = await adapter.top(1);
    const { targets } = await ask('gotoTargets', { source, line: line + 1 });
    await ask('goto', { threadId: 1, targetId: targets[0].id });
    assert.equal((await adapter.nextStop()).reason, 'goto');
    assert.equal((await adapter.top(1)).line, targets[0].line);
  },
  async supportsSteppingGranularity() {
    await ask('setInstructionBreakpoints', { breakpoints: [] });
    await type('pc = main');
    const before = await type('p/x $pc');
    await adapter.nextRequest({ threadId: 1, granularity: 'instruction' });
    await adapter.nextStop();
    assert.notEqual(await type('p/x $pc'), before);
  },
  async supportsStepBack() {
    await type('pc = main');
    const here = await type('p/x $pc');
    await adapter.nextRequest({ threadId: 1 });
    await adapter.nextStop();
    await adapter.stepBackRequest({ threadId: 1 });
    await adapter.nextStop();
    assert.equal(await type('p/x $pc'), here);
  },
  async supportsSingleThreadExecutionRequests() {
    const before = await type('p/x $pc');
    await ask('stepIn', { threadId: 1, singleThread: true });
    await adapter.nextStop();
    assert.notEqual(await type('p/x $pc'), before);
  },
  async supportsLoadedSourcesRequest() {
    assert.ok((await ask('loadedSources')).sources.length > 5);
  },
  async supportsCancelRequest() {
    await ask('cancel', { progressId: 'nothing of ours' });
  },
  async supportsANSIStyling() {
    // Whoever has not said that it knows styles gets none: client.test.ts has one that did.
    assert.ok(!(await type('help')).includes('\x1b'));
  },
  async supportsRestartRequest() {
    await ask('restart', { arguments: { stopOnEntry: true } });
    assert.equal((await adapter.nextStop()).reason, 'entry');
  },
  async supportsTerminateRequest() {
    const terminated = adapter.waitForEvent('terminated');
    await adapter.terminateRequest();
    await terminated;
  },
};

describe('a capability that is advertised is kept:', () => {
  let advertised: Dap.Capabilities;
  before(async () => {
    adapter = RecordedAdapter.begun();
    advertised = (await adapter.initializeRequest()).body!;
    await adapter.launchRequest({
      program: workingSet,
      ram: '1M',
      stopOnEntry: true,
      snapshot: { when: 'command' },
    } as Dap.LaunchRequestArguments);
    await adapter.configurationDoneRequest();
    await adapter.nextStop();
  });
  after(() => adapter.stop());

  // The last ones end what the others need.
  for (const [flag, keeps] of Object.entries(promises)) it(flag, keeps);

  it('every flag is in the table, and every row of the table is advertised', () => {
    const flags = Object.entries(advertised).filter(([, value]) => value === true);
    assert.deepEqual(flags.map(([flag]) => flag).sort(), Object.keys(promises).sort());
    assert.ok(flags.length + ofServer.length >= 30);
  });
});
