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
import { bundledFiles, noticesFile, thirdPartyNotices } from './third-party-notices.mjs';

const dist = resolve(root, 'dist');
/** Where `buildExtensionTests` puts what runs in the extension host. */
export const extensionTestsFolder = resolve(root, 'out/vscode-tests');
const stampFile = resolve(checkoutCache, 'build-stamp');

/** The files of dist/ that are programs; .vscodeignore says which of them are in the package. */
const shipped = [
  {
    name: 'extension',
    entry: 'extension/extension.ts',
    target: 'node',
    externals: { vscode: 'commonjs vscode' },
    isPackaged: true,
  },
  { name: 'debug-adapter', entry: 'debug-adapter/main.ts', target: 'node', isPackaged: true },
  { name: 'freezeframe', entry: 'debug-adapter/freezeframe.ts', target: 'node', isProgram: true },
  { name: 'webview/page-map', entry: 'webview/main.ts', target: 'web', isPackaged: true },
];

/** What webpack does not know of: fonts beside the page map, and what the compiler puts into the guest core. */
const codicons = ['codicon.css', 'codicon.ttf'].map((name) =>
  resolve(root, 'node_modules/@vscode/codicons/dist', name),
);
const coreLibrary = resolve(root, 'node_modules/assemblyscript/std/assembly/builtins.ts');

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
    for (const name of ['source', 'webview']) rmSync(resolve(dist, name), { recursive: true, force: true });
    const compilations = await bundle(shipped);
    const packaged = compilations.filter((_, index) => shipped[index].isPackaged);
    writeFileSync(noticesFile, thirdPartyNotices([...packaged.flatMap(bundledFiles), ...codicons, coreLibrary]));
    for (const { name } of shipped.filter(({ isProgram }) => isProgram)) chmodSync(resolve(dist, `${name}.js`), 0o755);
    copyShownSources();
    copyWebviewAssets();
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
      externals: { vscode: 'commonjs vscode', mocha: 'commonjs mocha' },
    },
  ]);
}

/** What the bench runs in processes of their own, bundled as what ships is. */
export async function buildBenchPrograms() {
  await bundle([{ name: 'bench-snapshot', entry: 'test/bench/snapshot-once.ts', target: 'node' }]);
}

/** Bundles each entry into one file of its name. Answers webpack's compilations. */
async function bundle(bundles) {
  const { default: webpack } = await import('webpack');
  const compiler = webpack(bundles.map((each) => configurationOf(each, webpack)));
  const stats = await new Promise((done, failed) =>
    compiler.run((error, result) => (error ? failed(error) : done(result))),
  );
  await new Promise((done) => compiler.close(done));
  if (stats.hasErrors()) throw new Error(`webpack:\n${stats.toString({ all: false, errors: true, colors: false })}`);
  for (const { compilation } of stats.stats) {
    for (const { name, source } of compilation.getAssets()) {
      if (name.endsWith('.js')) {
        const path = relative(root, resolve(compilation.outputOptions.path, name));
        say(`  ${path} ${Math.round(source.size() / 1024)} KiB`);
      }
    }
  }
  return stats.stats.map(({ compilation }) => compilation);
}

function configurationOf({ name, entry, target, externals, isProgram = false, folder = dist }, { BannerPlugin }) {
  return {
    name,
    mode: 'production',
    target: target === 'node' ? 'node20' : ['web', 'es2022'],
    entry: { [name]: resolve(root, entry) },
    output: {
      path: folder,
      filename: '[name].js',
      ...(target === 'node' && { library: { type: 'commonjs2' } }),
    },
    ...(externals && { externals }),
    // A bundle finds its resources beside itself.
    ...(target === 'node' && { node: { __dirname: false } }),
    resolve: { extensions: ['.ts', '.js'] },
    module: {
      rules: [
        {
          test: /\.ts$/,
          loader: 'esbuild-loader',
          options: {
            target: 'es2022',
            tsconfig: resolve(root, target === 'web' ? 'webview/tsconfig.json' : 'tsconfig.base.json'),
          },
        },
      ],
    },
    optimization: { splitChunks: false, minimize: false },
    ...(isProgram && { plugins: [new BannerPlugin({ banner: '#!/usr/bin/env node', raw: true })] }),
    devtool: 'source-map',
    performance: { hints: false },
    cache: { type: 'filesystem', cacheDirectory: resolve(checkoutCache, 'webpack'), name: name.replace('/', '-') },
    infrastructureLogging: { level: 'error' },
  };
}

/** The sources of the VMM's threads, which the debugger shows and steps through. */
function copyShownSources() {
  const folder = resolve(root, 'debug-adapter/migration');
  for (const name of JSON.parse(readFileSync(resolve(folder, 'shown-sources.json'), 'utf8'))) {
    cpSync(resolve(folder, name), resolve(dist, 'source', name));
  }
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
