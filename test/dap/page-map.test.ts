import assert from 'node:assert/strict';
import type { FilteredPages, FilterPagesArguments, PageInfo, PageOfBlock } from '../../debug-adapter/protocol/messages';
import { applyRuns } from '../../debug-adapter/protocol/page-runs';
import { RecordedAdapter } from './recorded-adapter';

const ram = 'riscv_virt_board.ram';
const hart = 1;

describe('the page map over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  const find = async (text: string, block?: string): Promise<PageOfBlock> =>
    (await adapter.customRequest('freezeframe.findPage', { text, ...(block && { block }) })).body;
  const info = async (of: PageOfBlock): Promise<PageInfo> =>
    (await adapter.customRequest('freezeframe.pageInfo', of)).body;
  const atFreeze = async (page: number): Promise<Buffer> => {
    const { body } = await adapter.customRequest('freezeframe.pageAtFreeze', { block: ram, page });
    return Buffer.from(body.bytes, 'base64');
  };

  it('and the timeline may open before there is a guest, and keep nobody waiting for them', async () => {
    await adapter.initializeRequest();
    const views = ['freezeframe.pageMap', 'freezeframe.timeline'].map((command) => adapter.customRequest(command, {}));
    await adapter.begin({ stopOnEntry: true });
    await adapter.nextStop();
    for (const { body } of await Promise.all(views)) assert.equal(body.kind, 'all');
  });

  it('is told when there will be no guest', async () => {
    await adapter.initializeRequest();
    const view = adapter.customRequest('freezeframe.pageMap', {});
    await Promise.all([assert.rejects(view, /The session has ended/), adapter.disconnectRequest()]);
  });

  /** Stands at the guest's first write fault. @returns the page written to */
  async function atWriteFault(): Promise<number> {
    await adapter.begin({ snapshot: { when: { ms: 2 } } }, { filters: ['first-write-fault'] });
    const { text } = await adapter.nextStop();
    const { stopPage } = (await adapter.customRequest('freezeframe.pageMap', {})).body;
    assert.match(text!, new RegExp(`0x${(0x80000 + stopPage.page).toString(16)}\\b`));
    return stopPage.page;
  }

  it('finds pages by address, number, symbol and expression, and says what each holds', async () => {
    await atWriteFault();
    assert.deepEqual(await find('0x80400123'), { block: ram, page: 0x400 });
    assert.deepEqual(await find('0x80400'), { block: ram, page: 0x400 });
    assert.deepEqual(await find('1024', 'virt.flash1'), { block: 'virt.flash1', page: 1024 });
    assert.deepEqual(await find('0x22000000'), { block: 'virt.flash1', page: 0 });
    const main = await find('main');
    assert.deepEqual(await find('main + 4'), main);
    await assert.rejects(adapter.customRequest('freezeframe.findPage', { text: '0x9000000000' }), /no RAM block/);
    await assert.rejects(adapter.customRequest('freezeframe.findPage', { text: 'no_such_symbol' }), /no_such_symbol/);

    const { what, symbols, isCode } = await info(main);
    assert.equal(what![0], '.text of working-set.elf');
    assert.ok(symbols!.length > 0 && isCode);
    const { body: listing } = await adapter.customRequest('freezeframe.listingOf', { address: symbols![0]!.address });
    assert.ok(listing.line > 0 && listing.source.sourceReference > 0);
    assert.deepEqual((await info(await find('counter'))).symbols?.[0]?.name, 'counter');
    const tree = await find(`0x${(0x8000_0000 + (16 << 20) - (2 << 20)).toString(16)}`);
    assert.deepEqual((await info(tree)).what, ['device tree, changed since it was loaded'], 'the guest has filled RAM');
  });

  it('tells pages by who has brought them into their state, and when', async () => {
    const page = await atWriteFault();
    const filtered = async (args: FilterPagesArguments): Promise<[FilteredPages, Uint8Array]> => {
      const { body } = await adapter.customRequest('freezeframe.filterPages', args);
      const pages = new Uint8Array(4096);
      applyRuns(body.runs[0], pages);
      return [body, pages];
    };
    const [{ count, threads }, byHart] = await filtered({ thread: 'hart 0' });
    assert.deepEqual([count, byHart.indexOf(1)], [1, page]);
    assert.deepEqual(threads, ['hart 0', 'migration']);
    const { timeNs } = await info({ block: ram, page });
    assert.equal((await filtered({ sinceNs: timeNs! }))[1][page], 1);
    assert.equal((await filtered({ sinceNs: timeNs! + 1 }))[0].count, 0);
    assert.equal((await filtered({ untilNs: timeNs! - 1 }))[1][page], 0);
    assert.equal((await filtered({ untilNs: timeNs! - 1, thread: 'migration' }))[0].count, 4095);
  });

  it('knows what a page held at the freeze, before and after it is written to and sent', async () => {
    const page = await atWriteFault();
    const { body } = await adapter.customRequest('readMemory', {
      memoryReference: `physical:0x${(0x8000_0000 + page * 4096).toString(16)}`,
      count: 4096,
    });
    const before = Buffer.from(body.data, 'base64');
    assert.deepEqual(await atFreeze(page), before);
    const name = `write to page 0x${(0x80000 + page).toString(16)}`;
    const set = await adapter.customRequest('setFunctionBreakpoints', {
      breakpoints: [{ name }, { name: 'write to page x' }],
    });
    assert.deepEqual(
      set.body.breakpoints.map(({ verified }: { verified: boolean }) => verified),
      [true, false],
    );
    await adapter.continueRequest({ threadId: hart });
    const stop = await adapter.nextStop();
    assert.equal(stop.reason, 'data breakpoint');
    assert.deepEqual(stop.hitBreakpointIds, [set.body.breakpoints[0].id]);
    assert.equal((await info({ block: ram, page })).state, 'copied by fault');
    assert.deepEqual(await atFreeze(page), before);
  });

  it('knows no freeze before there is one', async () => {
    await adapter.begin({ stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    await assert.rejects(adapter.customRequest('freezeframe.pageAtFreeze', { block: ram, page: 0 }), /no snapshot yet/);
  });
});
