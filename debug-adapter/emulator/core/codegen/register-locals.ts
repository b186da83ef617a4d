import * as map from '../memory-map';
import type { DecodedInstruction } from './block-memory';
import { firstRegisterLocal, hartLocal } from './function-locals';
import { destinationOf, sourcesOf } from './generated-instructions';
import { op, type WasmCode } from './wasm-code';

/** The registers that a function's instructions name: a local each, by its offset from x0. */
export class RegisterLocals {
  readonly #locals = new Map<number, number>();
  readonly #changed = new Set<number>();
  readonly #code: WasmCode;

  constructor(code: WasmCode, instructions: Iterable<DecodedInstruction>) {
    this.#code = code;
    const used = new Set<number>();
    for (const instruction of instructions) {
      for (const register of sourcesOf(instruction)) used.add(register);
      const destination = destinationOf(instruction);
      if (destination === undefined) continue;
      used.add(destination);
      this.#changed.add(destination);
    }
    used.delete(0);
    for (const register of [...used].sort((a, b) => a - b)) {
      this.#locals.set(register, firstRegisterLocal + this.#locals.size);
    }
  }

  get count(): number {
    return this.#locals.size;
  }

  get(register: number): void {
    if (register === 0) this.#code.i64Const(0);
    else this.#code.get(this.#locals.get(register)!);
  }

  /** What is on the stack; a write to x0 goes nowhere. */
  set(register: number): void {
    if (register === map.HART_DISCARD) this.#code.op(op.drop);
    else this.#code.set(this.#locals.get(register)!);
  }

  /** From where the interpreter has them. */
  writeLoads(): void {
    for (const [register, local] of this.#locals) {
      this.#code.get(hartLocal).memory(op.i64Load, register).set(local);
    }
  }

  /** To where the interpreter and other functions have them. */
  writeBack(): void {
    for (const register of this.#changed) {
      this.#code.get(hartLocal).get(this.#locals.get(register)!).memory(op.i64Store, register);
    }
  }
}
