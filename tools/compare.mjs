// npm run compare: installs and builds what is missing, then compares the ways to take a snapshot of the same guest.
import { resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, run, say } from './progress.mjs';

try {
  await ensureInstalled();
  const { buildCore } = await import('./build-core.mjs');
  await buildCore();
  const tsx = resolve(root, 'node_modules/tsx/dist/cli.mjs');
  await run(process.execPath, [tsx, 'test/comparison/main.ts', ...process.argv.slice(2)]);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
