import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import type { PagesEvent } from '../../debug-adapter/protocol/messages';
import type { FromPageMap } from '../../debug-adapter/protocol/page-map-messages';
import { encodeAll, encodeChanges } from '../../debug-adapter/protocol/page-runs';
import { countPages, PageState, pageStateNames } from '../../debug-adapter/protocol/page-states';
import { launchChromium } from '../../tools/chromium.mjs';
import { accessibilityFindings } from './accessibility';
import { openPageMap, type PageMapPage } from './page-map-page';
import { randomNumbers, snapshotAt } from './synthetic-snapshot';
import { themes } from './themes';
import { legendCounts } from './workbench';

const screenshots = resolve(__dirname, '../../out/screenshots');
const panel = { width: 620, height: 820 };

const ram = 'riscv_virt_board.ram';

function whole(states: Uint8Array, over: Partial<PagesEvent> = {}, runs = encodeAll(states)): PagesEvent {
  return {
    kind: 'all',
    blocks: [{ name: ram, address: '0x80000000', pageCount: states.length, runs, counts: countPages(states) }],
    timeNs: 12_345_678_901,
    phase: 'save',
    stopped: true,
    ...over,
  };
}

function show(map: PageMapPage, pages: PagesEvent): Promise<void> {
  return map.send({ kind: 'pages', pages, phaseLabel: 'Save: linear scan and write faults' });
}

