import type { CodeGeneration } from '../guest-core';
import { PAGE_BYTES } from '../memory-map';
import { blockCover } from './block-cover';
import { BlockMemory, type DecodedBlock, type MissedEntries } from './block-memory';
import { returnPointOf, targetsOf } from './generated-instructions';
import { pageFunction } from './page-function';
import { exported, imported } from './wasm-code';

/** Functions that there is room for. An import of a large table costs time with each module. */
const tableLength = 4096;
/** AssemblyScript keeps the table's beginning for itself. */
const firstFunction = 16;
/** Of modules that are in use; V8 makes several bytes of each. When they are more, all is decoded and generated afresh. */
const moduleByteCountMax = 4 << 20;
/** Between two looks at where the guest is. */
const instructionsPerLook = 20_000;
/** Looks that find the guest in a block before that is worth a thought. */
const looksUntilHot = 3;
/** Compiling an instruction, on all of V8's threads, costs twice as much as interpreting it so many times. */
const executionsUntilHot = 10_000;
/** To leave for a block without an entry and to come back costs as much as interpreting so many instructions. */
const instructionsPerMissedEntry = 6;
/** Each cuts a block, and the rest of that becomes one, too. */
const instructionsPerLookAtOnce = 50_000;
/** Once the guest is in generated code. */
const instructionsPerGeneratedLook = 500_000;

interface Page {
  readonly looks: Map<number, number>;
  /** Blocks that have a function. */
  generated: ReadonlySet<number>;
  instructionCount: number;
  /** By where blocks begin that it has no entry for, how often generated code has left for them; and those that are entries since. */
  readonly missedEntries: Map<number, number>;
  readonly entries: Set<number>;
  /** Looks that found the guest in a block without one, and how many it takes until the page is looked into. */
  misses: number;
  missesUntilHot: number;
  functionIndex: number;
  /** How many functions it has had: a new one has all that was in the last one, which is compiled again. */
  functionCount: number;
}

/** What the core imports: its GENERATED records name functions by their places here. */
export function functionTable(): WebAssembly.Table {
  return new WebAssembly.Table({ initial: tableLength, maximum: tableLength, element: 'anyfunc' });
}

/** What it takes of the core's exports. */
export interface GeneratorCore {
  dropAllBlocks(): void;
  fusedFast(a: bigint, b: bigint, c: bigint): bigint;
}

/** Looks, between two runs of the core, at what the guest executes, and gives pages functions. */
export class CodeGenerator {
  readonly #table: WebAssembly.Table;
  readonly #memory: WebAssembly.Memory;
  readonly #blocks: BlockMemory;
  readonly #core: GeneratorCore;
  readonly #isAtOnce: boolean;
  #epoch = 0;
  #pages = new Map<number, Page>();
  #functionCount = 0;
  #moduleByteCount = 0;
  #untilLook: number;
  #isOff: boolean;

  constructor(memory: WebAssembly.Memory, table: WebAssembly.Table, core: GeneratorCore, mode: CodeGeneration) {
    this.#table = table;
    this.#memory = memory;
    this.#blocks = new BlockMemory(memory.buffer as ArrayBuffer);
    this.#core = core;
    this.#isOff = mode === 'off';
    this.#isAtOnce = mode === 'at-once';
    this.#untilLook = this.#isAtOnce ? instructionsPerLookAtOnce : instructionsPerLook;
  }

  /** How many instructions the core should run at most before the next look. */
  get instructionsUntilLook(): number {
    return this.#isOff ? Number.POSITIVE_INFINITY : this.#untilLook;
  }

