// Brings node_modules in line with package-lock.json; does nothing when it already is.
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { resolve } from 'node:path';
import { npm, root, run, step } from './progress.mjs';

const lock = resolve(root, 'package-lock.json');
/** npm writes it at the end of every install. */
const installed = resolve(root, 'node_modules/.package-lock.json');

/** Installs the packages that a build needs (`dependencies`), when they are missing or older than package-lock.json. */
export async function ensureBuildPackages() {
  // Somebody who tests too goes on with all of them.
  const checks = packagesOf('devDependencies');
  await ensure(
    'installing what the build needs',
    checks.some(isThere) ? [] : ['--omit=dev'],
    packagesOf('dependencies'),
  );
}

/** Installs all packages, those that checks and tests need too. */
export async function ensureInstalled() {
  await ensure('installing npm packages', [], [...packagesOf('dependencies'), ...packagesOf('devDependencies')]);
}

async function ensure(title, options, packages) {
  const installedMs = statSync(installed, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (packages.every(isThere) && installedMs >= statSync(lock).mtimeMs) return;
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', ...options];
  await step(title, async () => {
    // Not `npm ci`: it wants every platform's optional packages in the lock file, which a registry that carries only
    // some of them never lets npm write.
    try {
      await run(npm, install);
    } catch {
      // An install script that cannot run here (a download refused, no compiler) is one we can do without.
      await run(npm, [...install, '--ignore-scripts']);
    }
    const now = new Date();
    utimesSync(installed, now, now);
  });
}

function packagesOf(kind) {
  return Object.keys(JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'))[kind]);
}

function isThere(name) {
  return existsSync(resolve(root, 'node_modules', name, 'package.json'));
}
