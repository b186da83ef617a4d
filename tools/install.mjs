// Brings node_modules in line with package-lock.json; does nothing when it already is.
import { existsSync, statSync, utimesSync } from 'node:fs';
import { resolve } from 'node:path';
import { npm, root, run, step } from './progress.mjs';

const lock = resolve(root, 'package-lock.json');
/** npm writes it at the end of every install. */
const installed = resolve(root, 'node_modules/.package-lock.json');

/** Installs the packages that package-lock.json names, when they are missing or older than it. */
export async function ensureInstalled() {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await step('installing npm packages', async () => {
    // Not `npm ci`: it wants every platform's optional packages in the lock file, which a registry that carries only
    // some of them never lets npm write.
    try {
      await run(npm, ['install', '--no-save', ...quiet]);
    } catch {
      // An install script that cannot run here (a download refused, no compiler) is one we can do without.
      await run(npm, ['install', '--no-save', '--ignore-scripts', ...quiet]);
    }
    const now = new Date();
    utimesSync(installed, now, now);
  });
}
