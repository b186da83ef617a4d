/** VS Code's web workbench in headless Chromium, with Freezeframe in it, on a copy of the sample workspace. */
import { equal, ok } from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { launchChromium, newPage } from '../../tools/chromium.mjs';
import {
  installExtension,
  linkExtension,
  quietWorkbench,
  startVscodeServer,
  workbenchUrl,
} from '../../tools/vscode-server.mjs';
import { handingOver, virtualFolder } from './virtual-workspace';

const root = resolve(__dirname, '../..');
const screenshots = join(root, 'out/screenshots');

/** For how long the palette is looked at before it is opened anew, and for how long it may take to open. */
const attemptMs = 1000;
const openingMs = 3000;

const quickInputRows = '.quick-input-list .monaco-list-row';

export interface WorkbenchOptions {
  readonly theme: 'Default Dark Modern' | 'Default Light Modern';
  /** A package to install; without it the checkout itself is the extension. */
  readonly vsix?: string;
  /** Opens the checkout's own sample workspace, whose tasks run the checkout's tools; otherwise a copy of it. */
  readonly ownSample?: boolean;
  /** The extension runs in the browser, on an empty workspace that only the browser has. Its snapshots go into the copy. */
  readonly virtual?: boolean;
  /** Begins with the first editor that the workspace asks for, as `npm start` does. */
  readonly welcome?: boolean;
  /** Written into the copy, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** The stops of a session in whose course nothing but the default is asked for, and the migration thread's phases at them. */
export const defaultStops: readonly (readonly [stop: string, phase: string])[] = [
  ['State stash', 'State stash'],
  ['WP arm', 'WP arm'],
  ['vm_start bottom half', 'Save'],
  ['Write fault', 'Save'],
  ['Completed', 'Completed'],
];

/** What a user is to see of a stop, without a click. */
export interface StopSeen {
  /** The thread's name, and why it has stopped: `hart 0`, `Write fault on page 0x80400`. */
  readonly thread: string;
  readonly stop: string;
  /** The frame that is selected in the Call Stack, and the line that the editor highlights. */
  readonly frame: RegExp;
  readonly line: RegExp;
  /** A row of the scope that is unfolded. */
  readonly variable: RegExp;
  /** Only where something has gone wrong. */
  readonly redBox?: RegExp;
}

export class Workbench {
  readonly #folder: string;
  readonly #browser: Browser;
  readonly #stopServer: () => Promise<void>;

  private constructor(
    readonly page: Page,
    readonly workspace: string,
    folder: string,
    browser: Browser,
    stopServer: () => Promise<void>,
  ) {
    this.#folder = folder;
    this.#browser = browser;
    this.#stopServer = stopServer;
  }

  static async open({
    theme,
    vsix,
    ownSample,
    virtual,
    welcome,
    files = {},
    viewport = { width: 1280, height: 800 },
  }: WorkbenchOptions): Promise<Workbench> {
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-workbench-'));
    const sample = join(root, 'extension/sample');
    const workspace = ownSample ? sample : join(folder, 'sample');
    // Not the lock of a session that is open on the sample itself.
    const filter = (path: string) => !path.endsWith('.freezeframe-lock');
    if (!ownSample) cpSync(sample, workspace, { recursive: true, filter });
    for (const [path, contents] of Object.entries(files)) writeFileSync(join(workspace, path), contents);
    const folders = { dataFolder: join(folder, 'data'), extensionsFolder: join(folder, 'extensions') };
    if (vsix) await installExtension(vsix, folders);
    else if (!virtual) linkExtension(root, folders.extensionsFolder);
    const server = await startVscodeServer({
      ...folders,
      settings: {
        ...quietWorkbench,
        'workbench.colorTheme': theme,
        // The terminal's text as elements, for tests to read.
        'terminal.integrated.gpuAcceleration': 'off',
        // VS Code would look through all processes for ports again and again.
        'remote.autoForwardPorts': false,
        'editor.cursorBlinking': 'solid',
        ...(virtual && { 'remote.extensionKind': { 'freezeframe.freezeframe': ['web'] } }),
      },
      quiet: true,
      honoursPayload: virtual,
    });
    const browser = await launchChromium();
    const page = await newPage(browser, { viewport });
    const remote = `vscode-remote://localhost:${server.port}`;
    const opened = virtual
      ? { folder: virtualFolder, extension: root, tests: handingOver(folder, `${remote}${workspace}`) }
      : { folder: workspace };
    await page.goto(workbenchUrl(server.port, { ...opened, ...(welcome && { welcome }) }));
    // What moves for ever has the whole window drawn again sixty times a second.
    await page.addStyleTag({ content: '*, ::before, ::after { animation-iteration-count: 1 !important; }' });
    const explorer = page.locator('.explorer-folders-view');
    await (virtual ? explorer : explorer.locator('.monaco-list-row')).first().waitFor();
    const workbench = new Workbench(page, workspace, folder, browser, server.stop);
    await workbench.#knowsDebugger();
    return workbench;
  }

