import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { legendCounts, Workbench } from './workbench';

describe('F5 in VS Code in a browser', function () {
  // One session from its start to its end.
  this.bail(true);
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ theme: 'Default Dark Modern', welcome: true });
  });
  afterEach(async function () {
    await workbench.screenshotOfFailed(this.currentTest);
  });
  after(() => workbench?.close());

  async function count(state: string): Promise<number> {
    return (await legendCounts(await workbench.pageMap())).get(state) ?? 0;
  }

  /** In the guest console, for however short: what a guest prints at full speed is soon gone past. */
  async function shownOnce(text: string): Promise<() => Promise<unknown>> {
    const rows = workbench.page.locator('.terminal-wrapper.active .xterm-rows');
    const shown = await rows.evaluateHandle(
      (element, text) => ({
        when: new Promise<void>((done) =>
          new MutationObserver(() => element.textContent?.includes(text) && done()).observe(element, {
            subtree: true,
            childList: true,
            characterData: true,
          }),
        ),
      }),
      text,
    );
    return () => shown.evaluate(({ when }) => when);
  }

  async function continueUntil(stop: string, phase = stop): Promise<void> {
    await workbench.page.keyboard.press('F5');
    await workbench.stopsAt(stop, phase);
  }

  it('finds the README open, rendered, whose first line says so', async () => {
    const heading = (await workbench.webviewWith('.markdown-body h1')).locator('.markdown-body h1').first();
    equal(await heading.innerText(), 'Press F5 to debug a VM snapshot');
    ok(await heading.isVisible());
    await workbench.screenshot('f5-0-readme');
  });

  it('says what a command of a session lacks where there is none', async () => {
    await workbench.perform('Freezeframe: Take Snapshot');
    await workbench.says('Start a Freezeframe debug session first: there is no guest to snapshot.');
    await workbench.perform('Freezeframe: Export Page Map as PNG…');
    await workbench.says('Start a Freezeframe debug session first: there are no pages to draw.');
  });

  it('opens the page map beside the editor and stops at the state stash', async () => {
    await workbench.page.keyboard.press('F5');
    await workbench.stopsAt('State stash');
    equal(await workbench.page.locator('.exception-widget').count(), 0, 'nothing has gone wrong');
    ok((await count('untracked')) > 0);
    equal(await count('protected'), 0);
    await workbench.screenshot('f5-1-state-stash');
  });

  it('shows every page protected when the guest is about to go on', async () => {
    const before = await mapColours();
    await continueUntil('WP arm');
    await continueUntil('vm_start bottom half', 'Save');
    await workbench.page.locator('.statusbar-item', { hasText: /Save, [\d,]+ pages left/ }).waitFor();
    equal(await count('untracked'), 0);
    ok((await count('protected')) > 0);
    const now = await mapColours();
    ok(now.join() !== before.join(), `the map has other colours than ${before.join()}`);
    await workbench.screenshot('f5-2-vm-start');
  });

  it('says of a page under the pointer when and by whom it came into its state', async () => {
    const map = await workbench.pageMap();
    await map.locator('.scroller').hover({ position: { x: 200, y: 100 } });
    await map.locator('.tooltip', { hasText: 'by migration' }).waitFor();
    await workbench.screenshot('f5-3-tooltip');
  });

  it('opens the memory of a page that is clicked, and keeps the map in sight', async () => {
    const map = await workbench.pageMap();
    await map.locator('.scroller').click({ position: { x: 90, y: 2 } });
    await workbench.page
      .locator('.view-line', { hasText: /^0x80[0-9a-f]{6}\s/ })
      .first()
      .waitFor();
    ok(await map.locator('canvas.cells').isVisible());
    await workbench.screenshot('f5-4-memory');
  });

  it('acts on a page by its context menu: compares it with the freeze, and breaks on the next write to it', async () => {
    await continueUntil('Write fault', 'Save');
    const { page } = workbench;
    const map = await workbench.pageMap();
    const written = await map.locator('.head .link').innerText();
    await map.locator('.head .link').click();
    await workbench.chooseAtPage('Compare with the Freeze');
    await page.locator('.tab.active', { hasText: 'at the freeze' }).waitFor();
    // It has taken the keys from the map.
    await page.locator('.monaco-diff-editor .monaco-editor.focused').waitFor();
    await workbench.screenshot('f5-5-freeze');
    await map.locator('.head .link').click();
    // Below all exception filters, out of sight.
    const breakpoints = page.locator('.debug-breakpoints');
    const rows = breakpoints.locator('.monaco-list-row');
    const count = Number(await rows.first().getAttribute('aria-setsize'));
    await workbench.chooseAtPage('Break on the Next Write Here');
    await rows
      .and(page.locator(`[aria-setsize="${count + 1}"]`))
      .first()
      .waitFor();
    await breakpoints.locator('.monaco-list-row .name').first().click();
    await page.keyboard.press('End');
    await breakpoints.locator('.monaco-list-row', { hasText: `write to ${written}` }).waitFor();
    await continueUntil(`Write to ${written.replace('page ', '')}000`, 'Save');
    ok(await map.locator('canvas.cells').isVisible(), 'what a stop opens does not cover the map');
    await workbench.screenshot('f5-5-written');
    await workbench.perform('Remove All Breakpoints');
  });

  it('says who wrote to a page last, and goes to that write', async () => {
    const map = await workbench.pageMap();
    const written = await map.locator('.head .link').innerText();
    await workbench.page.keyboard.press('F10');
    await workbench.stopsAt('Paused on step', 'Save');
    await workbench.pointAtPage(written.replace('page ', ''));
    await workbench.chooseAtPage('Who Wrote This Last?');
    await workbench.says(/hart 0 wrote last to the page at 0x\w+ .* from pc 0x\w+ <rewrite_page\+0x\w+>/, 'Go There');
    const number = written.replace('page ', '');
    const address = `${number}000`;
    // The step has gone on by a line, and so the last write is some bytes further.
    await workbench.stopsAt(`Write to ${number}`, 'Save');
    await workbench.pointAtPage(address);
    await workbench.chooseAtPage('Open Memory');
    await workbench.page.locator('.tab.active', { hasText: `Memory ${address}` }).waitFor();
    await workbench.chooseAt(address, 'Who Wrote This Last?');
    await workbench.says(new RegExp(`hart 0 wrote last to the byte at ${address} `));
  });

  it('shows a symbol of a page, copies its address, and saves the map as a picture', async () => {
    const { page } = workbench;
    const tooltip = (await workbench.pageMap()).locator('.tooltip .what');
    await workbench.pointAtPage('counter');
    await tooltip.first().waitFor();
    deepEqual(await tooltip.allInnerTexts(), ['.counter of working-set.elf', 'counter']);
    await workbench.pointAtPage('main');
    await workbench.chooseAtPage('Show Symbol');
    const symbol = page.locator('.quick-input-list-row', { hasText: 'fill_heap' });
    await symbol.waitFor();
    // As VS Code gives it the keys after a stop.
    await page.locator('.editor-instance .native-edit-context').first().focus();
    await symbol.click();
    await page.locator('.tab.active', { hasText: 'fill_heap' }).waitFor();
    await workbench.pointAtPage('main');
    await workbench.chooseAtPage('Copy Address');
    await page.locator('.statusbar-item', { hasText: '0x80000000 copied' }).waitFor();
    await page.context().grantPermissions(['clipboard-read']);
    equal(await page.evaluate('navigator.clipboard.readText()'), '0x80000000');
    await workbench.pointAtPage('main');
    await workbench.chooseAtPage('Export Page Map as SVG…');
    const saves = page.locator('.quick-input-widget .monaco-button', { hasText: /^OK$/ });
    await saves.waitFor();
    await workbench.screenshot('f5-5-save-picture');
    await saves.click();
    await page.locator('.statusbar-item', { hasText: 'page-map.svg saved' }).waitFor();
    match(
      readFileSync(join(workbench.workspace, 'page-map.svg'), 'utf8'),
      /^<svg.*riscv_virt_board\.ram.*<\/svg>\s*$/s,
    );
  });

  it('shows every page saved at the end, in the colours of its way there', async () => {
    await continueUntil('Completed');
    await workbench.page.locator('.statusbar-item', { hasText: 'Snapshot written' }).waitFor();
    equal(await count('protected'), 0);
    equal(await count('leaked'), 0);
    ok((await count('copied by fault')) > 0, 'the working set was saved on demand');
    ok((await count('zero')) > 0);
    await workbench.screenshot('f5-5-completed');
  });

  it('takes what is typed in the guest console to the guest', async () => {
    await workbench.page.keyboard.press('F5');
    await (await workbench.pageMap()).locator('.run.running').waitFor();
    await workbench.page.keyboard.press('F7');
    await workbench.says('The guest is running. Pause it first.');
    await workbench.page.locator('.terminal-wrapper.active .xterm').click();
    const isEchoed = await shownOnce('!');
    await workbench.page.keyboard.type('!');
    await isEchoed();
    await workbench.screenshot('f5-6-console');
  });

  it('keeps the last map when the session ends', async () => {
    await workbench.page.keyboard.press('Shift+F5');
    const map = await workbench.pageMap();
    await map.locator('.run.ended').waitFor();
    ok((await count('zero')) > 0);
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    await workbench.screenshot('f5-7-ended');
  });

  it('says of a page of the guest that has ended what cannot be done', async () => {
    const map = await workbench.pageMap();
    await map.locator('page-grid').press('Home');
    await workbench.chooseAtPage('Open Memory');
    await workbench.says('Start a Freezeframe debug session first: the guest that had this page has ended.');
  });

  it('ticks off in the walkthrough what has been done, and nothing else', async () => {
    const done = ['run', 'writeFault', 'page'];
    deepEqual(await workbench.stepsDone(...done), done);
    await workbench.screenshot('f5-8-walkthrough');
  });

  /** Colours on the map's canvas, most frequent first. */
  async function mapColours(): Promise<string[]> {
    const map = await workbench.pageMap();
    return map.locator('canvas.cells').evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Map<string, number>();
      for (let at = 0; at < data.length; at += 4) {
        const colour = data.subarray(at, at + 3).join(' ');
        seen.set(colour, (seen.get(colour) ?? 0) + 1);
      }
      return [...seen]
        .sort(([, a], [, b]) => b - a)
        .slice(0, 3)
        .map(([colour]) => colour);
    });
  }
});
