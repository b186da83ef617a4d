// Which test files a change can touch: those that import a changed file, however indirectly, or use what is built from it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { shippedEntries } from './build.mjs';
import { root } from './progress.mjs';

/**
 * Of `files`, those that the difference between the working tree and `revision` can touch.
 * @param {readonly string[]} files test files, paths in the checkout
 * @param {string} revision
 * @returns {Promise<string[]>}
 */
export async function testsTouchedSince(revision, files) {
  const imports = await importGraph([...files, ...shippedEntries]);
  const changed = changedFiles(revision);
  const shipped = closure(shippedEntries, imports);
  return files.filter((file) => {
    const reached = closure([file], imports);
    const usesBundles = [...reached].some((each) => sourceOf(each).includes('dist'));
    const all = usesBundles ? new Set([...reached, ...shipped]) : reached;
    return changed.some((each) => all.has(each) || isReadBy(each, all));
  });
}

function changedFiles(revision) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
  return [...git('diff', '--name-only', revision), ...git('ls-files', '--others', '--exclude-standard')];
}

/** What no `import` names: the guest core's sources, which become one module, and data, which a source names. */
function isReadBy(file, sources) {
  if (file.startsWith('debug-adapter/emulator/core/assembly/')) {
    return sources.has('debug-adapter/emulator/core/wasm-guest-core.ts');
  }
  if (/\.(m?[jt]s|md)$/.test(file)) return false;
  const folder = basename(dirname(file)).replace(/^\.$/, '');
  const names = folder ? [basename(file), `'${folder}'`] : [basename(file)];
  return [...sources].some((each) => names.some((name) => sourceOf(each).includes(name)));
}

const sources = new Map();
function sourceOf(file) {
  if (!sources.has(file)) sources.set(file, readFileSync(resolve(root, file), 'utf8'));
  return sources.get(file);
}

/** For each source that `entries` reach, what it imports. */
async function importGraph(entries) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    outdir: 'out',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      path,
      imports.filter(({ external }) => !external).map((each) => each.path),
    ]),
  );
}

function closure(entries, imports) {
  const reached = new Set(entries);
  for (const file of reached) for (const each of imports.get(file) ?? []) reached.add(each);
  return reached;
}
