import type { Actor, Wait } from '../simulation/actor';

/** When a snapshot begins by itself. Times are virtual. */
export type SnapshotTrigger =
  | { readonly kind: 'command' }
  | { readonly kind: 'start' }
  | { readonly kind: 'instructions'; readonly count: number }
  | { readonly kind: 'time'; readonly ns: number }
  | { readonly kind: 'symbol'; readonly address: bigint }
  | { readonly kind: 'console'; readonly text: string };

/** An actor that acts once, at a given time. */
export class Alarm implements Actor {
  readonly id = 'alarm';
  clockNs: number;
  wait: Wait | undefined;

  constructor(
    atNs: number,
    readonly ring: (timeNs: number) => void,
  ) {
    this.clockNs = atNs;
  }
}

/** Finds a text in the console's output, across the borders of its pieces. */
export class ConsoleWatch {
  private _tail = '';

  /** True when the text ends in these bytes. */
  sees(bytes: Uint8Array, text: string): boolean {
    this._tail += String.fromCharCode(...bytes);
    const found = this._tail.includes(text);
    this._tail = this._tail.slice(-text.length);
    return found;
  }
}
