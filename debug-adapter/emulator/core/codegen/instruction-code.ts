import type { Steps } from '../../isa/arithmetic';
import * as map from '../memory-map';
import { type AtomicWriter, writeLoadReserved, writeReadModifyWrite, writeStoreConditional } from './atomic-code';
import { type DecodedBlock, type DecodedInstruction, opcodes } from './block-memory';
import { type Operand, writeExpression } from './expression-code';
import { type FloatRow, floatIsOn } from './float-code';
import {
  addressLocal,
  cLocal,
  dLocal,
  floatLocal,
  hartLocal,
  pageLocal,
  recordLocal,
  tlbEntryLocal,
  tlbLocal,
} from './function-locals';
import {
  auipc,
  fences,
  floatAccesses,
  floats,
  loads,
  loadsReserved,
  ofTwoRegisters,
  readModifyWrites,
  steps,
  stores,
  storesConditional,
  thirdSourceOf,
} from './generated-instructions';
import type { RegisterLocals } from './register-locals';
import { op, type WasmCode } from './wasm-code';

const statusFs = 3 << 13;
const frmAndInexact = 0xe1;
const inexact = 1;
const boxed = 0xffff_ffff_0000_0000n;
const flw = opcodes.flw!;

/**
 * What instructions do that control flow passes through; those that it does not are the page function's own. All leave the
 * function by the block `leave`, with the record in `recordLocal`, where the interpreter is to execute the instruction.
 */
export class InstructionCode {
  readonly #code: WasmCode;
  readonly #registers: RegisterLocals;
  readonly #copiedRecord: (block: DecodedBlock, index: number) => number;

  constructor(code: WasmCode, registers: RegisterLocals, copiedRecord: (block: DecodedBlock, index: number) => number) {
    this.#code = code;
    this.#registers = registers;
    this.#copiedRecord = copiedRecord;
  }

  /** mstatus.FS is Dirty; and frm and the flags are such that arithmetic changes nothing of fcsr. */
  writeFloatStatus(): void {
    const code = this.#code;
    const holds = (register: number, mask: number, value: number) =>
      code.get(hartLocal).memory(op.i64Load, register).i64Const(mask).op(op.i64And).i64Const(value).op(op.i64Eq);
    holds(map.HART_MSTATUS, statusFs, statusFs);
    code.open(op.if, 'if');
    holds(map.HART_FCSR, frmAndInexact, inexact);
    code.i32Const(1).op(op.i32Shl).i32Const(floatIsOn).op(op.i32Add).set(floatLocal);
    code.close();
  }

  /** False: it is one of control flow, and nothing is written. */
  write(block: DecodedBlock, index: number): boolean {
    const instruction = block.instructions[index]!;
    const { opcode, rd, rs2, immediate, offset } = instruction;
    if (fences.has(opcode)) return true;
    const arithmeticSteps = steps.get(opcode);
    const load = loads.get(opcode);
    const store = stores.get(opcode);
    const float = floats.get(opcode);
    if (floatAccesses.has(opcode)) this.#writeFloatCheck(floatIsOn, block, index);
    if (arithmeticSteps !== undefined) {
      this.#writeArithmetic(instruction, arithmeticSteps);
    } else if (opcode === auipc) {
      if (rd !== map.HART_DISCARD) this.writeAddressTo(rd, offset + immediate);
    } else if (load !== undefined) {
      this.#writeDataAddress(block, index, load.size, map.TLB_READ);
      this.#code.memory(load.opcode, 0);
      if (opcode === flw) this.#code.i64Const(boxed).op(op.i64Or);
      this.#registers.set(rd);
    } else if (store !== undefined) {
      this.#writeDataAddress(block, index, store.size, map.TLB_WRITE);
      this.#registers.get(rs2);
      this.#code.memory(store.opcode, 0);
    } else if (float !== undefined) {
      this.#writeFloat(block, index, float);
    } else {
      return this.#writeAtomic(block, index);
    }
    return true;
  }

  /** A register gets the virtual address of an offset from the page's start. */
  writeAddressTo(register: number, offset: number): void {
    this.writeAddress(offset);
    this.#registers.set(register);
  }

  /** Leaves the virtual address of an offset from the page's start. */
  writeAddress(offset: number): void {
    this.#code.get(pageLocal);
    if (offset !== 0) this.#code.i64Const(offset).op(op.i64Add);
  }

