import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import type { PagesEvent } from '../../debug-adapter/protocol/messages';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { SnapshotReport } from '../../debug-adapter/protocol/snapshot-report';
import { Activity, type TimelineEvent } from '../../debug-adapter/protocol/timeline';
import { repairGuest } from '../../debug-adapter/qemu/repair';
import { requirePart } from '../../tools/parts.mjs';
import { freezeframe } from '../command-line/freezeframe';
import { ForeignQemu, until, workingSetArgs } from '../qemu/guest';
import { RecordedAdapter, workingSet } from './recorded-adapter';

const ram = 'riscv_virt_board.ram';
const pageCount = 4096;

describe('a real QEMU over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = await RecordedAdapter.started();
    await adapter.initializeRequest();
  });
  afterEach(() => adapter.stop());

  const configuration = () => ({
    qemu: { binary: requirePart('qemu'), args: [...workingSetArgs, '-serial', 'stdio', '-object', 'iothread,id=io'] },
    snapshot: { when: { console: 'q to power off' }, output: join(adapter.folder, 'real.qemu') },
  });
  const counts = async (): Promise<readonly number[]> => {
    const { body } = await adapter.customRequest('freezeframe.pageMap', {});
    return (body as PagesEvent).blocks.find(({ name }) => name === ram)!.counts;
  };
  /** Of the source that is shown. */
  const lineAt = ({ source, line }: DebugProtocol.StackFrame): string =>
    readFileSync(source!.path!, 'utf8').split('\n')[line - 1]!;
  /** The variables of a frame's scope, by their names. */
  const scope = async (frameId: number, wanted = 'Snapshot'): Promise<Readonly<Record<string, string>>> => {
    const { scopes } = (await adapter.scopesRequest({ frameId })).body;
    const { variablesReference } = scopes.find(({ name }) => name === wanted)!;
    const { variables } = (await adapter.variablesRequest({ variablesReference })).body;
    return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  };

  it('stops at its phases and write faults, goes page by page, and writes a snapshot that is right', async () => {
    const { qemu, snapshot } = configuration();
    const disk = ['-drive', 'if=none,id=disk0,file=null-co://,format=raw', '-device', 'virtio-blk-device,drive=disk0'];
    await adapter.launchRequest({ qemu: { ...qemu, args: [...qemu.args, ...disk] }, snapshot } as never);
    await adapter.customRequest('freezeframe.pageMap', { follow: true });
    const outputs: string[] = [];
    adapter.on('output', ({ body }) => outputs.push(body.output));
    const filters = ['phase.wp-arm', 'phase.completed', 'first-write-fault'];
    await adapter.setExceptionBreakpointsRequest({ filters });
    await adapter.configurationDoneRequest();

    const armed = await adapter.nextStop();
    assert.equal(armed.description, 'WP arm');
    assert.match(armed.text!, /held behind WP arm: riscv_virt_board\.ram .*guest stands still, QMP does not answer/);
    assert.match(armed.text!, /\. Next: vm_start bottom half, and the first page\.$/);
    assert.equal((await counts())[PageState.Protected], pageCount);
    const timeline = (await adapter.customRequest('freezeframe.timeline', {})).body as TimelineEvent;
    const vcpu = timeline.lanes.find(({ thread }) => thread === 'vCPU 0')!;
    assert.deepEqual(
      vcpu.spans!.items.map(([, activity]) => activity),
      [Activity.None, Activity.Running, Activity.Stopped],
    );
    const { body } = await adapter.threadsRequest();
    assert.deepEqual(
      body.threads.map(({ name }) => name),
      ['migration', 'vCPU 0', 'main loop', 'iothread io'],
    );

    const top = await adapter.top(armed.threadId!);
    // In its own line of trace, or waiting for the main loop to have done with one.
    assert.match(top.name, /^(held in write\(\) \(\w*pipe_write\)|in the kernel: futex\w*)$/);
    assert.match(lineAt(top), /^ {2}WP arm /);
    const atArming = await scope(top.id);
    assert.deepEqual(Object.keys(atArming), [
      'phase',
      'guest',
      'QMP',
      'next',
      'protected pages',
      'pages sent',
      'zero pages',
      'bytes sent',
    ]);
    assert.equal(atArming.phase, `WP arm: ${ram}`);
    assert.equal(atArming.guest, 'stands still');
    assert.equal(atArming.QMP, 'does not answer');
    assert.equal(atArming.next, 'vm_start bottom half, and the first page');
    assert.equal(atArming['protected pages'], `${pageCount}`);
    assert.equal(atArming['pages sent'], '0');
    const standing = await adapter.top(body.threads.find(({ name }) => name === 'vCPU 0')!.id);
    assert.match(
      (await scope(standing.id, 'Registers'))['not known']!,
      /^QEMU’s main loop.* is held too\. Let the snap/,
    );

    await adapter.continueRequest({ threadId: armed.threadId! });
    const fault = await adapter.nextStop();
    assert.match(fault.description!, /^Write fault on page 0x80/);
    assert.equal(body.threads.find(({ id }) => id === fault.threadId)!.name, 'vCPU 0');
    const writing = await adapter.top(fault.threadId!);
    assert.equal(writing.name, 'waits in a write fault');
    assert.match(lineAt(writing), /^ {2}write fault /);
    const atFault = await scope(writing.id);
    assert.equal(atFault.phase, 'Save');
    assert.equal(atFault.thread, 'vCPU 0');
    assert.match(atFault.waited!, /^([\d.,]+ to )?[\d.,]+ ms of wall time$/);
    assert.equal(`Write fault on page ${atFault.page}`, fault.description);
    assert.equal(atFault.QMP, 'answers');
    // A store is to at most 2 KiB from what one of them holds.
    const { pc, ...general } = await scope(writing.id, 'Registers');
    assert.match(pc!, /^not known/);
    assert.equal(Object.keys(general).length, 32);
    const start = BigInt(atFault.page!) << 12n;
    const isNear = (value: bigint) => value >= start - 2048n && value < start + 4096n + 2048n;
    assert.ok(Object.values(general).map(BigInt).some(isNear), JSON.stringify(general));
    assert.equal(Number(atFault['protected pages']), (await counts())[PageState.Protected]! + 1);
    const { faults } = (await adapter.customRequest('freezeframe.timeline', {})).body as TimelineEvent;
    assert.deepEqual(
      faults!.items.map(({ page, endNs }) => [page, endNs]),
      [[Number(atFault.page) - 0x80000, undefined]],
    );
    const saving = body.threads.find(({ name }) => name === 'migration')!.id;
    assert.match(lineAt(await adapter.top(saving)), /^ {2}Save /);
    assert.equal((await counts())[PageState.Faulting], 1);
    const memory = await adapter.customRequest('readMemory', { memoryReference: 'physical:0x80000000', count: 64 });
    assert.ok(memory.body.data.length > 80 && memory.body.unreadableBytes === undefined);

    const before = (await counts())[PageState.Protected]!;
    for (let step = 0; step < 3; step++) {
      await adapter.nextRequest({ threadId: saving });
      const { reason, description } = await adapter.nextStop();
      assert.deepEqual([reason, description], ['step', undefined]);
    }
    assert.match(
      outputs.join(''),
      /^Page 0x\w+ of riscv_virt_board\.ram, (zero|scan|for vCPU 0); QEMU is [01] pages? ahead\.$/m,
    );
    const sent = before + 1 - (await counts())[PageState.Protected]!;
    assert.ok(sent >= 2 && sent <= 5, `${sent} pages after three steps`);

    await adapter.continueRequest({ threadId: saving });
    const completed = await adapter.nextStop();
    assert.equal(completed.description, 'Completed');
    const end = await adapter.top(completed.threadId!);
    assert.match(lineAt(end), /^ {2}Completed /);
    const atEnd = await scope(end.id);
    assert.deepEqual([atEnd.phase, atEnd.page, atEnd.next], ['Completed', undefined, undefined]);
    assert.deepEqual([atEnd.QMP, atEnd['protected pages']], ['answers', '0']);
    assert.ok(Number(atEnd['bytes sent']) > 0 && Number(atEnd['zero pages']) < Number(atEnd['pages sent']));
    assert.equal((await counts())[PageState.Leaked], 0);
    assert.match(outputs.join(''), /all [\d,]+ pages compared are as it was/);
    assert.match(outputs.join(''), /^Disks: disk0 is not in the file\. .*`snapshot_blkdev disk0 OVERLAY`/m);
    assert.match(outputs.join(''), /^Fault waits: at most .* \(p50\), .* \(p99\), .* \(longest\) of wall time/m);
    const { code, out } = await freezeframe('verify', '--once', join(adapter.folder, 'real.qemu'));
    assert.equal(code, 0, out);
  });

  it('runs until a page is sent, once, by its address or number', async () => {
    await adapter.launchRequest(configuration() as never);
    await adapter.customRequest('freezeframe.pageMap', { follow: true });
    const outputs: string[] = [];
    adapter.on('output', ({ body }) => outputs.push(body.output));
    await adapter.setExceptionBreakpointsRequest({ filters: ['phase.wp-arm', 'phase.completed'] });
    await adapter.configurationDoneRequest();
    await adapter.nextStop();
    const runUntil = (page: string) => adapter.evaluateRequest({ expression: `until ${page}`, context: 'repl' });
    const page = async () => (await scope((await adapter.top(last.threadId!)).id)).page;
    await assert.rejects(runUntil('0x10'), /0x10 is in no RAM block/);
    // A write fault takes the scan elsewhere, but the guest writes to neither page: the second comes later.
    await runUntil('0x80302000');
    let last = await adapter.nextStop();
    assert.equal(await page(), '0x80302');
    await runUntil('0x80303');
    last = await adapter.nextStop();
    assert.equal(await page(), '0x80303');
    assert.match(outputs.join(''), /^Page 0x302 of riscv_virt_board\.ram.*\nPage 0x303 of riscv_virt_board\.ram/m);

    // It is being sent.
    for (const sent of ['0x80302', '0x80303']) {
      await runUntil(sent);
      last = await adapter.nextStop();
      assert.equal(last.reason, 'pause');
      assert.match(outputs.at(-1)!, new RegExp(`^The page at ${sent}000 has been sent, and QEMU sends each page once`));
    }
    assert.equal((await adapter.goOn(last.threadId)).description, 'Completed');
    assert.match(outputs.join(''), /all [\d,]+ pages compared are as it was/);
  });

  it('is paused and goes on, and a snapshot that is given up is not kept', async () => {
    const { snapshot, ...rest } = configuration();
    await adapter.launchRequest({ ...rest, snapshot: { ...snapshot, when: 'command' } } as never);
    const reports: SnapshotReport[] = [];
    adapter.on('freezeframe.snapshot', ({ body }) => reports.push(body));
    const filters = ['first-write-fault', 'phase.wp-disarm', 'phase.completed'];
    await adapter.setExceptionBreakpointsRequest({ filters });
    await adapter.configurationDoneRequest();
    await adapter.pauseRequest({ threadId: 1 });
    const paused = await adapter.nextStop();
    assert.equal(paused.description, 'Paused');
    await assert.rejects(adapter.customRequest('freezeframe.cancelSnapshot', {}), /No snapshot is under way/);

    await adapter.customRequest('freezeframe.takeSnapshot', {});
    await assert.rejects(adapter.customRequest('freezeframe.takeSnapshot', {}), /A snapshot is under way/);
    await adapter.customRequest('freezeframe.cancelSnapshot', {});
    await adapter.customRequest('freezeframe.takeSnapshot', {});
    assert.match((await adapter.goOn(paused.threadId)).description!, /^Write fault/);
    await adapter.customRequest('freezeframe.cancelSnapshot', {});
    assert.equal((await adapter.goOn(paused.threadId)).description, 'Completed');
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      ['cancelled'],
    );
    assert.ok(!existsSync(snapshot.output));
    assert.match(
      (await adapter.evaluateRequest({ expression: 'monitor info status', context: 'repl' })).body.result,
      /running/,
    );
  });

  it('repairs a guest that a cancelled snapshot has left dead, and no other; then says why the next one fails', async () => {
    await adapter.launchRequest(configuration() as never);
    const outputs: string[] = [];
    adapter.on('output', ({ body }) => outputs.push(body.output));
    const reports: SnapshotReport[] = [];
    adapter.on('freezeframe.snapshot', ({ body }) => reports.push(body));
    await adapter.setExceptionBreakpointsRequest({ filters: ['first-write-fault', 'phase.cancelled', 'phase.failed'] });
    await adapter.configurationDoneRequest();
    const repair = async (): Promise<string> => (await adapter.customRequest('freezeframe.repairGuest', {})).body.text;
    const { threadId } = await adapter.nextStop();
    await assert.rejects(repair(), /A snapshot is under way/);
    await adapter.evaluateRequest({ expression: 'monitor migrate_cancel', context: 'repl' });
    const cancelled = await adapter.goOn(threadId);
    assert.equal(cancelled.description, 'Cancelled');
    assert.match(lineAt(await adapter.top(cancelled.threadId!)), /^ {2}Cancelled /);
    assert.match(outputs.join(''), /QEMU has left RAM protected.*`Freezeframe: Repair Guest` revives it/);
    const qemuPid = Number(/`freezeframe repair (\d+)`/.exec(outputs.join(''))![1]);

    assert.match(await repair(), /^\d+ pages of process \d+ are no longer protected; 1 thread that waited/);
    assert.equal((await counts())[PageState.Protected], 0);
    await assert.rejects(repair(), /nothing in it is protected|No memory/);
    const goesOn = adapter.waitForEvent('freezeframe.console');
    await adapter.continueRequest({ threadId: cancelled.threadId! });
    await goesOn;

    outputs.length = 0;
    await adapter.customRequest('freezeframe.takeSnapshot', {});
    const fault = await adapter.nextStop();
    assert.match(fault.description!, /^Write fault/);
    // QEMU cannot unprotect the next page: what has been unregistered it may not touch.
    await repairGuest(qemuPid, true);
    const failed = await adapter.goOn(fault.threadId);
    assert.equal(failed.description, 'Failed');
    assert.match(failed.text!, /: the guest runs, QMP answers, 0 pages are protected\.$/);
    assert.match(lineAt(await adapter.top(failed.threadId!)), /^ {2}Failed /);
    const { outcome, facts } = reports.at(-1)!;
    assert.equal(outcome, 'failed');
    assert.match(facts.find(({ name }) => name === 'QEMU says')!.value, /uffd_change_protection\(\) failed: .*errno=2/);
    assert.doesNotMatch(outputs.join(''), /left RAM protected/);
    assert.ok(!existsSync(join(adapter.folder, 'real.qemu')));
    const stillGoesOn = adapter.waitForEvent('freezeframe.console');
    await adapter.continueRequest({ threadId: failed.threadId! });
    await stillGoesOn;
  });

  it('kills a QEMU that others have started, held in its snapshot, and ends the session', async () => {
    const foreign = await ForeignQemu.start();
    try {
      const snapshot = { when: 'command', output: join(adapter.folder, 'real.qemu') };
      await adapter.attachRequest({ qemu: { qmp: foreign.qmpPath }, snapshot } as never);
      await adapter.setExceptionBreakpointsRequest({ filters: ['phase.wp-arm'] });
      await adapter.configurationDoneRequest();
      await adapter.customRequest('freezeframe.takeSnapshot', {});
      await adapter.nextStop();
      const terminated = adapter.waitForEvent('terminated');
      await adapter.customRequest('freezeframe.killQemu', {});
      await terminated;
      await until(() => !foreign.facts.isAlive, 'end of QEMU');
      await adapter.disconnectRequest();
      assert.ok(!existsSync(snapshot.output));
    } finally {
      await foreign.stop();
    }
  });

  it('shows registers and code where it is paused, and leaves no gdb stub behind', async () => {
    const { qemu, snapshot } = configuration();
    const args = [...qemu.args, '-smp', '2'];
    await adapter.launchRequest({ qemu: { ...qemu, args }, snapshot: { ...snapshot, when: 'command' } } as never);
    // Both harts have left the ROM by then.
    let console = '';
    const inMain = new Promise<void>((resolve) => {
      adapter.on('freezeframe.console', ({ body }: { body: { bytes: string } }) => {
        console += Buffer.from(body.bytes, 'base64').toString();
        if (console.includes('q to power off')) resolve();
      });
    });
    await adapter.configurationDoneRequest();
    await inMain;
    await adapter.pauseRequest({ threadId: 1 });
    await adapter.nextStop();
    const { threads } = (await adapter.threadsRequest()).body;
    for (const index of [0, 1]) {
      const threadId = threads.find(({ name }) => name === `vCPU ${index}`)!.id;
      const frame = await adapter.top(threadId);
      const typed = async (expression: string): Promise<string> =>
        (await adapter.evaluateRequest({ expression, frameId: frame.id, context: 'repl' })).body.result;
      const ours = new Map(
        [...(await typed('info registers')).matchAll(/^(\w+) +(0x\w+)/gm)].map(([, name, hex]) => [name, BigInt(hex!)]),
      );
      const theirs = await typed(`monitor info registers -a`);
      const ofVcpu = theirs.split(/^CPU#\d+$/m)[1 + index]!;
      for (const [, name, hex] of ofVcpu.matchAll(/ (?:x\d+\/(\w+) +|pc +)([0-9a-f]{16})/g))
        assert.equal(ours.get(name === 's0' ? 'fp' : (name ?? 'pc')), BigInt(`0x${hex}`), name);
      assert.equal(ours.size, 33);
      assert.equal(await typed('mhartid'), `${index}`);
      assert.equal(frame.name, `0x${ours.get('pc')!.toString(16)}`);
      const { content } = (
        await adapter.sourceRequest({ source: frame.source!, sourceReference: frame.source!.sourceReference! })
      ).body;
      assert.match(content.split('\n')[frame.line - 1]!, new RegExp(`^ *${frame.name.slice(2)}: `));
      const bytes = async (memoryReference: string): Promise<string> =>
        (await adapter.customRequest('readMemory', { memoryReference, count: 16 })).body.data;
      assert.equal(await bytes(frame.name), await bytes(`physical:${frame.name}`));
    }
    const loop = await adapter.top(threads.find(({ name }) => name === 'main loop')!.id);
    const ofLoop = { expression: 'info registers', frameId: loop.id, context: 'repl' } as const;
    assert.match((await adapter.evaluateRequest(ofLoop)).body.result, /^pc +0x/m);
    const { targets } = (await adapter.customRequest('completions', { text: 'mhart', column: 6 })).body;
    assert.deepEqual(
      targets.map(({ label }: { label: string }) => label),
      ['mhartid'],
    );
    const { body } = await adapter.evaluateRequest({ expression: 'monitor info chardev', context: 'repl' });
    assert.doesNotMatch(body.result, /^gdb:/m);
    await adapter.continueRequest({ threadId: threads[0]!.id });
    assert.match(
      (await adapter.evaluateRequest({ expression: 'monitor info status', context: 'repl' })).body.result,
      /running/,
    );
  });

  it('leaves a gdb stub alone that QEMU was started with', async () => {
    const { qemu, snapshot } = configuration();
    const args = [...qemu.args, '-gdb', `unix:${join(adapter.folder, 'stub')},server=on,wait=off`];
    await adapter.launchRequest({ qemu: { ...qemu, args }, snapshot: { ...snapshot, when: 'command' } } as never);
    const outputs: string[] = [];
    adapter.on('output', ({ body }) => outputs.push(body.output));
    await adapter.configurationDoneRequest();
    await adapter.pauseRequest({ threadId: 1 });
    const { threadId } = await adapter.nextStop();
    assert.match(outputs.join(''), /^Registers cannot be shown: QEMU’s gdb stub is already in use\. Read them there/m);
    assert.deepEqual((await adapter.scopesRequest({ frameId: (await adapter.top(threadId!)).id })).body.scopes, []);
    const { body } = await adapter.evaluateRequest({ expression: 'monitor info chardev', context: 'repl' });
    assert.match(body.result, /^gdb:/m);
  });

  it('says why QEMU refuses a snapshot, and the guest goes on', async () => {
    const { qemu, snapshot } = configuration();
    const disk = ['-drive', 'if=none,id=disk,file=null-co://,format=raw', '-device', 'nvme,drive=disk,serial=1'];
    await adapter.launchRequest({ qemu: { ...qemu, args: [...qemu.args, ...disk] }, snapshot } as never);
    const outputs: string[] = [];
    adapter.on('output', ({ body }) => outputs.push(body.output));
    await adapter.configurationDoneRequest();
    const { threadId } = await adapter.nextStop();
    assert.match(outputs.join(''), /non-migratable device '\S*nvme'/);
    await adapter.continueRequest({ threadId: threadId! });
    const { body } = await adapter.evaluateRequest({ expression: 'monitor info status', context: 'repl' });
    assert.match(body.result, /running/);
    await adapter.pauseRequest({ threadId: 1 });
    await adapter.nextStop();
    assert.ok(!existsSync(snapshot.output));
  });

  it('says of a QEMU that does not trace to us which phases it has passed, and which pages cannot be compared', async () => {
    const { qemu, snapshot } = configuration();
    // It has nothing to do.
    const idle = adapter.image(['wfi', 'jal zero,-4'].map(assemble));
    const args = ['-M', 'virt', '-m', '16M', '-bios', idle, '-nic', 'none', '-display', 'none'];
    const untraced = { ...qemu, args: [...args, '-D', '/dev/null'] };
    const outputs: string[] = [];
    adapter.on('output', ({ body }) => outputs.push(body.output));
    await adapter.launchRequest({ qemu: untraced, snapshot: { ...snapshot, when: 'start' } } as never);
    await adapter.setExceptionBreakpointsRequest({ filters: ['phase.vm-stop', 'phase.wp-arm', 'phase.completed'] });
    await adapter.configurationDoneRequest();
    const freeze = await adapter.nextStop();
    assert.match(freeze.text!, /^QEMU has passed Freeze: the guest [^.]*\.$/);
    assert.equal((await scope((await adapter.top(freeze.threadId!)).id)).next, undefined);
    const completed = await adapter.goOn(freeze.threadId);
    assert.equal(completed.description, 'Completed');
    assert.equal((await scope((await adapter.top(completed.threadId!)).id)).guest, 'is idle');
    const told = outputs.join('');
    assert.match(told, /trace does not reach Freezeframe/);
    assert.match(told, /all 4,096 pages compared are as it was; what 16,399 others were is not known/);
  });

  it('says what it cannot do, before and when it is asked to', async () => {
    const capabilities = adapter.waitForEvent('capabilities');
    await adapter.launchRequest({ ...configuration(), stopOnEntry: true } as never);
    const { body } = await capabilities;
    for (const name of ['supportsStepBack', 'supportsDataBreakpoints', 'supportsSetVariable'])
      assert.equal(body.capabilities[name], false, name);
    const answer = await adapter.setFunctionBreakpointsRequest({ breakpoints: [{ name: '0x80000000' }] });
    assert.match(answer.body.breakpoints[0]!.message!, /held at the phases, pages and write faults/);
    await adapter.configurationDoneRequest();
    const { reason, threadId } = await adapter.nextStop();
    assert.equal(reason, 'entry');
    assert.equal((await adapter.top(threadId!)).name, '0x1000');
    assert.ok(!existsSync(join(adapter.folder, 'real.qemu')));
  });

  it('refuses what QEMU’s arguments say, and a QEMU that is not there', async () => {
    const refused = (other: object, words: RegExp) =>
      assert.rejects(adapter.customRequest('launch', { ...configuration(), ...other }), { message: words });
    await refused(
      { program: workingSet, harts: 2 },
      /Leave out `program`[\s\S]*Leave out `harts`: with `qemu`, it has no/,
    );
    await refused({ snapshot: { when: { symbol: 'main' } } }, /`snapshot\.when` is .*expected "start", "command"/);
    await refused({ qemu: { binary: 'no-such-qemu' } }, /no-such-qemu cannot be started: ENOENT/);
  });
});
