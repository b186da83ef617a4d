import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { cpioArchive, type Entry } from '../../tools/cpio.mjs';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { ensureRiscvEsbuild } from '../../tools/riscv-esbuild.mjs';
import { image } from '../boot/console';
import { linuxGuest, qemuArguments } from '../linux/linux-guest';
import { Qemu } from '../stream/qemu';
import { geometricMean } from './guest-mips';
import { runOnce } from './run-once';

const rounds = 2;
const goal = 0.5;
const end = 'finished';

interface Workload {
  readonly name: string;
  /** For the guest's shell; it succeeds. */
  readonly line: string;
  readonly ramMib?: number;
  /** What the guest finds beside what its initramfs has. */
  readonly files?: () => Promise<readonly Entry[]>;
}

const workloads: readonly Workload[] = [
  { name: 'sha256sum of 48 MB', line: 'dd if=/dev/zero bs=1M count=48 2>/dev/null | sha256sum' },
  {
    name: 'gzip of 12 MB',
    line: 'cat /bin/busybox /bin/busybox /bin/busybox /bin/busybox /bin/busybox /bin/busybox | gzip | wc -c',
  },
  { name: '500 processes', line: 'i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i+1)); done' },
  {
    name: 'esbuild of 7 files',
    line: 'esbuild --bundle input/assembler.ts --minify --outfile=tmp/output.js && cmp tmp/output.js output.js',
    ramMib: 256,
    files: esbuildAndInput,
  },
];

/**
 * CPU time of what a shell of Debian's Linux is told to do, from the line that is typed to its end, with the run's states
 * kept: with generated code, without, and in QEMU, interleaved.
 */
export async function benchLinuxWorkloads(say: (line: string) => void): Promise<void> {
  say(`\nDebian Linux, 1 hart: CPU seconds, best of ${rounds} interleaved runs each; speed beside QEMU`);
  say(
    `${'workload'.padEnd(22)}${['generated', 'interpreted', 'QEMU', 'generated'].map((head) => head.padStart(13)).join('')}`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-bench-'));
  try {
    const speeds: number[] = [];
    for (const workload of workloads) {
      const best = await bestOf(workload, folder);
      const speed = best[2]! / best[0]!;
      speeds.push(speed);
      const figures = [...best.map((ms) => ms / 1000), speed].map((figure) => figure.toFixed(2).padStart(13));
      say(workload.name.padEnd(22) + figures.join(''));
    }
    say(`geometric mean: ${geometricMean(speeds).toFixed(2)} (goal: ${goal})`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** CPU ms with generated code, without, and in QEMU. */
async function bestOf({ line, ramMib = 128, files }: Workload, folder: string): Promise<number[]> {
  const guest = linuxGuest(ramMib);
  const initrd = join(folder, 'initramfs.cpio');
  // The kernel unpacks archives that follow each other.
  const archives = [guest.initrd.bytes, ...(files ? [cpioArchive(await files())] : [])];
  writeFileSync(initrd, Buffer.concat(archives));
  const images = { bios: guest.bios.path, kernel: guest.kernel.path, initrd };
  const configuration = {
    ...images,
    append: guest.append,
    ram: `${ramMib}M`,
    pace: false,
    snapshot: { output: 'nowhere' },
  };
  // What the shell echoes does not hold the text that is waited for.
  const text = `${line} && echo fin""ished || poweroff -f\r`;
  const here = (codeGeneration: boolean): number =>
    runOnce({ configuration: { ...configuration, codeGeneration }, until: end, types: { at: shellPrompt, text } })
      .cpuMs;
  const args = qemuArguments({ ...guest, initrd: image(initrd) });
  const times: number[][] = [];
  for (let round = 0; round < rounds; round++) times.push([here(true), here(false), await inQemu(args, text)]);
  return [0, 1, 2].map((column) => Math.min(...times.map((each) => each[column]!)));
}

/** esbuild, a program of Go; sources of ours that import each other; and what esbuild makes of them outside the guest. */
async function esbuildAndInput(): Promise<Entry[]> {
  const sources = resolve(__dirname, '../../debug-adapter/emulator/isa');
  const names = readdirSync(sources).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const input = names.map((name) => ({ path: `input/${name}`, bytes: readFileSync(join(sources, name)) }));
  const { outputFiles } = await build({
    entryPoints: [join(sources, 'assembler.ts')],
    bundle: true,
    minify: true,
    write: false,
    tsconfigRaw: {},
  });
  return [
    { path: 'input', kind: 'folder' },
    ...[...input, { path: 'output.js', bytes: outputFiles[0]!.contents }].map((file) => ({
      ...file,
      kind: 'file' as const,
    })),
    { path: 'bin/esbuild', kind: 'program', bytes: readFileSync(await ensureRiscvEsbuild()) },
  ];
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
