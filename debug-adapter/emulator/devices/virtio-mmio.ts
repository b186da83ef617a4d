import type { Device } from './device';
import type { VirtioBackEndState } from './virtio-back-end-state';
import type { VirtioModernQueueState, VirtioModernState, VirtioState } from './virtio-state';
import {
  type DmaWrite,
  type GuestMemory,
  modernFeature,
  type VirtioRequest,
  Virtqueue,
  VirtqueueFault,
  virtioFeature,
} from './virtqueue';

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

const magic = 0x7472_6976;
/** Interfaces: QEMU 7.2 shows the legacy one unless told otherwise (`virtio-mmio.force-legacy=false`). */
const version = { legacy: 1, modern: 2 } as const;
/** "QEMU". */
const vendorId = 0x554d_4551;
const queueSizeMax = 1024;
const queueCountMax = 1024;
const driverOk = 0x04;
const featuresOk = 0x08;
const usedBufferInterrupt = 1;
const configInterrupt = 2;
const configBase = 0x100;
/** QEMU maps so much of a slot's page. */
const byteCount = 0x200;
/** Of a shared memory region that does not exist: its length. */
const noRegion = 0xffff_ffff;

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
  queueReady: 0x44,
  queueNotify: 0x50,
  interruptStatus: 0x60,
  interruptAck: 0x64,
  status: 0x70,
  queueDescriptorsLow: 0x80,
  queueDescriptorsHigh: 0x84,
  queueAvailableLow: 0x90,
  queueAvailableHigh: 0x94,
  queueUsedLow: 0xa0,
  queueUsedHigh: 0xa4,
  sharedMemoryLengthLow: 0xb0,
  sharedMemoryLengthHigh: 0xb4,
  configGeneration: 0xfc,
} as const;

/** What the driver writes of a queue before it says that it is ready. */
const queueAddresses: ReadonlyMap<number, readonly ['descriptors' | 'available' | 'used', 'low' | 'high']> = new Map([
  [register.queueDescriptorsLow, ['descriptors', 'low']],
  [register.queueDescriptorsHigh, ['descriptors', 'high']],
  [register.queueAvailableLow, ['available', 'low']],
  [register.queueAvailableHigh, ['available', 'high']],
  [register.queueUsedLow, ['used', 'low']],
  [register.queueUsedHigh, ['used', 'high']],
]);

export interface VirtioWires {
  readonly memory: GuestMemory;
  setIrq(level: boolean): void;
  /** The driver has put requests into a queue: somebody is to `pop` and serve them. */
  notify(device: VirtioMmio, queue: number): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Modern {
  readonly driverFeatures: [number, number];
  readonly queues: Map<number, Mutable<VirtioModernQueueState>>;
}

/** What the modern interface has of its own. */
function modern({ driverFeatures, queues }: VirtioModernState): Modern {
  return {
    driverFeatures: [driverFeatures[0] ?? 0, driverFeatures[1] ?? 0],
    queues: new Map([...queues].map(([index, queue]) => [index, { ...queue }])),
  };
}

const nothingWritten: VirtioModernState = { driverFeatures: [0, 0], queues: new Map() };
const queueNotWritten: VirtioModernQueueState = {
  size: 0,
  isReady: false,
  descriptors: 0n,
  available: 0n,
  used: 0n,
};

/**
 * One virtio-mmio slot with a device behind it, by the legacy interface or the modern one. The registers are the harts'
 * side; the queues are served by who was notified, who also writes to guest memory: this file never does.
 */
export class VirtioMmio implements Device {
  private readonly _queues: readonly Virtqueue[];
  /** Undefined: the interface is the legacy one. */
  private _modern: Modern | undefined;
  /** How often the configuration has changed. */
  private _generation = 0;
  private _status = 0;
  private _interruptStatus = 0;
  private _hostFeaturesSelect = 0;
  private _guestFeaturesSelect = 0;
  private _guestFeatures = 0n;
  private _guestPageShift = 0;
  private _queueSelect = 0;
  private _config: Uint8Array;
  private _isStarted = false;
  private _isBroken = false;

  private readonly _hasFeature = (bit: number): boolean => ((this._guestFeatures >> BigInt(bit)) & 1n) !== 0n;

  readonly slot: number;

