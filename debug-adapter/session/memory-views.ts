import type { Client } from './client';

/** Of so many views a client is told; older ones are forgotten. */
const viewCountMax = 64;

interface View {
  readonly memoryReference: string;
  readonly offset: number;
  readonly count: number;
  /** What it was shown. */
  bytes: Uint8Array;
  readonly read: () => Uint8Array;
}

/** What a client has read of memory, so that it is told when that changes: once a stop, as one range. */
export class MemoryViews {
  readonly #views = new Map<string, View>();

  note(memoryReference: string, offset: number, count: number, read: () => Uint8Array): void {
    const key = `${memoryReference}+${offset}`;
    this.#views.delete(key);
    this.#views.set(key, { memoryReference, offset, count, bytes: read().slice(), read });
    for (const oldest of this.#views.keys()) {
      if (this.#views.size <= viewCountMax) break;
      this.#views.delete(oldest);
    }
  }

  tellChanges(client: Client): void {
    for (const view of this.#views.values()) {
      const bytes = view.read();
      const first = firstDifference(view.bytes, bytes);
      if (first === undefined) continue;
      view.bytes = bytes.slice();
      client.memoryChanged(view.memoryReference, view.offset + first, view.count - first);
    }
  }
}

function firstDifference(before: Uint8Array, after: Uint8Array): number | undefined {
  const length = Math.max(before.length, after.length);
  for (let index = 0; index < length; index++) if (before[index] !== after[index]) return index;
  return undefined;
}
