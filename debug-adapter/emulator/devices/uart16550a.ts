import type { UartState } from '../machine/machine-state';
import type { Device } from './device';

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
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * 16550A serial port (National Semiconductor's PC16550D data sheet, with QEMU's `serial.c` for what that leaves open).
 * Bytes to transmit leave at once; a received byte below the FIFO's trigger level counts as timed out at once, so that
 * a guest that sleeps hears of it. Both make the port independent of time.
 *
 * Bytes that do not fit into the receive FIFO wait outside, as in a character device behind QEMU's port: they are
 * input still to come, not state.
 */
export class Uart16550A implements Device {
  #registers: Mutable<UartState> = { ...resetState };
  #fifo: number[] = [];
  #arriving: number[] = [];

  /**
   * @param transmit a byte leaves
   * @param interrupt the interrupt wire has this level; called at least at each change
   */
  constructor(
    private readonly transmit: (byte: number) => void,
    private readonly interrupt: (level: boolean) => void,
  ) {}

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#arriving.push(byte);
    this.#accept();
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
    return { ...this.#registers, receiveFifo: [...this.#fifo] };
  }

  restore(state: UartState): void {
    this.#registers = { ...state };
    this.#fifo = state.receiveFifo.slice(0, fifoByteCount);
    this.#update();
  }

  #readRegister(offset: number): number {
    const registers = this.#registers;
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
    const registers = this.#registers;
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
        break;
      case 7:
        registers.scr = value;
        break;
    }
  }

  #send(byte: number): void {
    const registers = this.#registers;
    if (registers.mcr & mcrLoopback) this.#take(byte);
    else this.transmit(byte);
    registers.lsr |= lsrTransmitEmpty;
    registers.thrInterruptPending = true;
    this.#update();
  }

  #readReceived(): number {
    const registers = this.#registers;
    if (registers.fcr & fcrEnable) registers.rbr = this.#fifo.shift() ?? 0;
    if (this.#fifo.length === 0) registers.lsr &= ~(lsrDataReady | lsrBreak);
    const byte = registers.rbr;
    this.#accept();
    return byte;
  }

  #identifyInterrupt(): number {
    const { iir } = this.#registers;
    if ((iir & iirId) === iirTransmit) {
      this.#registers.thrInterruptPending = false;
      this.#update();
    }
    return iir;
  }

  #readModemStatus(): number {
    const registers = this.#registers;
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
    const registers = this.#registers;
    const changed = registers.ier ^ value;
    registers.ier = value;
    // Enabling the transmit interrupt with an empty register raises it, even if an IIR read has quieted it before.
    if (changed & ierTransmit) registers.thrInterruptPending = (value & ierTransmit) !== 0;
    this.#update();
  }

  #writeFifoControl(value: number): void {
    const registers = this.#registers;
    // Switching the FIFOs on or off empties them.
    const isSwitched = ((value ^ registers.fcr) & fcrEnable) !== 0;
    if (isSwitched || value & fcrResetReceive) {
      this.#fifo = [];
      registers.lsr &= ~(lsrDataReady | lsrBreak);
    }
    if (isSwitched || value & fcrResetTransmit) {
      registers.lsr |= lsrTransmitEmpty;
      registers.thrInterruptPending = true;
    }
    registers.fcr = value & fcrStored;
    registers.iir = (registers.iir & iirId) | (value & fcrEnable ? iirFifos : 0);
    this.#accept();
  }

  /** Lets in what fits of the bytes that wait outside. */
  #accept(): void {
    const registers = this.#registers;
    if (!(registers.mcr & mcrLoopback)) {
      const capacity = registers.fcr & fcrEnable ? fifoByteCount : 1;
      while (this.#arriving.length > 0) {
        if (capacity === 1 ? registers.lsr & lsrDataReady : this.#fifo.length >= capacity) break;
        this.#take(this.#arriving.shift()!);
      }
    }
    this.#update();
  }

  #take(byte: number): void {
    const registers = this.#registers;
    if (registers.fcr & fcrEnable) {
      if (this.#fifo.length < fifoByteCount) this.#fifo.push(byte);
      else registers.lsr |= lsrOverrun;
    } else {
      if (registers.lsr & lsrDataReady) registers.lsr |= lsrOverrun;
      registers.rbr = byte;
    }
    registers.lsr |= lsrDataReady;
  }

  /** Finds the interrupt of highest priority. */
  #update(): void {
    const registers = this.#registers;
    const id = this.#pendingInterrupt();
    registers.iir = (registers.iir & ~iirId) | id;
    this.interrupt(id !== iirNone);
  }

  #pendingInterrupt(): number {
    const { ier, lsr, msr, fcr, thrInterruptPending } = this.#registers;
    if (ier & ierLineStatus && lsr & lsrErrors) return iirLineStatus;
    if (ier & ierReceive && lsr & lsrDataReady) {
      const isBelowTrigger = fcr & fcrEnable && this.#fifo.length < fcrTriggers[fcr >> 6]!;
      return isBelowTrigger ? iirTimeout : iirReceive;
    }
    if (ier & ierTransmit && thrInterruptPending) return iirTransmit;
    if (ier & ierModemStatus && msr & msrDeltas) return iirModemStatus;
    return iirNone;
  }
}
