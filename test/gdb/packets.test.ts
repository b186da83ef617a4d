import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { RawClient } from './raw-client';
import { gdbPort } from './session';

const hart = 1;
const mode = { physical: 'Qqemu.PhyMemMode:1', virtual: 'Qqemu.PhyMemMode:0' };

describe('the gdb stub, spoken to by anybody', () => {
  let adapter: RecordedAdapter;
  let port: number;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    const said = gdbPort(adapter);
    await adapter.begin({ gdb: 'tcp::0', stopOnEntry: true, snapshot: { when: 'command' } });
    port = await said;
    await adapter.nextStop();
  });
  afterEach(() => adapter.stop());

  it('answers what is broken, too long or unknown as the protocol says', async () => {
    const client = await RawClient.connected(port);
    assert.equal(await client.ask('?'), 'T05thread:1;');
    client.send('$g#00');
    assert.equal(await client.next(), '-');
    assert.equal(await client.ask('m0,'.padEnd(0x4001, '0')), 'E22');
    for (const unknown of ['vMustReplyEmpty', 'x', '!', 'qNothing', 'Z9,0,0', 'QNothing:1', 'vNothing'])
      assert.equal(await client.ask(unknown), '', unknown);
    for (const bad of [
      'm',
      'mx,1',
      'P0',
      'Pffff=00',
      'p1000',
      'M80000000,2:00',
      'Z0,',
      'Z2,0,8',
      'Hx1',
      'Hg9',
      'vCont;x',
      'vCont;c:9',
      'G00',
      'T5',
    ])
      assert.equal(await client.ask(bad), 'E22', bad);
    assert.equal(await client.ask('m0,8'), 'E14');
    const answer = await client.ask('m80000000,4');
    client.send('-');
    assert.equal(await client.next(), answer, 'sent again');
    client.close();
  });

  it('reads and writes registers and memory, also physical and in binary', async () => {
    const client = await RawClient.connected(port);
    assert.equal(await client.ask('X80001000,4:\x01#}*'), 'OK');
    assert.equal(await client.ask('m80001000,4'), '01237d2a');
    assert.equal(await client.ask('M80001000,2:abcd'), 'OK');
    assert.equal(await client.ask(mode.physical), 'OK');
    assert.equal(await client.ask('m80001000,2'), 'abcd');
    assert.equal(await client.ask('M80001000,1:ef'), 'OK');
    assert.equal(await client.ask(mode.virtual), 'OK');
    assert.equal(await client.ask('m80001000,2'), 'efcd');
    assert.equal(await client.ask('Pa=0807060504030201'), 'OK');
    const all = await client.ask('g');
    assert.equal(all?.slice(16 * 10, 16 * 11), '0807060504030201');
    assert.equal(await client.ask(`G${all!.replace('0807060504030201', '1111111111111111')}`), 'OK');
    assert.equal(await client.ask('pa'), '1111111111111111');
    client.close();
  });

  it('refuses a second client, and one that speaks HTTP', async () => {
    const first = await RawClient.connected(port);
    assert.equal(await first.ask('qAttached'), '1');
    const second = await RawClient.connected(port);
    assert.equal(await second.ask('?'), 'E.Another gdb is connected to this guest.');
    assert.equal(await second.next(), undefined);
    const browser = await RawClient.connected(port);
    browser.send('POST / HTTP/1.1\r\n\r\n$k#6b');
    assert.equal(await browser.next(), undefined);
    assert.equal(await first.ask('qAttached'), '1');
    first.close();
  });

  it('lets the client run, pause and see the guest, whatever comes in meanwhile', async () => {
    const client = await RawClient.connected(port);
    await client.ask('?');
    await adapter.continueRequest({ threadId: hart });
    assert.equal(await client.ask('g'), 'E16', 'it runs');
    assert.equal(await client.ask('vCont;s:1'), 'E16');
    const noise = fc.sample(fc.uint8Array({ minLength: 100, maxLength: 2000 }), { numRuns: 200, seed: 1 });
    for (const bytes of noise) client.send(String.fromCharCode(...bytes).replaceAll('\x03', ''));
    await adapter.pauseRequest({ threadId: hart });
    assert.equal((await adapter.nextStop()).description, 'Paused');
    assert.match((await adapter.top(hart)).name, /./);
    client.send('#00');
    for (let answer = await client.ask('qAttached'); answer !== '1'; answer = await client.next());
    client.close();
  });

  it('tells of a stop to who has joined a run of the client', async () => {
    const client = await RawClient.connected(port);
    await client.ask('?');
    await adapter.continueRequest({ threadId: hart });
    assert.equal(await client.begin('vCont;c'), '+');
    await adapter.pauseRequest({ threadId: hart });
    assert.equal(await client.next(), 'T02thread:1;');
    assert.equal(await client.begin('vCont;c'), '+');
    await adapter.disconnectRequest();
    assert.equal(await client.next(), 'W00');
    assert.equal(await client.next(), undefined);
  });

  it('forgets what a client has set that is gone', async () => {
    const client = await RawClient.connected(port);
    const main = (await adapter.evaluate('main')).match(/0x(\w+)/)![1]!;
    assert.equal(await client.ask(`Z0,${main},2`), 'OK');
    const gone = adapter.waitForEvent('output');
    client.close();
    assert.match((await gone).body.output, /^gdb has disconnected/);
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'rewrite_page' }] });
    assert.equal((await adapter.goOn()).description, 'Paused on function breakpoint');
  });
});
