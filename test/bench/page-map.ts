/** The page map in Chromium: how many frames and how many updates are shown while a guest of 64 GiB changes. */
import { encodeAll, encodeChanges } from '../../debug-adapter/protocol/page-runs';
import { countPages, PageState } from '../../debug-adapter/protocol/page-states';
import { launchChromium } from '../../tools/chromium.mjs';
import { openPageMap } from '../browser/page-map-page';
import { randomNumbers, snapshotAt } from '../browser/synthetic-snapshot';

const pageCount = 16 << 20;
const updateCount = 150;
const updatesPerSecond = 30;
/** Of each update: the scan goes on, and the guest writes here and there. */
const [scannedPages, writtenPages] = [60_000, 2000];

export async function benchPageMap(say: (line: string) => void): Promise<void> {
  say(`\nThe page map in Chromium, ${pageCount >> 20} Mi pages, ${updatesPerSecond} updates a second asked for`);
  const browser = await launchChromium();
  try {
    for (const [what, zoomSteps] of [
      ['all of RAM in view', 0],
      ['zoomed to single pages', 20],
    ] as const) {
      const map = await openPageMap(browser, 'dark', { width: 1200, height: 1000 });
      const updates = updatesOf(snapshotAt(pageCount, 0));
      await map.send({ kind: 'pages', pages: updates.whole, phaseLabel: 'Save' });
      await map.drawn();
      for (let step = 0; step < zoomSteps; step++) {
        await map.page
          .locator('vscode-toolbar-button[icon="zoom-in"]')
          .evaluate((button) => (button as HTMLElement).click());
      }
      await map.drawn();
      // The loader names inner functions, with a helper that the page has not.
      await map.page.evaluate('window.__name = (named) => named');
      const shown = await map.page.evaluate(showAll, { updates: updates.changes, updatesPerSecond });
      const { seconds, frames, draws, longestMs, busyMs } = shown;
      say(
        `${what.padEnd(24)} ${(frames / seconds).toFixed(1)} frames/s, ${(draws / seconds).toFixed(1)} updates shown/s ` +
          `(${draws} of ${updateCount}), longest frame ${longestMs.toFixed(0)} ms, ${(busyMs / updateCount).toFixed(1)} ms of script per update`,
      );
      await map.page.close();
    }
  } finally {
    await browser.close();
  }
}

function updatesOf(first: Uint8Array) {
  const random = randomNumbers(3);
  const block = { name: 'riscv_virt_board.ram', address: '0x80000000', pageCount };
  const event = (kind: 'all' | 'changes', runs: string, states: Uint8Array) => {
    const blocks = [{ ...block, runs, counts: countPages(states) }];
    return { kind, blocks, timeNs: 1, phase: 'save', stopped: false };
  };
  const whole = event('all', encodeAll(first), first);
  let states = first;
  const changes = Array.from({ length: updateCount }, (_, update) => {
    const next = states.slice();
    next.fill(PageState.CopiedScan, update * scannedPages, (update + 1) * scannedPages);
    for (let write = 0; write < writtenPages; write++) next[Math.floor(random() * pageCount)] = PageState.Dirty;
    const change = event('changes', encodeChanges(states, next), next);
    states = next;
    return change;
  });
  return { whole, changes };
}

interface Shown {
  readonly seconds: number;
  readonly frames: number;
  readonly draws: number;
  readonly longestMs: number;
  readonly busyMs: number;
}

/** In the page: sends the updates at their times, and counts frames, and those in which the map was drawn. */
function showAll({ updates, updatesPerSecond }: { updates: unknown[]; updatesPerSecond: number }): Promise<Shown> {
  return new Promise((done) => {
    const grid = document.querySelector('page-map')!.shadowRoot!.querySelector('page-grid')!;
    const begins = performance.now();
    let sent = 0;
    let frames = 0;
    let draws = 0;
    let longestMs = 0;
    let busyMs = 0;
    let last = begins;
    grid.addEventListener('page-drawn', () => draws++);
    const frame = (now: number): void => {
      frames++;
      longestMs = Math.max(longestMs, now - last);
      last = now;
      if (sent === updates.length) {
        const seconds = (performance.now() - begins) / 1000;
        done({ seconds, frames, draws, longestMs, busyMs });
        return;
      }
      if (((now - begins) / 1000) * updatesPerSecond >= sent) {
        const message = new MessageEvent('message', {
          data: { kind: 'pages', pages: updates[sent++], phaseLabel: 'Save' },
        });
        const before = performance.now();
        window.dispatchEvent(message);
        busyMs += performance.now() - before;
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}