  constructor(
    private readonly backEnd: VirtioBackEnd,
    private readonly wires: VirtioWires,
    { slot, isModern }: { readonly slot: number; readonly isModern: boolean },
  ) {
    this.slot = slot;
    this._modern = isModern ? modern(nothingWritten) : undefined;
    this._queues = backEnd.queueSizes.map((size) => new Virtqueue(size, wires.memory, this._hasFeature));
    this._config = new Uint8Array(backEnd.config.length);
  }

  /** As the guest reads it: 1 net, 2 block, 3 console, 4 rng, 5 balloon. */
  get deviceId(): number {
    return this.backEnd.deviceId;
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (offset + size > byteCount) return 'fault';
    if (size === 8) return inHalves((at) => this.read(at, 4), offset);
    if (offset >= configBase) return this.#readConfig(offset - configBase, size);
    return size === 4 ? BigInt(this.#readRegister(offset) >>> 0) : 0n;
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (offset + size > byteCount) return 'fault';
    if (size === 8) {
      this.write(offset, 4, value & 0xffff_ffffn);
      return this.write(offset + 4, 4, value >> 32n);
    }
    if (offset >= configBase) this.#writeConfig(offset - configBase, size, Number(value));
    else if (size === 4) this.#writeRegister(offset, Number(value));
    return 'ok';
  }

  /** Queues that the driver has set up and that are served now. */
  get startedQueues(): number[] {
    if ((this._status & driverOk) === 0 || this._isBroken) return [];
    return this._queues.flatMap(({ address }, index) => (address !== 0 ? [index] : []));
  }

  /** The queue's next request. Undefined: there is none, or one was none and nothing but a reset helps. */
  pop(queue: number): VirtioRequest | undefined {
    if (this.backEnd.isReady?.(queue) === false) return undefined;
    return this.#guarded(() => this._queues[queue]?.pop());
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

  get isModern(): boolean {
    return this._modern !== undefined;
  }

  get modernAtReset(): VirtioModernState | undefined {
    return this._modern && nothingWritten;
  }

  /** Tells the driver that the configuration is another, once it is there to hear of it. */
  configChanged(): void {
    if ((this._status & driverOk) === 0) return;
    this._generation = (this._generation + 1) >>> 0;
    this.#setInterruptStatus(this._interruptStatus | usedBufferInterrupt | configInterrupt);
  }

  /** To be written behind each `pop`. */
  availableEvent(queue: number): DmaWrite | undefined {
    return this._queues[queue]!.availableEvent();
  }

  fill(queue: number, request: VirtioRequest, writes: readonly DmaWrite[]): DmaWrite {
    const byteCount = writes.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return this._queues[queue]!.fill(request, byteCount);
  }

  flush(queue: number): DmaWrite {
    return this._queues[queue]!.flush();
  }

  /** Interrupts the driver, unless it does not want to know. */
  interrupt(queue: number): void {
    if (!this.#guarded(() => this._queues[queue]!.wantsInterrupt())) return;
    this.#setInterruptStatus(this._interruptStatus | usedBufferInterrupt);
  }

  save(): VirtioState {
    return {
      slot: this.slot,
      modern: this._modern && modern(this._modern),
      generation: this._generation,
      status: this._status,
      interruptStatus: this._interruptStatus,
      hostFeaturesSelect: this._hostFeaturesSelect,
      guestFeaturesSelect: this._guestFeaturesSelect,
      guestFeatures: this._guestFeatures,
      guestPageShift: this._guestPageShift,
      queueSelect: this._queueSelect,
      config: this._config.slice(),
      started: this._isStarted,
      broken: this._isBroken,
      queues: this._queues.map((queue) => queue.save()),
      backEnd: this.backEnd.save(),
    };
  }

  /**
   * Every queue is looked at again: a notification may have been under way when the state was saved.
   * @throws RangeError for the state of another kind of device
   */
  restore(state: VirtioState): void {
    this._guestFeatures = state.guestFeatures;
    this.backEnd.restore(state.backEnd, this._hasFeature);
    this._modern = state.modern && modern(state.modern);
    this._generation = state.generation ?? 0;
    this._status = state.status;
    this._hostFeaturesSelect = state.hostFeaturesSelect;
    this._guestFeaturesSelect = state.guestFeaturesSelect;
    this._guestPageShift = state.guestPageShift;
    this._queueSelect = state.queueSelect;
    this._config.set(state.config.subarray(0, this._config.length));
    this._isStarted = state.started;
    this._isBroken = state.broken;
    this.#setInterruptStatus(state.interruptStatus);
    this._queues.forEach((queue, index) => {
      const queueState = state.queues[index];
      if (queueState) queue.restore(queueState);
    });
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case register.magicValue:
        return magic;
      case register.version:
        return this._modern ? version.modern : version.legacy;
      case register.deviceId:
        return this.backEnd.deviceId;
      case register.vendorId:
        return vendorId;
      case register.hostFeatures:
        return Number(BigInt.asUintN(32, this.#offeredFeatures >> BigInt(32 * this._hostFeaturesSelect)));
      case register.queueNumMax:
        return this.#queue ? queueSizeMax : 0;
      case register.queuePfn:
        return this.#queue && !this._modern ? this.#queue.address / 2 ** this._guestPageShift : 0;
      case register.queueReady:
        return this._modern?.queues.get(this._queueSelect)?.isReady ? 1 : 0;
      case register.interruptStatus:
        return this._interruptStatus;
      case register.status:
        return this._status;
      case register.sharedMemoryLengthLow:
      case register.sharedMemoryLengthHigh:
        return noRegion;
      case register.configGeneration:
        return this._modern ? this._generation : 0;
      default:
        return 0;
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case register.hostFeaturesSelect:
        this._hostFeaturesSelect = value === 0 ? 0 : 1;
        break;
      case register.guestFeatures:
        if (this._modern) this._modern.driverFeatures[this._guestFeaturesSelect] = value;
        else if (this._guestFeaturesSelect === 0) this.#acceptFeatures(BigInt(value));
        break;
      case register.guestFeaturesSelect:
        this._guestFeaturesSelect = value === 0 ? 0 : 1;
        break;
      case register.queueSelect:
        if (value < queueCountMax) this._queueSelect = value;
        break;
      case register.queueNum:
        this.#setQueueSize(value);
        if (this._modern) this.#modernQueueOf(this._modern).size = value & 0xffff;
        break;
      case register.queueNotify:
        this.#notify(value);
        break;
      case register.interruptAck:
        this.#setInterruptStatus(this._interruptStatus & ~value);
        break;
      case register.status:
        this.#setStatus(value & 0xff);
        break;
      default:
        if (this._modern) this.#writeModernRegister(this.#modernQueueOf(this._modern), offset, value);
        else this.#writeLegacyRegister(offset, value);
    }
  }

  #writeLegacyRegister(offset: number, value: number): void {
    switch (offset) {
      case register.guestPageSize:
        this._guestPageShift = value === 0 ? 0 : 31 - Math.clz32(value & -value);
        break;
      case register.queueAlign:
        if (this.#queue && value !== 0) this.#queue.align = value;
        break;
      case register.queuePfn:
        if (value === 0) this.#reset();
        else if (this.#queue) this.#queue.address = value * 2 ** this._guestPageShift;
        break;
    }
  }

  #writeModernRegister(queue: Mutable<VirtioModernQueueState>, offset: number, value: number): void {
    if (offset === register.queueReady) {
      queue.isReady = value !== 0;
      if (queue.isReady) this.#setUpQueue(queue);
      return;
    }
    const [name, half] = queueAddresses.get(offset) ?? [];
    if (name === undefined) return;
    const old = queue[name];
    queue[name] =
      half === 'low' ? ((old >> 32n) << 32n) | BigInt(value) : (BigInt(value) << 32n) | (old & 0xffff_ffffn);
  }

  #setUpQueue({ size, descriptors, available, used }: VirtioModernQueueState): void {
    if (!this.#queue) return;
    this.#setQueueSize(size);
    this.#queue.address = Number(descriptors);
    this.#queue.rings = { available: Number(available), used: Number(used) };
  }

  #setQueueSize(size: number): void {
    if (this.#queue && size > 0 && size <= queueSizeMax) this.#queue.size = size;
  }

  /** Once the driver has said that it is done, nothing changes any more. */
  #acceptFeatures(features: bigint): void {
    if ((this._status & featuresOk) !== 0) return;
    this._guestFeatures = features & this.#features;
    this.backEnd.featuresAccepted?.(this._hasFeature);
  }

  #notify(queue: number): void {
    const { address = 0 } = this._queues[queue] ?? {};
    if (address === 0 || this._isBroken) return;
    if (!this._hasFeature(modernFeature.version1)) this._isStarted = true;
    this.wires.notify(this, queue);
  }

  #setStatus(status: number): void {
    if (this._modern && (status & featuresOk) !== 0) {
      const [low, high] = this._modern.driverFeatures;
      this.#acceptFeatures((BigInt(high) << 32n) | BigInt(low));
    }
    if ((this._status & driverOk) !== (status & driverOk)) this._isStarted = (status & driverOk) !== 0;
    this._status = status;
    if ((status & driverOk) !== 0) this.backEnd.driverOk?.(this._hasFeature);
    if (status === 0) this.#reset();
  }

  /** Beyond its end there are ones. */
  #readConfig(offset: number, size: number): bigint {
    if (offset + size > this._config.length) return (1n << BigInt(8 * size)) - 1n;
    this._config.set(this.backEnd.config);
    return littleEndian(this._config, offset, size);
  }

