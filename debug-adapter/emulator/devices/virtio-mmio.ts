import type { Device } from './device';
import type { VirtioBackEnd } from './virtio-back-end';
import { type Modern, modern, modernQueue, nothingWritten, writeQueueAddress } from './virtio-modern';
import { inHalves, magic, register, slotByteCount, vendorId, version } from './virtio-registers';
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

const queueSizeMax = 1024;
const queueCountMax = 1024;
const driverOk = 0x04;
const featuresOk = 0x08;
const usedBufferInterrupt = 1;
const configInterrupt = 2;
const configBase = 0x100;
/** Of a shared memory region that does not exist: its length. */
const noRegion = 0xffff_ffff;

export interface VirtioWires {
  readonly memory: GuestMemory;
  setIrq(level: boolean): void;
  /** The driver has put requests into a queue: somebody is to `pop` and serve them. */
  notify(device: VirtioMmio, queue: number): void;
}

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
    if (offset + size > slotByteCount) return 'fault';
    if (size === 8) return inHalves((at) => this.read(at, 4), offset);
    if (offset >= configBase) return this.#readConfig(offset - configBase, size);
    return size === 4 ? BigInt(this.#readRegister(offset) >>> 0) : 0n;
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (offset + size > slotByteCount) return 'fault';
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
        if (this._modern) modernQueue(this._modern, this._queueSelect).size = value & 0xffff;
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
        if (this._modern) this.#writeModernRegister(this._modern, offset, value);
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

  #writeModernRegister(modern: Modern, offset: number, value: number): void {
    const queue = modernQueue(modern, this._queueSelect);
    if (offset === register.queueReady) {
      queue.isReady = value !== 0;
      if (queue.isReady) this.#setUpQueue(queue);
    } else writeQueueAddress(queue, offset, value);
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

function littleEndian(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let index = 0; index < size; index++) value |= BigInt(bytes[offset + index] ?? 0) << BigInt(8 * index);
  return value;
}
