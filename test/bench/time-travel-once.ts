import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Debuggee } from '../../debug-adapter/debuggee/debuggee';
import { nowhere } from '../../debug-adapter/debuggee/nowhere';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';

/** A run, and what is measured of it. */
export interface OneRun {
  readonly configuration: Readonly<Record<string, unknown>>;
  /** What is waited for on the console, or in virtual time; neither: the end of the snapshot. */
  readonly until?: string | undefined;
  readonly untilMs?: number | undefined;
  /** Typed once the console has printed this. */
  readonly types?: { readonly at: string; readonly text: string } | undefined;
  /** An instruction that the guest runs once, soon after its beginning. Undefined: nobody goes back. */
  readonly once?: string | undefined;
}

export interface OneResult {
  /** Of processors, since it was typed if anything was. */
  readonly cpuMs: number;
  readonly instructions: number;
  readonly journeys?: Journeys;
}

/** How long each took, in ms of processors; the states kept. */
export interface Journeys {
  readonly stateCount: number;
  readonly byteCount: number;
  readonly goTo: readonly number[];
  readonly step: readonly number[];
  readonly lastFault: readonly number[];
  readonly lastWrite: readonly number[];
  readonly oneHit: readonly number[];
}

const visitCount = 100;
/** Those before are as slow as whatever runs for the first time. */
const warmUpCount = 10;

/**
 * A process of its own: one run of a guest, bundled as the debugger ships, and journeys into its past.
 *
 *     node bench-time-travel.js ONE_RUN
 */
async function main([text]: readonly string[]): Promise<void> {
  const { configuration, until, untilMs, types, once }: OneRun = JSON.parse(text!);
  const host = { ...nodeHost, reserveOutput: () => nowhere };
  const debuggee = await launch(parseLaunchConfiguration(configuration), host, readResources());
  let printed = '';
  let typed = types?.text;
  let before = process.cpuUsage();
  debuggee.onEvent((event) => {
    if (event.kind === 'console') printed = (printed + Buffer.from(event.bytes).toString('latin1')).slice(-200);
    if (typed && printed.includes(types!.at)) {
      debuggee.consoleInput(new TextEncoder().encode(typed));
      typed = undefined;
      before = process.cpuUsage();
    }
    if (until !== undefined ? printed.includes(until) : untilMs === undefined && event.kind === 'message')
      debuggee.pause();
  });
  const watch = setInterval(() => debuggee.status().timeNs > untilMs! * 1e6 && debuggee.pause(), 20);
  before = process.cpuUsage();
  await debuggee.run({ kind: 'continue' });
  clearInterval(watch);
  const cpuMs = msSince(before);
  if (until !== undefined && !printed.includes(until)) throw new Error(`the guest has ended without \`${until}\``);
  const { instructions } = debuggee.status();
  debuggee.onEvent(() => {});
  const journeys = once === undefined ? undefined : await measureJourneys(debuggee, BigInt(once));
  await debuggee.dispose();
  const result: OneResult = { cpuMs, instructions, ...(journeys && { journeys }) };
  process.stdout.write(JSON.stringify(result));
}

/** Steps back are taken from random instants of the run, by a hart and by the migration thread in turn. */
async function measureJourneys(debuggee: Debuggee, once: bigint): Promise<Journeys> {
  const history = debuggee.history!;
  const stateCount = debuggee.checkpoints?.instants.length ?? 0;
  const byteCount = debuggee.checkpoints?.byteCount ?? 0;
  const end = debuggee.status().instant;
  const goTo: number[] = [];
  const step: number[] = [];
  const lastFault: number[] = [];
  const lastWrite: number[] = [];
  const oneHit: number[] = [];
  const timed = async (list: number[], act: () => Promise<unknown>): Promise<void> => {
    const before = process.cpuUsage();
    await act();
    list.push(msSince(before));
  };
  for (let visit = 1; visit <= visitCount; visit++) {
    // Spread evenly, in no order (Knuth's multiplicative hashing).
    const events = Math.floor((((visit * 0x9e3779b1) >>> 0) / 2 ** 32) * end.events);
    await timed(goTo, () => history.back({ kind: 'place', place: { instant: { events, threads: [] } } }));
    const isSaving = debuggee.threads().some(({ id }) => id === 'migration');
    const thread = isSaving && visit % 2 === 0 ? 'migration' : 'hart 0';
    await timed(step, () => history.back({ kind: 'step', thread, depth: 'into' }));
  }
  await history.back({ kind: 'place', place: { instant: end } });
  const sp = debuggee.physicalAddress('hart 0', debuggee.names('hart 0').lookup('sp') as bigint)!;
  await timed(lastWrite, () => history.lastWrite(sp - (sp % 4096), 4096));
  debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
  for (let count = 0; count < 5; count++) await timed(lastFault, () => history.back({ kind: 'continue' }));
  await history.back({ kind: 'place', place: { instant: end } });
  debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address: once }] });
  await timed(oneHit, () => history.back({ kind: 'continue' }));
  return {
    ...{ stateCount, byteCount, lastFault, lastWrite, oneHit },
    goTo: goTo.slice(warmUpCount),
    step: step.slice(warmUpCount),
  };
}

function msSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

void main(process.argv.slice(2));
