#!/usr/bin/env node
// Stands in for the `code` executable where there is none: takes VS Code's command line as @vscode/test-electron gives
// it, opens VS Code's server in headless Chromium instead, and ends as the tests end.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { launchChromium, newPage } from './chromium.mjs';
import { quietWorkbench, startVscodeServer, workbenchUrl } from './vscode-server.mjs';

/** The suite has its own time limits; this one is for a workbench that never came up. */
const patienceMs = 10 * 60_000;

/** Begins each line that the suite itself writes, among the many of the workbench. */
const testMark = 'test| ';
process.env.FREEZEFRAME_TEST_MARK = testMark;

const options = new Map();
let folder;
for (const argument of process.argv.slice(2)) {
  const option = /^--([^=]+)(?:=(.*))?$/.exec(argument);
  if (option) options.set(option[1], option[2] ?? '');
  else folder = resolve(argument);
}

const dataFolder = mkdtempSync(resolve(tmpdir(), 'freezeframe-vscode-'));
const server = await startVscodeServer({
  dataFolder,
  extensionsFolder: resolve(dataFolder, 'extensions'),
  settings: quietWorkbench,
  quiet: true,
  honoursPayload: true,
});
const browser = await launchChromium();
let exitCode = 1;
let log = '';
try {
  const page = await newPage(browser, { viewport: { width: 1280, height: 800 } });
  exitCode = await new Promise((done, failed) => {
    const patience = setTimeout(() => failed(new Error(`the tests did not end\n${server.log()}`)), patienceMs);
    const end = (code) => {
      clearTimeout(patience);
      done(code);
    };
    process.on('SIGINT', () => end(130));
    process.on('SIGTERM', () => end(143));
    page.on('crash', () => failed(new Error('the browser page crashed')));
    // What the workbench calls when it runs extension tests in a browser.
    page.exposeFunction('codeAutomationLog', (_kind, values) => {
      const text = plain(values);
      if (text.startsWith(testMark)) process.stdout.write(`${text.slice(testMark.length)}\n`);
      else log = `${log}${text}\n`.slice(-100_000);
    });
    page.exposeFunction('codeAutomationExit', end);
    page
      .goto(
        workbenchUrl(server.port, {
          folder: folder ?? options.get('extensionDevelopmentPath'),
          extension: options.get('extensionDevelopmentPath'),
          tests: options.get('extensionTestsPath'),
        }),
      )
      .catch(failed);
  });
  const screenshot = process.env.FREEZEFRAME_SCREENSHOT;
  if (screenshot) {
    mkdirSync(resolve(screenshot, '..'), { recursive: true });
    await page.screenshot({ path: screenshot });
  }
} catch (error) {
  console.error(`${log}${error.message}`);
} finally {
  await browser.close();
  await server.stop();
  rmSync(dataFolder, { recursive: true, force: true });
}
process.exit(exitCode);

/** Console arguments as text, without the style directives of a browser's console. */
function plain(values) {
  const [format = '', ...rest] = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  let at = 0;
  const text = format.replace(/%([csdo%])/g, (_, kind) => {
    if (kind === '%') return '%';
    const value = rest[at++];
    return kind === 'c' ? '' : value;
  });
  return [text, ...rest.slice(at)].join(' ');
}
