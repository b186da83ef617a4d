// Builds dist/core.wasm from debug-adapter/emulator/core/assembly. `node tools/build-core.mjs`, or `buildCore()`.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const emulator = join(root, 'debug-adapter/emulator');
const assembly = join(emulator, 'core/assembly');
const output = join(root, 'dist/core.wasm');

/** Builds if a source is newer than the module. Answers the module's path. @throws Error with the compiler's words. */
export async function buildCore() {
  if (isFresh()) return output;
  const { decodeTableSource } = await load('isa/decode-table-source.ts');
  const { arithmeticSource } = await load('isa/arithmetic-source.ts');
  const { csrSource } = await load('isa/csr-source.ts');
  const { STATIC_DATA } = await load('core/memory-map.ts');
  mkdirSync(join(assembly, 'generated'), { recursive: true });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(join(assembly, 'generated/isa.ts'), decodeTableSource());
  writeFileSync(join(assembly, 'generated/arithmetic.ts'), arithmeticSource());
  writeFileSync(join(assembly, 'generated/csrs.ts'), csrSource());
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main([
    relative(root, join(assembly, 'index.ts')),
    ...['--baseDir', root, '--outFile', 'dist/core.wasm'],
    ...['-O3', '--runtime', 'stub', '--importMemory', '--importTable', '--memoryBase', String(STATIC_DATA)],
    ...['--enable', 'simd', '--use', 'abort=', '--converge'],
  ]);
  if (error) throw new Error(`dist/core.wasm was not built: ${error.message}\n${stderr.toString()}`);
  return output;
}

async function load(path) {
  const { tsImport } = await import('tsx/esm/api');
  const module = await tsImport(pathToFileURL(join(emulator, path)).href, import.meta.url);
  return module.default ?? module;
}

function isFresh() {
  const built = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = [join(emulator, 'core/memory-map.ts'), fileURLToPath(import.meta.url)];
  for (const folder of [assembly, join(emulator, 'isa')]) {
    sources.push(
      ...readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    );
  }
  return sources.every((path) => statSync(path).mtimeMs < built);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(`built ${relative(process.cwd(), await buildCore())}`);
