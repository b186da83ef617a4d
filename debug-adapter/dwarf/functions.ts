import { attributes, tags } from './constants';
import type { DebugFile } from './debug-file';
import { type AddressRange, rangesOf } from './ranges';
import { orNothing } from './sections';
import type { Entry, Unit } from './unit';

/** Of what an entry stands for: an inlined body for a function, that for its declaration. */
const originCountMax = 8;
/** Blocks within blocks. */
const depthMax = 200;

/** A function, or one that was inlined: `entry` says which. */
export interface FunctionCode {
  readonly entry: Entry;
  readonly ranges: readonly AddressRange[];
}

/** The functions of one unit that have code. */
export class CodeOfUnit {
  readonly functions: readonly FunctionCode[];

  constructor(
    unit: Unit,
    private readonly file: DebugFile,
  ) {
    const functions: FunctionCode[] = [];
    this.#collect(unit.root, functions, 0);
    this.functions = functions;
  }

  /** The function at an address and what is inlined into it there, innermost first. */
  at(address: bigint): FunctionCode[] {
    return this.blocksAt(address).filter(({ entry }) => entry.tag !== tags.lexicalBlock);
  }

  /** The same with the blocks that have code of their own. */
  blocksAt(address: bigint): FunctionCode[] {
    const found = this.functions.find((each) => covers(each.ranges, address));
    if (!found) return [];
    const chain = [found];
    orNothing(() => this.#descend(found.entry, address, chain, 0));
    return chain.reverse();
  }

  #collect(parent: Entry, functions: FunctionCode[], depth: number): void {
    orNothing(() => {
      for (const entry of parent.children) {
        if (entry.tag === tags.subprogram) {
          const ranges = rangesOf(entry, this.file);
          if (ranges.length > 0) functions.push({ entry, ranges });
        } else if (holdsFunctions.has(entry.tag) && depth < depthMax) this.#collect(entry, functions, depth + 1);
      }
    });
  }

  #descend(parent: Entry, address: bigint, chain: FunctionCode[], depth: number): void {
    if (depth > depthMax) return;
    for (const entry of parent.children) {
      if (entry.tag !== tags.inlinedSubroutine && entry.tag !== tags.lexicalBlock) continue;
      const ranges = rangesOf(entry, this.file);
      if (ranges.length > 0 && !covers(ranges, address)) continue;
      if (ranges.length === 0) continue;
      chain.push({ entry, ranges });
      this.#descend(entry, address, chain, depth + 1);
      return;
    }
  }
}

const holdsFunctions: ReadonlySet<number> = new Set([
  tags.namespace,
  tags.structureType,
  tags.classType,
  tags.unionType,
]);

export function covers(ranges: readonly AddressRange[], address: bigint): boolean {
  return ranges.some(({ low, high }) => address >= low && address < high);
}

/** An attribute of an entry, or of what it stands for. */
export function inherited<T>(entry: Entry, file: DebugFile, read: (of: Entry) => T | undefined): T | undefined {
  let at: Entry | undefined = entry;
  for (let count = 0; at && count < originCountMax; count++) {
    const value = read(at);
    if (value !== undefined) return value;
    at = file.referred(at, attributes.abstractOrigin) ?? file.referred(at, attributes.specification);
  }
  return undefined;
}

export function nameOf(entry: Entry, file: DebugFile): string | undefined {
  return inherited(entry, file, (of) => of.text(attributes.name));
}
