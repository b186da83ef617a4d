import type { GeneratorCore } from './codegen/code-generator';
import type { PagesCore } from './wasm-guest-pages';
import type { HoldingCore } from './wasm-held-pages';

/** What assembly/index.ts exports. A 64-bit value comes back signed. */
export interface CoreExports extends GeneratorCore, HoldingCore, PagesCore {
  initialize(hartCount: number, ramPageCount: number, nsPerInstruction: number): void;
  run(hart: number, instructionCount: number, clockNs: number): number;
  takeTurns(untilNs: number, instructionCountMax: number): number;
  reset(hart: number, pc: bigint): void;
  readPc(hart: number): bigint;
  writePc(hart: number, pc: bigint): void;
  privilege(hart: number): number;
  changePrivilege(hart: number, privilege: number): void;
  reservation(hart: number): bigint;
  reservedValue(hart: number): bigint;
  reserve(hart: number, address: bigint, value: bigint): void;
  readCsr(hart: number, csr: number): bigint;
  writeCsr(hart: number, csr: number, value: bigint): void;
  setInterruptLine(hart: number, bit: number, level: number): void;
  supervisorTimer(hart: number): number;
  interruptPending(hart: number): number;
  countTraps(hart: number): number;
  translate(hart: number, address: bigint, access: number): bigint;
  dropFromDataTlbs(page: number): void;
  isZero(page: number): number;
  firstDifference(page: number): number;
  changeAllFlags(keep: number, set: number): void;
  saveHart(): void;
  takeUpHarts(): void;
  dropBlocksAt(offset: number): void;
  externalWrite(page: number, offset: number, byteCount: number, actor: number, timeNs: number): void;
  hashPages(hash: bigint, first: number, end: number): bigint;
  hashHarts(hash: bigint): bigint;
}
