import { join } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Debuggee } from '../../debug-adapter/debuggee/debuggee';
import { nowhere } from '../../debug-adapter/debuggee/nowhere';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';
import { parseLaunchConfiguration } from '../../debug-adapter/session/launch-configuration';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { linuxGuest } from '../linux/linux-guest';

const guests = join(__dirname, '../../extension/sample/guests');
const rounds = 3;
const visitCount = 60;
const ramBegin = 0x8000_0000n;
/** Where OpenSBI jumps to. */
const kernelEntry = 0x8020_0000n;

interface Case {
  readonly name: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Whose end is waited for: the snapshot's, or this on the console. */
  readonly until?: string;
  /** An instruction that the guest runs once, soon after its beginning. */
  readonly once: bigint;
}

/**
 * What it costs to keep the states of a run, beside the same run without; and how long it takes to go back in it. Steps
 * back are taken from random instants of the run, by a hart and by the migration thread in turn.
 */
export async function benchTimeTravel(say: (line: string) => void): Promise<void> {
  const cases: Case[] = [
    { name: 'working-set, 64 MiB', configuration: sample('working-set', '64M'), once: ramBegin },
    { name: 'sweep, 64 MiB', configuration: sample('sweep', '64M'), once: ramBegin },
    { name: 'working-set, 1 GiB', configuration: sample('working-set', '1G'), once: ramBegin },
    { name: 'Linux to its shell', configuration: linux(), until: shellPrompt, once: kernelEntry },
  ];
  say('\nGoing back: CPU time of the run with its states kept, and without; ms to go back, median (99 % in less)');
  const heads = [
    'kept/without',
    'states',
    'MiB',
    'to any instant',
    'step back',
    'to last fault',
    'last write',
    'to one hit',
  ];
  say(`${'guest'.padEnd(20)}${heads.map((head) => head.padStart(17)).join('')}`);
  for (const { name, configuration, until, once } of cases) {
    const [kept, without]: number[][] = [[], []];
    let row = '';
    for (let round = 0; round < rounds; round++) {
      without!.push(await measureRun({ ...configuration, timeTravel: false }, until, async () => {}));
      kept!.push(
        await measureRun(configuration, until, async (debuggee) => {
          if (round === 0) row = await measureJourneys(debuggee, once);
        }),
      );
    }
    const cost = `${(Math.min(...kept!) / Math.min(...without!)).toFixed(2)}`;
    say(`${name.padEnd(20)}${cost.padStart(17)}${row}`);
  }
}

function sample(guest: string, ram: string): Record<string, unknown> {
  return { program: join(guests, `${guest}.elf`), ram, snapshot: { when: { ms: 20 }, output: 'nowhere' } };
}

function linux(): Record<string, unknown> {
  const { bios, kernel, initrd, append } = linuxGuest(128, 'console=ttyS0 quiet');
  const paths = { bios: bios!.path, kernel: kernel!.path, initrd: initrd!.path };
  return { ...paths, append, ram: '128M', pace: false, snapshot: { output: 'nowhere' } };
}

/** @returns the CPU time of the run, in ms */
async function measureRun(
  configuration: Readonly<Record<string, unknown>>,
  until: string | undefined,
  behind: (debuggee: Debuggee) => Promise<void>,
): Promise<number> {
  const host = { ...nodeHost, reserveOutput: () => nowhere };
  const debuggee = await launch(parseLaunchConfiguration(configuration), host, readResources());
  let printed = '';
  debuggee.onEvent((event) => {
    if (event.kind === 'console') printed = (printed + Buffer.from(event.bytes).toString('latin1')).slice(-200);
    if (until === undefined ? event.kind === 'message' : printed.includes(until)) debuggee.pause();
  });
  const before = process.cpuUsage();
  await debuggee.run({ kind: 'continue' });
  const { user, system } = process.cpuUsage(before);
  debuggee.onEvent(() => {});
  await behind(debuggee);
  await debuggee.dispose();
  return (user + system) / 1000;
}

async function measureJourneys(debuggee: Debuggee, once: bigint): Promise<string> {
  const history = debuggee.history!;
  const { checkpoints } = debuggee;
  const end = debuggee.status().instant;
  const [goTo, step, fault, write, hit]: number[][] = [[], [], [], [], []];
  const times = { goTo: goTo!, step: step!, fault: fault!, write: write!, hit: hit! };
  const timed = async (list: number[], act: () => Promise<unknown>): Promise<void> => {
    const beginMs = performance.now();
    await act();
    list.push(performance.now() - beginMs);
  };
  for (let visit = 1; visit <= visitCount; visit++) {
    // Spread evenly, in no order (Knuth's multiplicative hashing).
    const events = Math.floor((((visit * 0x9e3779b1) >>> 0) / 2 ** 32) * end.events);
    await timed(times.goTo, () => history.back({ kind: 'place', place: { instant: { events, threads: [] } } }));
    const isSaving = debuggee.threads().some(({ id }) => id === 'migration');
    const thread = isSaving && visit % 2 === 0 ? 'migration' : 'hart 0';
    await timed(times.step, () => history.back({ kind: 'step', thread, depth: 'into' }));
  }
  await history.back({ kind: 'place', place: { instant: end } });
  const sp = debuggee.physicalAddress('hart 0', debuggee.names('hart 0').lookup('sp') as bigint)!;
  await timed(times.write, () => history.lastWrite(sp - (sp % 4096), 4096));
  debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
  for (let count = 0; count < 5; count++) await timed(times.fault, () => history.back({ kind: 'continue' }));
  await history.back({ kind: 'place', place: { instant: end } });
  debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address: once }] });
  await timed(times.hit, () => history.back({ kind: 'continue' }));
  const kept = checkpoints
    ? [String(checkpoints.instants.length), (checkpoints.byteCount / 2 ** 20).toFixed(0)]
    : ['', ''];
  const columns = [...kept, ...[times.goTo, times.step, times.fault, times.write, times.hit].map(inWords)];
  return columns.map((column) => column.padStart(17)).join('');
}

function inWords(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(1);
  return sorted.length === 1 ? at(0) : `${at(0.5)} (${at(0.99)})`;
}
