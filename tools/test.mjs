// npm test: installs and builds what is missing, then runs every check and every test, and says how many passed.
//   npm test -- --only=unit          one stage: parts, types, style, arrows, unused, unit, vscode, browser
//   npm test -- --changed[=REV]      types, style, and the tests that what has changed since REV (HEAD) can touch
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, say } from './progress.mjs';

/**
 * Each answers how many tests it ran, the names of those that failed, and how many were not run; a check counts as one.
 * @type {Record<string, (files: string[]) => Promise<{ passed: number, failed: string[], notRun?: number }>>}
 */
const stages = {
  parts: fetchParts,
  types: () => checks(['debug-adapter', 'extension', 'webview', 'test'].map(typeCheck)),
  style: () => checks([['biome', 'check', '.'], lintOfAssembly()]),
  arrows: () => checks([['depcruise', 'debug-adapter', 'extension', 'webview', 'test']]),
  unused: () => checks([['knip']]),
  unit: async (files) => {
    units = await poolOf(files.filter((path) => !/^test\/(vscode|browser)\//.test(path)));
    return units.run();
  },
  vscode: (files) => inVscode(files.filter((path) => path.startsWith('test/vscode/'))),
  browser: async (files) => {
    const windows = await poolOf(files.filter((path) => path.startsWith('test/browser/')));
    // One at a time: the units take what a window leaves of the cores, and all of it when there is none.
    const result = await windows.run(1);
    units?.help();
    return result;
  },
};
/** @type {import('./test-pool.mjs').TestPool | undefined} */
let units;
/** Rows one after the other; the lanes of a row side by side, each with one stage after the other. */
const course = [[['parts']], [['types'], ['style'], ['arrows'], ['unused']], [['unit'], ['vscode', 'browser']]];
/** The others look at sources alone. */
const stagesOfBundles = ['unit', 'vscode', 'browser'];
const stagesOfPool = ['unit', 'browser'];
/** What a developer runs every minute leaves the slow checks to the whole run. */
const stagesOfChange = ['types', 'style', 'unit', 'vscode', 'browser'];

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

async function main() {
  const option = (name) => process.argv.map((each) => new RegExp(`^--${name}(?:=(.*))?$`).exec(each)).find(Boolean);
  const [only, changed] = [option('only'), option('changed')];
  const chosen = only?.[1]?.split(',') ?? (changed ? stagesOfChange : Object.keys(stages));
  const unknown = chosen.filter((name) => !(name in stages));
  if (unknown.length > 0) throw new Error(`no stage ${unknown}; the stages are ${Object.keys(stages).join(', ')}`);

  await ensureInstalled();
  if (chosen.some((name) => stagesOfBundles.includes(name))) await (await import('./build.mjs')).build();
  let files = testFiles();
  if (changed) files = await (await import('./changed-tests.mjs')).testsTouchedSince(changed[1] ?? 'HEAD', files);
  if (chosen.some((name) => stagesOfPool.includes(name))) await (await import('./test-bundle.mjs')).bundleTests(files);

  const rows = [];
  const runStage = async (name) => {
    const start = Date.now();
    say(`── ${name}`);
    let result;
    try {
      result = await stages[name](files);
    } catch (error) {
      say(error.message);
      result = { passed: 0, failed: [`${name}: ${error.message}`] };
    }
    rows.push({ name, notRun: 0, ...result, seconds: (Date.now() - start) / 1000 });
  };
  const runLane = async (names) => {
    for (const name of names) if (chosen.includes(name)) await runStage(name);
  };
  for (const lanes of course) await Promise.all(lanes.map(runLane));
  await summarise(rows);
  return rows.every(({ failed, notRun }) => failed.length === 0 && notRun === 0);
}

async function summarise(rows) {
  say('── summary');
  rows.sort((a, b) => Object.keys(stages).indexOf(a.name) - Object.keys(stages).indexOf(b.name));
  for (const { name, passed, failed, notRun, seconds } of rows) {
    const counts = [`${passed} passed`, `${failed.length} failed`, `${notRun} not run`].map((each) =>
      each.padStart(12),
    );
    say(`${name.padEnd(8)}${counts.join('')}${seconds.toFixed(1).padStart(8)} s`);
  }
  for (const each of rows.flatMap(({ failed }) => failed)) say(`failed: ${each}`);
  say(await guestInUse());
  const sum = (count) => rows.reduce((total, row) => total + count(row), 0);
  const notRun = sum((row) => row.notRun);
  if (notRun > 0) say(`${notRun} not run: see what is missing above`);
  process.stdout.write(`\n${sum((row) => row.passed)} passed, ${sum((row) => row.failed.length)} failed\n`);
}

async function guestInUse() {
  const { requireLinuxGuest } = await import('./linux-guest.mjs');
  try {
    const { release, suite } = requireLinuxGuest();
    return `Linux guest: ${release} of Debian ${suite}`;
  } catch (error) {
    return `Linux guest: ${error.message}`;
  }
}

/** Fetches what tests need beside npm's packages. Each that cannot be had is one failure. */
async function fetchParts() {
  const { ensureParts } = await import('./parts.mjs');
  const { ensureLinuxGuest } = await import('./linux-guest.mjs');
  const { ensureVscodeServer } = await import('./vscode-server.mjs');
  const debian = ['qemu', 'qemu-x86', 'opensbi', 'u-boot', 'chromium', 'dtc', 'binutils', 'gcc', 'gdb', 'gpg'];
  const fetched = await Promise.allSettled([ensureParts(debian), ensureLinuxGuest(), ensureVscodeServer()]);
  const failed = fetched.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
  for (const each of failed) say(each);
  return { passed: fetched.length - failed.length, failed };
}

/**
 * What has been checked before need not be checked again. TypeScript's native compiler takes a quarter of the other's
 * time, but has no API that dependency-cruiser could use: there are both.
 */
function typeCheck(folder) {
  return [
    '../@typescript/native/bin/tsc',
    '-p',
    folder,
    '--incremental',
    '--tsBuildInfoFile',
    `.cache/${folder}.tsbuildinfo`,
  ];
}

/**
 * AssemblyScript has decorators where TypeScript has none, and biome reads no further: it looks at a copy without them. By
 * `==` it compares numbers, which are as wide as they are declared.
 */
function lintOfAssembly() {
  const [from, to] = ['debug-adapter/emulator/core/assembly', '.cache/assembly'].map((folder) => resolve(root, folder));
  rmSync(to, { recursive: true, force: true });
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || path.startsWith('generated')) continue;
    mkdirSync(resolve(to, path, '..'), { recursive: true });
    const text = readFileSync(resolve(from, path), 'utf8');
    writeFileSync(
      resolve(to, path),
      text.replace(/^@\w+(\(.*?\))?/gm, (decorator) => ' '.repeat(decorator.length)),
    );
  }
  return ['biome', 'lint', '--error-on-warnings', '--config-path=tools/assembly.biome.json', '.cache/assembly'];
}

