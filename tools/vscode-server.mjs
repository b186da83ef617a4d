// A real VS Code where none is installed: its server and web workbench, as the npm package code-server carries them.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { cacheFolder, npm, run, say, step } from './progress.mjs';

const codeServerVersion = '4.139.1';
const nodeMajor = 24;
const platform = process.platform === 'win32' ? 'win' : process.platform;
const nodePackage = `node-${platform}-${process.arch}`;

const folder = resolve(cacheFolder, `vscode-server-${codeServerVersion}`);
const server = resolve(folder, 'node_modules/code-server/lib/vscode');

/**
 * Downloads the server and the Node it wants, once for this checkout.
 * @returns {Promise<{ node: string, server: string }>} the Node binary and the folder of VS Code's server
 */
export async function ensureVscodeServer() {
  if (!existsSync(resolve(folder, 'complete'))) {
    await step(`fetching VS Code's server (npm package code-server ${codeServerVersion})`, fetchServer);
  }
  return { node: nodeBinary(folder), server };
}

async function fetchServer() {
  // Into a provisional folder, so that an interrupted download is never mistaken for a whole one.
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeFileSync(resolve(partial, 'package.json'), '{ "private": true }\n');
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run(npm, [...install, `code-server@${codeServerVersion}`], { cwd: partial, quiet: true });
  const vscode = resolve(partial, 'node_modules/code-server/lib/vscode');
  await run(npm, [...install, '--omit=dev'], { cwd: vscode, quiet: true });
  if (!ownNodeFits()) await run(npm, [...install, `${nodePackage}@${nodeMajor}`], { cwd: partial, quiet: true });
  if (!existsSync(nodeBinary(partial)))
    throw new Error(`the package ${nodePackage}@${nodeMajor} brought no Node binary`);
  writeFileSync(resolve(partial, 'complete'), '');
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

function ownNodeFits() {
  return process.versions.node.startsWith(`${nodeMajor}.`);
}

function nodeBinary(base) {
  const name = platform === 'win' ? 'node.exe' : 'node';
  return ownNodeFits() ? process.execPath : resolve(base, 'node_modules', nodePackage, 'bin', name);
}

/** Settings of a workbench that shows the debugger and little else. */
export const quietWorkbench = {
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
};

/**
 * Starts the server on 127.0.0.1 and waits until it answers.
 * @param {{ dataFolder: string, extensionsFolder: string, settings?: object, port?: number, quiet?: boolean }} options
 *   `settings` are the user's, where there are none yet
 * @returns {Promise<{ port: number, log: () => string, ended: Promise<void>, stop: () => Promise<void> }>}
 */
export async function startVscodeServer({ dataFolder, extensionsFolder, settings = {}, port, quiet = false }) {
  const { node, server } = await ensureVscodeServer();
  const settingsFile = resolve(dataFolder, 'data/User/settings.json');
  mkdirSync(dirname(settingsFile), { recursive: true });
  if (!existsSync(settingsFile)) writeFileSync(settingsFile, `${JSON.stringify(settings, null, 2)}\n`);
  mkdirSync(extensionsFolder, { recursive: true });
  const listenPort = port ?? (await freePort());
  if (!quiet) say(`starting VS Code's server on port ${listenPort}`);
  const child = spawn(
    node,
    [
      resolve(server, 'out/server-main.js'),
      ...['--host', '127.0.0.1', '--port', String(listenPort)],
      ...['--without-connection-token', '--accept-server-license-terms'],
      ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder],
      // Untrusted workspaces would ask before F5 may run anything; this one is the checkout's own sample.
      '--disable-workspace-trust',
      // Makes the server honour the payload that names extensions under development.
      '--enable-smoke-test-driver',
      ...['--telemetry-level', 'off'],
    ],
    // A group of its own, so that its extension hosts and terminals end with it.
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  let log = '';
  const keep = (data) => {
    log = (log + data).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let over = false;
  const ended = new Promise((done) =>
    child.once('close', () => {
      over = true;
      done();
    }),
  );

  const stop = async () => {
    if (over) return;
    signal(child, 'SIGTERM');
    const patience = setTimeout(() => signal(child, 'SIGKILL'), 3000);
    await ended;
    clearTimeout(patience);
  };
  for (let waitedMs = 0; !(await answers(listenPort)); waitedMs += 100) {
    if (over) throw new Error(`VS Code's server ended at once:\n${log}`);
    if (waitedMs > 60_000) {
      await stop();
      throw new Error(`VS Code's server did not answer within a minute:\n${log}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return { port: listenPort, log: () => log, ended, stop };
}

function signal(child, name) {
  try {
    if (process.platform === 'win32') child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // It ended in the meantime.
  }
}

/**
 * Installs a .vsix as a user would, for servers started with the same folders.
 * @param {string} vsix
 * @param {{ dataFolder: string, extensionsFolder: string }} folders
 */
export async function installExtension(vsix, { dataFolder, extensionsFolder }) {
  const { node, server } = await ensureVscodeServer();
  await run(
    node,
    [
      ...[resolve(server, 'out/server-main.js'), '--accept-server-license-terms'],
      ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder, '--install-extension', vsix],
    ],
    { quiet: true },
  );
}

/**
 * The address that opens the workbench on `folder`, with an extension under development when one is given.
 * @param {number} port
 * @param {{ folder: string, extension?: string, tests?: string, settings?: [string, string][] }} what absolute paths
 */
export function workbenchUrl(port, { folder, extension, tests }) {
  const remote = (path) => `vscode-remote://localhost:${port}${asUriPath(path)}`;
  const payload = [['skipWelcome', 'true']];
  if (extension) payload.push(['extensionDevelopmentPath', remote(extension)], ['enableProposedApi', '']);
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  return `http://localhost:${port}/?folder=${encodeURIComponent(asUriPath(folder))}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

function asUriPath(path) {
  const slashes = path.replaceAll('\\', '/');
  return slashes.startsWith('/') ? slashes : `/${slashes}`;
}

async function answers(port) {
  try {
    return (await fetch(`http://127.0.0.1:${port}/version`)).ok;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
