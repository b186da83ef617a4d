import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export function launchChromium(): Promise<Browser>;
export function newPage(browser: Browser, options: BrowserContextOptions): Promise<Page>;
