import type { VirtioBackEnd } from './virtio-back-end';
import type { VirtioBackEndState } from './virtio-back-end-state';
import { modernFeature, type VirtioRequest, virtioFeature } from './virtqueue';

const feature = {
  ctrlGuestOffloads: 2,
  mac: 5,
  gso: 6,
  mergeableBuffers: 15,
  status: 16,
  ctrlQueue: 17,
  ctrlRx: 18,
  ctrlVlan: 19,
  ctrlRxExtra: 20,
  guestAnnounce: 21,
  ctrlMacAddress: 23,
} as const;
const queue = { receive: 0, transmit: 1, control: 2 } as const;
const macByteCount = 6;
/** QEMU's first. */
const macDefault = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
const linkUp = 1;
const vlanByteCount = 512;
const headerByteCount = 10;
const mergeableHeaderByteCount = 12;
const waitingFrameCountMax = 256;

/** Class and command of a control request: what QEMU knows without several queue pairs. */
const control = {
  promiscuous: 0x0000,
  allMulticast: 0x0001,
  allUnicast: 0x0002,
  noMulticast: 0x0003,
  noUnicast: 0x0004,
  noBroadcast: 0x0005,
  macTable: 0x0100,
  macAddress: 0x0101,
  vlanAdd: 0x0200,
  vlanDelete: 0x0201,
  announced: 0x0300,
  offloads: 0x0500,
} as const;
const [ok, refused] = [0, 1];

/** Network device (Virtual I/O Device 1.2, section 5.1) on a wire with one peer, that answers each frame at once. */
export class VirtioNet implements VirtioBackEnd {
  readonly deviceId = 1;
  readonly features = [...Object.values(feature), ...Object.values(virtioFeature)];
  readonly legacyFeatures = [feature.gso];
  readonly queueSizes = [256, 256, 64];
  readonly inputQueues = [queue.receive];
  readonly config = new Uint8Array([...macDefault, linkUp, 0]);
  private _filter = initialFilter();
  private _hasMergeableBuffers = false;
  private _hasGuestOffloads = false;
  /** With the number of buffers, which modern drivers always give and get. */
  private _hasLongHeader = false;
  /** By a request: else a legacy driver sets it in the configuration. */
  private _setsAddressByRequest = false;
  private _waiting: Uint8Array[] = [];

  /** @param peer what comes back for a frame. The filter changes nothing: a peer only answers. */
  constructor(private readonly peer: (frame: Uint8Array) => readonly Uint8Array[]) {}

  isReady(index: number): boolean {
    return index !== queue.receive || this._waiting.length > 0;
  }

