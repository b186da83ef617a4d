import { join, resolve } from 'node:path';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { linuxGuest } from '../linux/linux-guest';
import { quantile } from './quantiles';
import { benchRecordReplay } from './record-replay';
import { type OneResult, type OneRun, runOnce } from './run-once';
import type { Journeys } from './time-travel-once';

const root = resolve(__dirname, '../..');
const rounds = 3;
const ramBegin = '0x80000000';
/** Where OpenSBI jumps to. */
const kernelEntry = '0x80200000';
/** For the shell: computes, starts processes and prints, for ever. */
const busy = 'while :; do sha256sum /bin/busybox; ls -lR /bin; done\r';

interface Case extends OneRun {
  readonly name: string;
  readonly once: string;
}

/** What it costs to keep the states of a run, beside the same run without; and how long it takes to go back in it. */
export async function benchTimeTravel(say: (line: string) => void): Promise<void> {
  const cases: Case[] = [
    { name: 'working-set', configuration: sample('working-set', '64M'), untilMs: 5000, once: ramBegin },
    { name: 'sweep', configuration: sample('sweep', '64M'), untilMs: 5000, once: ramBegin },
    { name: 'working-set, saved', configuration: saved('working-set', '64M'), once: ramBegin },
    { name: 'sweep, saved', configuration: saved('sweep', '64M'), once: ramBegin },
    { name: 'working-set of 1 GiB, saved', configuration: saved('working-set', '1G'), once: ramBegin },
    { name: 'Linux to its shell', configuration: linux(), until: shellPrompt, once: kernelEntry },
    {
      name: 'a busy minute of Linux',
      configuration: linux(),
      untilMs: 60_000,
      types: { at: shellPrompt, text: busy },
      once: kernelEntry,
    },
  ];
  say('\nGoing back: CPU time of the run with its states kept, and without; CPU ms to go back, median (99 % in less)');
  const heads = ['M instructions', 'kept/without', 'states', 'MiB'];
  const journeys = ['to any instant', 'step back', 'to last fault', 'last write', 'to one hit'];
  say(`${'guest'.padEnd(30)}${[...heads, ...journeys].map((head) => head.padStart(17)).join('')}`);
  for (const { name, once, ...one } of cases) {
    const kept: OneResult[] = [];
    const without: OneResult[] = [];
    for (let round = 0; round < rounds; round++) {
      without.push(runOnce({ ...one, configuration: { ...one.configuration, timeTravel: false } }));
      kept.push(runOnce({ ...one, once: round === 0 ? once : undefined }));
    }
    const [{ instructions, journeys }] = kept as [OneResult];
    const least = (runs: readonly OneResult[]) => Math.min(...runs.map(({ cpuMs }) => cpuMs));
    const columns = [(instructions / 1e6).toFixed(0), (least(kept) / least(without)).toFixed(2), ...inWords(journeys!)];
    say(`${name.padEnd(30)}${columns.map((column) => column.padStart(17)).join('')}`);
  }
  await benchRecordReplay(say);
}

function sample(guest: string, ram: string): Record<string, unknown> {
  return { program: join(root, 'extension/sample/guests', `${guest}.elf`), ram, snapshot: { output: 'nowhere' } };
}

/** A snapshot of it, nearly from the beginning to the end. */
function saved(guest: string, ram: string): Record<string, unknown> {
  return { ...sample(guest, ram), snapshot: { when: { ms: 20 }, output: 'nowhere' } };
}

function linux(): Record<string, unknown> {
  const { bios, kernel, initrd, append } = linuxGuest(128, 'console=ttyS0 quiet');
  const paths = { bios: bios!.path, kernel: kernel.path, initrd: initrd.path };
  return { ...paths, append, ram: '128M', pace: false, snapshot: { output: 'nowhere' } };
}

function inWords({ stateCount, byteCount, goTo, step, lastFault, lastWrite, oneHit }: Journeys): string[] {
  const times = [goTo, step, lastFault, lastWrite, oneHit].map(timesInWords);
  return [String(stateCount), (byteCount / 2 ** 20).toFixed(0), ...times];
}

function timesInWords(times: readonly number[]): string {
  const at = (part: number): string => quantile(times, part).toFixed(1);
  return times.length === 1 ? at(0) : `${at(0.5)} (${at(0.99)})`;
}
