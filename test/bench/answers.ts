import { join } from 'node:path';
import { RecordedAdapter, root } from '../dap/recorded-adapter';
import { quantile } from './quantiles';

const guests = ['working-set', 'sweep'];
const thread = { threadId: 1 };
const stepCount = 5;
/** Between an answer and the next question, as a person's views ask who look at all of it. */
const pauseMs = 3;

type Act = (adapter: RecordedAdapter) => Promise<unknown>;

/** What goes on while somebody asks, in this order; each ends where the guest stands. */
const acts: readonly (readonly [name: string, act: Act])[] = [
  ['run, snapshot', (adapter) => adapter.nextStop()],
  ['steps back', stepsBack],
  ['reverse-continue', reverseContinue],
  ['last writer', (adapter) => typed(adapter, 'last-writer 0x80400010')],
  ['recording', (adapter) => adapter.customRequest('freezeframe.record', {})],
  ['a key in the past', typedInThePast],
  ['run from there', (adapter) => adapter.goOn()],
  ['to a history', (adapter) => Promise.all([adapter.nextStop(), typed(adapter, 'goto history 1')])],
];

/** How long an answer takes that needs nothing, while guests of 1 GiB run and go back: in the adapter as it ships. */
export async function benchAnswers(say: (line: string) => void): Promise<void> {
  say('\nAnswers while a guest of 1 GiB is at work: how many, 99 % in less, longest, in ms');
  for (const guest of guests) {
    const adapter = await RecordedAdapter.started();
    try {
      const program = join(root, 'extension/sample/guests', `${guest}.elf`);
      const snapshot = { when: { ms: 400 } };
      await adapter.begin({ program, ram: '1G', snapshot }, { filters: ['phase.completed'] });
      for (const [name, act] of acts) {
        const waits = await asked(adapter, act);
        const figures = [waits.length.toFixed(0), ...[0.99, 1].map((part) => quantile(waits, part).toFixed(0))];
        say(`${guest.padEnd(14)}${name.padEnd(20)}${figures.map((figure) => figure.padStart(8)).join('')}`);
      }
    } finally {
      await adapter.stop();
    }
  }
}

/** @returns how long each answer took while something went on, in ms */
async function asked(adapter: RecordedAdapter, act: Act): Promise<number[]> {
  const waits: number[] = [];
  let isOver = false;
  const over = act(adapter).finally(() => (isOver = true));
  do {
    const before = performance.now();
    await adapter.threadsRequest();
    waits.push(performance.now() - before);
    await new Promise((done) => setTimeout(done, pauseMs));
  } while (!isOver);
  await over;
  return waits;
}

async function stepsBack(adapter: RecordedAdapter): Promise<void> {
  for (let count = 0; count < stepCount; count++) {
    await adapter.stepBackRequest(thread);
    await adapter.nextStop();
  }
}

async function reverseContinue(adapter: RecordedAdapter): Promise<void> {
  await adapter.setExceptionBreakpointsRequest({ filters: ['phase.freeze', 'phase.completed'] });
  await adapter.reverseContinueRequest(thread);
  await adapter.nextStop();
}

async function typedInThePast(adapter: RecordedAdapter): Promise<void> {
  await adapter.customRequest('freezeframe.consoleInput', { bytes: btoa('x') });
}

function typed(adapter: RecordedAdapter, expression: string): Promise<unknown> {
  return adapter.evaluateRequest({ expression, context: 'repl' });
}
