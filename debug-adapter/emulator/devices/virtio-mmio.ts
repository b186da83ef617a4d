import type { Device } from './device';
import {
  type DmaWrite,
  type GuestMemory,
  type VirtioRequest,
  Virtqueue,
  VirtqueueFault,
  type VirtqueueState,
} from './virtqueue';

/** What a kind of virtio device does, whatever the transport. */
export interface VirtioBackEnd {
  /** Virtual I/O Device 1.2, section 5: 2 block, 4 entropy. */
  readonly deviceId: number;
  /** The low 32 feature bits. */
  readonly features: number;
  /** Sizes of the queues before the driver chooses. */
  readonly queueSizes: readonly number[];
  readonly config: Uint8Array;
  /** Performs a request. @returns what goes into its writable buffers, no more than fits there */
  serve(queue: number, request: VirtioRequest): Uint8Array;
  save(): unknown;
  restore(state: unknown): void;
}

export interface VirtioState {
  readonly status: number;
  readonly interruptStatus: number;
  readonly hostFeaturesSelect: number;
  readonly guestFeaturesSelect: number;
  readonly guestFeatures: number;
  readonly guestPageByteCount: number;
  readonly queueSelect: number;
  readonly queues: readonly VirtqueueState[];
  readonly backEnd: unknown;
}

const magic = 0x7472_6976;
/** The legacy interface, which QEMU 7.2 shows unless told otherwise (`virtio-mmio.force-legacy`). */
const version = 1;
/** "QEMU". */
const vendorId = 0x554d_4551;
const queueSizeMax = 1024;
const driverOk = 0x04;
const needsReset = 0x40;
const usedBufferInterrupt = 1;
const configBase = 0x100;

const ringIndirectDescriptors = 1 << 28;
const anyLayout = 1 << 27;

/** Register offsets: Virtual I/O Device 1.2, section 4.2.4. */
const register = {
  magicValue: 0x00,
  version: 0x04,
  deviceId: 0x08,
  vendorId: 0x0c,
  hostFeatures: 0x10,
  hostFeaturesSelect: 0x14,
  guestFeatures: 0x20,
  guestFeaturesSelect: 0x24,
  guestPageSize: 0x28,
  queueSelect: 0x30,
  queueNumMax: 0x34,
  queueNum: 0x38,
  queueAlign: 0x3c,
  queuePfn: 0x40,
  queueNotify: 0x50,
  interruptStatus: 0x60,
  interruptAck: 0x64,
  status: 0x70,
} as const;

export interface VirtioWires {
  readonly memory: GuestMemory;
  setIrq(level: boolean): void;
  /** The driver has put requests into a queue: somebody is to `pop` and serve them. */
  notify(device: VirtioMmio, queue: number): void;
}

/**
 * One virtio-mmio slot with a device behind it, by the legacy interface. The registers are the harts' side; the queues
 * are served by who was notified, who also writes to guest memory: this file never does.
 */
export class VirtioMmio implements Device {
  readonly #queues: readonly Virtqueue[];
  #status = 0;
  #interruptStatus = 0;
  #hostFeaturesSelect = 0;
  #guestFeaturesSelect = 0;
  #guestFeatures = 0;
  #guestPageByteCount = 0;
  #queueSelect = 0;

