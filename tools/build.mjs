// Bundles the extension, the debug adapter and the webview into dist/; builds the guest core before them.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkoutCache, root, say, step } from './progress.mjs';
import { noticesFile, thirdPartyNotices } from './third-party-notices.mjs';

const dist = resolve(root, 'dist');
/** Where `buildExtensionTests` puts what runs in the extension host. */
export const extensionTestsFolder = resolve(root, 'out/vscode-tests');
const stampFile = resolve(checkoutCache, 'build-stamp');

/** Packages of native code, or that look for their WebAssembly where they are: they stay beside the bundles. */
const beside = ['koffi', '@alexaltea/capstone-js'];

/** The files of dist/ that are programs; .vscodeignore says which of them are in the package. */
const shipped = [
  {
    name: 'extension',
    entry: 'extension/node/extension.ts',
    target: 'node',
    external: ['vscode'],
    isPackaged: true,
  },
  {
    name: 'browser-extension',
    entry: 'extension/browser/extension.ts',
    target: 'worker',
    external: ['vscode'],
    isPackaged: true,
  },
  { name: 'debug-adapter', entry: 'debug-adapter/main.ts', target: 'node', external: beside, isPackaged: true },
  { name: 'language-server', entry: 'extension/language/server/node.ts', target: 'node', isPackaged: true },
  {
    name: 'browser-language-server',
    entry: 'extension/language/server/browser.ts',
    target: 'worker',
    isPackaged: true,
  },
  { name: 'freezeframe', entry: 'debug-adapter/freezeframe.ts', target: 'node', external: beside, isProgram: true },
  { name: 'webview/page-map', entry: 'webview/main.ts', target: 'web', isPackaged: true },
  { name: 'webview/comparison', entry: 'webview/comparison/main.ts', target: 'web', isPackaged: true },
  { name: 'webview/snapshot-editor', entry: 'webview/snapshot-editor/main.ts', target: 'web', isPackaged: true },
];

/** What no bundle is made of: fonts beside the page map, and what the compiler puts into the guest core. */
const codicons = ['codicon.css', 'codicon.ttf'].map((name) =>
  resolve(root, 'node_modules/@vscode/codicons/dist', name),
);
const coreLibrary = resolve(root, 'node_modules/assemblyscript/std/assembly/builtins.ts');

const besideLibraries = beside.map((name) => resolve(root, 'node_modules', name, 'package.json'));

/** The sources that the programs begin with. */
export const shippedEntries = shipped.map(({ entry }) => entry);

/** Folders and files whose change asks for a new build. */
const inputs = [
  'debug-adapter',
  'extension',
  'webview',
  'tools',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
];
const notInputs = /(\.test\.ts|\.md|extension\/sample)$/;

/** Builds what has changed since the last build; takes no time when nothing has. */
export async function build() {
  await buildCore();
  const stamp = stampOfInputs();
  const isThere = [resolve(dist, 'extension.js'), noticesFile, stampFile].every((file) => existsSync(file));
  if (isThere && readFileSync(stampFile, 'utf8') === stamp) {
    say('build: up to date');
    return;
  }
  await step('bundling', async () => {
    for (const name of ['sample', 'freezeframe-source', 'webview'])
      rmSync(resolve(dist, name), { recursive: true, force: true });
    const bundledFiles = await bundle(shipped);
    const packaged = bundledFiles.filter((_, index) => shipped[index].isPackaged).flat();
    writeFileSync(noticesFile, thirdPartyNotices([...packaged, ...codicons, coreLibrary, ...besideLibraries]));
    for (const { name } of shipped.filter(({ isProgram }) => isProgram)) chmodSync(resolve(dist, `${name}.js`), 0o755);
    copyShownSources();
    copyWebviewAssets();
    copySample();
  });
  mkdirSync(checkoutCache, { recursive: true });
  writeFileSync(stampFile, stamp);
}

async function buildCore() {
  const script = resolve(root, 'tools/build-core.mjs');
  const { buildCore } = await import(pathToFileURL(script).href);
  await buildCore();
}

function stampOfInputs() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const name = relative(root, path).replaceAll('\\', '/');
    if (!existsSync(path) || notInputs.test(name)) return;
    const stat = statSync(path);
    if (stat.isDirectory()) for (const entry of readdirSync(path).sort()) visit(resolve(path, entry));
    else hash.update(`${name} ${stat.size} ${stat.mtimeMs}\n`);
  };
  for (const input of inputs) visit(resolve(root, input));
  return hash.digest('hex');
}

/** The tests that run in the extension host, as one file; the runner is theirs to load. */
export async function buildExtensionTests() {
  await bundle([
    {
      name: 'index',
      entry: 'test/vscode/index.ts',
      target: 'node',
      folder: extensionTestsFolder,
      external: ['vscode', 'mocha'],
    },
  ]);
}

