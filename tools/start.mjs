// npm start: builds what is missing and opens VS Code on the sample workspace, ready for F5.
//   npm start                    desktop VS Code where `code` is on the PATH, else VS Code in the browser
//   npm start -- --browser       VS Code in the browser in any case
//   npm start -- --headless [WORKSPACE [CONFIGURATION]]   the same session in the terminal
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findCodeCommand } from './desktop-vscode.mjs';
import { ensureBuildPackages } from './install.mjs';
import { checkoutCache, root, run, say } from './progress.mjs';

const sample = resolve(root, 'extension/sample');

try {
  const options = process.argv.slice(2);
  const code = options.includes('--browser') ? undefined : findCodeCommand();
  if (options.includes('--headless')) {
    await installAndBuild();
    const [workspace = sample, ...name] = options.filter((option) => !option.startsWith('--'));
    await runPreLaunchTask(workspace, name[0]);
    await foreground(process.execPath, [resolve(root, 'dist/freezeframe.js'), 'run', workspace, ...name]);
  } else if (code) {
    await installAndBuild();
    say('opening VS Code: press F5 in its window');
    await foreground(code, [`--extensionDevelopmentPath=${root}`, '--new-window', sample]);
  } else {
    await serveInBrowser();
  }
} catch (error) {
  say(error.message);
  // Not only the code: a server that has started would keep this process.
  process.exit(1);
}

async function installAndBuild() {
  await ensureBuildPackages();
  const { build } = await import('./build.mjs');
  await build();
}

/** What VS Code does before it launches a configuration that asks for a task of the kind `process`. */
async function runPreLaunchTask(workspace, name) {
  const { tsImport } = await import('tsx/esm/api');
  const load = async (path) => {
    const module = await tsImport(`../debug-adapter/${path}`, import.meta.url);
    return module.default ?? module;
  };
  const { configurationIn, parseJsonc, resolved } = await load('command-line/launch-json.ts');
  const { workspaceAt } = await load('node/workspace.ts');
  const read = (file) => readFileSync(resolve(workspace, '.vscode', file), 'utf8');
  if (!existsSync(resolve(workspace, '.vscode/launch.json'))) return;
  const { preLaunchTask } = configurationIn(read('launch.json'), 'launch.json', workspaceAt(workspace), name);
  if (!preLaunchTask) return;
  const task = parseJsonc(read('tasks.json'), 'tasks.json').tasks?.find(({ label }) => label === preLaunchTask);
  if (!task) throw new Error(`${workspace} has no task "${preLaunchTask}"`);
  const { command, args } = resolved(task, workspaceAt(workspace));
  await run(command, args);
}

/** Runs a program to its end, which decides ours. */
async function foreground(command, args) {
  const child = spawn(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  // Ctrl-C reaches the child as well; it says when all is over.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  await new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code, signal) => {
      process.exitCode = code ?? (signal ? 1 : 0);
      done();
    });
  });
}

async function serveInBrowser() {
  const { workbenchUrl } = await import('./vscode-server.mjs');
  // Side by side: together they take no longer than the slower of the two.
  const [server] = await Promise.all([fetchAndStartServer(), installAndBuild()]);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    say('stopping');
    void server.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  say('VS Code is ready. Open this address in a browser, then press F5; Ctrl-C here ends it:');
  process.stdout.write(`\n    ${workbenchUrl(server.port, { folder: sample, welcome: true })}\n\n`);
  await server.ended;
  if (!stopping) {
    say(`VS Code's server ended by itself:\n${server.log()}`);
    process.exitCode = 1;
  }
}

async function fetchAndStartServer() {
  const { ensureVscodeServer, linkExtension, quietWorkbench, startVscodeServer } = await import('./vscode-server.mjs');
  await ensureVscodeServer();
  const extensionsFolder = resolve(checkoutCache, 'vscode-extensions');
  linkExtension(root, extensionsFolder);
  return startVscodeServer({
    dataFolder: resolve(checkoutCache, 'vscode-data'),
    extensionsFolder,
    settings: quietWorkbench,
  });
}
