/** The real webview bundle on a page of its own, with a test in the place of the extension host. */
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { FromPageMap, ToPageMap } from '../../debug-adapter/protocol/page-map-messages';
import { type FromTimeline, parseFromTimeline, type ToTimeline } from '../../debug-adapter/protocol/timeline-messages';
import { newPage } from '../../tools/chromium.mjs';
import { themes } from './themes';

const webview = resolve(__dirname, '../../dist/webview');

export interface PageMapPage {
  readonly page: Page;
  /** What the map has sent, in order. */
  readonly received: FromPageMap[];
  /** What the timeline below it has sent. */
  readonly receivedOfTimeline: FromTimeline[];
  send(message: ToPageMap | ToTimeline): Promise<void>;
  /** Resolves when all that was sent before has been drawn. */
  drawn(): Promise<void>;
  /** Resolves with the map's message at `index`, when it has been sent. */
  message(index: number): Promise<FromPageMap>;
}

/** @param isFolded without the timeline below the map */
export async function openPageMap(
  browser: Browser,
  theme: keyof typeof themes,
  viewport: { width: number; height: number },
  isFolded = true,
): Promise<PageMapPage> {
  const received: FromPageMap[] = [];
  let arrived: () => void = () => {};
  const receivedOfTimeline: FromTimeline[] = [];
  const page = await openWebview(browser, theme, viewport, 'page-map.js', (message) => {
    const ofTimeline = parseFromTimeline(message);
    if (ofTimeline) receivedOfTimeline.push(ofTimeline);
    else received.push(message as FromPageMap);
    arrived();
  });
  const send = (message: ToPageMap | ToTimeline) => page.evaluate((sent) => window.postMessage(sent), message);
  await send({ kind: 'timeline-layout', layout: { share: 0.46, isFolded } });
  return {
    page,
    received,
    receivedOfTimeline,
    send,
    // As text: the test's own loader would name the inner functions, with a helper that the page has not. Behind what was
    // sent, as frames may overtake it.
    drawn: () =>
      page.evaluate(`new Promise((done) => {
        addEventListener('message', () => requestAnimationFrame(() => requestAnimationFrame(() => done())), { once: true });
        postMessage('drawn');
      })`),
    async message(index) {
      while (received.length <= index) await new Promise<void>((done) => (arrived = done));
      return received[index]!;
    },
  };
}

/** @param receive is told what the webview sends to its host */
export async function openWebview(
  browser: Browser,
  theme: keyof typeof themes,
  viewport: { width: number; height: number },
  script: string,
  receive: (message: unknown) => void,
): Promise<Page> {
  const page = await newPage(browser, { viewport });
  await page.exposeFunction('toHost', receive);
  await page.addInitScript('window.acquireVsCodeApi = () => ({ postMessage: (message) => window.toHost(message) });');
  const variables = Object.entries(themes[theme]).map(([name, value]) => `--vscode-${name}: ${value};`);
  await page.route('http://page-map.test/**', (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name) return route.fulfill({ path: resolve(webview, name) });
    return route.fulfill({
      contentType: 'text/html',
      body: `<!DOCTYPE html><html lang="en" style="${variables.join(' ')}"><head><title>Page Map</title>
        <link rel="stylesheet" id="vscode-codicon-stylesheet" href="codicon.css"><link rel="stylesheet" href="page.css">
        </head><body style="background: var(--vscode-editor-background)"><script src="${script}"></script></body></html>`,
    });
  });
  await page.goto('http://page-map.test/');
  return page;
}
