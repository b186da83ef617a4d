// esbuild for riscv64, a static program of Go: what the bench has a guest of Linux run.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cached } from './cache.mjs';
import { npm, root, run, step } from './progress.mjs';

const name = '@esbuild/linux-riscv64';

/**
 * The program, of the version and with the digest that package-lock.json has; fetched from npm's registry if need be.
 * @returns {Promise<string>} its path
 */
export async function ensureRiscvEsbuild() {
  const { packages } = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages[`node_modules/${name}`];
  const folder = await cached(`esbuild-linux-riscv64-${version}`, (folder) =>
    step(`fetching esbuild ${version} for riscv64`, async () => {
      const pack = ['pack', `${name}@${version}`, '--pack-destination', folder];
      await run(npm, pack, { quiet: true });
      const archive = resolve(folder, `esbuild-linux-riscv64-${version}.tgz`);
      const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
      if (digest !== integrity) throw new Error(`${archive} has ${digest}, not package-lock.json's ${integrity}`);
      await run('tar', ['-xzf', archive, '-C', folder]);
    }),
  );
  return resolve(folder, 'package/bin/esbuild');
}
