import * as map from '../memory-map';
import { type DecodedBlock, end, recordAddress } from './block-memory';
import { type FlowGraph, flowGraph } from './flow-graph';
import {
  budgetLocal,
  entryLocal,
  hartLocal,
  locals32,
  locals64,
  pageLocal,
  recordLocal,
  targetLocal,
  tlbEntryLocal,
  tlbLocal,
} from './function-locals';
import { branches, isGenerated, jal, needsFloat, returnPointOf, targetsOf } from './generated-instructions';
import { InstructionCode } from './instruction-code';
import { RegisterLocals } from './register-locals';
import { i32, i64, moduleOf, op, WasmCode } from './wasm-code';

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
  /** Starts of blocks that other pages often lead to. */
  readonly entries: ReadonlySet<number>;
  /** A record of the block as it was decoded, for the interpreter to go on at. */
  copiedRecord(block: DecodedBlock, index: number): number;
}

/**
 * Instructions of a block up to its end, to one that is left to the interpreter, or to where another block begins: the
 * interpreter makes blocks wherever it comes to, also within others, and what is in several of them is written once.
 */
interface Node {
  readonly block: DecodedBlock;
  readonly from: number;
  readonly to: number;
  readonly upTo: 'the end' | 'the interpreter' | 'another block';
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
  readonly #registers: RegisterLocals;
  readonly #instructions: InstructionCode;
  readonly #needsFloat: boolean;

