import { equal, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { name, version } from '../../package.json';
import { requireLinuxGuest, shellPrompt } from '../../tools/linux-guest.mjs';
import { walkThrough } from './walkthrough';
import { defaultStops, legendCounts, Workbench } from './workbench';

const root = resolve(__dirname, '../..');

describe('the packaged extension, installed, without node_modules', () => {
  let workbench: Workbench;
  before(async () => {
    execFileSync(process.execPath, [resolve(root, 'tools/package.mjs')]);
    const vsix = resolve(root, `${name}-${version}.vsix`);
    workbench = await Workbench.open({ theme: 'Default Light Modern', vsix, ownSample: true });
  });
  afterEach(async function () {
    await workbench.screenshotOfFailed(this.currentTest);
  });
  after(() => workbench?.close());

  /** Goes on through the stops at which a session stops by default. */
  async function pass(stops: readonly (readonly [string, string])[]): Promise<void> {
    for (const [stop, phase] of stops) {
      await workbench.stopsAt(stop, phase);
      await workbench.page.keyboard.press('F5');
    }
  }

  /** So that the next test begins without a session, whatever became of this one. */
  async function endSession(): Promise<void> {
    await workbench.page.keyboard.press('Shift+F5');
    await (await workbench.pageMap()).locator('.run.ended').waitFor();
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  }

  it('leads through the walkthrough as its pictures show it, to pages that leak, which it colours and names', async () => {
    await walkThrough(workbench, async () => {});
    const map = await workbench.pageMap();
    ok((await legendCounts(map)).get('leaked')! > 1000);
    await workbench.page.keyboard.press('F5');
    await map.locator('.run.running').waitFor();
    await workbench.page.keyboard.press('Control+Shift+Y');
    await workbench.page.locator('.repl', { hasText: 'no page-table entry' }).waitFor();
    await workbench.screenshot('walkthrough-leaked');
    await endSession();
  });

  it('shows a deadlock of a what-if: its wait-for graph, and what each thread waits for', async () => {
    await workbench.start('What if the migration thread itself');
    await pass(
      defaultStops.slice(0, 4).map(([stop], index) => [stop, index < 2 ? stop : 'vm_start bottom half'] as const),
    );
    const { page } = workbench;
    await page.locator('.exception-widget', { hasText: 'migration waits for uffd: page 0x' }).waitFor();
    const map = await workbench.pageMap();
    equal((await legendCounts(map)).get('faulting'), 1);
    await map.locator('time-line .waits li', { hasText: 'migration waits for uffd: page 0x' }).waitFor();
    equal(await map.locator('time-line .waits .edge.circle').count(), 1);
    await workbench.screenshot('what-if-1-deadlock');
    await map.locator('time-line button.label', { hasText: 'main loop' }).click();
    await page.locator('.debug-call-stack .monaco-list-row.selected', { hasText: 'mainLoop' }).waitFor();
    await workbench.screenshot('what-if-1-deadlock-main-loop');
    await endSession();
  });

  describe('with Debian Linux', function () {
    this.bail(true);
    before(() => void requireLinuxGuest());

    const consoleText = (text: string) => workbench.page.locator('.xterm-rows', { hasText: text }).last();

    it('boots it from the sample workspace and stops when its snapshot begins', async () => {
      await workbench.start('Debian Linux');
      await workbench.stopsAt('State stash');
      await consoleText('Run /init as init process').waitFor();
      await workbench.screenshot('linux-1-state-stash');
    });

    it('goes on to the shell, which answers, while every page has been saved', async () => {
      await workbench.page.keyboard.press('F5');
      await pass(defaultStops.slice(1, 4));
      await workbench.stopsAt('Completed');
      const counts = await legendCounts(await workbench.pageMap());
      equal(counts.get('protected'), 0);
      ok((counts.get('zero') ?? 0) > 0);
      await workbench.page.keyboard.press('F5');
      await consoleText(shellPrompt.trim()).waitFor();
      await workbench.page.locator('.terminal-wrapper.active .xterm').click();
      await workbench.page.keyboard.type('uname -m; nproc\n');
      await consoleText('riscv64').waitFor();
      await workbench.screenshot('linux-2-shell');
    });

    it('stands at its end when the guest powers off, and is over when continued', async () => {
      await workbench.page.keyboard.type('poweroff -f\n');
      await workbench.stopsAt('Powered off', 'Completed');
      await workbench.page.keyboard.press('F5');
      await (await workbench.pageMap()).locator('.run.ended').waitFor();
    });
  });
});
