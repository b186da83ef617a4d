import { fieldOf, makeState, type State, subsectionOf } from '../../vmstate/device-state';
import { int32, layout, raw, struct, uint8, uint16, uint32 } from '../../vmstate/field-layouts';
import { bytes, flag, number, type StateCodec, stateCodec } from '../../vmstate/state-codec';

/** 16550A registers and the receive FIFO. */
export interface UartState {
  readonly ier: number;
  readonly iir: number;
  readonly lcr: number;
  readonly mcr: number;
  readonly lsr: number;
  readonly msr: number;
  readonly scr: number;
  readonly fcr: number;
  readonly divider: number;
  readonly rbr: number;
  readonly receiveFifo: readonly number[];
  readonly thrInterruptPending: boolean;
  /** Bytes have waited in the FIFO for too long. */
  readonly timeoutPending: boolean;
  /** When they will have, in ns of virtual time. */
  readonly timeoutNs: number | undefined;
}

type Registers = Pick<UartState, 'divider' | 'rbr' | 'ier' | 'iir' | 'lcr' | 'mcr' | 'lsr' | 'msr' | 'scr' | 'fcr'>;

const thrInterrupt = stateCodec<Pick<UartState, 'thrInterruptPending'>>('serial/thr_ipending', 1, {
  thrInterruptPending: flag(int32('thr_ipending')),
});

const timeoutInterrupt = stateCodec<Pick<UartState, 'timeoutPending'>>('serial/timeout_ipending', 1, {
  timeoutPending: flag(int32('timeout_ipending')),
});

const timeoutTimer = stateCodec<{ readonly timer: Uint8Array }>('serial/fifo_timeout_timer', 1, {
  timer: bytes(raw('fifo_timeout_timer', 'timer', 8)),
});

const fifoByteCount = 16;

/** A ring: `count` bytes from `head`. */
const fifo = stateCodec<{ readonly data: Uint8Array; readonly head: number; readonly count: number }>('Fifo8', 1, {
  data: bytes(raw('data', 'buffer', fifoByteCount)),
  head: number(uint32('head')),
  count: number(uint32('num')),
});

const receiveFifoLayout = layout('serial/recv_fifo', 1, [struct('recv_fifo', fifo.layout)]);

const registers = stateCodec<Registers>(
  'serial',
  3,
  {
    divider: number(uint16('divider')),
    rbr: number(uint8('rbr')),
    ier: number(uint8('ier')),
    iir: number(uint8('iir')),
    lcr: number(uint8('lcr')),
    mcr: number(uint8('mcr')),
    lsr: number(uint8('lsr')),
    msr: number(uint8('msr')),
    scr: number(uint8('scr')),
    fcr: number(uint8('fcr_vmstate')),
  },
  {
    subsections: [
      thrInterrupt.layout,
      layout('serial/tsr', 1, [uint32('tsr_retry'), uint8('thr'), uint8('tsr')]),
      receiveFifoLayout,
      layout('serial/xmit_fifo', 1, [struct('xmit_fifo', fifo.layout)]),
      timeoutTimer.layout,
      timeoutInterrupt.layout,
      layout('serial/poll', 1, [int32('poll_msl'), raw('modem_status_poll', 'timer', 8)]),
    ],
  },
);

/** The memory-mapped serial port wraps the UART proper. */
const serialLayout = layout('serial', 3, [struct('serial', registers.layout)]);

export const uartCodec: StateCodec<UartState> = {
  layout: serialLayout,
  encode(uart) {
    const { iir, receiveFifo, thrInterruptPending, timeoutPending, timeoutNs } = uart;
    const subsections: State[] = [];
    if (thrInterruptPending !== thrInterruptIn(iir)) subsections.push(thrInterrupt.encode(uart));
    if (receiveFifo.length > 0) subsections.push(receiveFifoState(receiveFifo));
    if (timeoutNs !== undefined) subsections.push(timeoutTimer.encode({ timer: bigEndian64(BigInt(timeoutNs)) }));
    if (timeoutPending) subsections.push(timeoutInterrupt.encode(uart));
    return makeState(serialLayout, { serial: registers.encode(uart, subsections) });
  },
  decode(state) {
    const serial = fieldOf(state, 'serial') as State;
    const values = registers.decode(serial);
    const received = subsectionOf(serial, receiveFifoLayout.name);
    const timer = timeoutTimer.decodeWithin(serial);
    return {
      ...values,
      receiveFifo: received ? receivedBytes(fieldOf(received, 'recv_fifo') as State) : [],
      ...(thrInterrupt.decodeWithin(serial) ?? { thrInterruptPending: thrInterruptIn(values.iir) }),
      ...(timeoutInterrupt.decodeWithin(serial) ?? { timeoutPending: false }),
      timeoutNs: timer && expiry(timer.timer),
    };
  },
};

function receiveFifoState(received: readonly number[]): State {
  const data = new Uint8Array(fifoByteCount);
  data.set(received);
  return makeState(receiveFifoLayout, { recv_fifo: fifo.encode({ data, head: 0, count: received.length }) });
}

function receivedBytes(state: State): number[] {
  const { data, head, count } = fifo.decode(state);
  const length = Math.min(count, data.length);
  return Array.from({ length }, (_, index) => data[(head + index) % data.length]!);
}

/** When a timer of QEMU's expires; all ones where it is not set. */
function expiry(timer: Uint8Array): number | undefined {
  const ns = new DataView(timer.buffer, timer.byteOffset).getBigInt64(0);
  return ns < 0n ? undefined : Number(ns);
}

function bigEndian64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value);
  return bytes;
}

/** 16550: bits 2:1 of IIR name the interrupt; 01 is "transmitter holding register empty". */
function thrInterruptIn(iir: number): boolean {
  return (iir & 0x06) === 0x02;
}
