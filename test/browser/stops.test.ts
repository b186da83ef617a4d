import { equal, match, ok } from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { type SeenStop, Workbench } from './workbench';

const folder = '$' + '{workspaceFolder}';
const guest = (name: string) => `${folder}/guests/${name}`;
const snapshot = { when: { ms: 2 }, output: `${folder}/a.qemu` };
const withDisk = { program: guest('journal.elf'), disk: guest('journal.img'), ram: '1M', snapshot };

const configurations = {
  'few pages': { program: guest('working-set.elf'), ram: '2M', snapshot },
  'restored guest': { restore: `${folder}/a.qemu`, stopOnEntry: true },
  'busy disk': withDisk,
  'inline start': { ...withDisk, whatIf: { vmStart: 'inline' } },
  'wild guest': { program: `${folder}/wild.bin`, ram: '1M' },
  'brief guest': { program: `${folder}/brief.bin`, ram: '1M' },
};

/** Jumps to where nothing is, with no trap handler. */
const wild = ['jalr zero,0(zero)'];
/** Tells the test finisher to power off: 0x5555. */
const brief = ['lui t0,0x100', 'lui t1,0x5', 'addi t1,t1,0x555', 'sw t1,0(t0)', 'jal zero,0'];

function image(code: readonly string[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(code.map(assemble)).buffer);
}

