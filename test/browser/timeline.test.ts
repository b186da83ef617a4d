import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { encodeAll } from '../../debug-adapter/protocol/page-runs';
import { countPages, PageState } from '../../debug-adapter/protocol/page-states';
import { Activity, type StopMark, type TimelineEvent } from '../../debug-adapter/protocol/timeline';
import type { FromTimeline } from '../../debug-adapter/protocol/timeline-messages';
import { Timeline } from '../../debug-adapter/timeline/timeline';
import { launchChromium } from '../../tools/chromium.mjs';
import { accessibilityFindings } from './accessibility';
import { openPageMap, type PageMapPage } from './page-map-page';
import { themes } from './themes';

const screenshots = resolve(__dirname, '../../out/screenshots');
const msNs = 1_000_000;

/** 40 ms, then a snapshot in whose course the hart sleeps in twenty write faults; it stands in the last. */
function atWriteFault(): TimelineEvent {
  const timeline = new Timeline();
  const [hart, main] = [timeline.lane('hart 0'), timeline.lane('main loop')];
  timeline.become(hart, Activity.Running, 0);
  timeline.become(main, Activity.Idle, 0);
  timeline.beginSnapshot(40 * msNs);
  const migration = timeline.lane('migration');
  timeline.enterPhase({ phase: 'setup', label: 'Setup', thread: 'main loop', role: 'main-loop' }, 40 * msNs);
  timeline.endPhase('main loop', 40.5 * msNs);
  timeline.enterPhase({ phase: 'vm-stop', label: 'Freeze', thread: 'migration', role: 'migration' }, 41 * msNs);
  timeline.become(migration, Activity.HoldsBql, 41 * msNs);
  timeline.become(hart, Activity.Stopped, 41 * msNs);
  timeline.enterPhase({ phase: 'save', label: 'Save', thread: 'migration', role: 'migration' }, 42 * msNs);
  timeline.become(migration, Activity.Running, 42 * msNs);
  for (let fault = 0; fault < 20; fault++) {
    const startNs = (43 + fault) * msNs;
    timeline.become(hart, Activity.InFault, startNs, 100 + fault);
    timeline.sent(startNs, 4096, 1);
    if (fault < 19) timeline.become(hart, Activity.Running, startNs + 300_000);
  }
  for (const lane of [hart, main, migration]) lane.count(62.1 * msNs);
  const { update } = timeline.update(undefined, { timeNs: 62 * msNs, hasDetail: true });
  const latencies = {
    count: 19,
    log2Counts: [...Array(8).fill(0), 19],
    p50Ns: 300_000,
    p99Ns: 300_000,
    maxNs: 300_000,
  };
  const stop: StopMark = { thread: 'hart 0', timeNs: 62 * msNs, title: 'Write fault on page 0x80077', page: 119 };
  return { ...update, latencies, stop };
}

async function open(browser: Browser, theme: keyof typeof themes, viewport: { width: number; height: number }) {
  const map = await openPageMap(browser, theme, viewport, false);
  const states = new Uint8Array(4096).fill(PageState.Protected);
  const ram = {
    name: 'ram',
    address: '0x80000000',
    pageCount: 4096,
    runs: encodeAll(states),
    counts: countPages(states),
  };
  const pages = { kind: 'all' as const, blocks: [ram], timeNs: 62 * msNs, phase: 'save', stopped: true };
  await map.send({ kind: 'pages', pages, phaseLabel: 'Save: linear scan and write faults' });
  await show(map, atWriteFault());
  return map;
}

async function show(map: PageMapPage, event: TimelineEvent, isOther = true): Promise<void> {
  await map.send({ kind: 'timeline', event, isOther });
  await map.drawn();
}

/** What a user's acts have made it say. */
function said({ receivedOfTimeline }: PageMapPage): FromTimeline[] {
  return receivedOfTimeline.filter(({ kind }) => kind !== 'timeline-ready');
}

