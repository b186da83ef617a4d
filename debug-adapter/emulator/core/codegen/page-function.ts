import { arithmetic, atomicArithmetic, comparisons, type Expression, operations } from '../../isa/arithmetic';
import { baseInstructions } from '../../isa/instructions';
import * as map from '../memory-map';
import { type DecodedBlock, type DecodedInstruction, end, opcodes, recordAddress } from './block-memory';
import { floatIsOn, floatRows } from './float-code';
import { type FlowGraph, flowGraph } from './flow-graph';
import { i32, i64, moduleOf, noType, op, WasmCode } from './wasm-code';

/** Where the interpreter goes on in the function. */
export interface Entry {
  readonly block: DecodedBlock;
  /** Of the instruction in its block. */
  readonly index: number;
  readonly entry: number;
}

export interface PageFunction {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly entries: readonly Entry[];
}

/** The wasm instance that a function joins. */
export interface Surroundings {
  readonly memoryPageCount: number;
  readonly tableLength: number;
  /** A record of the block as it was decoded, for the interpreter to go on at. */
  copiedRecord(block: DecodedBlock, index: number): number;
}

/** Instructions of a block without one in between that is left to the interpreter. */
interface Node {
  readonly block: DecodedBlock;
  readonly from: number;
  readonly to: number;
  /** An instruction that the interpreter has to execute stands at `to`. */
  readonly isCutOff: boolean;
}

/** Parameters, locals for what is on the way, then one for each register. */
const entryLocal = 0;
const budgetLocal = 1;
const tlbLocal = 2;
const recordLocal = 3;
const tlbEntryLocal = 4;
/** Of an atomic instruction, which needs its TLB entry no longer. */
const placeLocal = tlbEntryLocal;
/** See float-code.ts. Only an instruction of the interpreter can change them. */
const floatLocal = 5;
/** The hart's block. */
const hartLocal = 6;
const pageLocal = 7;
const addressLocal = 8;
const targetLocal = 9;
const cLocal = 10;
const dLocal = 11;
const firstRegisterLocal = 12;
const locals32 = 4;
const locals64 = 5;
/** `rm`: the mode is the one in fcsr. */
const dynamic = 7;
const statusFs = 3 << 13;
const frmAndInexact = 0xe1;
const inexact = 1;

interface Access {
  readonly opcode: number;
  readonly size: number;
}
const loads = byOpcode<Access>({
  lb: { opcode: op.i64Load8S, size: 1 },
  lbu: { opcode: op.i64Load8U, size: 1 },
  lh: { opcode: op.i64Load16S, size: 2 },
  lhu: { opcode: op.i64Load16U, size: 2 },
  lw: { opcode: op.i64Load32S, size: 4 },
  lwu: { opcode: op.i64Load32U, size: 4 },
  ld: { opcode: op.i64Load, size: 8 },
  flw: { opcode: op.i64Load32U, size: 4 },
  fld: { opcode: op.i64Load, size: 8 },
});
const stores = byOpcode<Access>({
  sb: { opcode: op.i64Store8, size: 1 },
  sh: { opcode: op.i64Store16, size: 2 },
  sw: { opcode: op.i64Store32, size: 4 },
  sd: { opcode: op.i64Store, size: 8 },
  fsw: { opcode: op.i64Store32, size: 4 },
  fsd: { opcode: op.i64Store, size: 8 },
});
const branches = byOpcode<number>({
  beq: op.i64Eq,
  bne: op.i64Ne,
  blt: op.i64LtS,
  bge: op.i64GeS,
  bltu: op.i64LtU,
  bgeu: op.i64GeU,
});
/** Stores are seen in order, and drop the decoded code that they hit. */
const fences = new Set(['fence', 'fence.tso', 'fence.i'].map((mnemonic) => opcodes[mnemonic]!));
const jal = opcodes.jal!;
const jalr = opcodes.jalr!;
const auipc = opcodes.auipc!;
const steps = byOpcode(arithmetic);
/** Sizes. */
const loadsReserved = byOpcode({ 'lr.w': 4, 'lr.d': 8 });
const storesConditional = byOpcode({ 'sc.w': 4, 'sc.d': 8 });
const readModifyWrites = byOpcode(
  Object.fromEntries(
    Object.entries(atomicArithmetic).flatMap(([name, { value }]) => [
      [`${name}.w`, { size: 4, value }],
      [`${name}.d`, { size: 8, value }],
    ]),
  ),
);
const floats = byOpcode(floatRows);
const floatAccesses = new Set(['flw', 'fld', 'fsw', 'fsd'].map((mnemonic) => opcodes[mnemonic]!));
/** Those whose second operand is a register. */
const ofTwoRegisters = new Set(
  baseInstructions.filter(({ operands }) => operands.includes('rs2')).map(({ mnemonic }) => opcodes[mnemonic]!),
);

