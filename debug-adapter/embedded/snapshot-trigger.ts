import type { HartActor } from '../emulator/machine/hart-actor';

/** When a snapshot begins by itself. Times are virtual. */
export type SnapshotTrigger =
  | { readonly kind: 'command' }
  | { readonly kind: 'start' }
  | { readonly kind: 'instructions'; readonly count: number }
  | { readonly kind: 'time'; readonly ns: number }
  | { readonly kind: 'symbol'; readonly address: bigint }
  | { readonly kind: 'console'; readonly text: string };

/** Waits for a trigger that the harts bring about; those of time are the scheduler's. What it has seen is state of the run. */
export class HartTrigger {
  private _awaited: SnapshotTrigger | undefined;
  /** Of the console's output: a text may come in pieces. */
  private _tail = '';
  private _isPrinted = false;

  constructor(trigger: SnapshotTrigger) {
    this._awaited = trigger;
  }

  /** Where harts are to stop. */
  get address(): bigint | undefined {
    return this._awaited?.kind === 'symbol' ? this._awaited.address : undefined;
  }

  /** How many instructions the hart may run before it may come. */
  room({ instructionCount }: HartActor): number {
    return this._awaited?.kind === 'instructions' ? this._awaited.count - instructionCount : Infinity;
  }

  /** It may come with any turn: each is looked at. */
  get isNear(): boolean {
    const kind = this._awaited?.kind;
    return kind === 'instructions' || kind === 'symbol' || (kind === 'console' && this._isPrinted);
  }

  /** True when the text ends in these bytes: the turn is to end with the access that has printed them. */
  isPrintedWith(bytes: Uint8Array): boolean {
    if (this._awaited?.kind !== 'console' || this._isPrinted) return false;
    const { text } = this._awaited;
    this._tail += String.fromCharCode(...bytes);
    this._isPrinted = this._tail.includes(text);
    this._tail = this._tail.slice(-text.length);
    return this._isPrinted;
  }

  /**
   * True once: at the end of the turn with which it comes.
   *
   * @param breakpoint the address at which the hart has stopped
   */
  comesWith({ instructionCount }: HartActor, breakpoint: bigint | undefined): boolean {
    const awaited = this._awaited;
    const comes =
      (awaited?.kind === 'instructions' && instructionCount >= awaited.count) ||
      (awaited?.kind === 'symbol' && breakpoint === awaited.address) ||
      (awaited?.kind === 'console' && this._isPrinted);
    if (comes) this._awaited = undefined;
    return comes;
  }
}
