import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import type { Image, Machine, MachineOptions } from '../../debug-adapter/emulator/machine/machine';

const root = resolve(__dirname, '../..');
let compiled: WebAssembly.Module | undefined;

export function coreModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(resolve(root, 'dist/core.wasm')));
  return compiled;
}

export function image(path: string): Image {
  const absolute = resolve(root, path);
  return { path: absolute, bytes: readFileSync(absolute) };
}

/** A machine of one hart that somebody sits in front of: runs it in slices, types, reads what it prints. */
export class Console {
  readonly machine: Machine;
  text = '';
  clockNs = 0;
  instructionCount = 0;
  #readUpTo = 0;

  constructor(
    options: Partial<MachineOptions>,
    private readonly sliceInstructionCount = 200_000,
  ) {
    this.machine = createMachine(coreModule(), {
      hartCount: 1,
      ramByteCount: 64 * 1024 * 1024,
      nsPerInstruction: 10,
      ...options,
    });
    this.machine.onConsole = (bytes) => {
      for (const byte of bytes) this.text += String.fromCharCode(byte);
    };
  }

  type(text: string): void {
    this.machine.receive(new TextEncoder().encode(text), this.instructionCount * this.machine.nsPerInstruction);
  }

  /**
   * Runs until the guest has printed `expected`, or has powered off.
   * @returns what it printed since the last call, up to and including `expected`
   * @throws Error when that takes more than `instructionCountMax` instructions, or the guest sleeps for ever
   */
  runUntil(expected: string, instructionCountMax = 400_000_000): string {
    const from = this.#readUpTo;
    const last = this.instructionCount + instructionCountMax;
    while (!this.text.includes(expected, from) && !this.machine.powerOff) {
      if (this.instructionCount >= last) throw this.#error(`no ${JSON.stringify(expected)} in time`);
      this.#slice(Math.min(this.sliceInstructionCount, last - this.instructionCount));
    }
    const at = this.text.indexOf(expected, from);
    this.#readUpTo = at < 0 ? this.text.length : at + expected.length;
    return this.text.slice(from, this.#readUpTo);
  }

  /** Runs exactly so many instructions, unless the guest powers off. */
  run(instructionCount: number): void {
    const end = this.instructionCount + instructionCount;
    while (this.instructionCount < end && !this.machine.powerOff) {
      this.#slice(Math.min(this.sliceInstructionCount, end - this.instructionCount));
    }
  }

  #slice(instructionCount: number): void {
    const run = this.machine.runHart(0, instructionCount, this.clockNs);
    this.instructionCount += run.instructionCount;
    this.clockNs += run.instructionCount * this.machine.nsPerInstruction;
    if (this.machine.core.trapsInARow(0) > 1000) throw this.#error('a trap without a handler');
    switch (run.stop.kind) {
      case 'wfi': {
        if (this.machine.core.interruptPending(0)) break;
        const timerNs = this.machine.nextTimerNs(0);
        if (timerNs === Infinity) throw this.#error('sleeps for ever');
        this.clockNs = Math.max(this.clockNs, timerNs);
        break;
      }
      case 'count':
      case 'requested':
        break;
      default:
        throw this.#error(`stop: ${run.stop.kind}`);
    }
  }

  #error(what: string): Error {
    const pc = this.machine.core.pc.get(0);
    const near = this.machine.symbols.nearest(pc);
    const where = `0x${pc.toString(16)}${near ? ` (${near.name}+${near.offset})` : ''}`;
    const cause = this.machine.core.readCsr(0, 0x342);
    return new Error(`guest: ${what}; pc ${where}, mcause ${cause}, the console says:\n${this.text.slice(-2000)}`);
  }
}
