import type { VirtioBackEndState, VirtioState } from '../machine/machine-state';
import type { Device } from './device';
import { type DmaWrite, type GuestMemory, type VirtioRequest, Virtqueue, VirtqueueFault } from './virtqueue';

/** What a kind of virtio device does, whatever the transport. */
export interface VirtioBackEnd {
  /** Virtual I/O Device 1.2, section 5: 2 block, 4 entropy. */
  readonly deviceId: number;
  /** The low 32 feature bits, by their numbers: QEMU's, so that drivers and streams find here what they find there. */
  readonly features: readonly number[];
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
  /** @throws RangeError for the state of another kind. */
  restore(state: VirtioBackEndState): void;
}

const magic = 0x7472_6976;
/** The legacy interface, which QEMU 7.2 shows unless told otherwise (`virtio-mmio.force-legacy`). */
const version = 1;
/** "QEMU". */
const vendorId = 0x554d_4551;
const queueSizeMax = 1024;
const driverOk = 0x04;
const usedBufferInterrupt = 1;
const configInterrupt = 2;
const configBase = 0x100;

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
  #guestPageShift = 0;
  #queueSelect = 0;
  #config: Uint8Array;
  #isStarted = false;
  #isBroken = false;

  readonly #hasFeature = (bit: number): boolean => ((this.#guestFeatures >>> bit) & 1) !== 0;

  constructor(
    private readonly backEnd: VirtioBackEnd,
    private readonly wires: VirtioWires,
  ) {
    this.#queues = backEnd.queueSizes.map((size) => new Virtqueue(size, wires.memory, this.#hasFeature));
    this.#config = new Uint8Array(backEnd.config.length);
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (size === 8) return 'fault';
    if (offset >= configBase) return this.#readConfig(offset - configBase, size);
    return size === 4 ? BigInt(this.#readRegister(offset) >>> 0) : 0n;
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (size === 8) return 'fault';
    if (offset >= configBase) this.#writeConfig(offset - configBase, size, Number(value));
    else if (size === 4) this.#writeRegister(offset, Number(value));
    return 'ok';
  }

  /** Queues that the driver has set up and that are served now. */
  get startedQueues(): number[] {
    if ((this.#status & driverOk) === 0 || this.#isBroken) return [];
    return this.#queues.flatMap(({ address }, index) => (address !== 0 ? [index] : []));
  }

  /** The queue's next request. Undefined: there is none, or one was none and nothing but a reset helps. */
  pop(queue: number): VirtioRequest | undefined {
    if (this.backEnd.isReady?.(queue) === false) return undefined;
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

  /** Queues to look at when another queue has been served, or input has come: there may be something for them. */
  get inputQueues(): readonly number[] {
    return this.backEnd.inputQueues ?? [];
  }

  /** Page frames of guest memory that the request gives away. */
  discards(queue: number, request: VirtioRequest): readonly number[] {
    return this.backEnd.discards?.(queue, request) ?? [];
  }

  /** Tells the driver that the configuration is another. */
  configChanged(): void {
    this.#setInterruptStatus(this.#interruptStatus | configInterrupt);
  }

  /** To be written behind each `pop`. */
  availableEvent(queue: number): DmaWrite | undefined {
    return this.#queues[queue]!.availableEvent();
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
    if (!this.#guarded(() => this.#queues[queue]!.wantsInterrupt())) return;
    this.#setInterruptStatus(this.#interruptStatus | usedBufferInterrupt);
  }

  save(): VirtioState {
    return {
      status: this.#status,
      interruptStatus: this.#interruptStatus,
      hostFeaturesSelect: this.#hostFeaturesSelect,
      guestFeaturesSelect: this.#guestFeaturesSelect,
      guestFeatures: this.#guestFeatures,
      guestPageShift: this.#guestPageShift,
      queueSelect: this.#queueSelect,
      config: this.#config.slice(),
      started: this.#isStarted,
      broken: this.#isBroken,
      queues: this.#queues.map((queue) => queue.save()),
      backEnd: this.backEnd.save(),
    };
  }

  /**
   * Every queue is looked at again: a notification may have been under way when the state was saved.
   * @throws RangeError for the state of another kind of device
   */
  restore(state: VirtioState): void {
    this.backEnd.restore(state.backEnd);
    this.#status = state.status;
    this.#hostFeaturesSelect = state.hostFeaturesSelect;
    this.#guestFeaturesSelect = state.guestFeaturesSelect;
    this.#guestFeatures = state.guestFeatures;
    this.#guestPageShift = state.guestPageShift;
    this.#queueSelect = state.queueSelect;
    this.#config.set(state.config.subarray(0, this.#config.length));
    this.#isStarted = state.started;
    this.#isBroken = state.broken;
    this.#setInterruptStatus(state.interruptStatus);
    this.#queues.forEach((queue, index) => {
      const queueState = state.queues[index];
      if (queueState) queue.restore(queueState);
      if (queue.address !== 0) this.wires.notify(this, index);
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
        return this.#queue ? this.#queue.address / 2 ** this.#guestPageShift : 0;
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
        if (this.#guestFeaturesSelect !== 0) break;
        this.#guestFeatures = value & this.#features;
        this.backEnd.featuresAccepted?.(this.#hasFeature);
        break;
      case register.guestFeaturesSelect:
        this.#guestFeaturesSelect = value;
        break;
      case register.guestPageSize:
        this.#guestPageShift = value === 0 ? 0 : 31 - Math.clz32(value & -value);
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
        else if (this.#queue) this.#queue.address = value * 2 ** this.#guestPageShift;
        break;
      case register.queueNotify:
        if (value < this.#queues.length) {
          this.#isStarted = true;
          this.wires.notify(this, value);
        }
        break;
      case register.interruptAck:
        this.#setInterruptStatus(this.#interruptStatus & ~value);
        break;
      case register.status:
        this.#setStatus(value & 0xff);
        break;
    }
  }

  #setStatus(status: number): void {
    if ((this.#status & driverOk) !== (status & driverOk)) this.#isStarted = (status & driverOk) !== 0;
    this.#status = status;
    if ((status & driverOk) !== 0) this.backEnd.driverOk?.(this.#hasFeature);
    if (status === 0) this.#reset();
  }

  /** Beyond its end there are ones. */
  #readConfig(offset: number, size: number): bigint {
    this.#config.set(this.backEnd.config);
    if (offset + size > this.#config.length) return (1n << BigInt(8 * size)) - 1n;
    return littleEndian(this.#config, offset, size);
  }

  #writeConfig(offset: number, size: number, value: number): void {
    if (offset + size > this.#config.length) return;
    for (let byte = 0; byte < size; byte++) this.#config[offset + byte] = (value >>> (8 * byte)) & 0xff;
    this.backEnd.configWritten?.(new DataView(this.#config.buffer));
  }

  get #queue(): Virtqueue | undefined {
    return this.#queues[this.#queueSelect];
  }

  get #features(): number {
    return this.backEnd.features.reduce((bits, bit) => bits | (1 << bit), 0);
  }

  #reset(): void {
    this.#status = 0;
    this.#guestFeatures = 0;
    this.#queueSelect = 0;
    this.#isStarted = false;
    this.#isBroken = false;
    for (const queue of this.#queues) queue.reset();
    this.backEnd.reset?.();
    this.#setInterruptStatus(0);
  }

  #setInterruptStatus(interruptStatus: number): void {
    this.#interruptStatus = interruptStatus;
    this.wires.setIrq(interruptStatus !== 0);
  }

  #guarded<T>(use: () => T): T | undefined {
    if (this.#isBroken) return undefined;
    try {
      return use();
    } catch (error) {
      if (!(error instanceof VirtqueueFault)) throw error;
      this.#isBroken = true;
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
