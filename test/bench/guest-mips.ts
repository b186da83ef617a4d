import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Bus, type GuestCore, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createGuestCore } from '../../debug-adapter/emulator/core/wasm-guest-core';
import { requirePart } from '../../tools/parts.mjs';
import { coreModule } from '../core/guest';

/** Rounds that take the core about a second. */
export const loops = [
  { name: 'alu', rounds: 40_000 },
  { name: 'memory', rounds: 16 },
  { name: 'branchy', rounds: 120 },
  { name: 'calls', rounds: 1_000 },
  { name: 'floating', rounds: 3_000 },
] as const;
type Loop = (typeof loops)[number];

const repetitions = 3;
/** QEMU is so much faster that it needs more rounds to show it. */
const qemuFactor = 6;
const instructionsPerTurn = 1_000_000;
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
      `${loop.name.padEnd(9)}${millions(result.instructions)} M ${column(result.coreMips)} ${column(result.qemuMips)}   ${ratio}`,
    );
  }
  const ofIntegers = results.filter(({ name }) => name !== 'floating');
  const mean = geometricMean(ofIntegers.map(({ coreMips, qemuMips }) => coreMips / qemuMips));
  print(`geometric mean of the ratios without floating: ${mean.toFixed(3)} (goal 0.130; 0.180 is very good)`);
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

async function measure(loop: Loop): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-bench-'));
  try {
    let coreSeconds = Number.POSITIVE_INFINITY;
    let shortSeconds = Number.POSITIVE_INFINITY;
    let longSeconds = Number.POSITIVE_INFINITY;
    let instructions = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const core = runCore(loop);
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

function runCore(loop: Loop): { readonly instructions: number; readonly seconds: number } {
  const run = new LoopRun(loop, loop.rounds);
  let ms = 0;
  while (!run.isDone) ms += run.turn();
  return { instructions: run.instructions, seconds: ms / 1000 };
}

/** A core of one hart that executes a loop. */
export class LoopRun {
  readonly core: GuestCore;
  isDone = false;
  instructions = 0;
  /** Writes that met a protected page and took its protection away. */
  faultCount = 0;

  constructor(loop: Loop, rounds: number) {
    const bus: Bus = {
      read: () => 'fault',
      write: (_, address) => {
        if (address !== testFinisher) return 'fault';
        this.isDone = true;
        this.core.requestStop();
        return 'ok';
      },
      fetch: () => undefined,
    };
    this.core = createGuestCore(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction: 10 }, bus);
    this.core.writeRam(0, imageOf(loop, rounds));
    this.core.reset(0, BigInt(ramBase));
  }

  /** Up to a million instructions. @returns the ms they took */
  turn(): number {
    const start = performance.now();
    const stop = this.core.run(0, instructionsPerTurn, this.instructions * 10);
    const ms = performance.now() - start;
    this.instructions += this.core.retired;
    if (stop.kind === 'write-fault') {
      this.faultCount++;
      this.core.unprotect(stop.page);
    }
    return ms;
  }
}

function runQemu(folder: string, image: Uint8Array): Promise<number> {
  const path = join(folder, 'loop.bin');
  writeFileSync(path, image);
  const start = performance.now();
  const qemu = spawn(requirePart('qemu'), ['-M', 'virt', '-m', '64M', '-bios', path, '-nographic'], {
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