function byOpcode<T>(rows: Readonly<Record<string, T>>): ReadonlyMap<number, T> {
  return new Map(Object.entries(rows).map(([mnemonic, row]) => [opcodes[mnemonic]!, row]));
}

function isGenerated(instruction: DecodedInstruction): boolean {
  const { opcode } = instruction;
  return (
    steps.has(opcode) ||
    isGeneratedFloat(instruction) ||
    loads.has(opcode) ||
    stores.has(opcode) ||
    isAtomic(opcode) ||
    branches.has(opcode) ||
    fences.has(opcode) ||
    [jal, jalr, auipc, end].includes(opcode)
  );
}

function isAtomic(opcode: number): boolean {
  return loadsReserved.has(opcode) || storesConditional.has(opcode) || readModifyWrites.has(opcode);
}

/** Records of floating point hold the whole word, for the rounding mode and the third source. */
function isGeneratedFloat({ opcode, immediate }: DecodedInstruction): boolean {
  const row = floats.get(opcode);
  if (row === undefined) return false;
  const mode = (immediate >>> 12) & 7;
  if (row.mode !== undefined) return mode === row.mode;
  return row.needs === floatIsOn || mode === 0 || mode === dynamic;
}

function needsFloat({ opcode }: DecodedInstruction): boolean {
  return floats.has(opcode) || floatAccesses.has(opcode);
}

/** Offsets in the page, or beyond it, that control goes to from a block's last instruction, as far as they are known. */
export function targetsOf({ opcode, rd, immediate, offset }: DecodedInstruction): number[] {
  if (branches.has(opcode)) return [offset + immediate, rd];
  if (opcode === jal) return [offset + immediate];
  return opcode === end ? [offset] : [];
}

/** Where a call comes back to. */
export function returnPointOf({ opcode, rd, rs2 }: DecodedInstruction): number | undefined {
  return (opcode === jal || opcode === jalr) && rd !== map.HART_DISCARD ? rs2 : undefined;
}

/** The function of a page's blocks. */
export function pageFunction(blocks: readonly DecodedBlock[], table: number, surroundings: Surroundings): PageFunction {
  return new PageFunctionWriter(blocks, table, surroundings).write();
}

class PageFunctionWriter {
  readonly #table: number;
  readonly #surroundings: Surroundings;
  readonly #nodes: readonly Node[];
  /** By where their blocks start. */
  readonly #nodeAt = new Map<number, number>();
  readonly #graph: FlowGraph;
  readonly #code = new WasmCode();
  /** Labels in scope, outermost first. */
  readonly #labels: string[] = [];
  /** Local of each register, by its offset from x0. */
  readonly #locals = new Map<number, number>();
  readonly #changed = new Set<number>();

