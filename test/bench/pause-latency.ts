import { writeFileSync } from 'node:fs';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { Qemu } from '../stream/qemu';
import { median } from './quantiles';

const guests: Readonly<Record<string, readonly string[]>> = {
  'a loop': ['jal zero,0'],
  WFI: ['wfi', 'jal zero,-4'],
  'a UART flood': ['lui t0,0x10000', 'sb zero,0(t0)', 'jal zero,-4'],
  'code that writes itself': ['auipc t0,0', 'lw t1,0(t0)', 'sw t1,0(t0)', 'fence.i', 'jal zero,-16'],
};
const pauseCount = 40;
/** Between two pauses, so that each meets a guest that runs. */
const runMs = 30;

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** From the request to pause to the stop, in the adapter over stdio and in a real QEMU over QMP, in turns. */
export async function benchPauses(say: (line: string) => void): Promise<void> {
  say(`\nA pause, from request to stop, median and longest of ${pauseCount}, in ms`);
  for (const [what, code] of Object.entries(guests)) {
    const words = code.map(assemble);
    const adapter = await RecordedAdapter.started();
    const image = adapter.image(words);
    writeFileSync(image, Buffer.concat([Buffer.from(Uint32Array.from(words).buffer), Buffer.alloc(64)]));
    const qemu = await Qemu.start(['-m', '16M', '-bios', image]);
    try {
      await adapter.begin({ program: image, snapshot: { when: 'command' } });
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let pause = 0; pause < pauseCount; pause++) {
        await sleep(runMs);
        ours.push(
          await msOf(async () => {
            await adapter.pauseRequest({ threadId: 1 });
            await adapter.nextStop();
          }),
        );
        theirs.push(await msOf(() => qemu.execute('stop')));
        await adapter.continueRequest({ threadId: 1 });
        await qemu.execute('cont');
      }
      say(`${what.padEnd(24)} ${figures(ours)}   QEMU's stop ${figures(theirs)}`);
    } finally {
      await adapter.stop();
      await qemu.stop();
    }
  }
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

function figures(values: number[]): string {
  return [median(values), Math.max(...values)].map((ms) => ms.toFixed(1).padStart(7)).join(' ');
}
