import type { WatchedData } from '../debuggee/breakpoints';
import type { Debuggee } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';

/** What gdb has set, as a debuggee takes it. Ids are below zero: those of others are above. */
export interface Points {
  readonly addresses: readonly { readonly id: number; readonly address: bigint }[];
  readonly data: readonly ({ readonly id: number } & WatchedData)[];
}

export const noPoints: Points = { addresses: [], data: [] };

/** By the number in `Z`: what a watchpoint watches for, and what a stop reply calls it. */
const watchTypes = new Map([
  [2, { access: 'write', name: 'watch' }],
  [3, { access: 'read', name: 'rwatch' }],
  [4, { access: 'readWrite', name: 'awatch' }],
] as const);
type WatchNumber = typeof watchTypes extends Map<infer Key, unknown> ? Key : never;

export interface Point {
  /** 0 and 1: breakpoints; which of both is the same here. */
  readonly type: number;
  readonly address: bigint;
  /** Of a breakpoint: of its instruction. */
  readonly byteCount: number;
}

interface Placed extends Point {
  readonly id: number;
  /** Of a watchpoint, where its bytes were when it was set. */
  readonly pieces: readonly Omit<WatchedData, 'access'>[];
}

const countMax = 4000;
const byteCountMax = 1 << 20;
const pageByteCount = 4096n;

/** The break- and watchpoints of one gdb. */
export class GdbPoints {
  readonly #placed = new Map<string, Placed>();
  #nextId = -1;

  constructor(private readonly debuggee: Debuggee) {}

  /** @returns whether it could be; setting one again changes nothing */
  add(point: Point, thread: ThreadId): boolean {
    const key = keyOf(point);
    if (this.#placed.has(key)) return true;
    if (this.#placed.size >= countMax || point.byteCount > byteCountMax) return false;
    const pieces = isWatch(point.type) ? this.#pieces(point, thread) : [];
    if (!pieces) return false;
    this.#placed.set(key, { ...point, id: this.#nextId--, pieces });
    return true;
  }

  remove(point: Point): void {
    this.#placed.delete(keyOf(point));
  }

  get all(): Points {
    const all = [...this.#placed.values()];
    return {
      addresses: all.filter(({ type }) => !isWatch(type)),
      data: all.flatMap(({ id, type, pieces }) =>
        isWatch(type) ? pieces.map((piece) => ({ id, ...piece, access: watchTypes.get(type)!.access })) : [],
      ),
    };
  }

  /** The watchpoint among those with these ids. */
  watchpoint(ids: readonly number[]): Point | undefined {
    return [...this.#placed.values()].find(({ id, type }) => isWatch(type) && ids.includes(id));
  }

  has(point: Point): boolean {
    return this.#placed.has(keyOf(point));
  }

  /** Undefined unless all of it is mapped, to RAM. */
  #pieces({ address, byteCount }: Point, thread: ThreadId): Placed['pieces'] | undefined {
    const pieces: { physicalAddress: number; byteCount: number }[] = [];
    for (let at = address, end = address + BigInt(byteCount); at < end; ) {
      const physicalAddress = this.debuggee.physicalAddress(thread, at);
      if (physicalAddress === undefined || !this.#isRam(physicalAddress)) return undefined;
      const next = at - (at % pageByteCount) + pageByteCount;
      pieces.push({ physicalAddress, byteCount: Number((next < end ? next : end) - at) });
      at = next;
    }
    return pieces.length > 0 ? pieces : undefined;
  }

  #isRam(physicalAddress: number): boolean {
    const { blocks } = this.debuggee.pages;
    return this.debuggee.pages.at(physicalAddress)?.block === blocks[0].block.name;
  }
}

/** What a stop reply says of a watchpoint that has been hit. */
export function watchText({ type, address }: Point): string {
  return isWatch(type) ? `${watchTypes.get(type)!.name}:${address.toString(16)};` : '';
}

function isWatch(type: number): type is WatchNumber {
  return type >= 2;
}

function keyOf({ type, address, byteCount }: Point): string {
  return `${type} ${address} ${byteCount}`;
}