describe('the page map on a page of its own', () => {
  let browser: Browser;
  before(async () => {
    mkdirSync(screenshots, { recursive: true });
    browser = await launchChromium();
  });
  after(() => browser.close());

  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    it(`axe-core finds nothing amiss, whatever there is to be seen (${theme})`, async () => {
      const map = await openPageMap(browser, theme, panel);
      deepEqual(await accessibilityFindings(map.page), [], 'without a session');
      await show(map, whole(snapshotAt(4096, 2000), { stopPage: { block: ram, page: 9 } }));
      await map.send({
        kind: 'report',
        report: {
          outcome: 'written',
          title: 'Snapshot written to a.qemu',
          facts: [{ name: 'Downtime', value: '1 ms' }],
          path: 'a.qemu',
          qemuCommand: 'qemu-system-riscv64',
        },
      });
      await map.page.click('find-bar vscode-toolbar-button[icon="filter"]');
      await map.page.locator('page-grid').focus();
      await map.page.keyboard.press('Home');
      for (let step = 0; step < 3; step++) await map.page.click('vscode-toolbar-button[icon="zoom-in"]');
      await map.drawn();
      deepEqual(await accessibilityFindings(map.page), [], 'with pages, a report, filters and a page pointed at');
      await map.page.close();
    });

    it(`every state has the theme's colour (${theme})`, async () => {
      const map = await openPageMap(browser, theme, panel);
      const states = snapshotAt(32768, 14_000);
      await show(map, whole(states));
      await map.drawn();
      await map.page.screenshot({ path: resolve(screenshots, `page-map-${theme}.png`) });
      const colours = await canvasColours(map);
      for (const state of new Set(states)) ok(colours.has(colourOf(theme, state)), `${PageState[state]} is on the map`);
      await map.page.close();
    });
  }

  it('keeps the map in sight below a report, in the panel of a window 720 px high', async () => {
    const map = await openPageMap(browser, 'dark', { width: 460, height: 415 }, false);
    const { page } = map;
    await show(map, whole(snapshotAt(4096, 4096)));
    const facts = ['Written', 'Downtime', 'Write faults', 'Checked'].map((name) => ({ name, value: 'so and so much' }));
    const title = 'Snapshot written to /home/somebody/project/snapshots/a.qemu';
    await map.send({ kind: 'report', report: { outcome: 'written', title, facts, path: 'a.qemu' } });
    const report = page.locator('.report');
    await report.locator('vscode-toolbar-button[label="Open Snapshot"]').waitFor();
    await map.drawn();
    await page.screenshot({ path: resolve(screenshots, 'page-map-low-report.png') });
    const { y, height } = (await page.locator('page-grid').boundingBox())!;
    const below = (await page.getByRole('separator').boundingBox())!.y;
    ok(height >= 80 && y + height <= below, `the map is from ${y} to ${y + height} px, the timeline from ${below}`);
    deepEqual(await accessibilityFindings(page), []);
    await report.locator('.title').click();
    await report.getByText('Downtime').waitFor();
    equal(await report.locator('vscode-button').innerText(), 'Open Snapshot');
    await page.close();
  });

  it('hovering asks the session about the page and shows its answer', async () => {
    const map = await openPageMap(browser, 'dark', panel);
    await show(map, whole(snapshotAt(4096, 2000)));
    await map.page.hover('.scroller', { position: { x: 300, y: 200 } });
    deepEqual(await map.message(0), { kind: 'ready' });
    const ask = await map.message(1);
    ok(ask.kind === 'page-info');
    await map.send({
      kind: 'page-info',
      id: ask.id,
      info: {
        page: ask.of.page,
        address: `0x${(0x80000000 + ask.of.page * 4096).toString(16)}`,
        block: ram,
        state: 'copied by fault',
        timeNs: 1_234_567,
        thread: 'hart 0',
      },
    });
    const page = `page 0x${(0x80000 + ask.of.page).toString(16)}`;
    const tooltip = map.page.locator('.tooltip', { hasText: page });
    ok((await tooltip.innerText()).includes('by hart 0'));
    await map.page.screenshot({ path: resolve(screenshots, 'page-map-tooltip.png') });
    await map.page.click('.scroller', { position: { x: 300, y: 200 } });
    deepEqual(await map.message(2), { kind: 'open-memory', of: ask.of });
    await map.page.close();
  });

  it('a state clicked in the legend stands out, and zooming shows single pages', async () => {
    const map = await openPageMap(browser, 'light', { width: 480, height: 420 });
    await show(map, whole(snapshotAt(1 << 20, 400_000)));
    ok((await map.page.locator('.scale').innerText()).includes('a cell'));
    await map.page.click('.entry:has-text("dirty")');
    for (let step = 0; step < 8; step++) await map.page.click('vscode-toolbar-button[icon="zoom-in"]');
    await map.drawn();
    await map.page.locator('.scroller').evaluate((scroller) => scroller.scrollTo(0, 3000));
    await map.drawn();
    await map.page.screenshot({ path: resolve(screenshots, 'page-map-zoomed.png') });
    ok(!(await map.page.locator('.scale').innerText()).includes('a cell'));
    await map.page.close();
  });

  it('a faulting page is marked at any zoom, and F leads to it and says what it is', async () => {
    const map = await openPageMap(browser, 'dark', { width: 300, height: 420 });
    const states = snapshotAt(1 << 20, 400_000);
    const fault = states.indexOf(PageState.Faulting);
    await show(map, whole(states));
    await map.drawn();
    equal(await markCount(map), 1);
    for (let step = 0; step < 4; step++) await map.page.click('vscode-toolbar-button[icon="zoom-in"]');
    await map.page.locator('.scroller').evaluate((scroller) => scroller.scrollTo(0, 0));
    await map.page.locator('.beyond.below', { hasText: '1' }).waitFor();
    await map.page.locator('page-grid').focus();
    for (const key of ['Home', 'f']) await map.page.keyboard.press(key);
    let asked = await map.message(map.received.length - 1);
    while (asked.kind !== 'page-info' || asked.of.page !== fault) asked = await map.message(map.received.length);
    await map.drawn();
    equal(await markCount(map), 1);
    const info = { page: fault, address: '0x1', block: 'ram', state: 'faulting', timeNs: 1_000_000, thread: 'hart 0' };
    await map.send({ kind: 'page-info', id: asked.id, info });
    const number = `0x${(0x80000 + fault).toString(16)}`;
    await map.page
      .locator('[aria-live]', { hasText: `page ${number}, faulting, since 1.000\u2009000 ms, by hart 0` })
      .waitFor({ state: 'attached' });
    await map.page.keyboard.press('Enter');
    deepEqual(await map.message(map.received.length - 1), { kind: 'open-memory', of: { block: ram, page: fault } });
    await map.page.screenshot({ path: resolve(screenshots, 'page-map-narrow.png') });
    await map.page.close();
  });

  it('says nothing of a page of the session before when another begins', async () => {
    const map = await openPageMap(browser, 'dark', panel);
    await show(map, whole(snapshotAt(4096, 2000)));
    await map.page.locator('page-grid').press('Home');
    const tooltip = map.page.locator('.tooltip');
    await tooltip.waitFor();
    await map.send({ kind: 'ended' });
    await map.page.locator('.run.ended').waitFor();
    equal(await tooltip.count(), 1, 'it may still be read');
    await show(map, whole(snapshotAt(4096, 0)));
    await map.page.locator('.run.stopped').waitFor();
    equal(await tooltip.count(), 0);
    await map.page.close();
  });

  it('goes to a page by its name, and shows pages of a thread alone', async () => {
    const map = await openPageMap(browser, 'light', panel);
    const states = snapshotAt(4096, 2000);
    await show(map, whole(states));
    const ask = async <Kind extends FromPageMap['kind']>(kind: Kind) => {
      for (let index = 0; ; index++) {
        const message = await map.message(index);
        if (message.kind === kind) return message as Extract<FromPageMap, { kind: Kind }>;
      }
    };
    await map.page.fill('find-bar .go', 'main');
    await map.page.keyboard.press('Enter');
    const find = await ask('find-page');
    deepEqual([find.text, find.block], ['main', ram]);
    await map.send({ kind: 'found-page', id: find.id, of: { block: ram, page: 1234 } });
    await map.page.locator('.tooltip', { hasText: `page 0x${(0x80000 + 1234).toString(16)}` }).waitFor();
    await map.page.locator('page-grid').dispatchEvent('contextmenu');
    const context = JSON.parse((await map.page.locator('page-map').getAttribute('data-vscode-context')) ?? '{}');
    deepEqual([context.webviewSection, context.pageNumber, context.isPageOfRam], ['page', 1234, true]);

    await map.page.click('find-bar vscode-toolbar-button[icon="filter"]');
    const first = await ask('filter-pages');
    const matches = states.map((_, page) => (page === 9 ? 1 : 0));
    await map.send({
      kind: 'filtered-pages',
      id: first.id,
      pages: { runs: [encodeAll(matches)], count: 1, threads: ['hart 0'] },
    });
    await map.page.selectOption('find-bar select >> nth=0', { label: 'by hart 0' });
    map.received.splice(0, map.received.indexOf(first) + 1);
    const second = await ask('filter-pages');
    equal(second.thread, 'hart 0');
    await map.drawn();
    const before = await canvasColours(map);
    await map.send({
      kind: 'filtered-pages',
      id: second.id,
      pages: { runs: [encodeAll(matches)], count: 1, threads: ['hart 0'] },
    });
    await map.page.locator('find-bar .note', { hasText: '1 page' }).waitFor();
    await map.drawn();
    const after = await canvasColours(map);
    ok(before.has(colourOf('light', PageState.Protected)) && !after.has(colourOf('light', PageState.Protected)));
    ok(after.has(colourOf('light', states[9]!)));
    await map.page.screenshot({ path: resolve(screenshots, 'page-map-filter.png') });
    await map.page.close();
  });

  it('is made into pictures, with its legend', async () => {
    const map = await openPageMap(browser, 'dark', panel);
    await show(map, whole(snapshotAt(16384, 7000)));
    await map.drawn();
    for (const format of ['svg', 'png'] as const) {
      const index = map.received.length;
      await map.send({ kind: 'draw', format });
      const picture = await map.message(index);
      ok(picture.kind === 'picture' && picture.format === format);
      if (format === 'svg') ok(picture.data.startsWith('<svg') && picture.data.includes('copied by fault'));
      const bytes = Buffer.from(picture.data, format === 'svg' ? 'utf8' : 'base64');
      writeFileSync(resolve(screenshots, `page-map-export.${format}`), bytes);
      if (format === 'png') deepEqual([...bytes.subarray(1, 4)], [...Buffer.from('PNG')]);
    }
    await map.page.close();
  });

  it('a million pages follow every change', async () => {
    const map = await openPageMap(browser, 'dark', { width: 1200, height: 1150 });
    const random = randomNumbers(7);
    let states = snapshotAt(1 << 20, 0);
    await show(map, whole(states, { stopped: false }));
    for (let scanned = 0; scanned < 60; scanned++) {
      const next = states.slice();
      next.fill(PageState.CopiedScan, scanned * 15_000, (scanned + 1) * 15_000);
      for (let write = 0; write < 400; write++) next[Math.floor(random() * next.length)] = PageState.Dirty;
      await show(map, whole(next, { kind: 'changes', stopped: false }, encodeChanges(states, next)));
      states = next;
      await map.drawn();
    }
    await map.page.screenshot({ path: resolve(screenshots, 'page-map-million.png') });
    const shown = await legendCounts(map.page.mainFrame());
    const colours = await canvasColours(map);
    for (const state of [PageState.CopiedScan, PageState.Dirty] as const) {
      equal(shown.get(pageStateNames[state]), countPages(states)[state]);
      ok(colours.has(colourOf('dark', state)));
    }
    equal(await map.page.locator('.scale').innerText(), '1\u2009048\u2009576 pages');
    await map.page.close();
  });
});

function colourOf(theme: keyof typeof themes, state: PageState): string {
  return (themes[theme] as Record<string, string>)[`freezeframe-page${PageState[state]}`]!;
}

/** How many marks are drawn over the cells: pixels of their lines that are one from another. */
function markCount(map: PageMapPage): Promise<number> {
  return map.page.locator('canvas.marks').evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
    const columns = new Set<number>();
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) columns.add(((i - 3) / 4) % width);
    return [...columns].filter((column) => !columns.has(column - 1)).length;
  });
}

/** The colours of the map's pixels, as `#rrggbb`. */
async function canvasColours(map: PageMapPage): Promise<Set<string>> {
  const colours = await map.page.locator('canvas.cells').evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set<string>();
    for (let i = 0; i < data.length; i += 4) {
      found.add(`#${[...data.subarray(i, i + 3)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
    }
    return [...found];
  });
  return new Set(colours);
}
