import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { requirePart } from '../../tools/parts.mjs';
import { freePort } from '../../tools/vscode-server.mjs';
import { Gdb } from '../gdb/session';
import { until, workingSetArgs } from '../qemu/guest';
import { isListening } from '../qemu/listening';
import { pcFirmware } from '../qemu/pc-guest';
import { withoutDebugInfo } from '../source/without-debug-info';
import { legendCounts, type StopSeen, Workbench } from './workbench';

const root = resolve(__dirname, '../..');
const folder = '$' + '{workspaceFolder}';
const guest = (name: string) => `${folder}/guests/${name}`;
const snapshot = { when: { ms: 2 }, output: `${folder}/a.qemu` };
const withDisk = { program: guest('journal.elf'), disk: guest('journal.img'), ram: '1M', snapshot };
const ahead = { ...withDisk, timeTravel: false };

const configurations = {
  'few pages': { program: `${folder}/bare.elf`, ram: '2M', snapshot },
  'with source': { program: guest('working-set.elf'), ram: '2M', snapshot: { when: 'command' } },
  'restored guest': { restore: `${folder}/a.qemu`, stopOnEntry: true },
  'busy disk': ahead,
  'inline start': { ...withDisk, whatIf: { vmStart: 'inline' } },
  'wild guest': { program: `${folder}/wild.bin`, ram: '1M' },
  'brief guest': { program: `${folder}/brief.bin`, ram: '1M' },
};

/** Apart from the others: what it needs may not be there. */
const realQemu = () => ({
  qemu: { binary: requirePart('qemu'), args: [...workingSetArgs, '-serial', 'stdio'] },
  snapshot: { when: { console: 'q to power off' }, output: `${folder}/real.qemu` },
});

/** Jumps to where nothing is, with no trap handler. */
const wild = ['jalr zero,0(zero)'];
/** Prints two lines, without carriage returns, and tells the test finisher to power off: 0x5555. */
const brief = [
  'lui t0,0x10000',
  ...[...'upper\nlower\n'].flatMap((c) => [`addi t1,zero,${c.charCodeAt(0)}`, 'sb t1,0(t0)']),
  ...['lui t0,0x100', 'lui t1,0x5', 'addi t1,t1,0x555', 'sw t1,0(t0)', 'jal zero,0'],
];

function image(code: readonly string[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(code.map(assemble)).buffer);
}

type Phase = 'State stash' | 'WP arm' | 'vm_start bottom half' | 'Completed';

const anyInstruction = /^\s*[0-9a-f]+: {2}[0-9a-f]+ /;
/** Its bytes one by one. */
const anyPcInstruction = /^\s*f00[0-9a-f]{2}: {2}([0-9a-f]{2} )+ +[a-z]+ /;
const aStore = /^\s*[0-9a-f]+: {2}[0-9a-f]+ +(c\.)?s[bhwd]/;
const stackPointer = /^sp =\s*0x/;

/** Phases of the snapshot, each in the thread that enters it. */
const atPhase: Readonly<Record<Phase, StopSeen>> = {
  'State stash': inMigration('State stash', /^freeze$/, /cpu_synchronize_all_states/, /^status =\s*active/),
  'WP arm': inMigration('WP arm', /^freeze$/, /ram_write_tracking_start/, /^status =\s*active/),
  'vm_start bottom half': {
    ...{ thread: 'main loop', stop: 'vm_start bottom half' },
    ...{ frame: /^/, line: /^/, variable: /^status =\s*active/ },
  },
  Completed: inMigration('Completed', /^writeTrackingThread$/, /migrate_fd_cleanup_schedule/, /^status =\s*completed/),
};

function inMigration(stop: string, frame: RegExp, line: RegExp, variable: RegExp): StopSeen {
  return { thread: 'migration', stop, frame, line, variable };
}

function onHart(stop: string, frame: RegExp, line = anyInstruction): StopSeen {
  return { thread: 'hart 0', stop, frame, line, variable: stackPointer };
}

/** The frame says what the kernel tells of the thread. */
function inQemu(thread: string, stop: string, line: RegExp, variable: RegExp): StopSeen {
  return { thread, stop, frame: /^(held in write|in the kernel|waits in a write fault|running)/, line, variable };
}

