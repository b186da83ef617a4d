// npm test: installs and builds what is missing, then runs every check and every test, and says how many passed.
//   npm test -- --only=unit      one stage: types, style, arrows, unused, unit, vscode, browser
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, say } from './progress.mjs';

/** Each answers how many tests it ran and how many of them failed; a check counts as one. */
const stages = {
  types: () => checks(['debug-adapter', 'extension', 'webview', 'test'].map((folder) => ['tsc', '-p', folder])),
  style: () => checks([['biome', 'check', '.']]),
  arrows: () => checks([['depcruise', 'debug-adapter', 'extension', 'webview', 'test']]),
  unused: () => checks([['knip']]),
  unit: () => mocha(testFiles((path) => !/^test\/(vscode|browser)\//.test(path))),
  vscode: inVscode,
  browser: () => mocha(testFiles((path) => path.startsWith('test/browser/'))),
};

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

async function main() {
  const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
  const chosen = only ? only.split(',') : Object.keys(stages);
  const unknown = chosen.filter((name) => !(name in stages));
  if (unknown.length > 0) throw new Error(`no stage ${unknown}; the stages are ${Object.keys(stages).join(', ')}`);

  await ensureInstalled();
  const { build } = await import('./build.mjs');
  await build();
  const { ensureParts } = await import('./parts.mjs');
  await ensureParts(['qemu', 'opensbi', 'u-boot', 'chromium', 'dtc', 'binutils', 'gcc', 'gdb']);

  const rows = [];
  for (const name of chosen) {
    const start = Date.now();
    say(`── ${name}`);
    let result;
    try {
      result = await stages[name]();
    } catch (error) {
      say(error.message);
      result = { passed: 0, failed: 1 };
    }
    rows.push({ name, ...result, seconds: (Date.now() - start) / 1000 });
  }
  return summarise(rows);
}

function summarise(rows) {
  say('── summary');
  for (const { name, passed, failed, seconds } of rows) {
    say(
      `${name.padEnd(8)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(7)} s`,
    );
  }
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
  return sum('failed') === 0;
}

/** Runs programs of our packages; each is one test. */
async function checks(commands) {
  let failed = 0;
  for (const command of commands) {
    say(command.join(' '));
    const { exitCode } = await runPackage(command);
    if (exitCode !== 0) failed++;
  }
  return { passed: commands.length - failed, failed };
}

/** Test files by path; a folder's own dependencies are not ours to test. */
function testFiles(isWanted) {
  const files = [];
  const visit = (folder) => {
    for (const entry of readdirSync(resolve(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (path.endsWith('.test.ts') && isWanted(path)) files.push(path);
    }
  };
  for (const folder of ['debug-adapter', 'extension', 'webview', 'test']) visit(folder);
  return files.sort();
}

async function mocha(files) {
  const { exitCode, output } = await runPackage(['mocha', ...files]);
  return countOf(output, exitCode);
}

/** Runs `test/vscode/` in the extension host of a real VS Code, with a copy of the sample workspace open. */
async function inVscode() {
  const { buildExtensionTests, extensionTestsFolder } = await import('./build.mjs');
  await buildExtensionTests();
  const { findCodeProgram } = await import('./desktop-vscode.mjs');
  const desktop = findCodeProgram();
  if (!desktop) await (await import('./vscode-server.mjs')).ensureVscodeServer();
  say(desktop ? `in the desktop VS Code ${desktop}` : "in VS Code's server and headless Chromium");

  mkdirSync(resolve(root, 'out'), { recursive: true });
  const workspace = mkdtempSync(resolve(root, 'out/workspace-'));
  cpSync(resolve(root, 'extension/sample'), workspace, { recursive: true });
  try {
    const { exitCode, output } = await runProgram(process.execPath, [
      resolve(root, 'tools/run-extension-tests.mjs'),
      desktop ?? resolve(root, 'tools/vscode-launcher.mjs'),
      resolve(extensionTestsFolder, 'index.js'),
      workspace,
    ]);
    return countOf(output, exitCode);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** What mocha says it did. A run that fails without a failing test, or that ran none, is one failure. */
function countOf(output, exitCode) {
  const passed = Number(/^\s*(\d+) passing/m.exec(output)?.[1] ?? 0);
  const failed = Number(/^\s*(\d+) failing/m.exec(output)?.[1] ?? 0);
  const isBroken = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: isBroken ? 1 : failed };
}

function runPackage([name, ...args]) {
  const bin = resolve(root, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name);
  return runProgram(bin, args);
}

/** Shows a program's output as it comes, and keeps it. */
function runProgram(command, args) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) },
    });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
      process.stdout.write(data);
    });
    child.stderr.pipe(process.stderr, { end: false });
    child.on('error', failed);
    // A colour code may stand before a count.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour code is
    child.on('close', (exitCode) => done({ exitCode, output: output.replace(/\x1b\[[0-9;]*m/g, '') }));
  });
}
