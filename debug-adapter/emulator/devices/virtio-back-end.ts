import type { VirtioBackEndState } from './virtio-back-end-state';
import type { VirtioRequest } from './virtqueue';

/** What a kind of virtio device does, whatever the transport. */
export interface VirtioBackEnd {
  /** Virtual I/O Device 1.2, section 5: 2 block, 4 entropy. */
  readonly deviceId: number;
  /** The low 32 feature bits, by their numbers: QEMU's, so that drivers and streams find here what they find there. */
  readonly features: readonly number[];
  /** Those of them that the modern interface does not have. */
  readonly legacyFeatures?: readonly number[];
  /** Sizes of the queues before the driver chooses. */
  readonly queueSizes: readonly number[];
  readonly config: Uint8Array;
  /** The driver has written to the configuration, a byte at a time where it likes; now, with what it last read, it is `config`. */
  configWritten?(config: DataView): void;
  /** The driver is ready. @param has whether it has accepted a feature */
  driverOk?(has: (bit: number) => boolean): void;
  /** The driver has said which features it accepts. */
  featuresAccepted?(has: (bit: number) => boolean): void;
  /** The driver resets the device. */
  reset?(): void;
  /** Queues whose requests wait for something to answer with: the device writes into them unasked. */
  readonly inputQueues?: readonly number[];
  /** False: a request of this queue is to stay there for now. */
  isReady?(queue: number): boolean;
  /** Page frames of guest memory whose contents the request gives away. */
  discards?(queue: number, request: VirtioRequest): readonly number[];
  /** Performs a request. @returns what goes into its writable buffers, no more than fits there */
  serve(queue: number, request: VirtioRequest): Uint8Array;
  save(): VirtioBackEndState;
  /** @param has whether the driver has accepted a feature. @throws RangeError for the state of another kind. */
  restore(state: VirtioBackEndState, has: (bit: number) => boolean): void;
}
