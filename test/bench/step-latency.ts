import { RecordedAdapter } from '../dap/recorded-adapter';
import { median } from './quantiles';

const sizes = ['64M', '1G'] as const;
const warmUpCount = 50;
const stepCount = 200;

/** What a user steps, at the first write fault of a snapshot. */
const threads = ['hart 0', 'migration'] as const;

/** A step as a user sees it, the look at where it has led included, at two sizes of RAM in turns. */
export async function benchSteps(say: (line: string) => void): Promise<void> {
  say(`\nA step in a snapshot, from request to the variables shown, median of ${stepCount} in ms, by the size of RAM`);
  const adapters = await Promise.all(sizes.map(() => RecordedAdapter.started()));
  try {
    for (const [index, adapter] of adapters.entries()) {
      const snapshot = { output: 'nowhere' };
      await adapter.begin({ ram: sizes[index], snapshot }, { filters: ['first-write-fault'] });
      await adapter.nextStop();
    }
    for (const thread of threads) {
      const times: number[][] = adapters.map(() => []);
      for (let step = 0; step < warmUpCount + stepCount; step++) {
        for (const [index, adapter] of adapters.entries()) {
          const ms = await msOfStep(adapter, thread);
          if (step >= warmUpCount) times[index]!.push(ms);
        }
      }
      const [small, large] = times.map(median) as [number, number];
      const figures = [small, large].map((ms, index) => `${sizes[index]} ${ms.toFixed(2)}`).join('   ');
      say(`${thread.padEnd(12)} ${figures}   ratio ${(large / small).toFixed(2)}`);
    }
  } finally {
    await Promise.all(adapters.map((adapter) => adapter.stop()));
  }
}

async function msOfStep(adapter: RecordedAdapter, thread: string): Promise<number> {
  const { body } = await adapter.threadsRequest();
  const threadId = body.threads.find(({ name }) => name.startsWith(thread))!.id;
  const before = performance.now();
  if (thread === 'migration') await adapter.nextRequest({ threadId });
  else await adapter.stepInRequest({ threadId, granularity: 'instruction' } as never);
  await adapter.nextStop();
  await adapter.threadsRequest();
  const { stackFrames } = (await adapter.stackTraceRequest({ threadId })).body;
  const { scopes } = (await adapter.scopesRequest({ frameId: stackFrames[0]!.id })).body;
  // The one that VS Code unfolds by itself.
  await adapter.variablesRequest({ variablesReference: scopes[0]!.variablesReference });
  return performance.now() - before;
}