describe('a stop in VS Code, without a click', function () {
  this.timeout(300_000);
  // Each step begins where the one before stopped.
  this.bail(true);
  let workbench: Workbench;
  let gdbPort: number;
  let seen: { line: string; tab: string };
  let pc: ChildProcess | undefined;

  before(async () => {
    gdbPort = await freePort();
    const withGdb = { ...configurations['with source'], gdb: `tcp::${gdbPort}`, stopOnEntry: true };
    const list = Object.entries({ ...configurations, 'with gdb': withGdb, 'real QEMU': realQemu() }).map(
      ([name, rest]) => ({
        ...{ type: 'freezeframe', request: 'launch', name },
        ...rest,
      }),
    );
    const joined = { type: 'freezeframe', request: 'attach', name: 'a PC', qemu: { qmp: `${folder}/pc.qmp` } };
    workbench = await Workbench.open({
      theme: 'Default Dark Modern',
      // Of a small laptop: not all rows of the Call Stack are in sight.
      viewport: { width: 1280, height: 720 },
      files: {
        '.vscode/launch.json': JSON.stringify({
          version: '0.2.0',
          configurations: [...list, { ...joined, snapshot: { when: 'command' } }],
        }),
        'bare.elf': withoutDebugInfo(readFileSync(join(root, 'extension/sample/guests/working-set.elf'))),
        'wild.bin': image(wild),
        'brief.bin': image(brief),
        'pc.bin': pcFirmware(),
      },
    });
  });
  afterEach(async function () {
    await workbench?.screenshotOfFailed(this.currentTest);
  });
  after(async () => {
    await workbench?.close();
    pc?.kill('SIGKILL');
  });

  const press = (key: string) => workbench.page.keyboard.press(key);

  async function sees(stop: StopSeen): Promise<void> {
    seen = await workbench.seesStop(stop);
  }

  async function goesOnTo(...stops: StopSeen[]): Promise<void> {
    for (const stop of stops) {
      await press('F5');
      await sees(stop);
    }
  }

  function pressButton(name: string): Promise<void> {
    return workbench.page.locator(`.debug-toolbar .action-label[aria-label^="${name} ("]`).click();
  }

  /** VS Code sets a breakpoint there, and takes it away once it has shown the stop: what comes sooner stops there again. */
  async function runsToCursor(text: string, stop: StopSeen): Promise<void> {
    await workbench.chooseAt(text, 'Run to Cursor');
    await sees(stop);
    await workbench.page.locator('.codicon-debug-breakpoint').first().waitFor({ state: 'detached' });
  }

  /** Ends the session before, and begins the next one. */
  async function startsAnew(configuration: string): Promise<void> {
    await press('Shift+F5');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    await workbench.start(configuration);
  }

  const uptoFirstWriteFault = [atPhase['WP arm'], atPhase['vm_start bottom half']];

  it('breakpoint on a line of C: the next one with code, and by steps the lines behind, and what they call', async () => {
    const variable = /^(random|index) =\s*/;
    const atLine = (stop: string, frame: RegExp, line: RegExp) => sees({ ...onHart(stop, frame, line), variable });
    await workbench.openFromExplorer('guests', 'working-set.c', 34);
    await press('F9');
    await workbench.start('with source');
    await atLine('Paused on breakpoint', /^rewrite_working_set$/, /void rewrite_working_set\(uint64_t \*random/);
    await press('F10');
    await atLine('Paused on step', /^rewrite_working_set$/, /for \(int i = 0; i.*< WORKING_SET_PAGES; i\+\+\)/);
    await press('F10');
    await atLine('Paused on step', /^rewrite_working_set$/, /return \*state;/);
    await press('F11');
    await atLine('Paused on step', /^rewrite_page$/, /volatile uint64_t \*words =/);
    equal(seen.tab, 'working-set');
    const { page } = workbench;
    // In sight without scrolling: what scrolls as the pointer comes moves away from under it.
    const assignment = page.locator('.editor-instance .view-line', { hasText: /page\s=\sheap_pages/ });
    await assignment
      .locator('span', { hasText: /^\s*page\s*$/ })
      .first()
      .hover();
    await page.locator('.debug-hover-widget .value', { hasText: /\d/ }).waitFor();
    await workbench.perform('Remove All Breakpoints');
    await press('Shift+F5');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('phase: the line of the thread that enters it', async () => {
    await workbench.start('few pages');
    await sees(atPhase['State stash']);
    // A slip of the hand would change the debugger's own source.
    await press('x');
    await workbench.page.locator('.monaco-editor-overlaymessage', { hasText: 'read-only' }).waitFor();
    await workbench.screenshot('stop-read-only');
  });

  it('step: the next line', async () => {
    await press('F10');
    await sees(inMigration('Paused on step', /^freeze$/, /complete_precopy_non_iterable/, /^status =\s*active/));
  });

  it('write fault by a hart: the instruction, in a listing, and the registers', async () => {
    await goesOnTo(...uptoFirstWriteFault, onHart('Write fault on page', /^rewrite_page\+0x/, aStore));
    match(seen.tab, /^rewrite_page\b/);
  });

  it('step of a hart: the instruction behind', async () => {
    const { line } = seen;
    await press('F10');
    await sees(onHart('Paused on step', /^rewrite_page\+0x/));
    match(seen.tab, /^rewrite_page\b/);
    ok(addressOf(seen.line) > addressOf(line), `${seen.line} lies behind ${line}`);
  });

  it('breakpoint: where it was set in the listing', async () => {
    const { page } = workbench;
    const { line } = seen;
    // To set it takes a click; to see the stop does not.
    await page
      .locator('.editor-instance .view-line', { hasText: `${addressOf(line).toString(16)}:` })
      .click({ position: { x: 60, y: 8 } });
    await press('F9');
    await page.locator('.codicon-debug-breakpoint').first().waitFor();
    await goesOnTo(onHart('Paused on breakpoint', /^rewrite_page\+0x/));
    equal(seen.line, line);
    await press('F9');
    await page.locator('.codicon-debug-breakpoint').first().waitFor({ state: 'detached' });
  });

  it('next write fault: though only the first one stops, from the toolbar', async () => {
    await pressButton('Run to Next Write Fault');
    await sees(onHart('Write fault on page', /^rewrite_working_set\+0x2c$/, aStore));
    match(seen.tab, /^rewrite_working_set\b/);
  });

  it('run to cursor in a listing: the instruction there, and no breakpoint stays', async () => {
    await runsToCursor('mv a1,s3', onHart('Paused on breakpoint', /^rewrite_working_set\+0x30$/, / mv a1,s3$/));
  });

  it('next write fault: by its key', async () => {
    await press('Shift+F7');
    await sees(onHart('Write fault on page', /^rewrite_page\+0x2a$/, aStore));
  });

  it('step back: the instruction before, and no page faults any more', async () => {
    const faulting = async () => (await legendCounts(await workbench.pageMap())).get('faulting');
    equal(await faulting(), 1);
    const { line } = seen;
    await workbench.page.locator('.debug-toolbar .codicon-debug-step-back').click();
    await sees(onHart('Paused on step', /^rewrite_page\+0x/));
    ok(addressOf(seen.line) < addressOf(line), `${seen.line} lies before ${line}`);
    equal(await faulting(), 0);
  });

  it('reverse: the stop before, and forward again the ones that came then', async () => {
    await workbench.page.locator('.debug-toolbar .codicon-debug-reverse-continue').click();
    await sees(onHart('Write fault on page', /^rewrite_page\+0x2a$/, aStore));
    await press('Shift+F7');
    await sees(onHart('Write fault on page', /^rewrite_working_set\+0x2c$/, aStore));
    await press('Shift+F7');
    await sees(onHart('Write fault on page', /^rewrite_page\+0x2a$/, aStore));
  });

  it('disassembly: the instruction, steps and breakpoints in it, and readable code above', async () => {
    const { page } = workbench;
    const rows = page.locator('.disassembly-view .monaco-list-row');
    const row = (instruction: string) => rows.filter({ hasText: instruction });
    const topFrame = page.locator('.codicon-debug-stackframe');
    await workbench.chooseAt('sd a1,0(a5)', 'Open Disassembly View');
    await row('sd a1,0(a5)').filter({ has: topFrame }).waitFor();
    await press('F10');
    await row('addi a5,a5,64').filter({ has: topFrame }).waitFor();
    await row('bne a5,a4,8000010a <rewrite_page+0x2a>').waitFor();
    const end = row('0x80000118').filter({ hasText: /ret$/ });
    await end.locator('.codicon').click();
    const breakpoint = end.locator('.codicon-debug-breakpoint');
    await breakpoint.waitFor();
    await workbench.offersContinue();
    await press('F5');
    await end.filter({ has: topFrame }).waitFor();
    await breakpoint.click();
    await breakpoint.waitFor({ state: 'detached' });

    const above = row('j 800000cc <fill_heap+0x2c>');
    for (let pages = 0; pages < 4 && !(await above.isVisible()); pages++) await press('PageUp');
    await above.waitFor();
    for (const label of await rows.evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')))) {
      match(label!, /^Address: 0x8[0-9a-f]+, Bytes: ([0-9a-f]{2} ?){2,4}, Instruction: [a-z][a-z.]*( |$)/);
    }
  });

  it('run to cursor in the source of the migration thread: the line there', async () => {
    await workbench.openAt('write-tracking-thread.ts', lineOf('migration_update_counters'));
    await runsToCursor(
      'migration_update_counters',
      inMigration('Paused on breakpoint', /^writeTrackingThread$/, /migration_update_counters/, /^status =\s*active/),
    );
  });

  it('next phase: though none stops there, by key and from the toolbar', async () => {
    await press('F7');
    await sees(inMigration('WP disarm', /^writeTrackingThread$/, /ram_write_tracking_stop/, /^status =\s*active/));
    await pressButton('Run to Next Phase');
    await sees(inMigration('Append', /^writeTrackingThread$/, /qemu_put_buffer_stash/, /^status =\s*active/));
  });

  it('completed: the line of the thread that completes it', async () => {
    await goesOnTo(atPhase.Completed);
    const report = (await workbench.pageMap()).locator('.report.written');
    // Folded: the window is low.
    await report.locator('.title').click();
    await report.getByText('Open Snapshot').waitFor();
    await report.getByText('Copy QEMU Command').waitFor();
    const text = await report.innerText();
    match(text, /Snapshot written to .*a\.qemu/);
    match(text, /Downtime\s+0\.\d+ ms of/);
    match(text, /Write faults\s+34: p50/);
    match(text, /Checked\s+RAM in the file is RAM at the freeze, each page once/);
  });

  it('step back from completed: no result is shown yet, and forward it is again', async () => {
    const report = (await workbench.pageMap()).locator('.report');
    await workbench.page.locator('.debug-toolbar .codicon-debug-step-back').click();
    await report.waitFor({ state: 'detached' });
    const verdict = workbench.page.locator('.statusbar-item', { hasText: 'Snapshot written' });
    await verdict.waitFor({ state: 'detached' });
    await workbench.offersContinue();
    await goesOnTo(atPhase.Completed);
    await report.waitFor();
    await verdict.waitFor();
  });

  it('pause: the instruction of hart 0', async () => {
    await press('F5');
    await (await workbench.pageMap()).locator('.run.running').waitFor();
    await press('F6');
    await sees(onHart('Paused', /^\w+(\+0x[0-9a-f]+)?$/));
  });

  /** Drags the timeline's cursor by a part of the width. @returns the instant that it says it goes to */
  async function dragCursor(share: number): Promise<string> {
    const { page } = workbench;
    const map = await workbench.pageMap();
    const plot = map.locator('time-line .plot');
    const { x, y, width } = (await plot.boundingBox())!;
    const cursorX = x + (await plot.locator('canvas').evaluate(cursorPlace)) * width;
    await page.mouse.move(cursorX, y + 4);
    await map.locator('time-line .plot.cursor').waitFor();
    await page.mouse.down();
    await page.mouse.move(cursorX + share * width, y + 4, { steps: 3 });
    const told = await map.locator('time-line .tooltip', { hasText: 'Go to' }).innerText();
    await page.mouse.up();
    return told.replace('Go to ', '');
  }

  /** Who has got the keys, from now on: at each stop VS Code gives them to the editor. */
  function recordFocus(): Promise<void> {
    return workbench.page.evaluate(() => {
      const given: string[] = [];
      document.addEventListener('focusin', () => given.push('editor'));
      // They are in the document of a webview.
      window.addEventListener('blur', () => given.push('webview'));
      Object.assign(globalThis, { given });
    });
  }

  /** After a stop that has taken them. */
  async function keysAreBackInTimeline(): Promise<void> {
    await workbench.page.waitForFunction(() => {
      const { given } = globalThis as unknown as { given: string[] };
      const taken = given.indexOf('editor');
      return taken >= 0 && given.lastIndexOf('webview') > taken && given.splice(0);
    });
    await workbench.offersContinue();
    await sees(onHart('Paused', /^/));
  }

  it('cursor of the timeline: the instant that it is dragged to, and by keys a later one', async () => {
    const map = await workbench.pageMap();
    const time = map.locator('.head .time');
    const before = await time.innerText();
    await recordFocus();
    await dragCursor(-0.4);
    await keysAreBackInTimeline();
    const past = await time.innerText();
    ok(nanoseconds(past) < nanoseconds(before), `${past} is before ${before}`);
    await press('s');
    await press('PageDown');
    await press('g');
    await keysAreBackInTimeline();
    const later = await time.innerText();
    ok(nanoseconds(later) > nanoseconds(past) && nanoseconds(later) <= nanoseconds(before), `${past} to ${later}`);
  });

  it('restored: the instruction with which the guest goes on', async () => {
    await startsAnew('restored guest');
    await sees(onHart('Paused on entry', /^0x8/));
  });

  it('breakpoint of gdb: the line of C, as in gdb itself', async () => {
    await startsAnew('with gdb');
    await sees(onHart('Paused on entry', /^0x1000/));
    const elf = join(workbench.workspace, 'guests/working-set.elf');
    const lookedAt = join(workbench.workspace, 'looked-at');
    execFileSync('mkfifo', [lookedAt]);
    const gdb = new Gdb(gdbPort, elf, ['break rewrite_page', 'continue', `shell cat ${lookedAt}`, 'delete', 'detach']);
    await sees({
      ...onHart("Paused on gdb's breakpoint", /^rewrite_page$/, /void rewrite_page\(uint64_t index/),
      variable: /^index =/,
    });
    writeFileSync(lookedAt, '');
    match((await gdb.lines()).join('\n'), /^Breakpoint 1, rewrite_page \(index=\d+, round=/m);
    await (await workbench.pageMap()).locator('.run.running').waitFor();
  });

  it("write fault by a device's DMA: the line of the main loop", async () => {
    await startsAnew('busy disk');
    await sees(atPhase['State stash']);
    await goesOnTo(...uptoFirstWriteFault, {
      ...{ thread: 'main loop', stop: 'Write fault on page' },
      ...{ frame: /^addressSpaceWrite$/, line: /address_space_write/, variable: /^status =\s*active/ },
    });
  });

  it('cursor of the timeline, in a session that cannot go back: stays, and why is said', async () => {
    const time = (await workbench.pageMap()).locator('.head .time');
    const before = await time.innerText();
    await dragCursor(-0.1);
    await workbench.says('This session does not go back in time: it was started with `"timeTravel": false`.');
    equal(await time.innerText(), before);
  });

  const ownWrite = { thread: 'migration', frame: /^\w+$/, line: /address_space_write/, variable: /^status =\s*active/ };

  it('write fault by the migration thread: the line of its own write', async () => {
    await startsAnew('inline start');
    await sees(atPhase['State stash']);
    await goesOnTo(
      atPhase['WP arm'],
      { ...atPhase['vm_start bottom half'], thread: 'migration' },
      { ...ownWrite, stop: 'Write fault on page' },
    );
  });

  it('deadlock: the same line, and a red box with who waits for whom', async () => {
    await goesOnTo({
      ...{ ...ownWrite, stop: 'Deadlock' },
      redBox: /migration waits for uffd: page 0x80002, held by itself/,
    });
  });

  it('guest error: the address that cannot run, and a red box', async () => {
    await startsAnew('wild guest');
    await sees({
      ...onHart('The guest ran wild', /^0x0$/, /^\s*0: .*unreadable/),
      redBox: /trap loop\s*hart 0 traps over and over .*\(instruction access fault at pc 0x0\)/,
    });
  });

  it('exited: it stands at its end; continued, the session is over, and its end is said in the terminal', async () => {
    await startsAnew('brief guest');
    await workbench.page.locator('.debug-call-stack', { hasText: 'Powered off' }).waitFor();
    const terminal = workbench.page.locator('.xterm-rows', { hasText: 'lower' }).last();
    await terminal.waitFor();
    const lines = (await terminal.locator('> div').allTextContents()).map((line) => line.trimEnd());
    deepEqual(lines.slice(0, 2), ['upper', 'lower']);
    await workbench.offersContinue();
    await workbench.page.keyboard.press('F5');
    await (await workbench.pageMap()).locator('.run.ended').waitFor();
    await workbench.page.locator('.xterm-rows', { hasText: 'powered off' }).last().waitFor();
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('phases, a write fault and a page of a real QEMU: the line of the course that it stands at', async () => {
    await workbench.start('real QEMU');
    await sees(inQemu('migration', 'State stash', /^ {2}State stash /, /^QMP =\s*does not answer$/));
    equal(seen.tab, 'background-snapshot');
    await goesOnTo(
      inQemu('migration', 'WP arm', /^ {2}WP arm /, /^guest =\s*stands still$/),
      inQemu('main loop', 'vm_start bottom half', /^ {2}vm_start /, /^next =\s*pages, by scan/),
      inQemu('vCPU 0', 'Write fault on page', /^ {2}write fault /, /^page =\s*0x80[0-9a-f]{3}$/),
    );
    await workbench.pointAtPage('0x80fff');
    await workbench.chooseAtPage('Run Until This Page Is Sent');
    await sees(inQemu('migration', 'Paused', /^ {2}Save /, /^page =\s*0x80fff$/));
    await goesOnTo(inQemu('main loop', 'Completed', /^ {2}Completed /, /^phase =\s*Completed$/));
  });

  it('repair and kill of a real QEMU: by name, and the session is over', async () => {
    const { page } = workbench;
    await workbench.perform('Freezeframe: Repair Guest');
    await workbench.says(/has no userfaultfd: nothing in it is protected/);
    await workbench.perform('Freezeframe: Kill QEMU');
    const dialog = page.locator('.monaco-dialog-box', { hasText: 'Kill the QEMU of “real QEMU”?' });
    await dialog.locator('.monaco-button', { hasText: 'Kill QEMU' }).click();
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('a PC that runs already, once it is paused: its registers and code', async () => {
    const socket = join(workbench.workspace, 'pc.qmp');
    const guest = ['-m', '16M', '-bios', join(workbench.workspace, 'pc.bin'), '-serial', 'null'];
    const args = [...guest, '-nic', 'none', '-display', 'none', '-qmp', `unix:${socket},server=on,wait=off`];
    pc = spawn(requirePart('qemu-x86'), args, { stdio: 'ignore' });
    await until(() => isListening(socket), 'QMP socket');
    // The vCPU of the session before goes from the Call Stack a moment after its buttons.
    await workbench.page.locator('.debug-call-stack .monaco-list-row').first().waitFor({ state: 'detached' });
    await workbench.start('a PC');
    // VS Code shows its buttons first, and pauses no session whose threads it does not know yet.
    const thread = workbench.page.locator('.debug-call-stack .thread', { hasText: 'vCPU 0' });
    await thread.locator('.state', { hasText: 'Running' }).waitFor();
    await pressButton('Pause');
    const variable = /^rax =\s*0x/;
    await sees({ thread: 'vCPU 0', stop: 'Paused', frame: /^0xf00/, line: anyPcInstruction, variable });
    await pressButton('Disconnect');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });
});

/** Of the migration thread's source, by a label of it. */
function lineOf(label: string): number {
  const lines = readFileSync(join(root, 'debug-adapter/migration/write-tracking-thread.ts'), 'utf8').split('\n');
  return lines.findIndex((line) => line.includes(`'${label}'`)) + 1;
}

/** In the browser: where on the timeline's canvas the cursor is, as a part of its width. */
function cursorPlace(element: Element): number {
  const canvas = element as HTMLCanvasElement;
  const { data } = canvas.getContext('2d')!.getImageData(0, 1, canvas.width, 1);
  const columns = Array.from({ length: canvas.width }, (_, x) => x).filter(
    (x) => data[4 * x]! > 200 && data[4 * x + 1]! > 150 && data[4 * x + 2]! < 80,
  );
  return (columns[0]! + columns.at(-1)!) / 2 / canvas.width;
}

/** Of a time as the page map shows it. */
function nanoseconds(text: string): number {
  return Number(text.replaceAll(/\D/g, ''));
}

function addressOf(line: string): bigint {
  return BigInt(`0x${/[0-9a-f]+(?=:)/.exec(line)![0]}`);
}