/** What the bench runs in processes of their own, bundled as what ships is. */
export async function buildBenchPrograms() {
  await bundle([
    { name: 'bench-snapshot', entry: 'test/bench/snapshot-once.ts', target: 'node' },
    { name: 'bench-time-travel', entry: 'test/bench/time-travel-once.ts', target: 'node' },
  ]);
}

/** Bundles each entry into one file of its name. Answers for each the files that it is made of. */
async function bundle(bundles) {
  const { build: bundleOne } = await import('esbuild');
  const results = await Promise.all(bundles.map((each) => bundleOne(optionsOf(each))));
  return results.map(({ metafile }) => {
    const [[path, { bytes, inputs }]] = Object.entries(metafile.outputs).filter(([name]) => name.endsWith('.js'));
    say(`  ${path} ${Math.round(bytes / 1024)} KiB`);
    const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return used.map(([input]) => resolve(root, input));
  });
}

// Some packages' CommonJS loads its parts in a way that cannot be followed: their modules come first.
const targets = {
  node: {
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    tsconfig: resolve(root, 'tsconfig.base.json'),
  },
  web: {
    platform: 'browser',
    target: 'es2022',
    mainFields: ['module', 'main'],
    // Into a shadow root a style sheet comes as text.
    loader: { '.css': 'text' },
    tsconfig: resolve(root, 'webview/tsconfig.json'),
  },
  // An extension host in a browser takes CommonJS. Of Node's `url` an adapter uses what converts paths for clients that
  // speak in URIs.
  worker: {
    platform: 'browser',
    target: 'es2022',
    format: 'cjs',
    mainFields: ['browser', 'module', 'main'],
    alias: { url: resolve(root, 'extension/browser/node-url.ts') },
    tsconfig: resolve(root, 'tsconfig.base.json'),
  },
};

function optionsOf({ name, entry, target, external = [], isProgram = false, folder = dist }) {
  return {
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: folder,
    bundle: true,
    // Some comments have characters for which V8 would hold the whole text at two bytes each.
    minifyWhitespace: true,
    // Node prints the whole line of an error that nobody catches.
    lineLimit: 120,
    ...targets[target],
    external,
    ...(isProgram && { banner: { js: '#!/usr/bin/env node' } }),
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
  };
}

/** The sources of the VMM's threads, which the debugger shows and steps through, and what stands for a real QEMU's. */
function copyShownSources() {
  const adapter = resolve(root, 'debug-adapter');
  const folders = JSON.parse(readFileSync(resolve(adapter, 'shown-sources.json'), 'utf8'));
  for (const [name, folder] of Object.entries(folders)) {
    cpSync(resolve(adapter, folder, name), resolve(dist, 'freezeframe-source', name));
  }
  const course = 'background-snapshot.txt';
  cpSync(resolve(root, 'debug-adapter/qemu', course), resolve(dist, 'freezeframe-source', course));
}

/** What the extension ships of the sample workspace: all that needs nothing of the checkout around it. */
function copySample() {
  const [from, to] = [resolve(root, 'extension/sample'), resolve(dist, 'sample')];
  const files = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(md|json|elf|img|c|h|S|ld)$|^Makefile$/.test(entry.name))
    .map(({ parentPath, name }) => relative(from, resolve(parentPath, name)).replaceAll('\\', '/'))
    .filter((file) => !/^\.vscode\/(tasks|settings)\.json$/.test(file))
    .sort();
  for (const file of files) cpSync(resolve(from, file), resolve(to, file));
  const launch = resolve(to, '.vscode/launch.json');
  writeFileSync(launch, `${JSON.stringify(withoutTasks(JSON.parse(readFileSync(launch, 'utf8'))), null, 2)}\n`);
  writeFileSync(resolve(to, 'files.json'), JSON.stringify(files));
}

/** Without the configurations that need a task, and those that begin with what such a one writes. */
function withoutTasks({ configurations, ...rest }) {
  const dropped = configurations.filter(({ preLaunchTask }) => preLaunchTask !== undefined);
  const outputs = dropped.map(({ snapshot }) => snapshot.output);
  return {
    ...rest,
    configurations: configurations.filter((each) => !dropped.includes(each) && !outputs.includes(each.restore)),
  };
}

function copyWebviewAssets() {
  cpSync(resolve(root, 'webview/page.css'), resolve(dist, 'webview/page.css'));
  for (const path of codicons) cpSync(path, resolve(dist, 'webview', basename(path)));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { ensureBuildPackages } = await import('./install.mjs');
  try {
    await ensureBuildPackages();
    await build();
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
