import type { Device, Mutable } from './device';
import type { UartState } from './uart16550a-state';

const fifoByteCount = 16;
const registerCount = 8;

// Line status register.
const lsrDataReady = 0x01;
const lsrOverrun = 0x02;
const lsrBreak = 0x10;
const lsrTransmitEmpty = 0x60; // THRE and TEMT
const lsrErrors = 0x1e;
// Interrupt enable register.
const ierReceive = 0x01;
const ierTransmit = 0x02;
const ierLineStatus = 0x04;
const ierModemStatus = 0x08;
// Interrupt identification register.
const iirModemStatus = 0x00;
const iirNone = 0x01;
const iirTransmit = 0x02;
const iirReceive = 0x04;
const iirLineStatus = 0x06;
const iirTimeout = 0x0c;
const iirId = 0x0f;
const iirFifos = 0xc0;
// FIFO control register.
const fcrEnable = 0x01;
const fcrResetReceive = 0x02;
const fcrResetTransmit = 0x04;
const fcrStored = 0xc9;
const fcrTriggers = [1, 4, 8, 14];

const lcrDivisorLatch = 0x80;
const lcrDataBits = 0x03;
const lcrTwoStopBits = 0x04;
const lcrParity = 0x08;
const mcrLoopback = 0x10;
const msrDeltas = 0x0f;

const resetState: UartState = {
  ier: 0,
  iir: iirNone,
  lcr: 0,
  mcr: 0x08, // OUT2
  lsr: lsrTransmitEmpty,
  msr: 0xb0, // DCD, DSR and CTS: somebody is there
  scr: 0,
  fcr: 0,
  divider: 0x0c,
  rbr: 0,
  receiveFifo: [],
  thrInterruptPending: false,
  timeoutPending: false,
  timeoutNs: undefined,
};

/** QEMU's clock of the port on `virt`. */
const baudBase = 399_193;
const nsPerSecond = 1_000_000_000;
/** So many characters' time without one more or a read is a timeout. */
const timeoutCharacterCount = 4;

/**
 * 16550A serial port (National Semiconductor's PC16550D data sheet, with QEMU's `serial.c` for what that leaves open).
 * Bytes to transmit leave at once. Received bytes below the FIFO's trigger level interrupt when four characters' time
 * has passed without another one or a read.
 *
 * Bytes that do not fit into the receive FIFO wait outside, as in a character device behind QEMU's port: they are
 * input still to come, not state.
 */
export class Uart16550A implements Device {
  private _registers: Mutable<UartState> = { ...resetState };
  private _fifo: number[] = [];
  private _arriving: number[] = [];

  /**
   * @param nowNs virtual time of the access under way
   * @param transmit a byte leaves
   * @param interrupt sets the interrupt wire, each time that QEMU's port does: to the level that it had or to another
   * @param timeoutChanged `timeoutNs` is another
   */
  constructor(
    private readonly nowNs: () => number,
    private readonly transmit: (byte: number) => void,
    private readonly interrupt: (level: boolean) => void,
    private readonly timeoutChanged: () => void,
  ) {}

  /** At `nowNs` of virtual time. */
  receive(bytes: Uint8Array, nowNs: number): void {
    for (const byte of bytes) this._arriving.push(byte);
    this.#accept(nowNs);
  }

  /** When the bytes in the FIFO have waited too long, in ns of virtual time. Infinity: none will. */
  get timeoutNs(): number {
    return this._registers.timeoutNs ?? Infinity;
  }

  /** The virtual clock has come to `nowNs`. */
  advance(nowNs: number): void {
    if (this.timeoutNs > nowNs) return;
    this._registers.timeoutNs = undefined;
    if (this._fifo.length === 0) return;
    this._registers.timeoutPending = true;
    this.#update();
  }

  read(offset: number, _size: number): bigint | 'fault' {
    return offset < registerCount ? BigInt(this.#readRegister(offset)) : 'fault';
  }

  write(offset: number, _size: number, value: bigint): 'ok' | 'fault' {
    if (offset >= registerCount) return 'fault';
    this.#writeRegister(offset, Number(value & 0xffn));
    return 'ok';
  }

  save(): UartState {
    return { ...this._registers, receiveFifo: [...this._fifo] };
  }

  restore(state: UartState): void {
    // In the order of the registers' own, so that the state's hash tells nothing of where it came from.
    this._registers = { ...resetState, ...state };
    this._fifo = state.receiveFifo.slice(0, fifoByteCount);
    this.timeoutChanged();
  }

  #readRegister(offset: number): number {
    const registers = this._registers;
    const isLatch = (registers.lcr & lcrDivisorLatch) !== 0;
    switch (offset) {
      case 0:
        return isLatch ? registers.divider & 0xff : this.#readReceived();
      case 1:
        return isLatch ? registers.divider >> 8 : registers.ier;
      case 2:
        return this.#identifyInterrupt();
      case 3:
        return registers.lcr;
      case 4:
        return registers.mcr;
      case 5: {
        const { lsr } = registers;
        registers.lsr &= ~(lsrBreak | lsrOverrun);
        if (lsr !== registers.lsr) this.#update();
        return lsr;
      }
      case 6:
        return this.#readModemStatus();
      default:
        return registers.scr;
    }
  }