  constructor(blocks: readonly DecodedBlock[], table: number, surroundings: Surroundings) {
    this.#table = table;
    this.#surroundings = surroundings;
    const starts = new Set(blocks.map(({ start }) => start));
    this.#nodes = blocks.flatMap((block) => nodesOf(block, starts));
    this.#nodes.forEach(({ block, from }, node) => {
      if (from === 0) this.#nodeAt.set(block.start, node);
    });
    const successors = this.#nodes.map((node) =>
      this.#targets(node).flatMap((target) => this.#nodeAt.get(target) ?? []),
    );
    this.#graph = flowGraph(successors, this.#wantedEntries());
    const instructions = this.#nodes.flatMap(({ block, from, to }) => block.instructions.slice(from, to));
    this.#registers = new RegisterLocals(this.#code, instructions);
    this.#instructions = new InstructionCode(this.#code, this.#registers, surroundings.copiedRecord);
    this.#needsFloat = instructions.some(needsFloat);
  }

  write(): PageFunction {
    const code = this.#code;
    code.i32Const(0).memory(op.i64Load, map.PC_PAGE).set(pageLocal);
    code.i32Const(0).memory(op.i32Load, map.HART).set(hartLocal);
    this.#registers.writeLoads();
    if (this.#needsFloat) this.#instructions.writeFloatStatus();
    code.open(op.block, 'jump').open(op.block, 'leave').open(op.block, 'exit').open(op.loop, 'dispatch');
    this.#writeTree(-1);
    code.close().op(op.unreachable).close();
    code.i32Const(map.PC).get(targetLocal).memory(op.i64Store, 0).i32Const(0).set(recordLocal).close();
    this.#writeBack();
    code.get(recordLocal).op(op.return).close();
    this.#writeBack();
    this.#writeJump();
    code.op(op.end);
    const module = moduleOf(
      code.bytes,
      [
        [locals32, i32],
        [locals64 + this.#registers.count, i64],
      ],
      this.#surroundings.memoryPageCount,
      this.#surroundings.tableLength,
    );
    return { module, entries: this.#entries() };
  }

  /**
   * Blocks that the interpreter, a return or another page may come to first, and what follows an instruction of the
   * interpreter.
   */
  #wantedEntries(): Set<number> {
    const wanted = new Set<number>();
    const led = new Set<number>();
    this.#nodes.forEach((node, index) => {
      if (node.from > 0 || this.#surroundings.entries.has(node.block.start)) wanted.add(index);
      // Of the block, also where an instruction of the interpreter cuts it off.
      const last = node.upTo === 'another block' ? undefined : node.block.instructions.at(-1)!;
      const returnPoint = last && returnPointOf(last);
      for (const target of this.#targets(node)) {
        const next = this.#nodeAt.get(target);
        if (next === undefined) continue;
        led.add(next);
        if (last?.opcode === jal && returnPoint !== undefined) wanted.add(next);
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
  #targets({ block, to, upTo }: Node): number[] {
    if (upTo === 'another block') return [block.instructions[to]!.offset];
    return upTo === 'the end' ? targetsOf(block.instructions.at(-1)!) : [];
  }

  #entries(): Entry[] {
    return this.#graph.entries.flatMap((node, entry) => {
      const { block, from, to, upTo } = this.#nodes[node]!;
      // One that begins with an instruction of the interpreter is for jumps within the function.
      return to > from || upTo === 'another block' ? [{ block, index: from, entry }] : [];
    });
  }

  #writeTree(node: number): void {
    const isLoop = node >= 0 && this.#graph.isLoopHead(node);
    if (isLoop) this.#code.open(op.loop, `back to ${node}`);
    const merges = this.#graph.mergesWithin(node);
    for (const merge of merges) this.#code.open(op.block, `to ${merge}`);
    if (node >= 0) this.#writeNode(node);
    else this.#writeDispatch();
    for (const merge of [...merges].reverse()) {
      this.#code.close();
      this.#writeTree(merge);
    }
    if (isLoop) this.#code.close().op(op.unreachable);
  }

  #writeDispatch(): void {
    const { entries } = this.#graph;
    const depths = entries.map((node) => this.#code.depthOf(`to ${node}`));
    this.#code
      .get(entryLocal)
      .op(op.brTable)
      .unsigned(entries.length - 1);
    for (const depth of depths) this.#code.unsigned(depth);
  }

  #writeNode(node: number): void {
    const { block, from, to, upTo } = this.#nodes[node]!;
    if (from === 0) this.#writeCharge(block);
    for (let index = from; index < to; index++) {
      if (!this.#instructions.write(block, index)) this.#writeControlFlow(node, index);
    }
    if (upTo === 'the interpreter') {
      this.#code.i32Const(recordAddress(block.address, to)).set(recordLocal).branch('leave');
    } else if (upTo === 'another block') {
      // That charges what it has in common with this one, which has charged it all.
      this.#code
        .get(budgetLocal)
        .i32Const(block.count - to)
        .op(op.i32Add)
        .set(budgetLocal);
      this.#writeEdge(node, block.instructions[to]!.offset);
    }
  }

  /** The interpreter cuts a block that is too long for the budget. */
  #writeCharge({ start, count }: DecodedBlock): void {
    const code = this.#code;
    code.get(budgetLocal).i32Const(count).op(op.i32Sub).tee(budgetLocal).i32Const(0).op(op.i32LtS);
    code.open(op.if, 'if');
    code.get(budgetLocal).i32Const(count).op(op.i32Add).set(budgetLocal);
    this.#instructions.writeAddress(start);
    code.set(targetLocal).branch('exit').close();
  }

  /** A branch, a jump, or a block that goes on in the next one. */
  #writeControlFlow(node: number, index: number): void {
    const { opcode, rd, rs1, rs2, immediate, offset } = this.#nodes[node]!.block.instructions[index]!;
    const comparison = branches.get(opcode);
    if (comparison !== undefined) {
      this.#registers.get(rs1);
      this.#registers.get(rs2);
      this.#code.op(comparison).open(op.if, 'if');
      this.#writeEdge(node, offset + immediate);
      this.#code.close();
      this.#writeEdge(node, rd);
    } else if (opcode === end) {
      this.#writeEdge(node, offset);
    } else if (opcode === jal) {
      this.#writeLink(rd, rs2);
      this.#writeEdge(node, offset + immediate);
    } else {
      this.#registers.get(rs1);
      this.#code.i64Const(immediate).op(op.i64Add).i64Const(-2).op(op.i64And).set(targetLocal);
      this.#writeLink(rd, rs2);
      this.#writeIndirectJump();
    }
  }

  #writeLink(rd: number, offset: number): void {
    if (rd !== map.HART_DISCARD) this.#instructions.writeAddressTo(rd, offset);
  }

  /** Goes on at an offset that is known. */
  #writeEdge(node: number, target: number): void {
    const next = this.#nodeAt.get(target);
    if (next === undefined) {
      this.#instructions.writeAddress(target);
      this.#code.set(targetLocal).branch('jump');
      return;
    }
    switch (this.#graph.edge(node, next)) {
      case 'nested':
        this.#writeTree(next);
        break;
      case 'forward':
        this.#code.branch(`to ${next}`);
        break;
      case 'backward':
        this.#code.branch(`back to ${next}`);
        break;
      case 'dispatched':
        this.#code.i32Const(this.#graph.entries.indexOf(next)).set(entryLocal).branch('dispatch');
    }
  }

  /** What a jump to a register's value does: it may come to an entry of this function. */
  #writeIndirectJump(): void {
    const code = this.#code;
    code.get(targetLocal).get(pageLocal).op(op.i64Sub).i64Const(map.PAGE_BYTES).op(op.i64LtU);
    code.open(op.if, 'if');
    code
      .get(targetLocal)
      .op(op.i32WrapI64)
      .i32Const(map.PAGE_BYTES - 2)
      .op(op.i32And)
      .i32Const(1)
      .op(op.i32Shl);
    code.memory(op.i32Load, this.#table).memory(op.i32Load16U, map.BLOCK_ENTRY).tee(entryLocal);
    code.open(op.if, 'if');
    code.get(entryLocal).i32Const(1).op(op.i32Sub).set(entryLocal).branch('dispatch');
    code.close().close().branch('jump');
  }

  /** Brings registers and budget to where the interpreter and other functions have them. */
  #writeBack(): void {
    this.#registers.writeBack();
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
    code.open(op.if, 'if');
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
    code.open(op.if, 'if');
    code.i32Const(0).get(pageLocal).memory(op.i64Store, map.PC_PAGE);
    code.i32Const(0).get(recordLocal).memory(op.i32Store, map.PC_TABLE);
    code.get(entryLocal).i32Const(1).op(op.i32Sub).get(budgetLocal).get(tlbLocal);
    code.get(recordLocal).i32Const(map.TABLE_FUNCTION).op(op.i32Sub).memory(op.i32Load, 0);
    code.op(op.returnCallIndirect).unsigned(0).unsigned(0);
    code.close().close().i32Const(0);
  }
}

/** A block up to where another begins is one node, and one more behind each instruction that is left to the interpreter. */
function nodesOf(block: DecodedBlock, starts: ReadonlySet<number>): Node[] {
  const nodes: Node[] = [];
  let from = 0;
  for (const [index, instruction] of block.instructions.entries()) {
    if (index > 0 && index < block.count && starts.has(instruction.offset)) {
      nodes.push({ block, from, to: index, upTo: 'another block' });
      return nodes;
    }
    if (isGenerated(instruction)) continue;
    if (from === 0 || index > from) nodes.push({ block, from, to: index, upTo: 'the interpreter' });
    from = index + 1;
  }
  // An END that an instruction of the interpreter comes to is its own, too.
  const length = block.instructions.length;
  if (from < block.count) nodes.push({ block, from, to: length, upTo: 'the end' });
  return nodes;
}
