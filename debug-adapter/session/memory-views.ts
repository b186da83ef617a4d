import type { Client } from './client';

/** Of so many views, and of so much memory, a client is told; older ones are forgotten. It is looked at in every stop. */
const viewCountMax = 64;
const byteCountMax = 16 << 20;

interface View {
  readonly memoryReference: string;
  readonly offset: number;
  readonly count: number;
  /** What it was shown: nobody else's. */
  bytes: Uint8Array;
  readonly read: () => Uint8Array;
}

/** What a client has read of memory, so that it is told when that changes: once a stop, as one range. */
export class MemoryViews {
  readonly #views = new Map<string, View>();

  note(view: View): void {
    const key = `${view.memoryReference}+${view.offset}`;
    this.#views.delete(key);
    this.#views.set(key, { ...view });
    let byteCount = [...this.#views.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const [oldest, { bytes }] of this.#views) {
      if (this.#views.size <= viewCountMax && byteCount <= byteCountMax) break;
      this.#views.delete(oldest);
      byteCount -= bytes.length;
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