  #writeRegister(offset: number, value: number): void {
    const registers = this._registers;
    const isLatch = (registers.lcr & lcrDivisorLatch) !== 0;
    switch (offset) {
      case 0:
        if (isLatch) registers.divider = (registers.divider & 0xff00) | value;
        else this.#send(value);
        break;
      case 1:
        if (isLatch) registers.divider = (registers.divider & 0x00ff) | (value << 8);
        else this.#writeInterruptEnable(value & 0x0f);
        break;
      case 2:
        this.#writeFifoControl(value);
        break;
      case 3:
        registers.lcr = value;
        break;
      case 4:
        registers.mcr = value & 0x1f;
        this.#accept(this.nowNs());
        break;
      case 7:
        registers.scr = value;
        break;
    }
  }

  #send(byte: number): void {
    const registers = this._registers;
    if (registers.mcr & mcrLoopback) this.#take(byte, this.nowNs());
    else this.transmit(byte);
    registers.lsr |= lsrTransmitEmpty;
    registers.thrInterruptPending = true;
    this.#update();
  }

  /** How long a character takes; in single precision, as QEMU computes it. */
  get #characterNs(): number {
    const { divider, lcr } = this._registers;
    const baud = divider === 0 ? 3500 : Math.fround(baudBase / divider);
    const dataBits = (lcr & lcrDataBits) + 5;
    const bits = 1 + (lcr & lcrParity ? 1 : 0) + dataBits + (lcr & lcrTwoStopBits ? 2 : 1);
    return Math.floor(Math.fround(Math.fround(nsPerSecond / baud) * bits));
  }

  #readReceived(): number {
    const registers = this._registers;
    let byte = registers.rbr;
    if (registers.fcr & fcrEnable) {
      byte = this._fifo.shift() ?? 0;
      if (this._fifo.length > 0) this.#setTimeout(this.nowNs());
      registers.timeoutPending = false;
    }
    if (this._fifo.length === 0) registers.lsr &= ~(lsrDataReady | lsrBreak);
    this.#update();
    this.#accept(this.nowNs());
    return byte;
  }

  #identifyInterrupt(): number {
    const { iir } = this._registers;
    if ((iir & iirId) === iirTransmit) {
      this._registers.thrInterruptPending = false;
      this.#update();
    }
    return iir;
  }

  #readModemStatus(): number {
    const registers = this._registers;
    if (registers.mcr & mcrLoopback) {
      const { mcr } = registers;
      return ((mcr & 0x0c) << 4) | ((mcr & 0x02) << 3) | ((mcr & 0x01) << 5);
    }
    const { msr } = registers;
    registers.msr &= ~msrDeltas;
    if (msr !== registers.msr) this.#update();
    return msr;
  }

  #writeInterruptEnable(value: number): void {
    const registers = this._registers;
    const changed = registers.ier ^ value;
    registers.ier = value;
    // Enabling the transmit interrupt with an empty register raises it, even if an IIR read has quieted it before.
    if (changed & ierTransmit) registers.thrInterruptPending = (value & ierTransmit) !== 0;
    if (changed) this.#update();
  }

  #writeFifoControl(value: number): void {
    const registers = this._registers;
    // Switching the FIFOs on or off empties them.
    const isSwitched = ((value ^ registers.fcr) & fcrEnable) !== 0;
    if (isSwitched || value & fcrResetReceive) {
      this._fifo = [];
      registers.lsr &= ~(lsrDataReady | lsrBreak);
      registers.timeoutPending = false;
      registers.timeoutNs = undefined;
      this.timeoutChanged();
    }
    if (isSwitched || value & fcrResetTransmit) {
      registers.lsr |= lsrTransmitEmpty;
      registers.thrInterruptPending = true;
    }
    registers.fcr = value & fcrStored;
    registers.iir = (registers.iir & iirId) | (value & fcrEnable ? iirFifos : 0);
    this.#update();
    this.#accept(this.nowNs());
  }

  /** Lets in what fits of the bytes that wait outside. */
  #accept(nowNs: number): void {
    const registers = this._registers;
    if (registers.mcr & mcrLoopback) return;
    const capacity = registers.fcr & fcrEnable ? fifoByteCount : 1;
    while (this._arriving.length > 0) {
      if (capacity === 1 ? registers.lsr & lsrDataReady : this._fifo.length >= capacity) break;
      this.#take(this._arriving.shift()!, nowNs);
      this.#update();
    }
  }

  #take(byte: number, nowNs: number): void {
    const registers = this._registers;
    if (registers.fcr & fcrEnable) {
      if (this._fifo.length < fifoByteCount) this._fifo.push(byte);
      else registers.lsr |= lsrOverrun;
      this.#setTimeout(nowNs);
    } else {
      if (registers.lsr & lsrDataReady) registers.lsr |= lsrOverrun;
      registers.rbr = byte;
    }
    registers.lsr |= lsrDataReady;
  }

  #setTimeout(nowNs: number): void {
    this._registers.timeoutNs = nowNs + timeoutCharacterCount * this.#characterNs;
    this.timeoutChanged();
  }

  /** Finds the interrupt of highest priority. */
  #update(): void {
    const registers = this._registers;
    const id = this.#pendingInterrupt();
    registers.iir = (registers.iir & ~iirId) | id;
    this.interrupt(id !== iirNone);
  }

  #pendingInterrupt(): number {
    const { ier, lsr, msr, fcr, thrInterruptPending, timeoutPending } = this._registers;
    if (ier & ierLineStatus && lsr & lsrErrors) return iirLineStatus;
    if (ier & ierReceive && timeoutPending) return iirTimeout;
    if (ier & ierReceive && lsr & lsrDataReady) {
      const isBelowTrigger = fcr & fcrEnable && this._fifo.length < fcrTriggers[fcr >> 6]!;
      if (!isBelowTrigger) return iirReceive;
    }
    if (ier & ierTransmit && thrInterruptPending) return iirTransmit;
    if (ier & ierModemStatus && msr & msrDeltas) return iirModemStatus;
    return iirNone;
  }
}
