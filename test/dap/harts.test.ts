import assert from 'node:assert/strict';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { RecordedAdapter } from './recorded-adapter';

const [hart0, hart1] = [1, 2];

/** Hart 1 sleeps until hart 0 has counted to 1000 and sends it an IPI; then both count, each in s1. */
const code: readonly (readonly [label: string, instruction: string])[] = [
  ['start', 'csrrs a0,mhartid,zero'],
  ['', 'bne a0,zero,40'],
  ['', 'addi t0,zero,1000'],
  ['count', 'addi s1,s1,1'],
  ['', 'addi t0,t0,-1'],
  ['', 'bne t0,zero,-8'],
  ['send', 'addi t0,zero,1'],
  ['', 'lui t1,0x2000'],
  ['', 'sw t0,4(t1)'],
  ['sent', 'addi s1,s1,1'],
  ['', 'jal zero,-4'],
  ['second', 'csrrwi zero,mie,8'],
  ['', 'wfi'],
  ['woken', 'addi s1,s1,1'],
  ['', 'jal zero,-4'],
];

function at(label: string): string {
  return `0x${(0x8000_0000 + 4 * code.findIndex(([name]) => name === label)).toString(16)}`;
}

describe('two harts over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  /** As its scope `Thread` has it. */
  const state = async (thread: number): Promise<string> => {
    const { body } = await adapter.scopesRequest({ frameId: (await adapter.top(thread)).id });
    const { variablesReference } = body.scopes.find(({ name }) => name === 'Thread')!;
    const [first] = (await adapter.variablesRequest({ variablesReference })).body.variables;
    return first!.value;
  };
  const pc = async (thread: number): Promise<string> => (await adapter.top(thread)).instructionPointerReference!;
  const s1 = async (thread: number): Promise<number> =>
    Number.parseInt(await adapter.evaluate('$s1 + 0', (await adapter.top(thread)).id), 10);

  it('are listed each with its state, stop at breakpoints each for itself, and step one by one', async () => {
    const program = adapter.image(code.map(([, instruction]) => assemble(instruction)));
    const configuration = { program, harts: 2, snapshot: { when: 'command' } };
    const functions = [{ name: at('send') }, { name: at('start'), condition: 'hart == 1' }, { name: at('woken') }];
    await adapter.begin(configuration, { functions });

    assert.equal((await adapter.nextStop()).threadId, hart1);
    assert.equal(await pc(hart1), at('start'));

    assert.equal((await adapter.goOn()).threadId, hart0);
    assert.equal(await pc(hart0), at('send'));
    assert.equal(
      await state(hart1),
      'waits for an IPI (wfi in M mode, as harts do that HSM has stopped or not started)',
    );
    assert.deepEqual([await s1(hart0), await s1(hart1)], [1000, 0]);

    assert.equal((await adapter.goOn()).threadId, hart1);
    assert.equal(await pc(hart1), at('woken'));
    assert.equal(await state(hart1), 'running');

    for (const expected of [1, 1, 2, 2]) {
      await adapter.stepInRequest({ threadId: hart1 });
      assert.equal((await adapter.nextStop()).threadId, hart1);
      assert.equal(await s1(hart1), expected);
    }
    assert((await s1(hart0)) > 1000);
  });
});