  serve(index: number, request: VirtioRequest): Uint8Array {
    if (index === queue.receive) return this.#receive(request);
    if (index === queue.control) return Uint8Array.of(this.#control(request.out));
    for (const frame of this.peer(request.out.subarray(this.#headerByteCount))) {
      if (this._waiting.length < waitingFrameCountMax) this._waiting.push(frame);
    }
    return new Uint8Array(0);
  }

  featuresAccepted(has: (bit: number) => boolean): void {
    this.#readFeatures(has);
    this._hasMergeableBuffers = has(feature.mergeableBuffers);
    this._hasGuestOffloads = has(feature.ctrlGuestOffloads);
    this._filter.vlans.fill(has(feature.ctrlVlan) ? 0 : 0xff);
  }

  #readFeatures(has: (bit: number) => boolean): void {
    this._hasLongHeader = has(feature.mergeableBuffers) || has(modernFeature.version1);
    this._setsAddressByRequest = has(feature.ctrlMacAddress) || has(modernFeature.version1);
  }

  configWritten(config: DataView): void {
    if (this._setsAddressByRequest) return;
    const mac = new Uint8Array(config.buffer, 0, macByteCount);
    this._filter.mac.set(mac);
    this.config.set(mac);
  }

  reset(): void {
    this._filter = initialFilter();
    this.config.set(macDefault);
    this._waiting = [];
  }

  save(): VirtioBackEndState {
    const { mac, modes, macTable, vlans } = this._filter;
    return {
      kind: 'net',
      filter: { mac: mac.slice(), modes: [...modes], macTable: macTable.slice(), vlans: vlans.slice() },
      hasMergeableBuffers: this._hasMergeableBuffers,
      hasGuestOffloads: this._hasGuestOffloads,
      waiting: [...this._waiting],
    };
  }

  restore(state: VirtioBackEndState, has: (bit: number) => boolean): void {
    if (state.kind !== 'net') throw new RangeError(`the state of a ${state.kind} device for a network device`);
    const { mac, modes, macTable, vlans } = state.filter;
    this._filter = { mac: mac.slice(), modes: [...modes], macTable: macTable.slice(), vlans: vlans.slice() };
    this.config.set(mac);
    this._hasMergeableBuffers = state.hasMergeableBuffers;
    this._hasGuestOffloads = state.hasGuestOffloads;
    this.#readFeatures(has);
    this._waiting = [...(state.waiting ?? [])];
  }

  get #headerByteCount(): number {
    return this._hasLongHeader ? mergeableHeaderByteCount : headerByteCount;
  }

  /** A frame in one buffer; one that does not fit is lost. */
  #receive({ inByteCount }: VirtioRequest): Uint8Array {
    const frame = this._waiting.shift()!;
    const answer = new Uint8Array(this.#headerByteCount + frame.length);
    if (answer.length > inByteCount) return new Uint8Array(0);
    if (this._hasMergeableBuffers) answer[headerByteCount] = 1;
    answer.set(frame, this.#headerByteCount);
    return answer;
  }

  #control(out: Uint8Array): number {
    const command = ((out[0] ?? 0xff) << 8) | (out[1] ?? 0xff);
    const data = out.subarray(2);
    const filter = this._filter;
    switch (command) {
      case control.promiscuous:
      case control.allMulticast:
      case control.allUnicast:
      case control.noMulticast:
      case control.noUnicast:
      case control.noBroadcast:
        if (data.length < 1) return refused;
        filter.modes[command] = data[0] !== 0;
        return ok;
      case control.macTable:
        return this.#setMacTable(data);
      case control.macAddress:
        if (data.length !== macByteCount) return refused;
        filter.mac.set(data);
        this.config.set(data);
        return ok;
      case control.vlanAdd:
      case control.vlanDelete:
        return this.#setVlan(data, command === control.vlanAdd);
      case control.announced:
      case control.offloads:
        return ok;
      default:
        return refused;
    }
  }

  /** Twice a count and so many addresses: unicast, multicast. */
  #setMacTable(data: Uint8Array): number {
    const tables: Uint8Array[] = [];
    let rest = data;
    while (tables.length < 2) {
      if (rest.length < 4) return refused;
      const byteCount = new DataView(rest.buffer, rest.byteOffset).getUint32(0, true) * macByteCount;
      if (rest.length < 4 + byteCount) return refused;
      tables.push(rest.slice(4, 4 + byteCount));
      rest = rest.subarray(4 + byteCount);
    }
    this._filter.macTable = Uint8Array.from([...tables[0]!, ...tables[1]!]);
    return ok;
  }

  #setVlan(data: Uint8Array, isAllowed: boolean): number {
    const vlan = (data[0] ?? 0) | ((data[1] ?? 0xff) << 8);
    if (vlan >= 8 * vlanByteCount) return refused;
    const bit = 1 << (vlan & 7);
    const { vlans } = this._filter;
    vlans[vlan >> 3] = isAllowed ? vlans[vlan >> 3]! | bit : vlans[vlan >> 3]! & ~bit;
    return ok;
  }
}

function initialFilter() {
  return {
    mac: Uint8Array.from(macDefault),
    modes: [true, false, false, false, false, false],
    macTable: new Uint8Array(0),
    vlans: new Uint8Array(vlanByteCount).fill(0xff),
  };
}
