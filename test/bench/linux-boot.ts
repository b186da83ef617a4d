import { shellPrompt } from '../../tools/linux-guest.mjs';
import { linuxGuest, qemuArguments, wholeBoot } from '../linux/linux-guest';
import { Qemu } from '../stream/qemu';
import { type OneResult, runOnce } from './run-once';

const rounds = 3;
const goal = 1.25;

/**
 * CPU time from power-on to the shell of Debian's Linux, in a process that is bundled as the debugger ships and keeps the
 * run's states as it does, and in QEMU, interleaved.
 */
export async function benchLinuxBoot(say: (line: string) => void): Promise<void> {
  const options = linuxGuest(128, wholeBoot);
  const { bios, kernel, initrd, append } = options;
  const images = { bios: bios.path, kernel: kernel.path, initrd: initrd.path };
  const configuration = { ...images, append, ram: '128M', pace: false, snapshot: { output: 'nowhere' } };
  const ours: OneResult[] = [];
  const qemu: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(runOnce({ configuration, until: shellPrompt }));
    qemu.push(await bootQemu(qemuArguments(options)));
  }
  const millions = (ours[0]!.instructions / 1e6).toFixed(0);
  const times = ours.map(({ cpuMs }) => cpuMs);
  const figures = (ms: readonly number[]) => ms.map((each) => (each / 1000).toFixed(2)).join(', ');
  say(`\nDebian Linux, 1 hart and 128 MiB, from power-on to the shell; CPU time of ${rounds} interleaved runs each`);
  say(`here ${figures(times)} s for ${millions} M instructions; QEMU ${figures(qemu)} s`);
  const ratio = (Math.min(...times) / Math.min(...qemu)).toFixed(2);
  say(`ratio of the best: ${ratio} times QEMU's time (goal: at most ${goal})`);
}

/** CPU ms. */
async function bootQemu(args: readonly string[]): Promise<number> {
  const qemu = await Qemu.start(args);
  try {
    await qemu.printed(shellPrompt);
    return qemu.cpuMs;
  } finally {
    await qemu.stop();
  }
}
