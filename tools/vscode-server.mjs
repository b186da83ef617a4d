// A real VS Code where none is installed: its server and web workbench, as the npm package code-server carries them.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { cached, findCached } from './cache.mjs';
import { MissingPart } from './parts.mjs';
import { npm, run, say, step } from './progress.mjs';

const codeServerVersion = '4.139.1';
/** The number behind the version counts the ways in which it was unpacked. */
const serverEntry = `vscode-server-${codeServerVersion}-3`;
/** The server's native modules are built for this Node. */
const nodeVersion = '24.21.0';
const platform = process.platform === 'win32' ? 'win' : process.platform;
const nodePackage = `node-${platform}-${process.arch}`;
const nodeEntry = `node-${nodeVersion}-${platform}-${process.arch}`;
const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * The server and the Node it wants, as they are in the cache.
 * @returns {{ node: string, server: string } | undefined} the Node binary and the folder of VS Code's server
 */
export function findVscodeServer() {
  const [server, node] = [findCached(serverEntry), ownNodeFits() ? process.execPath : findCached(nodeEntry)];
  return server && node && { server: serverIn(server), node: ownNodeFits() ? node : nodeIn(node) };
}

function requireVscodeServer() {
  const found = findVscodeServer();
  if (!found) throw new MissingPart("VS Code's server is missing: `npm start -- --browser` fetches it");
  return found;
}

/**
 * More than half of the server's bytes, and of what every window starts: assistants, containers, source control, accounts,
 * and tools of other languages, which no debugger of machines needs.
 */
const leftOut = {
  packages: ['@github/copilot-sdk', '@vscode/copilot-api', '@microsoft/mxc-sdk', '@devcontainers/cli'],
  files: [
    ...['copilot', 'mermaid-markdown-features', 'markdown-math', 'prompt-basics', 'ipynb', 'notebook-renderers'],
    ...['git', 'git-base', 'github', 'github-authentication', 'microsoft-authentication', 'merge-conflict'],
    ...['ms-vscode.js-debug', 'ms-vscode.js-debug-companion', 'ms-vscode.vscode-js-profile-table'],
    ...['debug-auto-launch', 'debug-server-ready', 'grunt', 'gulp', 'jake', 'npm', 'extension-editing'],
    ...['css-language-features', 'html-language-features', 'php-language-features', 'typescript-language-features'],
    ...['emmet', 'media-preview', 'simple-browser', 'terminal-suggest', 'tunnel-forwarding'],
  ].map((name) => `lib/vscode/extensions/${name}`),
};

/** Fetches the server and the Node it wants from npm, unless they are in the cache. */
export async function ensureVscodeServer() {
  await Promise.all([
    cached(serverEntry, (folder) =>
      step(`fetching VS Code's server (npm package code-server ${codeServerVersion})`, () => fetchServer(folder)),
    ),
    ownNodeFits() ||
      cached(nodeEntry, (folder) => step(`fetching Node ${nodeVersion} for it`, () => fetchNode(folder))),
  ]);
}

async function fetchServer(folder) {
  await fetchPackage('code-server', codeServerVersion, folder);
  const file = resolve(serverIn(folder), 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  for (const name of leftOut.packages) delete manifest.dependencies[name];
  writeFileSync(file, JSON.stringify(manifest));
  await run(npm, [...install, '--omit=dev'], { cwd: serverIn(folder), quiet: true });
}

async function fetchNode(folder) {
  await fetchPackage(nodePackage, nodeVersion, folder);
  if (!existsSync(nodeIn(folder))) throw new Error(`the package ${nodePackage}@${nodeVersion} holds no Node binary`);
}

/** Where npm would install it, but without what it depends on, and by `tar`, which takes a third of npm's time. */
async function fetchPackage(name, version, folder) {
  const into = resolve(folder, 'node_modules', name);
  mkdirSync(into, { recursive: true });
  const packed = await run(npm, ['pack', `${name}@${version}`, '--silent'], { cwd: folder, quiet: true });
  const archive = resolve(folder, packed.trim());
  const excluded = leftOut.files.map((path) => `--exclude=package/${path}`);
  await run('tar', ['-xzf', archive, '--strip-components=1', ...excluded, '-C', into], { quiet: true });
  rmSync(archive);
}

function serverIn(folder) {
  return resolve(folder, 'node_modules/code-server/lib/vscode');
}

function nodeIn(folder) {
  return resolve(folder, 'node_modules', nodePackage, 'bin', platform === 'win' ? 'node.exe' : 'node');
}

function ownNodeFits() {
  return process.versions.node.split('.')[0] === nodeVersion.split('.')[0];
}

/** Settings of a workbench that shows the debugger and little else. */
export const quietWorkbench = {
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  // The folder says so too, but a window may come before the folder's settings.
  'workbench.startupEditor': 'readme',
};

/**
 * Starts the server on 127.0.0.1 and waits until it answers.
 * @param {{ dataFolder: string, extensionsFolder: string, settings?: object, port?: number, quiet?: boolean,
 *   honoursPayload?: boolean }} options
 *   `settings` are the user's, where there are none yet; `honoursPayload`: a window's address may name an extension
 *   and tests, and VS Code then shows no notification
 * @returns {Promise<{ port: number, log: () => string, ended: Promise<void>, stop: () => Promise<void> }>}
 */
export async function startVscodeServer({
  dataFolder,
  extensionsFolder,
  settings = {},
  port,
  quiet = false,
  honoursPayload = false,
}) {
  const { node, server } = requireVscodeServer();
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
      // It has the environment of whoever starts it: there is no login shell to be run and asked for one.
      '--force-disable-user-env',
      ...(honoursPayload ? ['--enable-smoke-test-driver'] : []),
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
  const { node, server } = requireVscodeServer();
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
 * Installs an extension where it stands, for servers started with the same folder. VS Code takes the link, not what it
 * leads to, for its own to delete.
 * @param {string} extension
 * @param {string} extensionsFolder
 */
export function linkExtension(extension, extensionsFolder) {
  const { publisher, name, version } = JSON.parse(readFileSync(resolve(extension, 'package.json'), 'utf8'));
  const id = `${publisher}.${name}`;
  const relativeLocation = `${id}-${version}`;
  const link = resolve(extensionsFolder, relativeLocation);
  const list = resolve(extensionsFolder, 'extensions.json');
  mkdirSync(extensionsFolder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(extension, link, 'junction');
  const others = (existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []).filter(
    ({ identifier }) => identifier.id !== id,
  );
  const location = { $mid: 1, scheme: 'file', path: asUriPath(link) };
  writeFileSync(list, JSON.stringify([...others, { identifier: { id }, version, location, relativeLocation }]));
}

/**
 * The address that opens the workbench on `folder`. An extension and its tests want a server that honours the payload.
 * @param {number} port
 * @param {{ folder: string, extension?: string, tests?: string, welcome?: boolean }} what absolute paths, or a URI as
 *   `folder`; `welcome` opens what the folder's settings name as the first editor
 */
export function workbenchUrl(port, { folder, extension, tests, welcome = false }) {
  const remote = (path) => `vscode-remote://localhost:${port}${asUriPath(path)}`;
  const payload = welcome ? [] : [['skipWelcome', 'true']];
  if (extension) payload.push(['extensionDevelopmentPath', remote(extension)], ['enableProposedApi', '']);
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  return `http://localhost:${port}/?folder=${encodeURIComponent(/^\w+:\/\//.test(folder) ? folder : asUriPath(folder))}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
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

/** A port of 127.0.0.1 that nobody has just now. */
export function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
