// Bundles test files into one, so that a process neither compiles them by itself nor asks an object for every import.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { root } from './progress.mjs';

/** What test-worker.cjs runs: `files` has a function for each test file, by its path in the checkout, which runs it. */
export const testBundle = resolve(root, 'out/tests.js');

/** @param {readonly string[]} files paths in the checkout */
export async function bundleTests(files) {
  const { build } = await import('esbuild');
  const entries = files.map((file) => `${JSON.stringify(file)}: () => require('./${file}'),`);
  await build({
    absWorkingDir: root,
    stdin: {
      contents: ["import './test/property-seed';", 'export const files = {', ...entries, '};'].join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    outfile: testBundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [{ name: 'own-path', setup: ({ onLoad }) => onLoad({ filter: /\.m?[jt]s$/ }, withOwnPath) }],
  });
}

/** A source that asks where it is gets its own path, not the bundle's. */
function withOwnPath({ path }) {
  const source = readFileSync(path, 'utf8');
  if (!/\b__dirname|\b__filename|import\.meta\.url/.test(source)) return undefined;
  const own = `const __filename = ${JSON.stringify(path)}, __dirname = ${JSON.stringify(dirname(path))};`;
  const url = "require('node:url').pathToFileURL(__filename).href";
  // On the first line, so that the others keep their numbers.
  return {
    contents: `${own} ${source.replaceAll('import.meta.url', url)}`,
    loader: path.endsWith('.ts') ? 'ts' : 'js',
  };
}
