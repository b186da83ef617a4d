import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Bus } from '../../debug-adapter/emulator/core/bus';
import { type CodeGeneration, type GuestCore, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createGuestCore } from '../../debug-adapter/emulator/core/wasm-guest-core';
import { requirePart } from '../../tools/parts.mjs';
import { coreModule } from '../core/guest';

/** Rounds that take the interpreter about a second. */
export const loops = [
  { name: 'alu', rounds: 40_000 },
  { name: 'memory', rounds: 16 },
  { name: 'branchy', rounds: 120 },
  { name: 'calls', rounds: 1_000 },
  { name: 'floating', rounds: 3_000 },
  { name: 'atomics', rounds: 4_000 },
] as const;
type Loop = (typeof loops)[number];

const repetitions = 3;
/** QEMU and generated code are so much faster that they need more rounds to show it. */
const factor = 6;
const instructionsPerTurn = 1_000_000;
const ramByteCount = 64 << 20;
const testFinisher = 0x10_0000;
const roundsOffset = 8;

interface Result {
  readonly name: string;
  readonly instructions: number;
  readonly interpretedMips: number;
  readonly generatedMips: number;
  readonly qemuMips: number;
}

/**
 * Guest MIPS of the core, interpreting and with generated code, and of `qemu-system-riscv64`, best of interleaved runs, by
 * the CPU time of all threads: looking for what is hot and compiling it is in there.
 */
export async function benchGuestMips(print: (line: string) => void): Promise<void> {
  print('guest MIPS by CPU time, best of 3 interleaved runs, and their ratios to QEMU');
  print('loop      instructions  interpreted   generated     QEMU   interpreted  generated');
  const results: Result[] = [];
  for (const loop of loops) {
    const result = await measure(loop);
    results.push(result);
    const { interpretedMips, generatedMips, qemuMips } = result;
    const ratios = [interpretedMips, generatedMips].map((mips) => (mips / qemuMips).toFixed(3).padStart(11));
    const figures = [interpretedMips, generatedMips, qemuMips].map(column).join('    ');
    print(`${loop.name.padEnd(9)}${millions(result.instructions)} M    ${figures} ${ratios.join('')}`);
  }
  const ofIntegers = results.filter(({ name }) => name !== 'floating' && name !== 'atomics');
  const interpreted = geometricMean(ofIntegers.map(({ interpretedMips, qemuMips }) => interpretedMips / qemuMips));
  const generated = geometricMean(ofIntegers.map(({ generatedMips, qemuMips }) => generatedMips / qemuMips));
  print('geometric means of the ratios without floating and atomics:');
  print(
    `interpreted ${interpreted.toFixed(3)} (goal 0.130); generated ${generated.toFixed(2)} (goal 1.00; floating: 0.50)`,
  );
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

async function measure(loop: Loop): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-bench-'));
  try {
    let interpreted = Number.POSITIVE_INFINITY;
    let generated = Number.POSITIVE_INFINITY;
    let short = Number.POSITIVE_INFINITY;
    let long = Number.POSITIVE_INFINITY;
    let instructions = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const run = runCore(loop, loop.rounds, 'off');
      instructions = run.instructions;
      interpreted = Math.min(interpreted, run.seconds);
      generated = Math.min(generated, runCore(loop, loop.rounds * factor, 'hot').seconds / factor);
      short = Math.min(short, await runQemu(folder, imageOf(loop, loop.rounds)));
      long = Math.min(long, await runQemu(folder, imageOf(loop, loop.rounds * (1 + factor))));
    }
    // What QEMU needs to start and to end is in both of its times.
    const qemu = (long - short) / factor;
    const mips = (seconds: number) => instructions / seconds / 1e6;
    return {
      name: loop.name,
      instructions,
      interpretedMips: mips(interpreted),
      generatedMips: mips(generated),
      qemuMips: mips(qemu),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function imageOf(loop: Loop, rounds: number): Uint8Array {
  const image = Uint8Array.from(readFileSync(resolve(__dirname, 'guest-mips', `${loop.name}.bin`)));
  new DataView(image.buffer).setBigUint64(roundsOffset, BigInt(rounds), true);
  return image;
}

function runCore(
  loop: Loop,
  rounds: number,
  codeGeneration: CodeGeneration,
): { readonly instructions: number; readonly seconds: number } {
  const run = new LoopRun(loop, rounds, codeGeneration);
  const before = process.cpuUsage();
  while (!run.isDone) run.turn();
  const { user, system } = process.cpuUsage(before);
  return { instructions: run.instructions, seconds: (user + system) / 1e6 };
}

/** A core of one hart that executes a loop. */
export class LoopRun {
  readonly core: GuestCore;
  isDone = false;
  instructions = 0;
  /** Writes that met a protected page and took its protection away. */
  faultCount = 0;

  constructor(loop: Loop, rounds: number, codeGeneration: CodeGeneration = 'hot') {
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
    this.core = createGuestCore(
      coreModule(),
      { hartCount: 1, ramByteCount, nsPerInstruction: 10, codeGeneration },
      bus,
    );
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
      this.core.pages.unprotect(stop.page);
    }
    return ms;
  }
}

/** CPU seconds. */
function runQemu(folder: string, image: Uint8Array): Promise<number> {
  const path = join(folder, 'loop.bin');
  writeFileSync(path, image);
  const before = childrenCpuSeconds();
  const qemu = spawn(requirePart('qemu'), ['-M', 'virt', '-m', '64M', '-bios', path, '-nographic'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((fulfil, reject) => {
    qemu.on('error', (error) => reject(new Error(`qemu-system-riscv64 does not start: ${error.message}`)));
    qemu.on('exit', (code) => {
      if (code === 0) fulfil(childrenCpuSeconds() - before);
      else reject(new Error(`qemu-system-riscv64 ended with ${code}`));
    });
  });
}

/** Of processes that have ended; proc_pid_stat(5), in ticks of 10 ms. */
function childrenCpuSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function millions(count: number): string {
  return (count / 1e6).toFixed(0).padStart(13);
}

function column(mips: number): string {
  return mips.toFixed(0).padStart(7);
}