/** Runs programs of our packages side by side; each is one test. */
async function checks(commands) {
  const run = async (command) => {
    say(command.join(' '));
    const { exitCode } = await runPackage(command);
    return exitCode === 0 ? [] : [command.join(' ')];
  };
  const failed = (await Promise.all(commands.map(run))).flat();
  return { passed: commands.length - failed.length, failed };
}

/** Test files by path; a folder's own dependencies are not ours to test. */
function testFiles() {
  const files = [];
  const visit = (folder) => {
    for (const entry of readdirSync(resolve(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (path.endsWith('.test.ts')) files.push(path);
    }
  };
  for (const folder of ['debug-adapter', 'extension', 'webview', 'test']) visit(folder);
  return files.sort();
}

async function poolOf(files) {
  const { TestPool } = await import('./test-pool.mjs');
  return new TestPool(files);
}

/** Runs `test/vscode/` in the extension host of a real VS Code, with a copy of the sample workspace open. */
async function inVscode(files) {
  if (files.length === 0) return { passed: 0, failed: [] };
  const { buildExtensionTests, extensionTestsFolder } = await import('./build.mjs');
  await buildExtensionTests();
  const { findCodeProgram } = await import('./desktop-vscode.mjs');
  const desktop = findCodeProgram();
  const { findVscodeServer } = await import('./vscode-server.mjs');
  const { findPart } = await import('./parts.mjs');
  if (!desktop && !(findVscodeServer() && findPart('chromium'))) {
    const tests = files.flatMap((file) => readFileSync(resolve(root, file), 'utf8').match(/^\s*it\(/gm) ?? []);
    return { passed: 0, failed: [], notRun: tests.length };
  }
  say(desktop ? `in the desktop VS Code ${desktop}` : "in VS Code's server and headless Chromium");

  mkdirSync(resolve(root, 'out'), { recursive: true });
  const workspace = mkdtempSync(resolve(root, 'out/workspace-'));
  // Not the lock of a session that is open on the sample itself.
  const filter = (path) => !path.endsWith('.freezeframe-lock');
  cpSync(resolve(root, 'extension/sample'), workspace, { recursive: true, filter });
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
  const failures = Number(/^\s*(\d+) failing/m.exec(output)?.[1] ?? 0);
  const isBroken = failures === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: Array.from({ length: isBroken ? 1 : failures }, () => 'in the extension host, see above') };
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
