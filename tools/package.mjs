// npm run package: one .vsix with everything the extension needs to run.
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { root, say, step } from './progress.mjs';

/** Builds and packs. Answers the path of the .vsix. */
export async function packageExtension() {
  await ensureInstalled();
  const { build } = await import('./build.mjs');
  await build();
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } });
  const packagePath = resolve(root, `${manifest.name}-${manifest.version}.vsix`);
  await step('packing', async () => {
    const { createVSIX } = await import('@vscode/vsce');
    // The bundles hold what they need of node_modules.
    await createVSIX({ cwd: root, packagePath, dependencies: false, allowMissingRepository: true });
  });
  say(`${relative(root, packagePath)}: ${Math.round(statSync(packagePath).size / 1024)} KiB`);
  return packagePath;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const path = await packageExtension();
    say(`install it with: code --install-extension ${relative(process.cwd(), path)}`);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
