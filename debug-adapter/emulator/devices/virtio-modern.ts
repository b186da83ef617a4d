import type { Mutable } from './device';
import { register } from './virtio-registers';
import type { VirtioModernQueueState, VirtioModernState } from './virtio-state';

type Queue = Mutable<VirtioModernQueueState>;

/** What the modern interface has of its own. */
export interface Modern {
  readonly driverFeatures: [number, number];
  readonly queues: Map<number, Queue>;
}

export function modern({ driverFeatures, queues }: VirtioModernState): Modern {
  return {
    driverFeatures: [driverFeatures[0] ?? 0, driverFeatures[1] ?? 0],
    queues: new Map([...queues].map(([index, queue]) => [index, { ...queue }])),
  };
}

export const nothingWritten: VirtioModernState = { driverFeatures: [0, 0], queues: new Map() };
const queueNotWritten: VirtioModernQueueState = {
  size: 0,
  isReady: false,
  descriptors: 0n,
  available: 0n,
  used: 0n,
};

/** As far as it has been written. */
export function modernQueue({ queues }: Modern, index: number): Queue {
  const queue = queues.get(index) ?? { ...queueNotWritten };
  queues.set(index, queue);
  return queue;
}

/** What the driver writes of a queue before it says that it is ready. */
const addresses: ReadonlyMap<number, readonly ['descriptors' | 'available' | 'used', 'low' | 'high']> = new Map([
  [register.queueDescriptorsLow, ['descriptors', 'low']],
  [register.queueDescriptorsHigh, ['descriptors', 'high']],
  [register.queueAvailableLow, ['available', 'low']],
  [register.queueAvailableHigh, ['available', 'high']],
  [register.queueUsedLow, ['used', 'low']],
  [register.queueUsedHigh, ['used', 'high']],
]);

/** The driver writes half of an address, if there is one at this offset. */
export function writeQueueAddress(queue: Queue, offset: number, value: number): void {
  const [name, half] = addresses.get(offset) ?? [];
  if (name === undefined) return;
  const old = queue[name];
  queue[name] = half === 'low' ? ((old >> 32n) << 32n) | BigInt(value) : (BigInt(value) << 32n) | (old & 0xffff_ffffn);
}
