import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { lineOf, RecordedAdapter, root } from './recorded-adapter';

const guests = join(root, 'extension/sample/guests');
const journal = { program: join(guests, 'journal.elf'), disk: join(guests, 'journal.img'), ram: '1M' };
const allOfRam = { name: 'physical:0x80000000', bytes: 1 << 20, asAddress: true };
const hart = 1;
const mainLoop = 100;
const migration = 101;

describe('a data breakpoint', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  const info = async (args: object): Promise<Dap.DataBreakpointInfoResponse['body']> =>
    (await adapter.customRequest('dataBreakpointInfo', args)).body;
  const watch = async (...breakpoints: Dap.DataBreakpoint[]): Promise<Dap.Breakpoint[]> =>
    (await adapter.customRequest('setDataBreakpoints', { breakpoints })).body.breakpoints;

  describe('in a loop that writes the same, writes another number, and reads', () => {
    const loop = [
      'auipc a1,1',
      'addi sp,a1,-16',
      'sd zero,0(a1)',
      'sd a0,0(a1)',
      'addi a0,a0,1',
      'sd a0,0(a1)',
      'ld a2,0(a1)',
      'jal zero,-16',
    ];
    beforeEach(async () => {
      await adapter.begin({
        program: adapter.image(loop.map(assemble)),
        stopOnEntry: true,
        snapshot: { when: 'command' },
      });
      await adapter.nextStop();
      await adapter.evaluateRequest({ expression: 'pc = 0x80000000', context: 'repl' });
      for (let i = 0; i < 3; i++) {
        await adapter.nextRequest({ threadId: hart });
        await adapter.nextStop();
      }
    });

    /** Offsets of the instructions behind which it stops. */
    const stopsAt = async (breakpoint: Dap.DataBreakpoint, count: number): Promise<number[]> => {
      const [{ verified, message }] = (await watch(breakpoint)) as [Dap.Breakpoint];
      assert.ok(verified, message);
      const offsets: number[] = [];
      for (let i = 0; i < count; i++) {
        const { reason } = await adapter.goOn();
        assert.equal(reason, 'data breakpoint');
        offsets.push(Number.parseInt(await adapter.evaluate('pc & 0xff'), 10));
      }
      return offsets;
    };

    it('stops behind writes, reads, both, or changes', async () => {
      const { dataId, accessTypes } = await info({ name: 'sp + 16' });
      assert.deepEqual(accessTypes, ['write', 'read', 'readWrite']);
      assert.deepEqual(await stopsAt({ dataId: dataId!, accessType: 'write' }, 4), [16, 24, 16, 24]);
      assert.deepEqual(await stopsAt({ dataId: dataId!, accessType: 'read' }, 2), [28, 28]);
      assert.deepEqual(await stopsAt({ dataId: dataId!, accessType: 'readWrite' }, 4), [16, 24, 28, 16]);
      const changes = await info({ name: '*(u32 *)(sp + 16)', mode: 'change' });
      assert.deepEqual(await stopsAt({ dataId: changes.dataId! }, 3), [24, 24, 24]);
    });

    it('knows the old and the new value, counts hits and logs', async () => {
      const said: string[] = [];
      adapter.on('output', ({ body }: Dap.OutputEvent) => said.push(body.output));
      const { dataId } = await info({ name: 'a1' });
      const condition = 'old != new && (new == 3 && log("{old} → {new} by {thread}") || new >= 5)';
      await watch({ dataId: dataId!, accessType: 'write', condition, hitCondition: '2' });
      const stop = await adapter.goOn();
      assert.equal(stop.description, 'Write to 0x80001000');
      assert.equal(stop.text, 'hart 0 wrote 8 bytes at 0x80001000 from pc 0x80000014: 0x5 → 0x6.');
      assert.deepEqual(said, ['2 → 3 by hart 0\n']);
    });

    it('counts each access once, whatever else watches the same bytes', async () => {
      const { dataId } = await info({ name: 'a1' });
      const { dataId: page } = await info({ name: '0x80001800', bytes: 1, asAddress: true, mode: 'page' });
      const accessType = 'write';
      const breakpoints = [
        { dataId: dataId!, accessType },
        { dataId: dataId!, accessType, hitCondition: '3' },
        { dataId: page!, accessType, hitCondition: '3' },
      ] as const;
      const ids = (await watch(...breakpoints)).map(({ id }) => id!);
      const hit: (number[] | undefined)[] = [];
      for (let count = 0; count < 4; count++) hit.push((await adapter.goOn()).hitBreakpointIds);
      assert.deepEqual(hit, [ids.slice(0, 1), ids.slice(0, 1), ids, ids.slice(0, 1)]);
    });

    it('watches whole pages where it is told to', async () => {
      const { dataId, description } = await info({ name: '0x80001800', bytes: 1, asAddress: true, mode: 'page' });
      assert.match(description, /4096 bytes at physical 0x80001000/);
      assert.deepEqual(await stopsAt({ dataId: dataId! }, 1), [16]);
    });

    it('is for the memory that a register in Variables points to', async () => {
      const { id } = await adapter.top(hart);
      const { body } = await adapter.scopesRequest({ frameId: id });
      const [registers] = body.scopes;
      const { dataId } = await info({ name: 'a1', variablesReference: registers!.variablesReference });
      assert.deepEqual(await stopsAt({ dataId: dataId! }, 1), [16]);
    });

    it('is refused where there is nothing to watch', async () => {
      const { dataId, description } = await info({ name: 'nothing' });
      assert.equal(dataId, null);
      assert.match(description, /`nothing` is not a register/);
      const [wrong] = await watch({ dataId: 'here' });
      assert.match(wrong!.message!, /"here" is not a `dataId`/);
    });
  });

  it("stops at a device's write, in the main loop's thread", async () => {
    const file = 'virtio.ts';
    const line = lineOf(file, "store('address_space_write'");
    await adapter.begin({ ...journal, snapshot: { when: 'command' } }, { lines: { file, breakpoints: [{ line }] } });
    assert.equal((await adapter.nextStop()).threadId, mainLoop);
    const { dataId } = await info(allOfRam);
    await watch({ dataId: dataId!, condition: 'thread == "main loop"' });
    const stop = await adapter.goOn();
    assert.equal(stop.threadId, mainLoop);
    assert.match(stop.text!, /^main loop wrote \d+ bytes at 0x8[0-9a-f]+\.$/);
    assert.equal((await adapter.top(mainLoop)).name, 'virtioQueueNotify');
  });

  it("stops at the migration thread's write", async () => {
    // It lets the devices go on itself, and they answer requests.
    const whatIf = { vmStart: 'inline', dmaBypassesUffd: true };
    const snapshot = { when: { ms: 2 }, output: join(adapter.folder, 'snapshot.qemu') };
    await adapter.begin({ ...journal, whatIf, snapshot }, { filters: ['phase.wp-arm'] });
    await adapter.nextStop();
    const { dataId } = await info(allOfRam);
    await watch({ dataId: dataId!, condition: 'thread == "migration"' });
    assert.equal((await adapter.goOn()).threadId, migration);
  });

  it('changes nothing that the guest or the snapshot could tell', async () => {
    const other = RecordedAdapter.begun();
    try {
      const files = [adapter, other].map(async (one, index) => {
        await one.begin({ ram: '1M', stopOnEntry: true, snapshot: { when: { ms: 1 }, output: `${one.folder}/a` } });
        await one.nextStop();
        if (index === 1) {
          const { body } = await one.customRequest('dataBreakpointInfo', { name: 'counter', mode: 'page' });
          const { dataId } = body;
          await one.customRequest('setDataBreakpoints', {
            breakpoints: [{ dataId, accessType: 'readWrite', condition: 'thread == "nobody"' }],
          });
        }
        await one.setExceptionBreakpointsRequest({ filters: ['phase.completed'] });
        await one.goOn();
        return readFileSync(`${one.folder}/a`);
      });
      const [free, watched] = await Promise.all(files);
      assert.ok(free!.equals(watched!));
    } finally {
      await other.stop();
    }
  });
});
