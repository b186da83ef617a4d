import { deepEqual, equal } from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import type { ComparedSnapshot, ComparisonMessage } from '../../debug-adapter/protocol/comparison-messages';
import { launchChromium } from '../../tools/chromium.mjs';
import { accessibilityFindings } from './accessibility';
import { openWebview } from './page-map-page';

const tracking: ComparedSnapshot = {
  name: 'background-snapshot',
  isComplete: true,
  byteCount: 33_700_000,
  copyCount: 24_591,
  zeroCount: 16_407,
  duplicateCount: 0,
  totalNs: 201e6,
  downtimeNs: 320_000,
  latencies: { count: 340, log2Counts: [0, 0, 0, 250, 90], p50Ns: 15_400, p99Ns: 23_000, maxNs: 23_000 },
  instantNs: 600_000,
  wrongCount: 0,
  guestSpeed: 0.985,
};
const none = { count: 0, log2Counts: [], p50Ns: 0, p99Ns: 0, maxNs: 0 };
const precopy = { name: 'precopy', byteCount: 469e6, duplicateCount: 106_241, totalNs: 13_700e6, instantNs: 13_700e6 };
const message: ComparisonMessage = {
  kind: 'comparison',
  title: 'Working set: by algorithm',
  snapshots: [
    tracking,
    { ...tracking, name: 'track-writes-ram', wrongCount: 16 },
    { ...tracking, ...precopy, latencies: none, isComplete: false },
  ],
};

describe('the comparison of snapshots on a page of its own', () => {
  let browser: Browser;
  before(async () => {
    mkdirSync(resolve(__dirname, '../../out/screenshots'), { recursive: true });
    browser = await launchChromium();
  });
  after(() => browser.close());

  for (const [theme, width] of [
    ['dark', 900],
    ['light', 360],
  ] as const) {
    it(`has a bar for each figure, and axe finds nothing (${theme}, ${width} px)`, async () => {
      const said: unknown[] = [];
      const page = await openWebview(browser, theme, { width, height: 620 }, 'comparison.js', (each) =>
        said.push(each),
      );
      await page.evaluate((sent) => window.postMessage(sent), message);
      const written = page.locator('tbody tr', { hasText: 'Written' }).locator('td');
      await written.nth(2).waitFor();
      const [mebibytes] = await written.allInnerTexts();
      equal(mebibytes?.trim(), '32.1 MiB');
      const bars = await written
        .locator('.bar')
        .evaluateAll((all) => all.map((bar) => (bar as HTMLElement).style.width));
      deepEqual([bars[0], bars[2]], ['7.1855%', '100%']);
      equal(await page.locator('thead .note').count(), 1, 'one was given up');
      equal(await page.locator('.latency-bars').count(), 2);
      deepEqual(await accessibilityFindings(page), []);
      deepEqual(said, [{ kind: 'ready' }]);
      await page.screenshot({ path: resolve(__dirname, `../../out/screenshots/comparison-${theme}.png`) });
      await page.close();
    });
  }
});
