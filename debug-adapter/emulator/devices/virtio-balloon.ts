import type { VirtioBackEnd } from './virtio-back-end';
import type { VirtioBackEndState } from './virtio-back-end-state';
import { type VirtioRequest, virtioFeature } from './virtqueue';

const feature = { statsQueue: 1, pagePoison: 4 } as const;
const queue = { inflate: 0, deflate: 1, stats: 2 } as const;
/** num_pages, which the driver is asked for; actual, which it has; what free-page hints would need; poison_val. */
const configByteCount = 16;
const actualOffset = 4;
const poisonOffset = 12;

/**
 * Memory balloon (Virtual I/O Device 1.2, section 5.5). Pages in it are not the guest's any more: their contents are
 * discarded, unless the driver fills free pages with a value that they must not lose. Its statistics are never asked for.
 */
export class VirtioBalloon implements VirtioBackEnd {
  readonly deviceId = 5;
  readonly features = [...Object.values(feature), ...Object.values(virtioFeature)];
  readonly queueSizes = [128, 128, 128];
  readonly config = new Uint8Array(configByteCount);
  private readonly _view = new DataView(this.config.buffer);
  private _mayPoison = false;

  /** How many pages of 4 KiB the driver is to have in it. It is told by an interrupt, see `VirtioMmio.configChanged`. */
  set target(pageCount: number) {
    this._view.setUint32(0, pageCount, true);
  }

  /** How many there are. */
  get actual(): number {
    return this._view.getUint32(actualOffset, true);
  }

  get #poison(): number {
    return this._view.getUint32(poisonOffset, true);
  }

  set #poison(value: number) {
    this._view.setUint32(poisonOffset, value, true);
  }

  /** A buffer for statistics stays with the device until it wants them. */
  isReady(index: number): boolean {
    return index !== queue.stats;
  }

  serve(): Uint8Array {
    return new Uint8Array(0);
  }

  /** Page frame numbers, 32 bits each. */
  discards(index: number, { out }: VirtioRequest): readonly number[] {
    if (index !== queue.inflate || this.#poison !== 0) return [];
    const view = new DataView(out.buffer, out.byteOffset, out.length);
    return Array.from({ length: out.length >> 2 }, (_, position) => view.getUint32(4 * position, true));
  }

  configWritten(config: DataView): void {
    this._view.setUint32(actualOffset, config.getUint32(actualOffset, true), true);
    this.#poison = this._mayPoison ? config.getUint32(poisonOffset, true) : 0;
  }

  featuresAccepted(has: (bit: number) => boolean): void {
    this._mayPoison = has(feature.pagePoison);
  }

  reset(): void {
    this.#poison = 0;
  }

  save(): VirtioBackEndState {
    const target = this._view.getUint32(0, true);
    return { kind: 'balloon', target, actual: this.actual, ...(this._mayPoison && { poison: this.#poison }) };
  }

  restore(state: VirtioBackEndState, has: (bit: number) => boolean): void {
    if (state.kind !== 'balloon') throw new RangeError(`the state of a ${state.kind} device for a balloon`);
    this.target = state.target;
    this._view.setUint32(actualOffset, state.actual, true);
    this._mayPoison = has(feature.pagePoison);
    this.#poison = state.poison ?? 0;
  }
}