  /**
   * Until its extension host has told it of a debugger, F5 only opens Run and Debug, and F9 does nothing; and one that has just
   * opened listens to no keys. The palette shows what was known when it opened: it is opened anew until the command is there.
   */
  async #knowsDebugger(): Promise<void> {
    for (;;) {
      const command = this.#commandRow('Debug: Start Debugging');
      await this.page.keyboard.press('F1');
      try {
        await this.#input.fill('>Debug: Start Debugging', { timeout: attemptMs });
        await command.waitFor({ timeout: attemptMs });
        return;
      } catch {
        // Not this time.
      } finally {
        await this.page.keyboard.press('Escape');
        await this.#input.waitFor({ state: 'hidden' });
      }
    }
  }

  /** Performs a command of the palette. */
  async perform(name: string): Promise<void> {
    await this.#findCommand(name);
    await this.page.keyboard.press('Enter');
  }

  /** Starts the configuration of this name, as if picked in the Run and Debug view. */
  async start(configuration: string): Promise<void> {
    const command = await this.#findCommand('Debug: Select and Start Debugging');
    await this.page.keyboard.press('Enter');
    await command.waitFor({ state: 'detached' });
    await this.page.locator(quickInputRows).first().waitFor();
    await this.page.keyboard.insertText(configuration);
    await this.choose(configuration);
  }

  /** Opens a file of a folder that the explorer has not unfolded yet, with the caret on a line. */
  async openFromExplorer(folder: string, file: string, line: number): Promise<void> {
    const { page } = this;
    await page.keyboard.press('Control+Shift+E');
    const rows = page.locator('.explorer-folders-view .monaco-list-row');
    await rows.filter({ hasText: folder }).click();
    await rows.filter({ hasText: file }).dblclick();
    await page.locator('.tab.active', { hasText: file }).waitFor();
    await page.keyboard.press('Control+G');
    await this.#input.waitFor();
    await page.keyboard.insertText(`${line}`);
    await this.choose(`line ${line} `);
    await page.locator('.statusbar-item', { hasText: `Ln ${line},` }).waitFor();
  }

  /** Opens a file that the workbench has shown before, at a line. */
  async openAt(file: string, line: number): Promise<void> {
    const { page } = this;
    await page.keyboard.press('Control+P');
    await this.#input.waitFor();
    await page.keyboard.type(`${file}:${line}`);
    await this.choose(file);
    await page.locator('.editor-group-container.active .tab.active', { hasText: file.replace(/\.ts$/, '') }).waitFor();
  }

  /** Chooses from the context menu of the line that has such a text. */
  async chooseAt(text: string, item: string): Promise<void> {
    const line = this.page.locator('.editor-instance .view-line', { hasText: withHints(text) }).first();
    // A line is as wide as the widest of its document: its middle may be out of sight.
    await line.click({ button: 'right', position: { x: 60, y: 8 } });
    await this.#chooseFromMenu(item);
  }

  /** Chooses from the context menu of a file in the explorer. */
  async chooseAtFile(file: string, item: string): Promise<void> {
    await this.fileRow(file).click({ button: 'right' });
    await this.#chooseFromMenu(item);
  }

  fileRow(file: string): Locator {
    return this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${file}"]`);
  }