  constructor(blocks: readonly DecodedBlock[], table: number, surroundings: Surroundings) {
    this.#table = table;
    this.#surroundings = surroundings;
    this.#nodes = blocks.flatMap(nodesOf);
    this.#nodes.forEach(({ block, from }, node) => {
      if (from === 0) this.#nodeAt.set(block.start, node);
    });
    const successors = this.#nodes.map((node) =>
      this.#targets(node).flatMap((target) => this.#nodeAt.get(target) ?? []),
    );
    this.#graph = flowGraph(successors, this.#wantedEntries());
    this.#nameRegisters();
  }

  write(): PageFunction {
    const code = this.#code;
    code.i32Const(0).memory(op.i64Load, map.PC_PAGE).set(pageLocal);
    code.i32Const(0).memory(op.i32Load, map.HART).set(hartLocal);
    for (const [register, local] of this.#locals) code.get(hartLocal).memory(op.i64Load, register).set(local);
    if (this.#nodes.some(({ block, from, to }) => block.instructions.slice(from, to).some(needsFloat))) {
      this.#writeFloatStatus();
    }
    this.#open(op.block, 'jump');
    this.#open(op.block, 'leave');
    this.#open(op.block, 'exit');
    this.#open(op.loop, 'dispatch');
    this.#writeTree(-1);
    this.#close();
    code.op(op.unreachable);
    this.#close();
    code.i32Const(map.PC).get(targetLocal).memory(op.i64Store, 0).i32Const(0).set(recordLocal);
    this.#close();
    this.#writeBack();
    code.get(recordLocal).op(op.return);
    this.#close();
    this.#writeBack();
    this.#writeJump();
    code.op(op.end);
    const module = moduleOf(
      code.bytes,
      [
        [locals32, i32],
        [locals64 + this.#locals.size, i64],
      ],
      this.#surroundings.memoryPageCount,
      this.#surroundings.tableLength,
    );
    return { module, entries: this.#entries() };
  }

  /** Blocks that the interpreter, or a return, may come to first, and what follows an instruction of the interpreter. */
  #wantedEntries(): Set<number> {
    const wanted = new Set<number>();
    const led = new Set<number>();
    this.#nodes.forEach((node, index) => {
      if (node.from > 0) wanted.add(index);
      const last = node.block.instructions.at(-1)!;
      const returnPoint = returnPointOf(last);
      for (const target of this.#targets(node)) {
        const next = this.#nodeAt.get(target);
        if (next === undefined) continue;
        led.add(next);
        if (last.opcode === jal && returnPoint !== undefined) wanted.add(next);
      }
      const next = returnPoint === undefined ? undefined : this.#nodeAt.get(returnPoint);
      if (next !== undefined) wanted.add(next);
    });
    this.#nodes.forEach((_, index) => {
      if (!led.has(index)) wanted.add(index);
    });
    return wanted;
  }

  /** What a node goes on to, by offset; nothing if it ends before an instruction of the interpreter. */
  #targets({ block, isCutOff }: Node): number[] {
    return isCutOff ? [] : targetsOf(block.instructions.at(-1)!);
  }

  #entries(): Entry[] {
    return this.#graph.entries.flatMap((node, entry) => {
      const { block, from, to } = this.#nodes[node]!;
      // One that begins with an instruction of the interpreter is for jumps within the function.
      return to > from ? [{ block, index: from, entry }] : [];
    });
  }

  #nameRegisters(): void {
    const used = new Set<number>();
    for (const { block, from, to } of this.#nodes) {
      for (const instruction of block.instructions.slice(from, to)) {
        for (const register of sourcesOf(instruction)) used.add(register);
        const destination = destinationOf(instruction);
        if (destination === undefined) continue;
        used.add(destination);
        this.#changed.add(destination);
      }
    }
    used.delete(0);
    for (const register of [...used].sort((a, b) => a - b)) {
      this.#locals.set(register, firstRegisterLocal + this.#locals.size);
    }
  }

  // Control flow

  #open(opcode: number, label: string, type: number = noType): void {
    this.#code.op(opcode, type);
    this.#labels.push(label);
  }

  #close(): void {
    this.#code.op(op.end);
    this.#labels.pop();
  }

  #branch(label: string, opcode: number = op.br): void {
    this.#code.op(opcode).unsigned(this.#depthOf(label));
  }

  #depthOf(label: string): number {
    return this.#labels.length - 1 - this.#labels.lastIndexOf(label);
  }

  #writeTree(node: number): void {
    const isLoop = node >= 0 && this.#graph.isLoopHead(node);
    if (isLoop) this.#open(op.loop, `back to ${node}`);
    const merges = this.#graph.mergesWithin(node);
    for (const merge of merges) this.#open(op.block, `to ${merge}`);
    if (node >= 0) this.#writeNode(node);
    else this.#writeDispatch();
    for (const merge of [...merges].reverse()) {
      this.#close();
      this.#writeTree(merge);
    }
    if (isLoop) {
      this.#close();
      this.#code.op(op.unreachable);
    }
  }

  #writeDispatch(): void {
    const { entries } = this.#graph;
    const depths = entries.map((node) => this.#depthOf(`to ${node}`));
    this.#code
      .get(entryLocal)
      .op(op.brTable)
      .unsigned(entries.length - 1);
    for (const depth of depths) this.#code.unsigned(depth);
  }

  #writeNode(node: number): void {
    const { block, from, to, isCutOff } = this.#nodes[node]!;
    if (from === 0) this.#writeCharge(block);
    for (let index = from; index < to; index++) this.#writeInstruction(node, index);
    if (!isCutOff) return;
    this.#code.i32Const(recordAddress(block.address, to)).set(recordLocal);
    this.#branch('leave');
  }

  /** The interpreter cuts a block that is too long for the budget. */
  #writeCharge({ start, count }: DecodedBlock): void {
    const code = this.#code;
    code.get(budgetLocal).i32Const(count).op(op.i32Sub).tee(budgetLocal).i32Const(0).op(op.i32LtS);
    this.#open(op.if, 'if');
    code.get(budgetLocal).i32Const(count).op(op.i32Add).set(budgetLocal);
    this.#writeAddress(start);
    code.set(targetLocal);
    this.#branch('exit');
    this.#close();
  }

  /** The virtual address of an offset from the page's start. */
  #writeAddress(offset: number): void {
    this.#code.get(pageLocal);
    if (offset !== 0) this.#code.i64Const(offset).op(op.i64Add);
  }

  /** mstatus.FS is Dirty; and frm and the flags are such that arithmetic changes nothing of fcsr. */
  #writeFloatStatus(): void {
    const code = this.#code;
    const holds = (register: number, mask: number, value: number) =>
      code.get(hartLocal).memory(op.i64Load, register).i64Const(mask).op(op.i64And).i64Const(value).op(op.i64Eq);
    holds(map.HART_MSTATUS, statusFs, statusFs);
    this.#open(op.if, 'if');
    holds(map.HART_FCSR, frmAndInexact, inexact);
    code.i32Const(1).op(op.i32Shl).i32Const(floatIsOn).op(op.i32Add).set(floatLocal);
    this.#close();
  }

  /** Goes on at an offset that is known. */
  #writeEdge(node: number, target: number): void {
    const next = this.#nodeAt.get(target);
    if (next === undefined) {
      this.#writeAddress(target);
      this.#code.set(targetLocal);
      this.#branch('jump');
      return;
    }
    switch (this.#graph.edge(node, next)) {
      case 'nested':
        this.#writeTree(next);
        break;
      case 'forward':
        this.#branch(`to ${next}`);
        break;
      case 'backward':
        this.#branch(`back to ${next}`);
        break;
      case 'dispatched':
        this.#code.i32Const(this.#graph.entries.indexOf(next)).set(entryLocal);
        this.#branch('dispatch');
    }
  }

  /** What a jump to a register's value does: it may come to an entry of this function. */
  #writeIndirectJump(): void {
    const code = this.#code;
    code.get(targetLocal).get(pageLocal).op(op.i64Sub).i64Const(map.PAGE_BYTES).op(op.i64LtU);
    this.#open(op.if, 'if');
    code
      .get(targetLocal)
      .op(op.i32WrapI64)
      .i32Const(map.PAGE_BYTES - 2)
      .op(op.i32And)
      .i32Const(1)
      .op(op.i32Shl);
    code.memory(op.i32Load, this.#table).memory(op.i32Load16U, map.BLOCK_ENTRY).tee(entryLocal);
    this.#open(op.if, 'if');
    code.get(entryLocal).i32Const(1).op(op.i32Sub).set(entryLocal);
    this.#branch('dispatch');
    this.#close();
    this.#close();
    this.#branch('jump');
  }

  /** Brings registers and budget to where the interpreter and other functions have them. */
  #writeBack(): void {
    for (const register of this.#changed) {
      this.#code.get(hartLocal).get(this.#locals.get(register)!).memory(op.i64Store, register);
    }
    this.#code.i32Const(0).get(budgetLocal).memory(op.i32Store, map.BUDGET);
  }

  /** To the function of another page, if the fetch TLB and that page have an entry; see `enter` in assembly/blocks.ts. */
  #writeJump(): void {
    const code = this.#code;
    code.i32Const(0).get(targetLocal).memory(op.i64Store, map.PC);
    code.get(targetLocal).i64Const(8).op(op.i64ShrU, op.i32WrapI64);
    code.i32Const((map.TLB_FETCH_ENTRIES - 1) * map.TLB_ENTRY_BYTES).op(op.i32And);
    code.i32Const(0).memory(op.i32Load, map.FETCH_TLB).op(op.i32Add).tee(tlbEntryLocal);
    code
      .memory(op.i64Load, 0)
      .get(targetLocal)
      .i64Const(~(map.PAGE_BYTES - 1))
      .op(op.i64And)
      .tee(pageLocal);
    code.op(op.i64Eq);
    this.#open(op.if, 'if');
    // The table of the page's blocks, then the block.
    code.get(tlbEntryLocal).memory(op.i32Load, 8).tee(recordLocal);
    code
      .get(targetLocal)
      .op(op.i32WrapI64)
      .i32Const(map.PAGE_BYTES - 2)
      .op(op.i32And)
      .i32Const(1)
      .op(op.i32Shl);
    code.op(op.i32Add).memory(op.i32Load, 0).memory(op.i32Load16U, map.BLOCK_ENTRY).tee(entryLocal);
    this.#open(op.if, 'if');
    code.i32Const(0).get(pageLocal).memory(op.i64Store, map.PC_PAGE);
    code.i32Const(0).get(recordLocal).memory(op.i32Store, map.PC_TABLE);
    code.get(entryLocal).i32Const(1).op(op.i32Sub).get(budgetLocal).get(tlbLocal);
    code.get(recordLocal).i32Const(map.TABLE_FUNCTION).op(op.i32Sub).memory(op.i32Load, 0);
    code.op(op.returnCallIndirect).unsigned(0).unsigned(0);
    this.#close();
    this.#close();
    code.i32Const(0);
  }

  // Instructions

  #writeInstruction(node: number, index: number): void {
    const { block } = this.#nodes[node]!;
    const instruction = block.instructions[index]!;
    const { opcode, rd, rs1, rs2, immediate, offset } = instruction;
    if (fences.has(opcode)) return;
    const arithmeticSteps = steps.get(opcode);
    const load = loads.get(opcode);
    const store = stores.get(opcode);
    const comparison = branches.get(opcode);
    const float = floats.get(opcode);
    const loadReserved = loadsReserved.get(opcode);
    const storeConditional = storesConditional.get(opcode);
    const readModifyWrite = readModifyWrites.get(opcode);
    if (floatAccesses.has(opcode)) this.#writeFloatCheck(floatIsOn, block, index);
    if (arithmeticSteps !== undefined) {
      if (rd === map.HART_DISCARD) return;
      const { c, d, value } = arithmeticSteps;
      const write = (expression: Expression) =>
        this.#writeExpression(expression, (operand) => this.#writeOperand(operand, instruction));
      if (c !== undefined) {
        write(c);
        this.#code.set(cLocal);
      }
      if (d !== undefined) {
        write(d);
        this.#code.set(dLocal);
      }
      write(value);
      this.#setRegister(rd);
    } else if (opcode === auipc) {
      if (rd === map.HART_DISCARD) return;
      this.#writeAddress(offset + immediate);
      this.#setRegister(rd);
    } else if (load !== undefined) {
      this.#writeDataAddress(block, index, load.size, map.TLB_READ);
      this.#code.memory(load.opcode, 0);
      if (opcode === flw) this.#code.i64Const(boxed).op(i64Or);
      if (rd === map.HART_DISCARD) this.#code.op(drop);
      else this.#setRegister(rd);
    } else if (store !== undefined) {
      this.#writeDataAddress(block, index, store.size, map.TLB_WRITE);
      this.#getRegister(rs2);
      this.#code.memory(store.opcode, 0);
    } else if (loadReserved !== undefined) {
      this.#writeLoadReserved(block, index, loadReserved);
    } else if (storeConditional !== undefined) {
      this.#writeStoreConditional(block, index, storeConditional);
    } else if (readModifyWrite !== undefined) {
      this.#writeReadModifyWrite(block, index, readModifyWrite.size, readModifyWrite.value);
    } else if (float !== undefined) {
      this.#writeFloatCheck(float.needs, block, index);
      const sources = [rs1, rs2, thirdSourceOf(immediate)];
      float.write({
        code: this.#code,
        bits: (source) => this.#getRegister(sources[source - 1]!),
        leaveIf: () => this.#writeLeave(block, index),
        result: cLocal,
        fuse: () => this.#code.op(op.call).unsigned(0),
      });
      if (rd === map.HART_DISCARD) this.#code.op(drop);
      else this.#setRegister(rd);
    } else if (comparison !== undefined) {
      this.#getRegister(rs1);
      this.#getRegister(rs2);
      this.#code.op(comparison);
      this.#open(op.if, 'if');
      this.#writeEdge(node, offset + immediate);
      this.#close();
      this.#writeEdge(node, rd);
    } else if (opcode === jalr) {
      this.#getRegister(rs1);
      this.#code.i64Const(immediate).op(op.i64Add).i64Const(-2).op(op.i64And).set(targetLocal);
      this.#writeLink(rd, rs2);
      this.#writeIndirectJump();
    } else {
      if (opcode === jal) this.#writeLink(rd, rs2);
      this.#writeEdge(node, opcode === jal ? offset + immediate : offset);
    }
  }

  /** See assembly/atomics.ts, for these three. */
  #writeLoadReserved(block: DecodedBlock, index: number, size: number): void {
    const code = this.#code;
    this.#writeAtomicPlace(block, index, size, map.TLB_READ);
    this.#writeAtomicLoad(size);
    code.set(cLocal);
    code.get(hartLocal).get(addressLocal).memory(op.i64Store, map.HART_RESERVATION);
    code.get(hartLocal).get(cLocal).memory(op.i64Store, map.HART_RESERVED_VALUE);
    this.#setResult(block.instructions[index]!);
  }

  #writeStoreConditional(block: DecodedBlock, index: number, size: number): void {
    const code = this.#code;
    const instruction = block.instructions[index]!;
    this.#writeAtomicPlace(block, index, size, map.TLB_WRITE);
    code.get(hartLocal).memory(op.i64Load, map.HART_RESERVATION).get(addressLocal).op(op.i64Ne);
    this.#writeLeave(block, index);
    this.#writeAtomicLoad(size);
    code.get(hartLocal).memory(op.i64Load, map.HART_RESERVED_VALUE).op(op.i64Ne, op.i64ExtendI32U);
    code.tee(cLocal).op(op.i64Eqz);
    this.#open(op.if, 'if');
    code.get(placeLocal);
    this.#getRegister(instruction.rs2);
    code.memory(atomicStore(size), 0);
    this.#close();
    code.get(hartLocal).i64Const(-1).memory(op.i64Store, map.HART_RESERVATION);
    this.#setResult(instruction);
  }

  #writeReadModifyWrite(block: DecodedBlock, index: number, size: number, value: Expression): void {
    const code = this.#code;
    const instruction = block.instructions[index]!;
    this.#writeAtomicPlace(block, index, size, map.TLB_WRITE);
    this.#writeAtomicLoad(size);
    code.set(cLocal);
    this.#getRegister(instruction.rs2);
    if (size === 4) code.op(operations.extend32_s);
    code.set(dLocal).get(placeLocal);
    this.#writeExpression(value, (operand) => code.get(operand === 'a' ? cLocal : dLocal));
    code.memory(atomicStore(size), 0);
    this.#setResult(instruction);
  }

  /** To `placeLocal`. The interpreter's always ask whether the block is to be left: to enter it may have wanted that. */
  #writeAtomicPlace(block: DecodedBlock, index: number, size: number, tlb: number): void {
    this.#code.i32Const(0).memory(op.i32Load, map.LEAVE);
    this.#writeLeave(block, index);
    this.#writeDataAddress(block, index, size, tlb);
    this.#code.set(placeLocal);
  }

  #writeAtomicLoad(size: number): void {
    this.#code.get(placeLocal).memory(size === 4 ? op.i64Load32S : op.i64Load, 0);
  }

  #setResult({ rd }: DecodedInstruction): void {
    if (rd === map.HART_DISCARD) return;
    this.#code.get(cLocal);
    this.#setRegister(rd);
  }

  #writeFloatCheck(needed: number, block: DecodedBlock, index: number): void {
    this.#code.get(floatLocal).i32Const(needed).op(op.i32And, op.i32Eqz);
    this.#writeLeave(block, index);
  }

  /** If the condition on the stack holds, the interpreter is to execute the instruction. */
  #writeLeave(block: DecodedBlock, index: number): void {
    this.#open(op.if, 'if');
    this.#code.i32Const(this.#surroundings.copiedRecord(block, index)).set(recordLocal);
    this.#branch('leave');
    this.#close();
  }

  #writeLink(rd: number, offset: number): void {
    if (rd === map.HART_DISCARD) return;
    this.#writeAddress(offset);
    this.#setRegister(rd);
  }

  #getRegister(register: number): void {
    if (register === 0) this.#code.i64Const(0);
    else this.#code.get(this.#locals.get(register)!);
  }

  #setRegister(register: number): void {
    this.#code.set(this.#locals.get(register)!);
  }

  #writeOperand(operand: Operand, { opcode, rs1, rs2, immediate }: DecodedInstruction): void {
    const code = this.#code;
    if (operand === 'a') this.#getRegister(rs1);
    else if (operand === 'c') code.get(cLocal);
    else if (operand === 'd') code.get(dLocal);
    else if (ofTwoRegisters.has(opcode)) this.#getRegister(rs2);
    else code.i64Const(immediate);
  }

  /** Leaves an i64; a condition, too. */
  #writeExpression(expression: Expression, writeOperand: (operand: Operand) => void): void {
    const code = this.#code;
    if (typeof expression === 'bigint') {
      code.i64Const(expression);
    } else if (typeof expression === 'string') {
      writeOperand(expression);
    } else if (expression[0] === 'if') {
      const [, condition, then, otherwise] = expression;
      this.#writeCondition(condition, writeOperand);
      this.#open(op.if, 'if', i64);
      this.#writeExpression(then, writeOperand);
      code.op(op.else);
      this.#writeExpression(otherwise, writeOperand);
      this.#close();
    } else if (isComparison(expression)) {
      this.#writeCondition(expression, writeOperand);
      code.op(op.i64ExtendI32U);
    } else {
      const [operation, ...operands] = expression;
      for (const operand of operands) this.#writeExpression(operand, writeOperand);
      code.op(operations[operation as keyof typeof operations]);
    }
  }

  /** Leaves an i32. */
  #writeCondition(condition: Expression, writeOperand: (operand: Operand) => void): void {
    if (!isComparison(condition)) throw new Error('The condition of an `if` is a comparison.');
    const [comparison, x, y] = condition;
    this.#writeExpression(x, writeOperand);
    this.#writeExpression(y, writeOperand);
    this.#code.op(comparisons[comparison]);
  }

  /** Leaves the place of an access in memory, or leaves the function before the instruction: see `tag` in assembly/execute.ts. */
  #writeDataAddress(block: DecodedBlock, index: number, size: number, tlb: number): void {
    const code = this.#code;
    const { rs1, immediate } = block.instructions[index]!;
    this.#getRegister(rs1);
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

