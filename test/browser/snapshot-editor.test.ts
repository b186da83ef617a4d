import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Frame } from 'playwright-core';
import { freezeframe, workingSet } from '../command-line/freezeframe';
import { captured } from '../stream/captured';
import { surveyOf } from '../stream/in-memory';
import { accessibilityFindings } from './accessibility';
import { Workbench } from './workbench';

/** Two snapshots of one guest, a few milliseconds apart. */
async function snapshots(): Promise<[Uint8Array, Uint8Array]> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-snapshots-'));
  try {
    const taken: Uint8Array[] = [];
    for (const ms of [5, 10]) {
      const output = join(folder, `${ms}.qemu`);
      const when = JSON.stringify({ ms });
      const flags = ['--program', workingSet, '--ram', '4M', '--snapshot.output', output, '--snapshot.when', when];
      equal((await freezeframe('run', ...flags)).code, 0);
      taken.push(readFileSync(output));
    }
    return [taken[0]!, taken[1]!];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Not by `waitForFunction`: from its second look on, it needs `eval`, which a webview's policy forbids. */
const whenSmall = `new Promise((done) => {
  const look = () => (innerWidth < 720 && innerHeight < 480 ? done() : addEventListener('resize', look, { once: true }));
  look();
})`;

describe('a snapshot file in VS Code', function () {
  // One workbench: each test goes on where the one before has ended.
  this.bail(true);
  let workbench: Workbench;
  let ours: Uint8Array;

  before(async () => {
    const [a, b] = await snapshots();
    ours = a;
    workbench = await Workbench.open({
      theme: 'Default Dark Modern',
      files: {
        'a.qemu': a,
        'b.qemu': b,
        'cut.qemu': a.subarray(0, 30_000),
        'none.qemu': 'Not everything of this name is a snapshot.',
        'pc.stream': captured('pc'),
      },
    });
  });
  afterEach(async function () {
    await workbench.screenshotOfFailed(this.currentTest);
  });
  after(() => workbench?.close());

  /** The editor that says this at its top. */
  const editorThatSays = (text: string): Promise<Frame> =>
    workbench.webviewWith(`snapshot-editor :is(.verdict .title, .refused):has-text("${text}")`);

  /** Axe's, on the colour that VS Code has behind the editor: its document has none, which axe takes for white. */
  async function findings(editor: Frame): Promise<string[]> {
    await editor.evaluate("document.body.style.background = 'var(--vscode-editor-background)'");
    return accessibilityFindings(editor);
  }

  const titleButton = (name: string) =>
    workbench.page.locator(`.editor-group-container.active .editor-actions .action-label[aria-label^="${name}"]`);

  // First: with it the extension is running, and with it VS Code knows whose editor *.qemu is.
  it('opens a snapshot of any name from the explorer', async () => {
    await workbench.chooseAtFile('pc.stream', 'Open as VM Snapshot');
    await editorThatSays('pc.stream is whole.');
    await workbench.screenshot('snapshot-editor-pc');
    deepEqual(await findings(await editorThatSays('pc.stream is whole.')), []);
  });

  it('opens by its name, says that it is whole, and shows its pages and its bytes', async () => {
    await workbench.fileRow('a.qemu').dblclick();
    const editor = await editorThatSays('a.qemu is whole.');
    const { pages } = surveyOf(ours).blocks.find(({ name }) => name === 'riscv_virt_board.ram')!;
    await editor.locator('snapshot-map .tools', { hasText: '1\u2009024 pages' }).waitFor();
    const counts = await editor.locator('snapshot-map .entry .count').allInnerTexts();
    deepEqual(counts.map(Number), [pages.pageCount - pages.zeroCount, pages.zeroCount, 0]);
    await editor.locator('hex-view .line', { hasText: 'QEVM' }).waitFor();
    await workbench.screenshot('snapshot-editor-ours');
  });

  it('has its parts one below the other in a small window, and none upon another', async () => {
    const { page } = workbench;
    const size = page.viewportSize()!;
    await page.setViewportSize({ width: 800, height: 480 });
    const editor = await editorThatSays('a.qemu is whole.');
    await editor.evaluate(whenSmall);
    const parts = ['tree-view', 'snapshot-map header', 'page-grid', '.hex .go', 'hex-view'];
    const boxes = await Promise.all(parts.map(async (part) => (await editor.locator(part).boundingBox())!));
    for (const [index, { y, height }] of boxes.entries()) {
      const below = boxes[index + 1];
      ok(height > 20 && (!below || y + height <= below.y), `${parts[index]}: ${JSON.stringify(boxes)}`);
    }
    await workbench.screenshot('snapshot-editor-small');
    await page.setViewportSize(size);
  });

  it('finds a field by its name, and marks its bytes', async () => {
    const editor = await editorThatSays('a.qemu is whole.');
    await editor.locator('input[type=search]').fill('env.mepc');
    await workbench.page.keyboard.press('Enter');
    const row = editor.locator('tree-view .row.selected', { hasText: 'env.mepc' });
    const place = await row.locator('.place').innerText();
    const offset = Number(place.split(' ')[0]);
    const marked = editor.locator('hex-view .hex mark').filter({ hasText: /\S/ });
    await marked.first().waitFor();
    const bytes = (await marked.allInnerTexts()).join(' ').split(/\s+/).filter(Boolean).join('');
    equal(bytes, Buffer.from(ours.subarray(offset, offset + 8)).toString('hex'));
    await workbench.screenshot('snapshot-editor-field');
  });

  it('walks over the map by keys, and opens a page as memory', async () => {
    const editor = await editorThatSays('a.qemu is whole.');
    await editor.locator('page-grid').focus();
    for (const key of ['Home', 'Home', 'ArrowRight', 'ArrowDown', 'ArrowUp']) await workbench.page.keyboard.press(key);
    await editor.locator('page-grid .tooltip', { hasText: 'page 0x1 of riscv_virt_board.ram' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.tab.active', { hasText: 'Memory 0x80001000' }).waitFor();
    await workbench.page.locator('.view-line', { hasText: '0x80001000' }).waitFor();
    await workbench.screenshot('snapshot-editor-page');
  });

  it('compares with another snapshot, as a map and as a tree', async () => {
    const editor = await editorThatSays('a.qemu is whole.');
    await workbench.page.locator('.tab', { hasText: 'a.qemu' }).click();
    await titleButton('Compare with…').click();
    await workbench.choose('b.qemu');
    await editor.locator('.comparison', { hasText: 'Compared with b.qemu' }).waitFor();
    await editor.locator('tree-view .row', { hasText: /riscv_virt_board\.ram\s*\d+ of 1024 pages differ/ }).waitFor();
    await editor.locator('tree-view .row', { hasText: /cpu 0\s*\d+ fields differ/ }).waitFor();
    await editor.locator('snapshot-map .entry', { hasText: /differing\s*[1-9]/ }).waitFor();
    await workbench.screenshot('snapshot-editor-comparison');
  });

  it('opens what is no snapshot, and says so in a sentence', async () => {
    await workbench.fileRow('none.qemu').dblclick();
    const editor = await editorThatSays('none.qemu is not a migration stream');
    equal(await editor.locator('tree-view').count(), 0);
    await workbench.screenshot('snapshot-editor-none');
  });

  it('leads from the verdict to the first fault', async () => {
    await workbench.fileRow('cut.qemu').dblclick();
    const editor = await editorThatSays('cut.qemu is not whole');
    await editor.locator('.verdict button', { hasText: 'Go to byte 30000' }).first().click();
    await editor.locator('.note', { hasText: 'The file ends at byte 30000.' }).waitFor();
    await editor.locator('tree-view .row.selected', { hasText: 'ram 0' }).waitFor();
    const [last] = await editor
      .locator('hex-view .line')
      .filter({ has: editor.locator('mark:not(:empty)') })
      .allInnerTexts();
    match(last!, /^00007520/);
    await workbench.screenshot('snapshot-editor-cut');
  });

  it('is read anew when the file changes', async () => {
    writeFileSync(join(workbench.workspace, 'cut.qemu'), ours);
    await editorThatSays('cut.qemu is whole.');
  });

  it('lets a session go on from it', async () => {
    await workbench.page.locator('.tab', { hasText: 'a.qemu' }).click();
    await titleButton('Restore Here').click();
    await workbench.offersContinue();
    await workbench.page.locator('.debug-call-stack', { hasText: 'hart 0' }).waitFor();
    await workbench.screenshot('snapshot-editor-restored');
  });
});
