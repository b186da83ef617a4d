import { equal, match, ok } from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { type StopSeen, Workbench } from './workbench';

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

type Phase = 'State stash' | 'WP arm' | 'vm_start bottom half' | 'Completed';

const anyInstruction = /^\s*[0-9a-f]+: {2}[0-9a-f]+ /;
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

describe('a stop in VS Code, without a click', function () {
  this.timeout(300_000);
  // Each step begins where the one before stopped.
  this.bail(true);
  let workbench: Workbench;
  let seen: { line: string; tab: string };

  before(async () => {
    const list = Object.entries(configurations).map(([name, rest]) => ({
      ...{ type: 'freezeframe', request: 'launch', name },
      ...rest,
    }));
    workbench = await Workbench.open({
      theme: 'Default Dark Modern',
      // Of a small laptop: not all rows of the Call Stack are in sight.
      viewport: { width: 1280, height: 720 },
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
      `stop-${title.split(':')[0]!.replaceAll(/\W+/g, '-')}${state === 'failed' ? '-failed' : ''}`,
    );
  });
  after(() => workbench?.close());

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

  /** Ends the session before, and begins the next one. */
  async function startsAnew(configuration: string): Promise<void> {
    await press('Shift+F5');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    await workbench.start(configuration);
  }

  const uptoFirstWriteFault = [atPhase['WP arm'], atPhase['vm_start bottom half']];

  it('phase: the line of the thread that enters it', async () => {
    await workbench.start('few pages');
    await sees(atPhase['State stash']);
  });

  it('step: the next line', async () => {
    await press('F10');
    await sees(inMigration('Paused on step', /^freeze$/, /complete_precopy_non_iterable/, /^status =\s*active/));
  });

  it('write fault by a hart: the instruction, in a listing, and the registers', async () => {
    const aStore = /^\s*[0-9a-f]+: {2}[0-9a-f]+ +(c\.)?s[bhwd]/;
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
    await page.locator('.editor-instance .view-line', { hasText: line.trim() }).click();
    await press('F9');
    await page.locator('.codicon-debug-breakpoint').first().waitFor();
    await goesOnTo(onHart('Paused on breakpoint', /^rewrite_page\+0x/));
    equal(seen.line, line);
    await press('F9');
    await page.locator('.codicon-debug-breakpoint').first().waitFor({ state: 'detached' });
  });

  it('completed: the line of the thread that completes it', async () => {
    await goesOnTo(atPhase.Completed);
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
    await sees(onHart('Paused', /^\w+(\+0x[0-9a-f]+)?$/));
  });

  it('restored: the instruction with which the guest goes on', async () => {
    await startsAnew('restored guest');
    await sees(onHart('Paused on entry', /^0x8/));
  });

  it("write fault by a device's DMA: the line of the main loop", async () => {
    await startsAnew('busy disk');
    await sees(atPhase['State stash']);
    await goesOnTo(...uptoFirstWriteFault, {
      ...{ thread: 'main loop', stop: 'Write fault on page' },
      ...{ frame: /^addressSpaceWrite$/, line: /address_space_write/, variable: /^status =\s*active/ },
    });
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
    await sees({ ...onHart('The guest ran wild', /^0x0$/, /^\s*0: .*unreadable/), redBox: /traps over and over/ });
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