  /** The core has run. */
  noteRun(instructionCount: number): void {
    this.#untilLook -= instructionCount;
    if ((this.#untilLook > 0 && !this.#isAtOnce) || this.#isOff) return;
    this.#untilLook = this.#look();
  }

  /** @returns how many instructions until the next look */
  #look(): number {
    const blocks = this.#blocks;
    const missed = blocks.takeMissedEntries();
    if (this.#epoch !== blocks.epoch) this.#forget();
    else if (missed.count > 0 && this.#addMissed(missed)) return instructionsPerLook;
    const place = blocks.place;
    if (place === undefined) return this.#isAtOnce ? instructionsPerLookAtOnce : instructionsPerLook;
    const { table, offset } = place;
    const page = this.#pageOf(table);
    if (this.#isAtOnce) {
      if (blocks.startsIn(table).some((start) => !page.generated.has(blocks.blockAt(table, start)))) {
        this.#generate(table, page, () => true);
      }
      return instructionsPerLookAtOnce;
    }
    const block = blocks.blockAround(table, offset);
    if (block === 0) return instructionsPerLook;
    if (page.generated.has(block)) return instructionsPerGeneratedLook;
    const looks = (page.looks.get(block) ?? 0) + 1;
    page.looks.set(block, looks);
    page.misses++;
    if (looks >= looksUntilHot && page.misses >= page.missesUntilHot) this.#generateHot(table, page);
    return instructionsPerLook;
  }

  /** If what was executed of the page meanwhile, each instruction as often as the others, would have paid. */
  #generateHot(table: number, page: Page): void {
    const isChosen = (address: number): boolean => page.looks.has(address) || page.generated.has(address);
    const addresses = this.#addressesIn(table);
    const pays = (blocks: Iterable<number>): boolean => {
      const offsets = new Set<number>();
      for (const address of blocks) this.#blocks.addOffsets(address, offsets);
      return page.misses * instructionsPerLook >= offsets.size * executionsUntilHot * (1 + page.functionCount);
    };
    // Most often these are too many already, without those between them.
    const hot = pays(addresses.filter(isChosen)) ? this.#between(table, addresses, isChosen) : undefined;
    if (hot === undefined || !pays(hot)) {
      page.missesUntilHot *= 2;
      return;
    }
    this.#generate(table, page, (address) => hot.has(address));
    page.functionCount++;
    page.misses = 0;
    page.missesUntilHot = looksUntilHot;
  }

  /** The last that was missed stands for all. @returns whether its page has been generated anew */
  #addMissed({ table, offset, count }: MissedEntries): boolean {
    const page = this.#pageOf(table);
    if (!page.generated.has(this.#blocks.blockAt(table, offset)) || page.entries.has(offset)) return false;
    const missedCount = (page.missedEntries.get(offset) ?? 0) + count;
    page.missedEntries.set(offset, missedCount);
    const executions = executionsUntilHot * (1 + page.functionCount);
    if (missedCount * instructionsPerMissedEntry < page.instructionCount * executions) return false;
    page.entries.add(offset);
    this.#generate(table, page, (address) => page.generated.has(address));
    page.functionCount++;
    return true;
  }

  #pageOf(table: number): Page {
    const known = this.#pages.get(table);
    if (known !== undefined) return known;
    const page: Page = {
      looks: new Map(),
      generated: new Set(),
      instructionCount: 0,
      missedEntries: new Map(),
      entries: new Set(),
      misses: 0,
      missesUntilHot: looksUntilHot,
      functionIndex: 0,
      functionCount: 0,
    };
    this.#pages.set(table, page);
    return page;
  }

  /** All blocks were dropped, and with them whatever led to a function. */
  #forget(): void {
    this.#epoch = this.#blocks.epoch;
    this.#pages = new Map();
    for (let index = 0; index < this.#functionCount; index++) this.#table.set(firstFunction + index, null);
    this.#functionCount = 0;
    this.#moduleByteCount = 0;
  }

  #addressesIn(table: number): number[] {
    return this.#blocks.startsIn(table).map((start) => this.#blocks.blockAt(table, start));
  }

  /** Of blocks of the page, those that control passes on its way from one of the chosen to another, and those. */
  #between(table: number, addresses: readonly number[], isChosen: (address: number) => boolean): ReadonlySet<number> {
    const following = new Map<number, number[]>();
    const preceding = new Map<number, number[]>(addresses.map((address) => [address, []]));
    for (const address of addresses) {
      const next: number[] = [];
      following.set(address, next);
      const last = this.#blocks.readLast(address);
      if (last === undefined) continue;
      for (const target of [...targetsOf(last), returnPointOf(last)]) {
        const isInside = target !== undefined && target >= 0 && target < PAGE_BYTES;
        const one = isInside ? this.#blocks.blockAt(table, target) : 0;
        if (one === 0) continue;
        next.push(one);
        preceding.get(one)!.push(address);
      }
    }
    const chosen = addresses.filter(isChosen);
    const behind = reached(chosen, following);
    const before = reached(chosen, preceding);
    return new Set(addresses.filter((address) => behind.has(address) && before.has(address)));
  }

  #generate(table: number, page: Page, isWanted: (address: number) => boolean): void {
    const blocks = this.#blocks;
    if (page.functionIndex === 0 && firstFunction + this.#functionCount === tableLength) {
      this.#core.dropAllBlocks();
      return;
    }
    const addresses = this.#addressesIn(table).filter(isWanted);
    page.generated = new Set(addresses);
    const wanted = blockCover(
      addresses.flatMap((address): DecodedBlock[] => {
        const block = blocks.read(address);
        return block === undefined ? [] : [block];
      }),
      page.entries,
    );
    page.instructionCount = wanted.reduce((sum, { count }) => sum + count, 0);
    if (wanted.length === 0 || !blocks.copy(wanted)) return;
    const { module, entries } = pageFunction(wanted, table, {
      memoryPageCount: this.#memory.buffer.byteLength / 65536,
      tableLength,
      entries: page.entries,
      copiedRecord: (block, index) => blocks.copiedRecord(block, index),
    });
    this.#moduleByteCount += module.length;
    if (this.#moduleByteCount > moduleByteCountMax) {
      this.#core.dropAllBlocks();
      return;
    }
    const instance = this.#instantiate(module);
    if (instance === undefined) return;
    page.functionIndex ||= firstFunction + this.#functionCount++;
    this.#table.set(page.functionIndex, instance.exports[exported]);
    blocks.restore(table);
    blocks.setFunction(table, page.functionIndex);
    for (const { block, index, entry } of entries) blocks.enterAt(block, index, entry, page.functionIndex);
  }

  /** Hosts may refuse to compile; the interpreter serves as well. */
  #instantiate(module: Uint8Array<ArrayBuffer>): WebAssembly.Instance | undefined {
    try {
      return new WebAssembly.Instance(new WebAssembly.Module(module), {
        [imported.module]: {
          [imported.memory]: this.#memory,
          [imported.table]: this.#table,
          [imported.fused]: this.#core.fusedFast,
        },
      });
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError || error instanceof RangeError)) throw error;
      this.#isOff = true;
      return undefined;
    }
  }
}

function reached(from: readonly number[], following: ReadonlyMap<number, readonly number[]>): ReadonlySet<number> {
  const found = new Set(from);
  for (const address of found) for (const next of following.get(address) ?? []) found.add(next);
  return found;
}
