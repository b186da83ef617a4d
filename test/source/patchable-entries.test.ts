import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { compiledProgram } from './compiled-program';

const hart0 = 1;
const lines = readFileSync(join(__dirname, 'program.c'), 'utf8').split('\n');

/** As RISC-V's Linux is compiled: 4 instructions of 2 bytes before each symbol, 4 between it and the function. */
const roomForPatches = '-fpatchable-function-entry=8,4';

describe('a function that leaves room for patches', function () {
  this.timeout(60_000);
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    const program = compiledProgram(adapter.folder, '-O1', roomForPatches);
    await adapter.begin(
      { program, snapshot: { when: 'command' } },
      { functions: [{ name: 'fill' }, { name: 'main' }] },
    );
    await adapter.nextStop();
  });
  afterEach(() => adapter.stop());

  async function textOfTop(): Promise<string> {
    return lines[(await adapter.top(hart0)).line - 1]!;
  }

  it('is stopped in where it begins: at its first line, with what it was called with', async () => {
    assert.match(await textOfTop(), /^int main\(void\) \{/);
    await adapter.goOn();
    assert.match(await textOfTop(), /^__attribute__.* \*fill\(int round\) \{/);
    const frameId = (await adapter.top(hart0)).id;
    assert.equal(await adapter.evaluate('round', frameId), '1');
  });

  it('is stepped into by its caller, to its first line', async () => {
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
    for (let count = 0; !(await textOfTop()).includes('list = fill(round)'); count++) {
      assert.ok(count < 10);
      await adapter.nextRequest({ threadId: hart0 });
      await adapter.nextStop();
    }
    await adapter.stepInRequest({ threadId: hart0 });
    await adapter.nextStop();
    assert.equal((await adapter.top(hart0)).name.split(' ')[0], 'fill');
    assert.match(await textOfTop(), /int i = 0; i < 4|static const char|struct node \*node/);
  });
});
