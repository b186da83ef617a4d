import type { VirtioBackEnd } from './virtio-back-end';
import type { VirtioBackEndState } from './virtio-back-end-state';
import { type VirtioRequest, virtioFeature } from './virtqueue';

const feature = { multiport: 1, emergencyWrite: 2 } as const;
/** Queues: input and output of port 0, control in and out, then input and output of each further port. */
const queue = { input: 0, output: 1, controlInput: 2, controlOutput: 3 } as const;
export const portCountMax = 31;
const queueSizes = Array.from({ length: 2 * (portCountMax + 1) }, (_, index) => (index >> 1 === 1 ? 32 : 128));
const configByteCount = 12;
const emergencyWriteOffset = 8;

/** Events of control messages: u32 port, u16 event, u16 value. */
const event = { deviceReady: 0, portAdd: 1, portReady: 3, consolePort: 4, portOpen: 6 } as const;
const messageByteCount = 8;
const inputByteCountMax = 65_536;

/** Console device (Virtual I/O Device 1.2, section 5.3) with one port, a console: Linux calls it hvc0. */
export class VirtioConsole implements VirtioBackEnd {
  readonly deviceId = 3;
  readonly features = [...Object.values(feature), ...Object.values(virtioFeature)];
  readonly queueSizes = queueSizes;
  readonly inputQueues = [queue.input, queue.controlInput];
  readonly config = new Uint8Array(configByteCount);
  private _isOpen = false;
  private _input: number[] = [];
  private _messages: Uint8Array[] = [];

  /** @param written bytes that the guest has printed */
  constructor(private readonly written: (bytes: Uint8Array) => void) {
    new DataView(this.config.buffer).setUint32(4, portCountMax, true);
  }

  /** It is the one of the board's consoles that the guest has printed on last: what is typed is for it. */
  hasFocus = false;

  /** Bytes typed at it wait until the driver has buffers for them; more than 64 KiB are lost. */
  receive(bytes: Uint8Array): void {
    this._input.push(...bytes.subarray(0, inputByteCountMax - this._input.length));
  }

  isReady(index: number): boolean {
    if (index === queue.input) return this._input.length > 0;
    return index === queue.controlInput ? this._messages.length > 0 : true;
  }

  serve(index: number, { out, inByteCount }: VirtioRequest): Uint8Array {
    switch (index) {
      case queue.input:
        return Uint8Array.from(this._input.splice(0, inByteCount));
      case queue.controlInput:
        return this._messages.shift()!.subarray(0, inByteCount);
      case queue.output:
        this.#print(out.slice());
        break;
      case queue.controlOutput:
        if (out.length >= messageByteCount) this.#control(new DataView(out.buffer, out.byteOffset, messageByteCount));
        break;
    }
    return new Uint8Array(0);
  }

  /** A byte other than zero that is to be printed at once. */
  configWritten(config: DataView): void {
    const byte = config.getUint8(emergencyWriteOffset);
    if (byte !== 0) this.#print(Uint8Array.of(byte));
    config.setUint32(emergencyWriteOffset, 0);
  }

  /** A driver without ports has but this one, and it is open. */
  driverOk(has: (bit: number) => boolean): void {
    if (!has(feature.multiport)) this._isOpen = true;
  }

  reset(): void {
    this._isOpen = false;
    this.hasFocus = false;
    this._messages = [];
  }

  save(): VirtioBackEndState {
    return {
      kind: 'console',
      isOpen: this._isOpen,
      hasFocus: this.hasFocus,
      input: [...this._input],
      messages: [...this._messages],
    };
  }

  restore(state: VirtioBackEndState): void {
    if (state.kind !== 'console') throw new RangeError(`the state of a ${state.kind} device for a console`);
    this._isOpen = state.isOpen;
    this.hasFocus = state.hasFocus ?? false;
    this._input = [...(state.input ?? [])];
    this._messages = [...(state.messages ?? [])];
  }

  #print(bytes: Uint8Array): void {
    this.hasFocus = true;
    this.written(bytes);
  }

  #control(message: DataView): void {
    switch (message.getUint16(4, true)) {
      case event.deviceReady:
        this.#send(event.portAdd);
        break;
      case event.portReady:
        this.#send(event.consolePort);
        this.#send(event.portOpen);
        break;
      case event.portOpen:
        this._isOpen = message.getUint16(6, true) !== 0;
        break;
    }
  }

  #send(what: number): void {
    const message = new DataView(new ArrayBuffer(messageByteCount));
    message.setUint16(4, what, true);
    message.setUint16(6, 1, true);
    this._messages.push(new Uint8Array(message.buffer));
  }
}
