import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { runToText } from '../snapshot/typing';
import { benchAtShell, linuxAtShell } from './at-shell';
import { compiledModule, strippedModule } from './kernel-module';

const hart0 = 1;
const source = join(__dirname, 'module.c');
const text = readFileSync(source, 'utf8').split('\n');
const lineWith = (part: string): number => text.findIndex((line) => line.includes(part)) + 1;

/** What a user types at the shell to have the module there, and loaded. */
function loading(module: string): string {
  const coded = strippedModule(module).toString('base64').replaceAll(/.{76}/g, '$&\r');
  return `stty -echo; base64 -d > sample.ko\r${coded}\r\x04insmod sample.ko\r`;
}

describe('a kernel module with debug information', () => {
  let adapter: RecordedAdapter;
  beforeEach(() => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  async function stack(): Promise<string[]> {
    const { stackFrames } = (await adapter.stackTraceRequest({ threadId: hart0 })).body;
    return stackFrames.slice(0, 3).map(({ name, line }) => `${name.replace(/\+.*/, '')} ${line}`);
  }

  async function local(name: string): Promise<string> {
    return adapter.evaluate(name, (await adapter.top(hart0)).id);
  }

  it('is debugged by its lines from the first one on, once /proc/kallsyms of an earlier run tells where it will be', async () => {
    const module = compiledModule(adapter.folder);
    const run = await benchAtShell();
    const type = (line: string) => run.debuggee.consoleInput(new TextEncoder().encode(line));
    type(loading(module));
    type("grep sample /proc/kallsyms; echo e''nd\r");
    await runToText(run, 'end\r\n', 0);
    const kallsyms = adapter.file('kallsyms', Buffer.from(run.console()));
    const restore = adapter.file('shell.qemu', await linuxAtShell());

    await adapter.initializeRequest({ adapterID: 'freezeframe', pathFormat: 'path' });
    const snapshot = { when: 'command', output: join(adapter.folder, 'snapshot.qemu') };
    await adapter.launchRequest({ restore, symbols: [module, kallsyms], stopOnEntry: true, snapshot } as never);
    const breakpoints = ['return sum < ', 'total = before'].map((part) => ({ line: lineWith(part) }));
    const { body } = await adapter.setBreakpointsRequest({ source: { path: source }, breakpoints });
    assert.deepEqual(
      body.breakpoints.map(({ verified, line }) => ({ verified, line })),
      breakpoints.map((each) => ({ verified: true, ...each })),
    );
    await adapter.configurationDoneRequest();
    assert.equal((await adapter.nextStop()).reason, 'entry');
    await adapter.customRequest('freezeframe.consoleInput', { bytes: btoa(`${loading(module)}rmmod sample\r`) });

    assert.equal((await adapter.goOn()).reason, 'breakpoint');
    const [inner, outer, kernel] = await stack();
    assert.deepEqual(
      [inner, outer],
      [`sum_of_squares ${lineWith('return sum < ')}`, `init_module ${lineWith('sum_of_squares(4)')}`],
    );
    assert.match(kernel!, /^do_one_initcall /);
    assert.deepEqual([await local('sum'), await local('settings.limit'), await local('total')], ['30', '1000', '0']);
    assert.match(await local('settings.name'), /"freezeframe"/);

    assert.equal((await adapter.goOn()).reason, 'breakpoint');
    assert.equal((await stack())[0], `cleanup_module ${lineWith('total = before')}`);
    assert.equal(await local('before'), '30');
    await adapter.send('next', { threadId: hart0 });
    assert.equal((await adapter.nextStop()).reason, 'breakpoint');
    assert.deepEqual((await stack()).slice(0, 2), [
      `sum_of_squares ${lineWith('return sum < ')}`,
      `cleanup_module ${lineWith('total = before')}`,
    ]);
    assert.equal(await local('sum'), '9455');
  });
});
