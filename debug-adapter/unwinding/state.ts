import type { DecodedInstruction } from '../emulator/isa/decode';
import { constant, initialCsr, initialMemory, initialRegister, placeKey, plus, sum, type Value } from './values';

export const ra = 1;
export const sp = 2;
/** The second link register of the calling convention: compilers call routines with it that save registers. */
export const t0 = 5;

/** RISC-V psABI, integer calling convention: what a call may change. */
const callerSaved = [1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31];
const registerCount = 32;

/** Registers, memory and CSRs on a path through code, by what they were where it began. */
export class PathState {
  #registers: (Value | undefined)[];
  #memory: Map<string, { readonly address: Value; readonly value: Value | undefined }>;
  #csrs: Map<number, Value | undefined>;

  constructor() {
    this.#registers = Array.from({ length: registerCount }, (_, register) => initialRegister(register));
    this.#memory = new Map();
    this.#csrs = new Map();
  }

  /** For another way from here. */
  fork(): PathState {
    const state = new PathState();
    state.#registers = this.#registers.slice();
    state.#memory = new Map(this.#memory);
    state.#csrs = new Map(this.#csrs);
    return state;
  }

  register(register: number): Value | undefined {
    return this.#registers[register];
  }

  csr(csr: number): Value | undefined {
    return this.#csrs.has(csr) ? this.#csrs.get(csr) : initialCsr(csr);
  }

  /** What has been stored on the way. */
  get stores(): Iterable<{ readonly address: Value; readonly value: Value | undefined }> {
    return this.#memory.values();
  }

  setRegister(register: number, value: Value | undefined): void {
    if (register !== 0) this.#registers[register] = value;
  }

  /** A callee has come and gone. */
  returnFromCall(): void {
    for (const register of callerSaved) this.#registers[register] = undefined;
  }

  /** An environment call: SBI and Linux leave all but the results as they were. */
  returnFromEnvironment(): void {
    this.#registers[10] = undefined;
    this.#registers[11] = undefined;
  }

  /** What an instruction that goes on to the next one does. */
  execute(instruction: DecodedInstruction, pc: bigint): void {
    const { operation, row, rd, rs1, rs2, imm } = instruction;
    const a = this.#registers[rs1];
    const b = this.#registers[rs2];
    switch (operation) {
      case 'addi':
        this.setRegister(rd, plus(a, BigInt(imm)));
        break;
      case 'add':
        this.setRegister(rd, sum(a, b));
        break;
      case 'sub':
        this.setRegister(rd, b?.origin.kind === 'number' ? plus(a, -b.offset) : undefined);
        break;
      case 'lui':
        this.setRegister(rd, constant(BigInt(imm)));
        break;
      case 'auipc':
        this.setRegister(rd, constant(BigInt.asUintN(64, pc + BigInt(imm))));
        break;
      case 'ld':
        this.setRegister(rd, this.#load(plus(a, BigInt(imm))));
        break;
      case 'sd':
        this.#store(plus(a, BigInt(imm)), b);
        break;
      case 'sb':
      case 'sh':
      case 'sw':
      case 'fsw':
      case 'fsd':
        this.#store(plus(a, BigInt(imm & ~7)), undefined);
        break;
      default:
        if (row.extension === 'Zicsr') this.#accessCsr(instruction);
        else if (/\brd\b/.test(row.operands)) this.setRegister(rd, undefined);
        if (row.extension === 'A' && !operation.startsWith('lr')) this.#store(a, undefined);
    }
  }

  #load(address: Value | undefined): Value | undefined {
    if (!address) return undefined;
    const known = this.#memory.get(placeKey(address));
    return known ? known.value : initialMemory(address);
  }

  /** A store to a place of which nothing is known hits no saved register. */
  #store(address: Value | undefined, value: Value | undefined): void {
    if (address) this.#memory.set(placeKey(address), { address, value });
  }

  #accessCsr({ operation, rd, rs1, imm: csr }: DecodedInstruction): void {
    const old = this.csr(csr);
    const written = operation.endsWith('i') ? constant(BigInt(rs1)) : this.#registers[rs1];
    if (operation.startsWith('csrrw')) this.#csrs.set(csr, written);
    else if (rs1 !== 0) this.#csrs.set(csr, undefined);
    this.setRegister(rd, old);
  }
}
