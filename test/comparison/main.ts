import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { documents } from './documents';
import { sweep } from './sweep';
import { fullTable, histogramTable } from './tables';

/** Compares the three ways to take a snapshot over a sweep of write rates. `--write`: into the documents that show it. */
async function main(args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg !== '--write')) throw new Error('usage: npm run -s compare [-- --write]');
  const core = new WebAssembly.Module(readFileSync(resolve(__dirname, '../../dist/core.wasm')));
  const points = await sweep(core);
  console.log(`${fullTable(points)}\n\n${histogramTable(points)}`);
  if (!args.includes('--write')) return;
  for (const [path, text] of documents(points)) writeFileSync(path, text);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
