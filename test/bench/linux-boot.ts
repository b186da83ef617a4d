import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { QemuConsole } from '../boot/qemu-console';
import { type LinuxOptions, linuxGuest, qemuArguments, wholeBoot } from '../linux/linux-guest';

const rounds = 3;

/** Wall time from power-on to the shell of Debian's Linux, in the debugger's own debuggee and in QEMU, interleaved. */
export async function benchLinuxBoot(say: (line: string) => void): Promise<void> {
  const options = linuxGuest(128, wholeBoot);
  const ours: number[] = [];
  const qemu: number[] = [];
  let instructions = 0;
  for (let round = 0; round < rounds; round++) {
    const boot = await bootHere(options);
    instructions = boot.instructions;
    ours.push(boot.seconds);
    qemu.push(await bootQemu(options));
  }
  const [best, bestOfQemu] = [Math.min(...ours), Math.min(...qemu)];
  const figures = (seconds: readonly number[]) => seconds.map((each) => each.toFixed(2)).join(', ');
  say(`\nDebian Linux, 1 hart and 128 MiB, from power-on to the shell; ${rounds} interleaved runs each`);
  say(`here ${figures(ours)} s for ${(instructions / 1e6).toFixed(0)} M instructions; QEMU ${figures(qemu)} s`);
  say(`ratio of the best: ${(best / bestOfQemu).toFixed(2)} times QEMU's time (goal: at most 4, and under 15 s)`);
}

async function bootHere({ ramByteCount, bios, kernel, initrd, append }: LinuxOptions) {
  const images = { bios: bios.path, kernel: kernel.path, initrd: initrd.path, append };
  const debuggee = await launch(parseLaunchConfiguration({ ...images, ram: ramByteCount }), nodeHost, readResources());
  let text = '';
  debuggee.onEvent((event) => {
    if (event.kind !== 'console') return;
    text += Buffer.from(event.bytes).toString('latin1');
    if (text.includes(shellPrompt)) debuggee.pause();
  });
  const start = performance.now();
  const stop = await debuggee.run({ kind: 'continue' });
  const seconds = (performance.now() - start) / 1000;
  const { instructions } = debuggee.status();
  await debuggee.dispose();
  if (!text.includes(shellPrompt)) throw new Error(`Linux came to no shell (${stop.reason}):\n${text.slice(-2000)}`);
  return { seconds, instructions };
}

async function bootQemu(options: LinuxOptions): Promise<number> {
  const start = performance.now();
  const qemu = new QemuConsole(qemuArguments(options));
  try {
    await qemu.until(shellPrompt);
    return (performance.now() - start) / 1000;
  } finally {
    qemu.dispose();
  }
}
