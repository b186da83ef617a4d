// npm run pictures: takes the pictures of the walkthrough and of the marketplace page, in VS Code, and draws the icon.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium, newPage } from '../../tools/chromium.mjs';
import { type Picture, walkThrough } from './walkthrough';
import { Workbench } from './workbench';

const root = resolve(__dirname, '../..');
const media = resolve(root, 'extension/media');
/** What is neither the subject nor the same twice. */
const unsteady = '.notifications-toasts, .cursors-layer, .monaco-hover { visibility: hidden !important }';
const viewport = { width: 1180, height: 720 };

/** In half a small window a line of the guest is to be seen whole, and nobody asks where the checkout is. */
const settings = {
  'breadcrumbs.enabled': false,
  'editor.minimap.enabled': false,
  '[c]': { 'editor.wordWrap': 'on' },
};

/** Parts of the window. */
const viewsAndEditor: Clip = { x: 48, y: 36, width: 715, height: 484 };
const tallMap: Clip = { x: 763, y: 36, width: 417, height: 740 };
const editorAndMap: Clip = { x: 346, y: 36, width: 834, height: 484 };

const clips: Readonly<Record<Picture, Clip>> = {
  run: editorAndMap,
  writeFault: viewsAndEditor,
  page: editorAndMap,
  stepMigration: viewsAndEditor,
  back: editorAndMap,
  leak: tallMap,
  file: editorAndMap,
};

type Clip = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

async function main(): Promise<void> {
  mkdirSync(resolve(root, 'out/screenshots'), { recursive: true });
  await drawIcon();
  await takeTour('dark', 'Default Dark Modern');
  await takeTour('light', 'Default Light Modern');
}

async function takeTour(suffix: string, theme: 'Default Dark Modern' | 'Default Light Modern'): Promise<void> {
  const workbench = await Workbench.open({
    theme,
    viewport,
    files: { '.vscode/settings.json': JSON.stringify(settings) },
  });
  const { page } = workbench;
  try {
    await walkThrough(workbench, async (picture) => {
      if (await page.locator('.part.panel').isVisible()) await workbench.perform('View: Hide Panel');
      // The report and the map below it.
      if (picture === 'leak') await page.setViewportSize({ ...viewport, height: 1060 });
      await shoot(page, `walkthrough-${picture}-${suffix}`, clips[picture]);
      await page.setViewportSize(viewport);
    });
    await workbench.screenshot(`walkthrough-${suffix}`);
  } catch (error) {
    await workbench.screenshot('pictures-failed');
    throw error;
  } finally {
    await workbench.close();
  }
}

async function shoot(page: Page, name: string, clip: Clip): Promise<void> {
  await page.mouse.move(0, 0);
  const path = resolve(root, `out/screenshots/${name}.png`);
  const png = await page.screenshot({ path, style: unsteady, animations: 'disabled', caret: 'hide', clip });
  const webp = await asWebp(page, png);
  writeFileSync(resolve(media, `${name}.webp`), webp);
  console.log(`extension/media/${name}.webp ${Math.ceil(webp.length / 1024)} KiB`);
}

/** A quarter of the PNG's size. */
async function asWebp(page: Page, png: Buffer): Promise<Buffer> {
  const encoder = await page.context().browser()!.newPage();
  const base64 = await encoder.evaluate(async (source) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${source}`)).blob());
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d')!.drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.7).split(',')[1]!;
  }, png.toString('base64'));
  await encoder.close();
  return Buffer.from(base64, 'base64');
}

/** At the size that the marketplace wants. */
async function drawIcon(): Promise<void> {
  const browser = await launchChromium();
  try {
    const page = await newPage(browser, { viewport: { width: 128, height: 128 } });
    await page.setContent(`<body style="margin:0">${readFileSync(resolve(media, 'icon.svg'), 'utf8')}</body>`);
    writeFileSync(resolve(media, 'icon.png'), await page.screenshot({ omitBackground: true }));
  } finally {
    await browser.close();
  }
}

void main();
