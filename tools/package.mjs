// npm run package: one .vsix with everything the extension needs to run.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, say, step } from './progress.mjs';

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
