import { equal, ok } from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { freezeframe } from '../command-line/freezeframe';
import { legendCounts, Workbench } from './workbench';

describe('a workspace that only the browser has, with the debug adapter in the browser', function () {
  this.bail(true);
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ theme: 'Default Dark Modern', virtual: true });
  });
  afterEach(async function () {
    await workbench.screenshotOfFailed(this.currentTest);
  });
  after(() => workbench?.close());

  it('gets the sample, and says what to do next', async () => {
    await workbench.perform('Freezeframe: Add the Sample Guests to the Workspace');
    const heading = (await workbench.webviewWith('.markdown-body h1')).locator('.markdown-body h1').first();
    equal(await heading.innerText(), 'Press F5 to debug a VM snapshot');
    await workbench.screenshot('virtual-sample');
  });

  it("knows the guest's assembly, by a language server in a worker", async () => {
    const { page } = workbench;
    await workbench.perform('View: Show Explorer');
    for (const name of ['guests', 'board', 'start.S']) {
      await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().click();
    }
    await page.locator('.editor-instance .view-line', { hasText: 'bnez' }).first().click();
    // That it names the label that the cursor is behind, the server has said.
    await page.locator('.breadcrumbs-control', { hasText: '_start' }).waitFor();
    await page.keyboard.press('Home');
    await workbench.perform('Show or Focus Hover');
    await page.locator('.monaco-hover', { hasText: 'Branches if rs1 is not zero.' }).waitFor();
    await workbench.screenshot('virtual-assembly');
    await page.keyboard.press('Escape');
  });

  it('debugs a snapshot from stop to stop', async () => {
    await workbench.page.keyboard.press('F5');
    await workbench.seesStop({
      thread: 'migration',
      stop: 'State stash',
      frame: /^freeze/,
      line: /cpu_synchronize_all_states/,
      variable: /state-stash/,
    });
    for (const [stop, phase] of [
      ['WP arm', 'WP arm'],
      ['vm_start bottom half', 'Save'],
      ['Write fault', 'Save'],
      ['Completed', 'Completed'],
    ] as const) {
      await workbench.page.keyboard.press('F5');
      await workbench.stopsAt(stop, phase);
    }
    equal((await legendCounts(await workbench.pageMap())).get('leaked'), 0);
  });

  it('writes the snapshot into the workspace, byte for byte that of the command line', async () => {
    await workbench.page.keyboard.press('F5');
    const report = (await workbench.pageMap()).locator('.report', { hasText: 'Snapshot written to' });
    await report.waitFor();
    await workbench.screenshot('virtual-written');
    const written = join(workbench.workspace, 'working-set.qemu');
    while (!existsSync(written)) await workbench.page.waitForTimeout(100);
    const ofProcess = join(workbench.workspace, 'of-a-process.qemu');
    const { code, out } = await freezeframe('run', workbench.workspace, '--snapshot.output', ofProcess);
    equal(code, 0, out);
    ok(readFileSync(written).equals(readFileSync(ofProcess)));
  });

  it('opens it as what it is, and goes on from it', async () => {
    await (await workbench.pageMap()).locator('.report [label="Open Snapshot"]').click();
    await workbench.webviewWith('snapshot-editor .verdict .title:has-text("working-set.qemu is whole.")');
    await workbench.screenshot('virtual-opened');
    await workbench.page.keyboard.press('Shift+F5');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    // The snapshot is in sight, and the map is the active editor.
    await workbench.perform('View: Focus Right Editor Group');
    // It takes the keys from the palette, too, that is opened too early.
    await workbench.page.locator('.editor-group-container.active .tab.active', { hasText: 'Page Map' }).waitFor();
    await workbench.perform('Freezeframe: Restore Here');
    await workbench.page.locator('.debug-call-stack', { hasText: 'hart 0' }).waitFor();
    await workbench.offersContinue();
    await workbench.screenshot('virtual-restored');
  });
});
