import { type Pieces, PieceTable } from './piece-table';

/** An object that keeps its hidden state in a way of its own. It may not need what `keep` gave any more than once. */
export interface Keeper<Kept = unknown> {
  keep(): Kept;
  /** How many bytes the last `keep` took, where that may be many. */
  readonly newByteCount?: number;
  putBack(kept: Kept): void;
}

/** What one object held: its fields by name, or its contents. */
type Held = readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | Fields | Pieces | Uint8Array;

interface Fields {
  readonly names: readonly string[];
  readonly values: readonly unknown[];
}

/** All objects that could be reached, with what they held. */
export interface KeptGraph {
  readonly held: ReadonlyMap<object, Held>;
  readonly kept: ReadonlyMap<Keeper, unknown>;
  /** About how many bytes this takes. */
  readonly byteCount: number;
}

type Record = { [name: string]: unknown };

/** What a copy of an object's fields takes, with its place in a list: about. */
const objectByteCount = 200;
/** What its place in the list takes alone. */
const entryByteCount = 40;
/** Arrays of more bytes than this are kept piece by piece. */
const smallByteCountMax = 256;

/**
 * The state of all objects that can be reached from one, as their fields show it: put back in place, so that who refers to
 * whom stays as it was. Not seen are fields that JavaScript hides (`#`), what closures and generators hold, and what lies
 * in `buffer`: an object with such state is a `Keeper`.
 */
export class ObjectGraph {
  readonly #tables = new WeakMap<ArrayBufferView, PieceTable>();
  /** Which of the objects that have been come to are. */
  readonly #keepers = new WeakSet<Keeper>();
  /** What has not changed since is kept once. */
  #last: ReadonlyMap<object, Held> = new Map();

  /**
   * @param leaves what does not change, and what is nobody's to put back
   * @param buffer whose views are somebody else's to keep
   */
  constructor(
    private readonly root: object,
    private readonly leaves: ReadonlySet<object>,
    private readonly buffer: ArrayBufferLike,
  ) {}

  keep(): KeptGraph {
    const held = new Map<object, Held>();
    const kept = new Map<Keeper, unknown>();
    const waiting: object[] = [this.root];
    let byteCount = 0;
    const keepBytes = (view: ArrayBufferView): Held => {
      if (view.byteLength <= smallByteCountMax) return bytesOf(view).slice();
      const table = this.#tableOf(view);
      const pieces = table.keep();
      byteCount += table.newByteCount;
      return pieces;
    };
    const reach = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || held.has(value) || this.leaves.has(value)) return;
      if (ArrayBuffer.isView(value)) {
        if (value.buffer !== this.buffer && !(value instanceof DataView)) held.set(value, keepBytes(value));
        return;
      }
      // Only so that it is not come to again.
      held.set(value, noFields);
      waiting.push(value);
    };
    for (let value = waiting.pop(); value; value = waiting.pop()) {
      const before = this.#last.get(value);
      if (before ? this.#keepers.has(value as Keeper) : isKeeper(value)) {
        this.#keepers.add(value as Keeper);
        kept.set(value as Keeper, (value as Keeper).keep());
        byteCount += (value as Keeper).newByteCount ?? 0;
      }
      const now = holding(value, reach, before);
      held.set(value, now);
      byteCount += now === before ? entryByteCount : objectByteCount;
    }
    this.#last = held;
    return { held, kept, byteCount };
  }

  putBack({ held, kept }: KeptGraph): void {
    const putBackFields = (): void => {
      for (const [value, what] of held) this.#putBack(value, what);
    };
    // Keepers look at others, and may change them: all is put back before and behind them.
    putBackFields();
    for (const [keeper, what] of kept) keeper.putBack(what);
    putBackFields();
  }

  #tableOf(view: ArrayBufferView): PieceTable {
    let table = this.#tables.get(view);
    if (!table) {
      table = new PieceTable(view);
      this.#tables.set(view, table);
    }
    return table;
  }

  #putBack(value: object, what: Held): void {
    if (ArrayBuffer.isView(value)) {
      if (what instanceof Uint8Array) bytesOf(value).set(what);
      else this.#tables.get(value)!.putBack(what as Pieces);
    } else if (Array.isArray(value)) {
      const items = what as readonly unknown[];
      value.length = items.length;
      for (let index = 0; index < items.length; index++) value[index] = items[index];
    } else if (value instanceof Map) {
      value.clear();
      for (const [key, item] of what as ReadonlyMap<unknown, unknown>) value.set(key, item);
    } else if (value instanceof Set) {
      value.clear();
      for (const item of what as ReadonlySet<unknown>) value.add(item);
    } else {
      const { names, values } = what as Fields;
      for (let index = 0; index < names.length; index++) (value as Record)[names[index]!] = values[index];
    }
  }
}

const noFields: Fields = { names: [], values: [] };

/** Copies what an object holds, unless it holds the same as before, and reaches for the objects among it. */
function holding(value: object, reach: (value: unknown) => void, before: Held | undefined): Held {
  if (Array.isArray(value)) {
    for (const item of value) reach(item);
    return Array.isArray(before) && isSame(value, before) ? before : value.slice();
  }
  if (value instanceof Map) {
    for (const [key, item] of value) {
      reach(key);
      reach(item);
    }
    return before instanceof Map && isSame([...value.keys()], [...before.keys()]) && hasSameValues(value, before)
      ? before
      : new Map(value);
  }
  if (value instanceof Set) {
    for (const item of value) reach(item);
    return before instanceof Set && isSame([...value], [...before]) ? before : new Set(value);
  }
  return fieldsOf(value as Record, reach, before as Fields | undefined);
}

/** Most objects are as they were: nothing is made for those. */
function fieldsOf(value: Record, reach: (value: unknown) => void, before: Fields | undefined): Fields {
  let index = 0;
  let isUnchanged = before !== undefined;
  // Reads fields several times as fast as a list of their names; the prototypes' methods are not enumerable.
  for (const name in value) {
    const item = value[name];
    if (isUnchanged && (item !== before!.values[index] || name !== before!.names[index])) isUnchanged = false;
    if (typeof item === 'object' && item !== null) reach(item);
    index++;
  }
  if (isUnchanged && before!.names.length === index) return before!;
  const names = Object.keys(value);
  return { names, values: names.map((name) => value[name]) };
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

function hasSameValues(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  for (const [key, value] of one) if (other.get(key) !== value) return false;
  return true;
}

function isKeeper(value: object): value is Keeper {
  return 'keep' in value && 'putBack' in value;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
