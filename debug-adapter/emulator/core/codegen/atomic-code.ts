import { type Expression, operations } from '../../isa/arithmetic';
import * as map from '../memory-map';
import { writeExpression } from './expression-code';
import { addressLocal, cLocal, dLocal, hartLocal, tlbEntryLocal } from './function-locals';
import { op, type WasmCode } from './wasm-code';

/** How an atomic instruction is written. What its register gets is left in `cLocal`. */
export interface AtomicWriter {
  readonly code: WasmCode;
  /** Of what is accessed. */
  readonly size: number;
  /** Leaves the place in memory on the stack, or leaves before the instruction; the address is in `addressLocal`. */
  writeDataAddress(tlb: number): void;
  /** Leaves the value of rs2. */
  writeOperand(): void;
  /** Leaves before the instruction if the condition on the stack holds. */
  leaveIf(): void;
}

/** The TLB entry is needed no longer where the place is. */
const placeLocal = tlbEntryLocal;

/** See assembly/atomics.ts, for all three. */
export function writeLoadReserved(writer: AtomicWriter): void {
  const { code } = writer;
  writePlace(writer, map.TLB_READ);
  writeLoad(writer);
  code.set(cLocal);
  code.get(hartLocal).get(addressLocal).memory(op.i64Store, map.HART_RESERVATION);
  code.get(hartLocal).get(cLocal).memory(op.i64Store, map.HART_RESERVED_VALUE);
}

export function writeStoreConditional(writer: AtomicWriter): void {
  const { code } = writer;
  writePlace(writer, map.TLB_WRITE);
  code.get(hartLocal).memory(op.i64Load, map.HART_RESERVATION).get(addressLocal).op(op.i64Ne);
  writer.leaveIf();
  writeLoad(writer);
  code.get(hartLocal).memory(op.i64Load, map.HART_RESERVED_VALUE).op(op.i64Ne, op.i64ExtendI32U);
  code.tee(cLocal).op(op.i64Eqz).open(op.if, 'if').get(placeLocal);
  writer.writeOperand();
  code.memory(storeOf(writer), 0).close();
  code.get(hartLocal).i64Const(-1).memory(op.i64Store, map.HART_RESERVATION);
}

/** @param value what it writes, of `a`, what it reads, and `b`, rs2 */
export function writeReadModifyWrite(writer: AtomicWriter, value: Expression): void {
  const { code, size } = writer;
  writePlace(writer, map.TLB_WRITE);
  writeLoad(writer);
  code.set(cLocal);
  writer.writeOperand();
  if (size === 4) code.op(operations.extend32_s);
  code.set(dLocal).get(placeLocal);
  writeExpression(code, value, (operand) => code.get(operand === 'a' ? cLocal : dLocal));
  code.memory(storeOf(writer), 0);
}

/** To `placeLocal`. The interpreter's always ask whether the block is to be left: to enter it may have wanted that. */
function writePlace({ code, leaveIf, writeDataAddress }: AtomicWriter, tlb: number): void {
  code.i32Const(0).memory(op.i32Load, map.LEAVE);
  leaveIf();
  writeDataAddress(tlb);
  code.set(placeLocal);
}

function writeLoad({ code, size }: AtomicWriter): void {
  code.get(placeLocal).memory(size === 4 ? op.i64Load32S : op.i64Load, 0);
}

function storeOf({ size }: AtomicWriter): number {
  return size === 4 ? op.i64Store32 : op.i64Store;
}
