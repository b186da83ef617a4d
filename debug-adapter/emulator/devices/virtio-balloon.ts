import type { VirtioBackEndState } from '../machine/machine-state';
import type { VirtioBackEnd } from './virtio-mmio';
import { type VirtioRequest, virtioFeature } from './virtqueue';

const statsQueueFeature = 1;
const queue = { inflate: 0, deflate: 1, stats: 2 } as const;
/** num_pages, which the driver is asked for; actual, which it has; what free-page hints and poison would need. */
const configByteCount = 16;
const actualOffset = 4;

/**
 * Memory balloon (Virtual I/O Device 1.2, section 5.5). Pages in it are not the guest's any more: their contents are
 * discarded. The driver's statistics are never asked for.
 */
export class VirtioBalloon implements VirtioBackEnd {
  readonly deviceId = 5;
  readonly features = [statsQueueFeature, ...Object.values(virtioFeature)];
  readonly queueSizes = [128, 128, 128];
  readonly config = new Uint8Array(configByteCount);

  /** How many pages of 4 KiB the driver is to have in it. It is told by an interrupt, see `VirtioMmio.configChanged`. */
  set target(pageCount: number) {
    new DataView(this.config.buffer).setUint32(0, pageCount, true);
  }

  /** How many there are. */
  get actual(): number {
    return new DataView(this.config.buffer).getUint32(actualOffset, true);
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
    if (index !== queue.inflate) return [];
    const view = new DataView(out.buffer, out.byteOffset, out.length);
    return Array.from({ length: out.length >> 2 }, (_, position) => view.getUint32(4 * position, true));
  }

  configWritten(config: DataView): void {
    new DataView(this.config.buffer).setUint32(actualOffset, config.getUint32(actualOffset, true), true);
  }

  save(): VirtioBackEndState {
    return { kind: 'balloon', target: new DataView(this.config.buffer).getUint32(0, true), actual: this.actual };
  }

  restore(state: VirtioBackEndState): void {
    if (state.kind !== 'balloon') throw new RangeError(`the state of a ${state.kind} device for a balloon`);
    this.target = state.target;
    new DataView(this.config.buffer).setUint32(actualOffset, state.actual, true);
  }
}
