// Headless Chromium, for the tests that need a screen and for VS Code's web workbench in them.
import { chromium } from 'playwright-core';
import { requirePart } from './parts.mjs';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Nothing that is awaited takes a tenth of it. */
const hangMs = 120_000;

/** A new page of `browser`, whose waits end only when something hangs. */
export async function newPage(browser, options) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(hangMs);
  return page;
}

/** Starts a browser; whoever starts it closes it. */
export async function launchChromium() {
  const executablePath = process.env.FREEZEFRAME_CHROMIUM || requirePart('chromium');
  return chromium.launch({ executablePath, args: flags });
}