describe('a stop in VS Code, without a click', function () {
  this.timeout(300_000);
  // Each step begins where the one before stopped.
  this.bail(true);
  let workbench: Workbench;
  let seen: SeenStop;

  before(async () => {
    const list = Object.entries(configurations).map(([name, rest]) => ({
      ...{ type: 'freezeframe', request: 'launch', name },
      ...rest,
    }));
    workbench = await Workbench.open({
      theme: 'Default Dark Modern',
      files: {
        '.vscode/launch.json': JSON.stringify({ version: '0.2.0', configurations: list }),
        'wild.bin': image(wild),
        'brief.bin': image(brief),
      },
    });
  });
  afterEach(async function () {
    const { title, state } = this.currentTest!;
    await workbench?.screenshot(
      `stop-${title.split(':')[0]!.replaceAll(' ', '-')}${state === 'failed' ? '-failed' : ''}`,
    );
  });
  after(() => workbench?.close());

  const press = (key: string) => workbench.page.keyboard.press(key);

  async function sees(stop: string): Promise<void> {
    seen = await workbench.seesStop(stop);
    equal(seen.redBox, undefined, 'nothing has gone wrong');
  }

  async function goesOnTo(...stops: string[]): Promise<void> {
    for (const stop of stops) {
      await press('F5');
      await sees(stop);
    }
  }

  /** Ends the session before, and goes through the stops of the next one. */
  async function startsAnew(configuration: string, ...stops: string[]): Promise<void> {
    await press('Shift+F5');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    await workbench.start(configuration);
    for (const [index, stop] of stops.entries()) {
      if (index > 0) await press('F5');
      await sees(stop);
    }
  }

  function isAt(thread: string, frame: RegExp, line: RegExp, variable: RegExp): void {
    ok(seen.thread.startsWith(thread), seen.thread);
    match(seen.frame, frame);
    match(seen.line, line);
    ok(
      seen.variables.some((row) => variable.test(row)),
      `${variable} among ${seen.variables.join(', ')}`,
    );
  }

  it('phase: the line of the thread that enters it', async () => {
    await workbench.start('few pages');
    await sees('State stash');
    isAt('migration', /^freeze$/, /cpu_synchronize_all_states/, /^status = active/);
  });

  it('step: the next line', async () => {
    await press('F10');
    await sees('Paused on step');
    isAt('migration', /^freeze$/, /complete_precopy_non_iterable/, /^status = active/);
  });

  it('write fault by a hart: the instruction, in a listing, and the registers', async () => {
    await goesOnTo('WP arm', 'vm_start bottom half', 'Write fault on page');
    isAt('hart 0', /^rewrite_page\+0x/, /^\s*[0-9a-f]+: {2}[0-9a-f]+ +(c\.)?s[bhwd]/, /^sp = 0x/);
    match(seen.tab, /^rewrite_page\b/);
  });

  it('step of a hart: the instruction behind', async () => {
    const { line } = seen;
    await press('F10');
    await sees('Paused on step');
    match(seen.tab, /^rewrite_page\b/);
    ok(addressOf(seen.line) > addressOf(line), `${seen.line} lies behind ${line}`);
  });

  it('breakpoint: where it was set in the listing', async () => {
    const { page } = workbench;
    const first = page.locator('.editor-instance .view-line', { hasText: /^\s*[0-9a-f]+:\s/ }).first();
    const line = (await first.innerText()).replaceAll('\u00a0', ' ');
    // To set it takes a click; to see the stop does not.
    await first.click();
    await press('F9');
    await page.locator('.codicon-debug-breakpoint').first().waitFor();
    await goesOnTo('Paused on breakpoint');
    isAt('hart 0', /^rewrite_page$/, /^/, /^sp = 0x/);
    equal(seen.line, line);
    await press('F9');
    await page.locator('.codicon-debug-breakpoint').first().waitFor({ state: 'detached' });
  });

  it('completed: the line of the thread that completes it', async () => {
    await goesOnTo('Completed');
    isAt('migration', /^writeTrackingThread$/, /migrate_fd_cleanup_schedule/, /^status = completed/);
    const report = (await workbench.pageMap()).locator('.report.written');
    await report.getByText('Open Snapshot').waitFor();
    await report.getByText('Copy QEMU Command').waitFor();
    const text = await report.innerText();
    match(text, /Snapshot written to .*a\.qemu/);
    match(text, /Downtime\s+0\.\d+ ms of/);
    match(text, /Write faults\s+34: p50/);
    match(text, /Checked\s+RAM in the file is RAM at the freeze, each page once/);
  });

  it('pause: the instruction of hart 0', async () => {
    await press('F5');
    await (await workbench.pageMap()).locator('.run.running').waitFor();
    await press('F6');
    await sees('Paused');
    isAt('hart 0', /^\w+(\+0x[0-9a-f]+)?$/, /^\s*[0-9a-f]+: /, /^sp = 0x/);
  });

  it('restored: the instruction with which the guest goes on', async () => {
    await startsAnew('restored guest', 'Paused on entry');
    isAt('hart 0', /^0x8/, /^\s*8[0-9a-f]+: /, /^sp = 0x/);
  });

  it("write fault by a device's DMA: the line of the main loop", async () => {
    await startsAnew('busy disk', 'State stash', 'WP arm', 'vm_start bottom half', 'Write fault on page');
    isAt('main loop', /^addressSpaceWrite$/, /address_space_write/, /^status = active/);
  });

  it('write fault by the migration thread: the line of its own write', async () => {
    await startsAnew('inline start', 'State stash', 'WP arm', 'vm_start bottom half', 'Write fault on page');
    match(seen.thread, /^migration/);
    match(seen.line, /address_space_write/);
  });

  it('deadlock: the same line, and a red box with who waits for whom', async () => {
    await press('F5');
    seen = await workbench.seesStop('Deadlock', true);
    match(seen.thread, /^migration/);
    match(seen.line, /address_space_write/);
    match(seen.redBox!, /migration waits for uffd: page 0x80002, held by itself/);
  });

  it('guest error: the address that cannot run, and a red box', async () => {
    await startsAnew('wild guest');
    seen = await workbench.seesStop('The guest ran wild', true);
    isAt('hart 0', /^0x0$/, /^\s*0: .*unreadable/, /^sp = 0x/);
    match(seen.redBox!, /traps again and again/);
  });

  it('exited: the session is over, and its end is said in the terminal', async () => {
    await startsAnew('brief guest');
    await (await workbench.pageMap()).locator('.run.ended').waitFor();
    await workbench.page.locator('.xterm-rows', { hasText: 'powered off' }).last().waitFor();
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });
});

function addressOf(line: string): bigint {
  return BigInt(`0x${/[0-9a-f]+(?=:)/.exec(line)![0]}`);
}
