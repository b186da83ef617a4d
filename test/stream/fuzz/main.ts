import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FuzzFailure, fuzz } from './fuzz';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
const start = performance.now();
let nextReport = 0;
try {
  const report = fuzz(seed, count, (soFar) => {
    if (soFar.inputCount < nextReport && soFar.inputCount < count) return;
    nextReport = soFar.inputCount + 20_000;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const { inputCount, refusedCount, corpusCount, coveredCount, stepsPerByteMax } = soFar;
    const memory = `memory +${(soFar.memoryGrowthByteCount / 2 ** 20).toFixed(0)} MiB`;
    console.log(
      `${seconds} s: ${inputCount} inputs, ${refusedCount} refused, corpus ${corpusCount}, ` +
        `${coveredCount} characters covered, at most ${stepsPerByteMax.toFixed(0)} steps a byte, ${memory}`,
    );
  });
  console.log(`seed ${seed}: ${report.inputCount} inputs, no crash, no hang, no unbounded allocation`);
} catch (error) {
  if (!(error instanceof FuzzFailure)) throw error;
  const folder = resolve(__dirname, '../../../out');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `fuzz-${seed}.stream`);
  writeFileSync(path, error.input);
  console.error(`seed ${seed}: ${error.message}\nThe input is in ${path}.`);
  process.exitCode = 1;
}