  /** By a key: a menu takes no click in the first 100 ms that it is shown, so that the one that opens it chooses nothing. */
  async #chooseFromMenu(item: string): Promise<void> {
    const row = this.page.locator('.monaco-menu .action-item', { hasText: item });
    await row.hover();
    await row.and(this.page.locator('.focused')).waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** A webview that has the keys hands one on that asks for input: until the box is there, what is typed goes to the webview. */
  get #input(): Locator {
    return this.page.locator('.quick-input-widget input:focus');
  }

  /** Of a quick input, by Enter: a click is lost where the rows are drawn anew under it. */
  async choose(text: string): Promise<void> {
    await this.#goToRow(this.page.locator(quickInputRows, { hasText: text }).first());
    await this.page.keyboard.press('Enter');
  }

  /** What was chosen last stands above what fits best. */
  async #goToRow(row: Locator): Promise<void> {
    await row.waitFor();
    while (!(await row.and(this.page.locator('.focused')).isVisible())) {
      await this.page.keyboard.press('ArrowDown');
      await row.waitFor();
    }
  }

  /**
   * In the command palette. The command before may still move the keys, and so take F1 or close the palette: that is opened
   * anew. A palette that stays open has the command, or it is not there.
   */
  async #findCommand(name: string): Promise<Locator> {
    const row = this.#commandRow(name);
    for (;;) {
      await this.page.keyboard.press('F1');
      try {
        // Into the box itself: what has the keys a moment later may be an editor of a file.
        await this.#input.fill(`>${name}`, { timeout: openingMs });
      } catch {
        await this.page.keyboard.press('Escape');
        continue;
      }
      const isFound = row.waitFor().then(() => true);
      const isClosed = this.#input.waitFor({ state: 'hidden' }).then(() => false);
      for (const either of [isFound, isClosed]) either.catch(() => {});
      if (!(await Promise.race([isFound, isClosed]))) continue;
      await this.#goToRow(row);
      return row;
    }
  }

  #commandRow(name: string): Locator {
    const label = this.page.locator('.label-name', { hasText: new RegExp(`^${escaped(name)}$`) });
    return this.page.locator(quickInputRows).filter({ has: label });
  }

  /** The page map's own document, once it shows pages. */
  pageMap(): Promise<Frame> {
    return this.webviewWith('page-map .legend');
  }

  /** In the page map, as its find bar finds it. */
  async pointAtPage(place: string): Promise<void> {
    const map = await this.pageMap();
    const go = map.locator('find-bar .go');
    await go.fill(place);
    await go.press('Enter');
    await map.locator('.tooltip').waitFor();
  }

  /** From the context menu of the page that is pointed at. */
  async chooseAtPage(item: string): Promise<void> {
    const map = await this.pageMap();
    await map.locator('.tooltip').waitFor();
    const cursor = map.locator('.cursor');
    await cursor.waitFor();
    const { x, y, width, height } = (await cursor.boundingBox())!;
    await this.page.mouse.click(x + width / 2, y + height / 2, { button: 'right' });
    await this.#chooseFromMenu(item);
  }

  /** The document of the webview that has such an element, once there is one. */
  async webviewWith(selector: string): Promise<Frame> {
    for (;;) {
      for (const frame of this.page.frames()) {
        const count = await frame
          .locator(selector)
          .count()
          // The frame has gone meanwhile.
          .catch(() => 0);
        if (count > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
  }

  /** Waits until all of a stop is to be seen. @returns the highlighted line, and the label of its tab */
  async seesStop({ thread, stop, frame, line, variable, redBox }: StopSeen): Promise<{ line: string; tab: string }> {
    const { page } = this;
    const callStack = page.locator('.debug-call-stack .monaco-list-row');
    const ofThread = callStack.filter({ has: page.locator('.thread .name', { hasText: thread }) });
    await ofThread.filter({ has: page.locator('.thread .state', { hasText: stop }) }).waitFor();
    await callStack.and(page.locator('.selected')).locator('.stack-frame .label', { hasText: frame }).waitFor();
    const shown = await page.waitForFunction(highlightedLine, line, { polling: 100 });
    await page.locator('.debug-variables .monaco-list-row', { hasText: variable }).first().waitFor();
    const box = page.locator('.exception-widget');
    if (redBox) await box.filter({ hasText: redBox }).waitFor();
    else equal(await box.count(), 0, 'nothing has gone wrong');
    await this.offersContinue();
    const tab = page.locator('.editor-group-container.active .tab.active .label-name');
    return { line: (await shown.jsonValue())!, tab: await tab.innerText() };
  }

  /** Waits for a stop, until the page map, which shows the migration thread's phase, and VS Code know of it. */
  async stopsAt(stop: string, phase = stop): Promise<void> {
    const map = await this.pageMap();
    await map.locator('.phase', { hasText: phase }).waitFor();
    await map.locator('.run.stopped').waitFor();
    const callStack = this.page.locator('.debug-call-stack');
    await callStack.filter({ hasText: stop }).waitFor();
    await callStack.locator('.monaco-list-row.selected').waitFor();
    await this.offersContinue();
  }

  /** VS Code tells the stop first and takes the keys of one, F5 among them, a moment later: when its toolbar offers them. */
  offersContinue(): Promise<void> {
    return this.page.locator('.debug-toolbar .codicon-debug-continue').waitFor();
  }

  /** Opens the walkthrough and waits until these steps are done. @returns all that are */
  async stepsDone(...expected: readonly string[]): Promise<string[]> {
    await this.perform('Freezeframe: Your First Snapshot (Walkthrough)');
    const done = this.page.locator('.getting-started-step .complete[data-done-step-id]');
    for (const step of expected) await done.and(this.page.locator(`[data-done-step-id$="#${step}"]`)).waitFor();
    const ids = await done.evaluateAll((all) => all.map((each) => each.getAttribute('data-done-step-id')!));
    return ids.map((id) => id.split('#').at(-1)!);
  }

  /** Waits for a notification and puts it away. @param button of it that is pressed instead */
  async says(text: string | RegExp, button?: string): Promise<void> {
    const toast = this.page.locator('.notification-toast', { hasText: text });
    await toast.waitFor();
    if (button) await toast.locator('.monaco-button', { hasText: button }).click();
    // Not by its own button: it goes by itself after a while, and on a busy machine that is before a click.
    else await this.perform('Notifications: Clear All Notifications');
    await toast.waitFor({ state: 'detached' });
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  /** What was to be seen when a test failed, under its name: others may fail behind it. */
  async screenshotOfFailed(test: Mocha.Test | undefined): Promise<void> {
    if (test?.state === 'failed') await this.screenshot(`failed-${test.title.slice(0, 60).replaceAll(/\W+/g, '-')}`);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#stopServer();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As a pattern that matches nothing else. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A text of the document, between whose words the editor may show what registers hold. */
function withHints(text: string): RegExp {
  const literal = escaped(text).replaceAll(' ', '\\s');
  return new RegExp(literal.replace(/\w*\d\b|\b[sgt]p\b|\bra\b/g, '$&(=0x[0-9a-f]+)?'));
}

/** In the browser: the text of a line that is highlighted as the top of a thread's stack, once one is the expected one. */
function highlightedLine(expected: RegExp): string | undefined {
  const texts = [...document.querySelectorAll('.debug-top-stack-frame-line')].map((mark) => {
    const { top } = mark.getBoundingClientRect();
    const lines = mark.closest('.monaco-editor')?.querySelectorAll('.view-line') ?? [];
    const line = [...lines].find((candidate) => Math.abs(candidate.getBoundingClientRect().top - top) < 2);
    // Without the inlay hints of registers' values, which are no part of the document.
    return line?.textContent?.replaceAll('\u00a0', ' ').replace(/=0x[0-9a-f]+/g, '');
  });
  return texts.find((text) => text !== undefined && expected.test(text));
}

/** Counts of the page map's legend, by state. */
export async function legendCounts(map: Frame): Promise<Map<string, number>> {
  const entries = await map.locator('page-map .entry').all();
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const name = await entry.locator('.name').innerText();
    const count = (await entry.locator('.count').innerText()).replaceAll('\u2009', '');
    counts.set(name, Number(count));
  }
  ok(counts.size > 0, 'the legend has entries');
  return counts;
}
