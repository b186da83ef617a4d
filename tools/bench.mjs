// npm run bench: installs and builds what is missing, then measures the guest and its snapshots, beside their peers.
import { resolve } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { root, run, say } from './progress.mjs';

try {
  await ensureInstalled();
  const { build, buildBenchPrograms } = await import('./build.mjs');
  await build();
  await buildBenchPrograms();
  const { ensureParts } = await import('./parts.mjs');
  await ensureParts(['qemu', 'opensbi']);
  await run(process.execPath, [resolve(root, 'node_modules/tsx/dist/cli.mjs'), 'test/bench/bench.ts']);
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
