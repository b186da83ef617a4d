import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Bus, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createGuestCore } from '../../debug-adapter/emulator/core/wasm-guest-core';
import { coreModule } from '../core/guest';

/** Rounds that take the core about a second. */
const loops = [
  { name: 'alu', rounds: 40_000 },
  { name: 'memory', rounds: 16 },
  { name: 'branchy', rounds: 120 },
  { name: 'calls', rounds: 1_000 },
] as const;
type Loop = (typeof loops)[number];

const repetitions = 3;
/** QEMU is so much faster that it needs more rounds to show it. */
const qemuFactor = 6;
const instructionsPerRun = 1_000_000;
const ramByteCount = 64 << 20;
const testFinisher = 0x10_0000;
const roundsOffset = 8;

interface Result {
  readonly name: string;
  readonly instructions: number;
  readonly coreMips: number;
  readonly qemuMips: number;
}

/** Guest MIPS of the core and of `qemu-system-riscv64`, best of interleaved runs, as a table for people. */
export async function benchGuestMips(print: (line: string) => void): Promise<void> {
  print('guest MIPS, best of 3 interleaved runs');
  print('loop      instructions    core    QEMU   ratio');
  const results: Result[] = [];
  for (const loop of loops) {
    const result = await measure(loop);
    results.push(result);
    const ratio = (result.coreMips / result.qemuMips).toFixed(3);
    print(
      `${loop.name.padEnd(8)} ${millions(result.instructions)} M ${column(result.coreMips)} ${column(result.qemuMips)}   ${ratio}`,
    );
  }
  const logs = results.map((result) => Math.log(result.coreMips / result.qemuMips));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  print(`geometric mean of the ratios: ${mean.toFixed(3)} (first goal 0.100)`);
}

async function measure(loop: Loop): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-bench-'));
  try {
    let coreSeconds = Number.POSITIVE_INFINITY;
    let shortSeconds = Number.POSITIVE_INFINITY;
    let longSeconds = Number.POSITIVE_INFINITY;
    let instructions = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const core = runCore(imageOf(loop, loop.rounds));
      instructions = core.instructions;
      coreSeconds = Math.min(coreSeconds, core.seconds);
      shortSeconds = Math.min(shortSeconds, await runQemu(folder, imageOf(loop, loop.rounds)));
      longSeconds = Math.min(longSeconds, await runQemu(folder, imageOf(loop, loop.rounds * (1 + qemuFactor))));
    }
    // What QEMU needs to start and to end is in both of its times.
    const qemuSeconds = (longSeconds - shortSeconds) / qemuFactor;
    const mips = (seconds: number) => instructions / seconds / 1e6;
    return { name: loop.name, instructions, coreMips: mips(coreSeconds), qemuMips: mips(qemuSeconds) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function imageOf(loop: Loop, rounds: number): Uint8Array {
  const image = Uint8Array.from(readFileSync(resolve(__dirname, 'guest-mips', `${loop.name}.bin`)));
  new DataView(image.buffer).setBigUint64(roundsOffset, BigInt(rounds), true);
  return image;
}

function runCore(image: Uint8Array): { readonly instructions: number; readonly seconds: number } {
  let isDone = false;
  const bus: Bus = {
    read: () => 'fault',
    write: (_, address) => {
      if (address !== testFinisher) return 'fault';
      isDone = true;
      core.requestStop();
      return 'ok';
    },
    fetch: () => undefined,
  };
  const core = createGuestCore(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction: 10 }, bus);
  core.writeRam(0, image);
  core.reset(0, BigInt(ramBase));
  const start = performance.now();
  let instructions = 0;
  while (!isDone) {
    core.run(0, instructionsPerRun, instructions * 10);
    instructions += core.retired;
  }
  return { instructions, seconds: (performance.now() - start) / 1000 };
}

function runQemu(folder: string, image: Uint8Array): Promise<number> {
  const path = join(folder, 'loop.bin');
  writeFileSync(path, image);
  const start = performance.now();
  const qemu = spawn('qemu-system-riscv64', ['-M', 'virt', '-m', '64M', '-bios', path, '-nographic'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((fulfil, reject) => {
    qemu.on('error', (error) => reject(new Error(`qemu-system-riscv64 does not start: ${error.message}`)));
    qemu.on('exit', (code) => {
      if (code === 0) fulfil((performance.now() - start) / 1000);
      else reject(new Error(`qemu-system-riscv64 ended with ${code}`));
    });
  });
}

function millions(count: number): string {
  return (count / 1e6).toFixed(0).padStart(13);
}

function column(mips: number): string {
  return mips.toFixed(0).padStart(7);
}
