// npm run package: one .vsix with everything the extension needs to run.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { npm, root, run, say, step } from './progress.mjs';

try {
  await packageExtension();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}

async function packageExtension() {
  await ensureInstalled();
  const { build } = await import('./build.mjs');
  await build();
  await step('copying what stays beside the bundles', copyBeside);
  const { name, version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
  const packagePath = resolve(root, `${name}-${version}.vsix`);
  await step('packing', async () => {
    const { createVSIX } = await import('@vscode/vsce');
    // The bundles hold what they need of node_modules.
    const inPackage = { dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false };
    const readmePath = relative(root, writeMarketplacePage()).replaceAll('\\', '/');
    await createVSIX({ cwd: root, packagePath, readmePath, ...inPackage });
  });
  const path = relative(process.cwd(), packagePath);
  say(`${Math.round(statSync(packagePath).size / 1024)} KiB; install it with: code --install-extension ${path}`);
}

/** Packages as the bundles find them. */
async function copyBeside() {
  const into = resolve(root, 'dist/node_modules');
  rmSync(into, { recursive: true, force: true });
  const capstone = '@alexaltea/capstone-js';
  for (const file of ['package.json', 'LICENSE', 'dist/capstone.js', 'dist/capstone.wasm'])
    cpSync(resolve(root, 'node_modules', capstone, file), resolve(into, capstone, file));
  await copyNative(into);
}

/** Of koffi, what is loaded on Linux. For both architectures, wherever we are. */
async function copyNative(into) {
  const from = resolve(root, 'node_modules/koffi');
  const { version } = JSON.parse(readFileSync(resolve(from, 'package.json'), 'utf8'));
  for (const file of ['package.json', 'LICENSE.txt', 'index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs']) {
    cpSync(resolve(from, file), resolve(into, 'koffi', file));
  }
  for (const architecture of ['x64', 'arm64']) {
    const name = `@koromix/koffi-linux-${architecture}`;
    const installed = resolve(root, 'node_modules', name);
    const folder = existsSync(installed) ? installed : await unpacked(`${name}@${version}`);
    for (const file of ['package.json', 'index.js', `linux_${architecture}/koffi.node`]) {
      cpSync(resolve(folder, file), resolve(into, name, file));
    }
  }
}

/** A package for another architecture: npm installs only those that fit. */
async function unpacked(spec) {
  const folder = resolve(root, 'out/native');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run(npm, ['pack', spec, '--silent', '--pack-destination', folder], { quiet: true });
  await run('tar', ['xzf', readdirSync(folder)[0]], { cwd: folder, quiet: true });
  return resolve(folder, 'package');
}

/** Without its pictures: VS Code shows a README's pictures from https addresses only, which ours have not yet. */
function writeMarketplacePage() {
  const page = readFileSync(resolve(root, 'extension/marketplace.md'), 'utf8').replaceAll(
    /!\[[^\]]*\]\([^)]+\)\n\n/g,
    '',
  );
  const file = resolve(root, 'out/marketplace.md');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  return file;
}