  #writeArithmetic(instruction: DecodedInstruction, { c, d, value }: Steps): void {
    const { rd } = instruction;
    if (rd === map.HART_DISCARD) return;
    const code = this.#code;
    const writeOperand = (name: Operand) => this.#writeOperand(name, instruction);
    if (c !== undefined) {
      writeExpression(code, c, writeOperand);
      code.set(cLocal);
    }
    if (d !== undefined) {
      writeExpression(code, d, writeOperand);
      code.set(dLocal);
    }
    writeExpression(code, value, writeOperand);
    this.#registers.set(rd);
  }

  #writeOperand(name: Operand, { opcode, rs1, rs2, immediate }: DecodedInstruction): void {
    const code = this.#code;
    if (name === 'a') this.#registers.get(rs1);
    else if (name === 'c') code.get(cLocal);
    else if (name === 'd') code.get(dLocal);
    else if (ofTwoRegisters.has(opcode)) this.#registers.get(rs2);
    else code.i64Const(immediate);
  }

  #writeFloat(block: DecodedBlock, index: number, row: FloatRow): void {
    const { rd, rs1, rs2, immediate } = block.instructions[index]!;
    this.#writeFloatCheck(row.needs, block, index);
    const sources = [rs1, rs2, thirdSourceOf(immediate)];
    row.write({
      code: this.#code,
      bits: (source) => this.#registers.get(sources[source - 1]!),
      leaveIf: () => this.#writeLeave(block, index),
      result: cLocal,
      fuse: () => this.#code.op(op.call).unsigned(0),
    });
    this.#registers.set(rd);
  }

  #writeFloatCheck(needed: number, block: DecodedBlock, index: number): void {
    this.#code.get(floatLocal).i32Const(needed).op(op.i32And, op.i32Eqz);
    this.#writeLeave(block, index);
  }

  #writeAtomic(block: DecodedBlock, index: number): boolean {
    const { opcode, rd, rs2 } = block.instructions[index]!;
    const readModifyWrite = readModifyWrites.get(opcode);
    const size = loadsReserved.get(opcode) ?? storesConditional.get(opcode) ?? readModifyWrite?.size;
    if (size === undefined) return false;
    const writer: AtomicWriter = {
      code: this.#code,
      size,
      writeDataAddress: (tlb) => this.#writeDataAddress(block, index, size, tlb),
      writeOperand: () => this.#registers.get(rs2),
      leaveIf: () => this.#writeLeave(block, index),
    };
    if (readModifyWrite !== undefined) writeReadModifyWrite(writer, readModifyWrite.value);
    else if (loadsReserved.has(opcode)) writeLoadReserved(writer);
    else writeStoreConditional(writer);
    if (rd === map.HART_DISCARD) return true;
    this.#code.get(cLocal);
    this.#registers.set(rd);
    return true;
  }

  /** If the condition on the stack holds, the interpreter is to execute the instruction. */
  #writeLeave(block: DecodedBlock, index: number): void {
    this.#code.open(op.if, 'if').i32Const(this.#copiedRecord(block, index)).set(recordLocal);
    this.#code.branch('leave').close();
  }

  /** Leaves the place of an access in memory, or leaves the function before the instruction: see `tag` in assembly/execute.ts. */
  #writeDataAddress(block: DecodedBlock, index: number, size: number, tlb: number): void {
    const code = this.#code;
    const { rs1, immediate } = block.instructions[index]!;
    this.#registers.get(rs1);
    if (immediate !== 0) code.i64Const(immediate).op(op.i64Add);
    code.tee(addressLocal).i64Const(8).op(op.i64ShrU, op.i32WrapI64);
    code
      .i32Const((map.TLB_DATA_ENTRIES - 1) * map.TLB_ENTRY_BYTES)
      .op(op.i32And)
      .get(tlbLocal)
      .op(op.i32Add);
    code.tee(tlbEntryLocal).memory(op.i64Load, tlb);
    code
      .get(addressLocal)
      .i64Const(~(map.PAGE_BYTES - 1) | (size - 1))
      .op(op.i64And, op.i64Ne);
    this.#writeLeave(block, index);
    code
      .get(addressLocal)
      .op(op.i32WrapI64)
      .get(tlbEntryLocal)
      .memory(op.i32Load, tlb + 8)
      .op(op.i32Add);
  }
}