function atomicStore(size: number): number {
  return size === 4 ? op.i64Store32 : op.i64Store;
}

const drop = 0x1a;
const i64Or = 0x84;
const boxed = 0xffff_ffff_0000_0000n;
const flw = opcodes.flw!;

function thirdSourceOf(word: number): number {
  return map.HART_F + (word >>> 27) * 8;
}

type Operand = Expression & string;

function isComparison(
  expression: Expression,
): expression is readonly [operation: keyof typeof comparisons, x: Expression, y: Expression] {
  return Array.isArray(expression) && expression[0] in comparisons;
}

/** A block is one node, and one more behind each instruction that is left to the interpreter. */
function nodesOf(block: DecodedBlock): Node[] {
  const nodes: Node[] = [];
  let from = 0;
  block.instructions.forEach((instruction, index) => {
    if (isGenerated(instruction)) return;
    if (from === 0 || index > from) nodes.push({ block, from, to: index, isCutOff: true });
    from = index + 1;
  });
  // An END that an instruction of the interpreter comes to is its own, too.
  const length = block.instructions.length;
  if (from < block.count) nodes.push({ block, from, to: length, isCutOff: false });
  return nodes;
}

function sourcesOf({ opcode, rs1, rs2, immediate }: DecodedInstruction): readonly number[] {
  const float = floats.get(opcode);
  if (float !== undefined) return [rs1, rs2, thirdSourceOf(immediate)].slice(0, float.sourceCount);
  if (branches.has(opcode) || stores.has(opcode)) return [rs1, rs2];
  if (storesConditional.has(opcode) || readModifyWrites.has(opcode)) return [rs1, rs2];
  if (loads.has(opcode) || loadsReserved.has(opcode) || opcode === jalr) return [rs1];
  if (!steps.has(opcode)) return [];
  return ofTwoRegisters.has(opcode) ? [rs1, rs2] : [rs1];
}

function destinationOf({ opcode, rd }: DecodedInstruction): number | undefined {
  const isWritten =
    steps.has(opcode) ||
    floats.has(opcode) ||
    loads.has(opcode) ||
    isAtomic(opcode) ||
    [jal, jalr, auipc].includes(opcode);
  return isWritten && rd !== map.HART_DISCARD ? rd : undefined;
}