  constructor(
    private readonly backEnd: VirtioBackEnd,
    private readonly wires: VirtioWires,
  ) {
    const pageByteCount = (): number => this.#guestPageByteCount;
    this.#queues = backEnd.queueSizes.map((size) => new Virtqueue(size, wires.memory, pageByteCount));
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (size === 8) return 'fault';
    if (offset >= configBase) return littleEndian(this.backEnd.config, offset - configBase, size);
    return size === 4 ? BigInt(this.#readRegister(offset) >>> 0) : 0n;
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (size === 8) return 'fault';
    // No device here has a configuration that its driver may write.
    if (offset < configBase && size === 4) this.#writeRegister(offset, Number(value));
    return 'ok';
  }

  /** Queues that the driver has set up and that are served now. */
  get startedQueues(): number[] {
    if ((this.#status & (driverOk | needsReset)) !== driverOk) return [];
    return this.#queues.flatMap(({ pageFrame }, index) => (pageFrame !== 0 ? [index] : []));
  }

  /** The queue's next request. Undefined: there is none, or the queue is broken and the device asks for a reset. */
  pop(queue: number): VirtioRequest | undefined {
    return this.#guarded(() => this.#queues[queue]?.pop());
  }

  /** What the request's writable buffers are to hold, piece by piece. */
  serve(queue: number, request: VirtioRequest): DmaWrite[] {
    const answer = this.backEnd.serve(queue, request);
    const writes: DmaWrite[] = [];
    let at = 0;
    for (const { address, byteCount } of request.in) {
      const bytes = answer.subarray(at, at + byteCount);
      if (bytes.length > 0) writes.push({ address, bytes });
      at += byteCount;
    }
    return writes;
  }

  fill(queue: number, request: VirtioRequest, writes: readonly DmaWrite[]): DmaWrite {
    const byteCount = writes.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return this.#queues[queue]!.fill(request, byteCount);
  }

  flush(queue: number): DmaWrite {
    return this.#queues[queue]!.flush();
  }

  /** Interrupts the driver, unless it does not want to know. */
  interrupt(queue: number): void {
    if (!this.#guarded(() => this.#queues[queue]!.wantsInterrupt)) return;
    this.#setInterruptStatus(this.#interruptStatus | usedBufferInterrupt);
  }

  save(): VirtioState {
    return {
      status: this.#status,
      interruptStatus: this.#interruptStatus,
      hostFeaturesSelect: this.#hostFeaturesSelect,
      guestFeaturesSelect: this.#guestFeaturesSelect,
      guestFeatures: this.#guestFeatures,
      guestPageByteCount: this.#guestPageByteCount,
      queueSelect: this.#queueSelect,
      queues: this.#queues.map((queue) => queue.save()),
      backEnd: this.backEnd.save(),
    };
  }

  /** Every queue is looked at again: a notification may have been under way when the state was saved. */
  restore(state: VirtioState): void {
    this.#status = state.status;
    this.#hostFeaturesSelect = state.hostFeaturesSelect;
    this.#guestFeaturesSelect = state.guestFeaturesSelect;
    this.#guestFeatures = state.guestFeatures;
    this.#guestPageByteCount = state.guestPageByteCount;
    this.#queueSelect = state.queueSelect;
    this.backEnd.restore(state.backEnd);
    this.#setInterruptStatus(state.interruptStatus);
    this.#queues.forEach((queue, index) => {
      const queueState = state.queues[index];
      if (queueState) queue.restore(queueState);
      if (queue.pageFrame !== 0) this.wires.notify(this, index);
    });
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case register.magicValue:
        return magic;
      case register.version:
        return version;
      case register.deviceId:
        return this.backEnd.deviceId;
      case register.vendorId:
        return vendorId;
      case register.hostFeatures:
        return this.#hostFeaturesSelect === 0 ? this.#features : 0;
      case register.queueNumMax:
        return this.#queue ? queueSizeMax : 0;
      case register.queuePfn:
        return this.#queue?.pageFrame ?? 0;
      case register.interruptStatus:
        return this.#interruptStatus;
      case register.status:
        return this.#status;
      default:
        return 0;
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case register.hostFeaturesSelect:
        this.#hostFeaturesSelect = value;
        break;
      case register.guestFeatures:
        if (this.#guestFeaturesSelect === 0) this.#guestFeatures = value & this.#features;
        break;
      case register.guestFeaturesSelect:
        this.#guestFeaturesSelect = value;
        break;
      case register.guestPageSize:
        // A power of two; QEMU keeps its logarithm.
        this.#guestPageByteCount = value === 0 ? 0 : 2 ** (31 - Math.clz32(value & -value));
        break;
      case register.queueSelect:
        this.#queueSelect = value;
        break;
      case register.queueNum:
        if (this.#queue && isPowerOfTwo(value) && value <= queueSizeMax) this.#queue.size = value;
        break;
      case register.queueAlign:
        if (this.#queue && isPowerOfTwo(value)) this.#queue.align = value;
        break;
      case register.queuePfn:
        if (value === 0) this.#reset();
        else if (this.#queue) this.#queue.pageFrame = value;
        break;
      case register.queueNotify:
        if (value < this.#queues.length) this.wires.notify(this, value);
        break;
      case register.interruptAck:
        this.#setInterruptStatus(this.#interruptStatus & ~value);
        break;
      case register.status:
        if (value === 0) this.#reset();
        else this.#status = value & 0xff;
        break;
    }
  }

  get #queue(): Virtqueue | undefined {
    return this.#queues[this.#queueSelect];
  }

  get #features(): number {
    return this.backEnd.features | ringIndirectDescriptors | anyLayout;
  }

  #reset(): void {
    this.#status = 0;
    this.#guestFeatures = 0;
    this.#queueSelect = 0;
    for (const queue of this.#queues) queue.reset();
    this.#setInterruptStatus(0);
  }

  #setInterruptStatus(interruptStatus: number): void {
    this.#interruptStatus = interruptStatus;
    this.wires.setIrq(interruptStatus !== 0);
  }

  #guarded<T>(use: () => T): T | undefined {
    if ((this.#status & needsReset) !== 0) return undefined;
    try {
      return use();
    } catch (error) {
      if (!(error instanceof VirtqueueFault)) throw error;
      this.#status |= needsReset;
      return undefined;
    }
  }
}

/** A slot with nothing in it, as a driver probes it: a device id of 0. */
export const emptyVirtioSlot: Device = {
  read(offset, size) {
    if (size !== 4) return size === 8 ? 'fault' : 0n;
    const identity = new Map<number, number>([
      [register.magicValue, magic],
      [register.version, version],
      [register.vendorId, vendorId],
    ]);
    return BigInt(identity.get(offset) ?? 0);
  },
  write: (_offset, size) => (size === 8 ? 'fault' : 'ok'),
};

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

function littleEndian(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let index = 0; index < size; index++) value |= BigInt(bytes[offset + index] ?? 0) << BigInt(8 * index);
  return value;
}
