import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bus } from '../../debug-adapter/emulator/core/bus';
import {
  type CodeGeneration,
  type GuestCore,
  type GuestCoreOptions,
  ramBase,
} from '../../debug-adapter/emulator/core/guest-core';
import type { HartStop } from '../../debug-adapter/emulator/core/guest-harts';
import { createGuestCore } from '../../debug-adapter/emulator/core/wasm-guest-core';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { registerNames } from '../../debug-adapter/emulator/isa/registers';

let compiled: WebAssembly.Module | undefined;

/** The built core. */
export function coreModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(resolve(__dirname, '../../dist/core.wasm')));
  return compiled;
}

/** Nothing outside RAM. */
export const noBus: Bus = { read: () => 'fault', write: () => 'fault', fetch: () => undefined };

export const defaultOptions: GuestCoreOptions = {
  hartCount: 1,
  ramByteCount: 1 << 20,
  nsPerInstruction: 10,
  codeGeneration: (process.env.CODE_GENERATION ?? 'hot') as CodeGeneration,
};

/** Bytes of a program given one instruction a string, `.word 0x…` for data, `c.*` for compressed ones. */
export function program(lines: readonly string[]): Uint8Array {
  const bytes: number[] = [];
  for (const line of lines) {
    const [, size, value] = /^\.(half|word|dword) (.*)$/.exec(line) ?? [];
    const word = size === undefined ? BigInt(assemble(line)) : BigInt.asUintN(64, BigInt(value!));
    const byteCount = size === 'dword' ? 8 : size === 'half' || (size === undefined && (word & 3n) !== 3n) ? 2 : 4;
    for (let index = 0; index < byteCount; index++) bytes.push(Number((word >> BigInt(index * 8)) & 0xffn));
  }
  return Uint8Array.from(bytes);
}

export const csrs = {
  sstatus: 0x100,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  satp: 0x180,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  stvec: 0x105,
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
} as const;

/** Where M-mode traps go until a test says otherwise: a jump to itself. */
export const handlerOffset = 0xf00;

/** A core with a program at the start of RAM, hart 0 about to execute it in M mode, and PMP open to lower modes. */
export class Guest {
  readonly core: GuestCore;
  clockNs = 0;

  constructor(lines: readonly string[] = [], options: Partial<GuestCoreOptions> = {}, bus: Bus = noBus) {
    this.core = createGuestCore(coreModule(), { ...defaultOptions, ...options }, bus);
    this.put(0, lines);
    this.core.reset(0, BigInt(ramBase));
    this.put(handlerOffset, ['jal zero,0']);
    this.core.writeCsr(0, csrs.mtvec, BigInt(ramBase + handlerOffset));
    this.core.writeCsr(0, csrs.pmpaddr0, (1n << 54n) - 1n);
    // NAPOT, R, W and X.
    this.core.writeCsr(0, csrs.pmpcfg0, 0x1fn);
  }

  /** Writes a program at an offset in RAM. */
  put(offset: number, lines: readonly string[]): void {
    this.core.writeRam(offset, program(lines));
  }

  run(instructionCount: number, hart = 0): HartStop {
    const stop = this.core.run(hart, instructionCount, this.clockNs);
    this.clockNs += this.core.retired * defaultOptions.nsPerInstruction;
    return stop;
  }

  /** A register by its ABI name. */
  get(name: string, hart = 0): bigint {
    return this.core.readX(hart, registerNames.indexOf(name as never));
  }

  set(registers: Readonly<Record<string, bigint | number>>, hart = 0): void {
    for (const [name, value] of Object.entries(registers)) {
      this.core.writeX(hart, registerNames.indexOf(name as never), BigInt(value));
    }
  }

  get pc(): number {
    return Number(this.core.pc.get(0)) - ramBase;
  }

  csr(number: number): bigint {
    return this.core.readCsr(0, number)!;
  }

  word(offset: number): bigint {
    return new DataView(this.core.ram.buffer, this.core.ram.byteOffset).getBigUint64(offset, true);
  }

  putWord(offset: number, value: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
    this.core.writeRam(offset, bytes);
  }
}
