import { parseArgs } from 'node:util';
import { endingsOf } from './campaign';

/** A seed's runs share nothing with another's, so that one that fails can be run again alone. */
const runsPerSeed = 100;

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '100' }, first: { type: 'string', default: '1' } },
});
const [count, first] = [Number(values.seeds), Number(values.first)];
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(first)) {
  throw new Error('usage: npm run simulate -- --seeds N --first S');
}
const totals = new Map<string, number>();
for (let seed = first; seed < first + count; seed++) {
  for (const [status, times] of endingsOf(runsPerSeed, seed)) totals.set(status, (totals.get(status) ?? 0) + times);
  const counts = [...totals].map(([status, times]) => `${times} ${status}`).join(', ');
  console.log(`seed ${seed}: ${(seed - first + 1) * runsPerSeed} runs kept every promise (${counts})`);
}
