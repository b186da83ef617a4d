import { join, resolve } from 'node:path';
import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import { type Breakpoints, noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Debuggee } from '../../debug-adapter/debuggee/debuggee';
import { nowhere } from '../../debug-adapter/debuggee/nowhere';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';

const program = join(resolve(__dirname, '../..'), 'extension/sample/guests/working-set.elf');
/** Turns of all guests alternate, so that whatever else the host does strikes all. */
const turnCount = 30;
/** Of virtual time: a million instructions. */
const turnNs = 10_000_000;

/** What the guest rewrites: one word in eight of a page, 32 pages in a random order. */
const page = 'image_end';
const word = { byteCount: 8, access: 'write' } as const;
const never = () => false;

interface Case {
  readonly what: string;
  readonly set: (addressOf: (symbol: string) => number) => Partial<Breakpoints>;
}

const cases: readonly Case[] = [
  { what: 'nothing set', set: () => ({}) },
  {
    what: 'a breakpoint that is never reached',
    set: (at) => ({ addresses: [{ id: 1, address: BigInt(at('put_decimal')) }] }),
  },
  {
    what: 'a page watched that nobody writes to',
    set: (at) => ({ data: [{ id: 1, physicalAddress: at('_start'), byteCount: 4096, access: 'write' }] }),
  },
  {
    what: '8 bytes watched, beside what is written',
    set: (at) => ({ data: [{ id: 1, physicalAddress: at(page) + 8, ...word }] }),
  },
  {
    what: '8 bytes watched that are written, never stopping',
    set: (at) => ({ data: [{ id: 1, physicalAddress: at(page), ...word, condition: never }] }),
  },
];

/** What breakpoints cost a guest that none of them stops. Nothing else is kept for a debugger's sake while it runs. */
export async function benchDataBreakpoints(say: (line: string) => void): Promise<void> {
  say(`\nA guest with breakpoints that do not stop it; processor time of the same run, to that without`);
  const guests: { readonly what: string; readonly debuggee: Debuggee; cpuUs: number; timeNs: number }[] = [];
  for (const { what, set } of cases) {
    const configuration = parseLaunchConfiguration({ program, ram: '16M', pace: false, snapshot: { when: 'command' } });
    const debuggee = await launch(configuration, { ...nodeHost, reserveOutput: () => nowhere }, readResources());
    // The heap has been filled, and all that runs has been compiled.
    await runTo(debuggee, turnNs);
    debuggee.setBreakpoints({ ...noBreakpoints, ...set((symbol) => Number(debuggee.symbolAddress(symbol)!)) });
    await runTo(debuggee, 2 * turnNs);
    guests.push({ what, debuggee, cpuUs: 0, timeNs: 2 * turnNs });
  }
  for (let turn = 0; turn < turnCount; turn++) {
    for (const guest of guests) {
      guest.timeNs += turnNs;
      const before = process.cpuUsage();
      await runTo(guest.debuggee, guest.timeNs);
      const { user, system } = process.cpuUsage(before);
      guest.cpuUs += user + system;
    }
  }
  for (const { what, debuggee, cpuUs } of guests) {
    say(`${what.padEnd(50)} ${(cpuUs / guests[0]!.cpuUs).toFixed(2).padStart(6)}`);
    await debuggee.dispose();
  }
}

async function runTo(debuggee: Debuggee, untilNs: number): Promise<void> {
  const stop = await debuggee.run({ kind: 'continue', untilNs });
  if (stop.reason !== 'pause' || stop.why !== 'time') throw new Error(`the guest stops: ${JSON.stringify(stop)}`);
}
