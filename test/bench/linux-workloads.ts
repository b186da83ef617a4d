import { shellPrompt } from '../../tools/linux-guest.mjs';
import { linuxGuest, qemuArguments } from '../linux/linux-guest';
import { Qemu } from '../stream/qemu';
import { geometricMean } from './guest-mips';
import { runOnce } from './run-once';

const rounds = 2;
const goal = 0.5;
const end = 'finished';

/** For the guest's shell. What the shell echoes of it does not hold the text that is waited for. */
const workloads = [
  { name: 'sha256sum of 48 MB', line: 'dd if=/dev/zero bs=1M count=48 2>/dev/null | sha256sum' },
  {
    name: 'gzip of 12 MB',
    line: 'cat /bin/busybox /bin/busybox /bin/busybox /bin/busybox /bin/busybox /bin/busybox | gzip | wc -c',
  },
  { name: '500 processes', line: 'i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i+1)); done' },
].map(({ name, line }) => ({ name, text: `${line}; echo fin""ished\r` }));

/**
 * CPU time of what a shell of Debian's Linux is told to do, from the line that is typed to its end, with the run's states
 * kept: with generated code, without, and in QEMU, interleaved.
 */
export async function benchLinuxWorkloads(say: (line: string) => void): Promise<void> {
  const options = linuxGuest(128);
  const { bios, kernel, initrd, append } = options;
  const images = { bios: bios.path, kernel: kernel.path, initrd: initrd.path };
  const configuration = { ...images, append, ram: '128M', pace: false, snapshot: { output: 'nowhere' } };
  say(`\nDebian Linux, 1 hart: CPU seconds, best of ${rounds} interleaved runs each; speed beside QEMU`);
  say(
    `${'workload'.padEnd(22)}${['generated', 'interpreted', 'QEMU', 'generated'].map((head) => head.padStart(13)).join('')}`,
  );
  const speeds: number[] = [];
  for (const { name, text } of workloads) {
    const here = (codeGeneration: boolean): number =>
      runOnce({ configuration: { ...configuration, codeGeneration }, until: end, types: { at: shellPrompt, text } })
        .cpuMs;
    const times: [number, number, number][] = [];
    for (let round = 0; round < rounds; round++)
      times.push([here(true), here(false), await inQemu(qemuArguments(options), text)]);
    const best = [0, 1, 2].map((column) => Math.min(...times.map((each) => each[column]!)));
    const speed = best[2]! / best[0]!;
    speeds.push(speed);
    say(
      name.padEnd(22) +
        [...best.map((ms) => (ms / 1000).toFixed(2)), speed.toFixed(2)].map((each) => each.padStart(13)).join(''),
    );
  }
  say(`geometric mean: ${geometricMean(speeds).toFixed(2)} (goal: ${goal})`);
}

/** CPU ms. */
async function inQemu(args: readonly string[], text: string): Promise<number> {
  const qemu = await Qemu.start(args);
  try {
    await qemu.printed(shellPrompt);
    const before = qemu.cpuMs;
    qemu.type(text);
    await qemu.printed(end);
    return qemu.cpuMs - before;
  } finally {
    await qemu.stop();
  }
}