  #writeConfig(offset: number, size: number, value: number): void {
    if (offset + size > this._config.length) return;
    for (let byte = 0; byte < size; byte++) this._config[offset + byte] = (value >>> (8 * byte)) & 0xff;
    this.backEnd.configWritten?.(new DataView(this._config.buffer));
  }

  get #queue(): Virtqueue | undefined {
    return this._queues[this._queueSelect];
  }

  /** The selected queue, as far as it has been written. */
  #modernQueueOf({ queues }: Modern): Mutable<VirtioModernQueueState> {
    const queue = queues.get(this._queueSelect) ?? { ...queueNotWritten };
    queues.set(this._queueSelect, queue);
    return queue;
  }

  /** Those that a driver may accept. */
  get #features(): bigint {
    return bits([...this.backEnd.features, ...(this._modern ? Object.values(modernFeature) : [])]);
  }

  get #offeredFeatures(): bigint {
    if (!this._modern) return BigInt.asUintN(32, this.#features);
    return this.#features & ~bits([...legacyFeatures, ...(this.backEnd.legacyFeatures ?? [])]);
  }

  #reset(): void {
    this._status = 0;
    this._guestFeatures = 0n;
    this.backEnd.featuresAccepted?.(this._hasFeature);
    this._queueSelect = 0;
    for (const queue of this._modern?.queues.values() ?? []) queue.isReady = false;
    this._isStarted = false;
    this._isBroken = false;
    for (const queue of this._queues) queue.reset();
    this.backEnd.reset?.();
    this.#setInterruptStatus(0);
  }

  #setInterruptStatus(interruptStatus: number): void {
    this._interruptStatus = interruptStatus;
    this.wires.setIrq(interruptStatus !== 0);
  }

  #guarded<T>(use: () => T): T | undefined {
    if (this._isBroken) return undefined;
    try {
      return use();
    } catch (error) {
      if (!(error instanceof VirtqueueFault)) throw error;
      this._isBroken = true;
      return undefined;
    }
  }
}