/** How many pixels of the lanes have a colour of the theme. */
function pixelsOf(map: PageMapPage, theme: keyof typeof themes, activity: Activity): Promise<number> {
  const name = `freezeframe-thread${Activity[activity]}` as keyof (typeof themes)['dark'];
  return map.page.locator('time-line .plot canvas').evaluate((element, colour) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (wanted.every((part, at) => data[i + at] === part)) count++;
    return count;
  }, themes[theme][name]);
}

describe('the timeline on a page of its own', () => {
  let browser: Browser;
  before(async () => {
    mkdirSync(screenshots, { recursive: true });
    browser = await launchChromium();
  });
  after(() => browser.close());

  for (const [theme, viewport] of [
    ['dark', { width: 700, height: 820 }],
    ['light', { width: 320, height: 700 }],
    ['highContrast', { width: 700, height: 820 }],
  ] as const) {
    it(`shows what threads do in the theme's colours, and axe finds nothing (${theme}, ${viewport.width} px)`, async () => {
      const map = await open(browser, theme, viewport);
      for (const activity of [Activity.Running, Activity.Stopped, Activity.InFault, Activity.HoldsBql, Activity.Idle])
        ok((await pixelsOf(map, theme, activity)) > 0, Activity[activity]);
      deepEqual(await accessibilityFindings(map.page), []);
      await map.page.screenshot({ path: resolve(screenshots, `timeline-${theme}.png`) });
      await map.page.close();
    });
  }

  it('keys lead to write faults, which are read aloud, and select their thread and page', async () => {
    const map = await open(browser, 'dark', { width: 700, height: 820 });
    const { page } = map;
    await page.locator('time-line .plot').focus();
    await page.keyboard.press('f');
    const spoken = page.locator('time-line [aria-live]');
    const first = 'write fault on page 0x80064, hart 0 sleeps, for 300 µs, from 43.000\u2009000 ms';
    await spoken.filter({ hasText: first }).waitFor({ state: 'attached' });
    await page.keyboard.press('Shift+F');
    equal(await spoken.innerText(), first, 'there is none before');
    await page.keyboard.press('s');
    await spoken
      .filter({ hasText: 'write fault on page 0x80077, hart 0 sleeps, since' })
      .waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await page.locator('page-grid .tooltip', { hasText: 'page 0x80077' }).waitFor();
    deepEqual(said(map), [{ kind: 'select-thread', thread: 'hart 0' }]);
    await page.close();
  });

  it('takes the run to where its cursor is dragged, or to where keys have led; Escape lets go of it', async () => {
    const map = await open(browser, 'dark', { width: 700, height: 820 });
    const { page } = map;
    const axisOf = async (timeNs: number) => {
      // From 40 ms, where the snapshot begins, to where hart 0 has come to, and a margin.
      const { x, width, y } = (await page.locator('time-line .plot').boundingBox())!;
      const [startNs, endNs] = [40 * msNs - 0.03 * 22.1 * msNs, 62.1 * msNs + 0.03 * 22.1 * msNs];
      return [x + ((timeNs - startNs) / (endNs - startNs)) * width, y + 8] as const;
    };
    const drag = async (fromNs: number, toNs: number, then = () => page.mouse.up()) => {
      await page.mouse.move(...(await axisOf(fromNs)));
      await page.locator('time-line .plot.cursor').waitFor();
      await page.mouse.down();
      await page.mouse.move(...(await axisOf(toNs)), { steps: 4 });
      await page.locator('time-line .tooltip', { hasText: 'Go to' }).waitFor();
      await then();
    };
    const range = await page.locator('time-line .range').innerText();
    await drag(62 * msNs, 50 * msNs);
    await drag(62 * msNs, 45 * msNs, async () => {
      await page.keyboard.press('Escape');
      await page.mouse.up();
    });
    equal(await page.locator('time-line .range').innerText(), range, 'the view stays');
    await page.locator('time-line .plot').press('f');
    await page.keyboard.press('g');
    const times = said(map).map((message) => (message.kind === 'go-to-time' ? message.timeNs : undefined));
    equal(times.length, 2);
    ok(Math.abs(times[0]! - 50 * msNs) < 0.1 * msNs, `${times[0]} ns`);
    await page.close();
  });

  it('shows what will come again where the run has gone back, veiled', async () => {
    const map = await open(browser, 'dark', { width: 700, height: 820 });
    const { page } = map;
    const running = await pixelsOf(map, 'dark', Activity.Running);
    const early = new Timeline();
    early.become(early.lane('hart 0'), Activity.Running, 0);
    early.lane('hart 0').count(45 * msNs);
    const { update } = early.update(undefined, { timeNs: 45 * msNs, hasDetail: true });
    const stop: StopMark = { thread: 'hart 0', timeNs: 45 * msNs, title: 'Paused' };
    const back: TimelineEvent = { ...update, stop, historyEndNs: 62 * msNs };
    await show(map, back, false);
    equal(await page.locator('time-line .labels button').count(), 3, 'the migration thread is still to come');
    const left = await pixelsOf(map, 'dark', Activity.Running);
    ok(left > 0 && left < running / 2, `${left} of ${running}`);
    await page.screenshot({ path: resolve(screenshots, 'timeline-gone-back.png') });
    await show(map, { ...back, historyEndNs: 45 * msNs }, false);
    equal(await page.locator('time-line .labels button').count(), 1, 'a new history');
    await page.close();
  });

  it('zooms to a phase that is clicked, and back; a lane’s name selects its thread', async () => {
    const map = await open(browser, 'dark', { width: 700, height: 820 });
    const { page } = map;
    const range = page.locator('time-line .range');
    const whole = await range.innerText();
    const plot = (await page.locator('time-line .plot').boundingBox())!;
    await page.mouse.click(plot.x + plot.width / 2, plot.y + 30);
    await range.filter({ hasText: '21.3 ms from 41.397' }).waitFor();
    ok((await pixelsOf(map, 'dark', Activity.Stopped)) > 0, 'the margin');
    // As after a journey into the past.
    await show(map, atWriteFault(), false);
    await range.filter({ hasText: '21.3 ms from 41.397' }).waitFor();
    await page.keyboard.press('Escape');
    await range.filter({ hasText: whole }).waitFor();
    await page.click('time-line button.label:has-text("main loop")');
    deepEqual(said(map), [{ kind: 'select-thread', thread: 'main loop' }]);
    await page.close();
  });

  it('folds, is made higher by keys, and is as it was left', async () => {
    const map = await open(browser, 'dark', { width: 700, height: 820 });
    const { page } = map;
    await page.locator('[role="separator"]').focus();
    await page.keyboard.press('ArrowUp');
    await page.click('time-line button[aria-expanded="true"]');
    await page.locator('time-line .plot').waitFor({ state: 'detached' });
    const [moved, folded] = said(map) as Extract<FromTimeline, { kind: 'timeline-layout' }>[];
    ok(moved!.layout.share > 0.46 && !moved!.layout.isFolded);
    deepEqual(folded!.layout, { ...moved!.layout, isFolded: true });
    await map.send({ kind: 'timeline-layout', layout: { share: 0.3, isFolded: false } });
    await page.locator('time-line .plot').waitFor();
    const { height } = (await page.locator('time-line').boundingBox())!;
    ok(Math.abs(height - 0.3 * 820) < 2, `${height} px`);
    await page.close();
  });

  it('draws a deadlock as a picture, with the same in words', async () => {
    const map = await open(browser, 'dark', { width: 700, height: 820 });
    const { page } = map;
    const waits = [
      { thread: 'migration', resource: 'the BQL', heldBy: 'main loop' },
      { thread: 'main loop', resource: 'uffd: page 0x80400', heldBy: 'migration' },
      { thread: 'hart 0', resource: 'the BQL', heldBy: 'main loop' },
    ];
    await show(map, { ...atWriteFault(), stop: { thread: 'migration', timeNs: 62 * msNs, title: 'Deadlock', waits } });
    equal(await page.locator('.waits .edge.circle').count(), 2);
    equal(await page.locator('.waits li').first().innerText(), 'migration waits for the BQL, held by main loop');
    deepEqual(await accessibilityFindings(page), []);
    await page.screenshot({ path: resolve(screenshots, 'timeline-deadlock.png') });
    await page.close();
  });
});
