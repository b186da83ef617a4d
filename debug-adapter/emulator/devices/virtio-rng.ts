import type { VirtioBackEnd } from './virtio-back-end';
import type { VirtioBackEndState } from './virtio-back-end-state';
import { type VirtioRequest, virtioFeature } from './virtqueue';

const mask = 0xffff_ffff_ffff_ffffn;

/**
 * Entropy device (Virtual I/O Device 1.2, section 5.4): fills every buffer. Its numbers are drawn from a seed, so that
 * a run is the same every time (SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
 */
export class VirtioRng implements VirtioBackEnd {
  readonly deviceId = 4;
  readonly features = [
    virtioFeature.notifyOnEmpty,
    virtioFeature.anyLayout,
    virtioFeature.indirectDescriptors,
    virtioFeature.eventIndex,
  ];
  readonly queueSizes = [8];
  readonly config = new Uint8Array(0);
  private _state: bigint;

  constructor(seed: number) {
    this._state = BigInt.asUintN(64, BigInt(seed));
  }

  serve(_queue: number, { inByteCount }: VirtioRequest): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(inByteCount / 8) * 8);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += 8) view.setBigUint64(at, this.#next(), true);
    return bytes.subarray(0, inByteCount);
  }

  save(): VirtioBackEndState {
    return { kind: 'rng', generator: this._state };
  }

  restore(state: VirtioBackEndState): void {
    if (state.kind !== 'rng') throw new RangeError(`the state of a ${state.kind} device for an rng device`);
    this._state = state.generator ?? this._state;
  }

  #next(): bigint {
    this._state = (this._state + 0x9e37_79b9_7f4a_7c15n) & mask;
    let z = this._state;
    z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask;
    return z ^ (z >> 31n);
  }
}