const legacyFeatures = [virtioFeature.notifyOnEmpty, virtioFeature.anyLayout];

function bits(numbers: readonly number[]): bigint {
  return numbers.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
}

/** A slot with nothing in it, as a driver probes it: a device id of 0. */
export class EmptyVirtioSlot implements Device {
  /** @param isModern which interface the board's slots have */
  constructor(private readonly isModern: () => boolean) {}

  read(offset: number, size: number): bigint | 'fault' {
    if (offset + size > byteCount) return 'fault';
    if (size === 8) return inHalves((at) => this.read(at, 4), offset);
    switch (offset) {
      case register.magicValue:
        return BigInt(magic);
      case register.version:
        return BigInt(this.isModern() ? version.modern : version.legacy);
      case register.vendorId:
        return BigInt(vendorId);
      default:
        return 0n;
    }
  }

  write(offset: number, size: number): 'ok' | 'fault' {
    return offset + size > byteCount ? 'fault' : 'ok';
  }
}

/** A double word is read as two words. */
function inHalves(read: (offset: number) => bigint | 'fault', offset: number): bigint | 'fault' {
  const [low, high] = [read(offset), read(offset + 4)];
  return low === 'fault' || high === 'fault' ? 'fault' : low | (high << 32n);
}

function littleEndian(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let index = 0; index < size; index++) value |= BigInt(bytes[offset + index] ?? 0) << BigInt(8 * index);
  return value;
}
