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
  #tail = '';

  constructor(private readonly text: string) {}

  /** True when the text ends in these bytes. */
  sees(bytes: Uint8Array): boolean {
    this.#tail += String.fromCharCode(...bytes);
    const found = this.#tail.includes(this.text);
    this.#tail = this.#tail.slice(-this.text.length);
    return found;
  }
}
