import type { Device, Mutable } from './device';
import type { RtcState } from './goldfish-rtc-state';

const timeLow = 0x00;
const timeHigh = 0x04;
const alarmLow = 0x08;
const alarmHigh = 0x0c;
const irqEnabled = 0x10;
const clearAlarm = 0x14;
const alarmStatus = 0x18;
const clearInterrupt = 0x1c;

/** QEMU maps so much of it. */
const byteCount = 0x24;
const low32 = 0xffff_ffffn;

/**
 * Goldfish real-time clock, as QEMU's `goldfish_rtc`: 64 bits of nanoseconds since 1970, in two registers each.
 *
 * | offset | register |
 * |---|---|
 * | 0x00, 0x04 | time; reading the low half latches the high half, writing sets the clock |
 * | 0x08, 0x0c | alarm; writing the low half arms it |
 * | 0x10 | interrupt enable, bit 0 |
 * | 0x14 | a write disarms the alarm |
 * | 0x18 | 1 while an alarm is armed |
 * | 0x1c | a write clears the interrupt |
 *
 * Its time is a fixed epoch plus the guest's virtual clock, never the clock on the wall: a run is the same every time.
 */
export class GoldfishRtc implements Device {
  private readonly _state: Mutable<RtcState>;

  /**
   * @param epochNs the time at the start of the virtual clock, in ns since 1970
   * @param nowNs virtual time of the access under way
   * @param setIrq level of the interrupt line
   * @param alarmChanged the alarm was armed or disarmed by an access
   */
  constructor(
    epochNs: bigint,
    private readonly nowNs: () => number,
    private readonly setIrq: (level: boolean) => void,
    private readonly alarmChanged: () => void,
  ) {
    this._state = {
      tickOffset: BigInt.asUintN(64, epochNs),
      alarmNext: 0n,
      alarmRunning: false,
      irqPending: false,
      irqEnabled: false,
      timeHigh: 0,
    };
  }

  /** When the alarm goes off, in ns of virtual time. Infinity: not by itself. */
  get alarmNs(): number {
    if (!this._state.alarmRunning) return Infinity;
    const ns = Number(BigInt.asIntN(64, this._state.alarmNext - this._state.tickOffset));
    return ns <= Number.MAX_SAFE_INTEGER ? ns : Infinity;
  }

  /** The virtual clock has come to `nowNs`. */
  advance(nowNs: number): void {
    if (this.alarmNs <= nowNs) this.#ring();
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (!isDecoded(offset, size)) return 'fault';
    const word = this.#readWord(offset);
    return size === 4 ? word : word | (this.#readWord(offset + 4) << 32n);
  }

  #readWord(offset: number): bigint {
    switch (offset) {
      case timeLow: {
        const time = this.#time;
        this._state.timeHigh = Number(time >> 32n);
        return time & low32;
      }
      case timeHigh:
        return BigInt(this._state.timeHigh);
      case alarmLow:
        return this._state.alarmNext & low32;
      case alarmHigh:
        return this._state.alarmNext >> 32n;
      case irqEnabled:
        return this._state.irqEnabled ? 1n : 0n;
      case alarmStatus:
        return this._state.alarmRunning ? 1n : 0n;
      default:
        return 0n;
    }
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (!isDecoded(offset, size)) return 'fault';
    this.#writeWord(offset, value & low32);
    if (size === 8) this.#writeWord(offset + 4, value >> 32n);
    return 'ok';
  }

  #writeWord(offset: number, value: bigint): void {
    switch (offset) {
      case timeLow:
        this.#setTime(withLow(this.#time, value));
        break;
      case timeHigh:
        this.#setTime(withHigh(this.#time, value));
        break;
      case alarmLow:
        this._state.alarmNext = withLow(this._state.alarmNext, value);
        this.#arm();
        break;
      case alarmHigh:
        this._state.alarmNext = withHigh(this._state.alarmNext, value);
        break;
      case irqEnabled:
        this._state.irqEnabled = (value & 1n) !== 0n;
        this.#update();
        break;
      case clearAlarm:
        this._state.alarmRunning = false;
        this.alarmChanged();
        break;
      case clearInterrupt:
        this._state.irqPending = false;
        this.#update();
        break;
    }
  }

  save(): RtcState {
    return { ...this._state };
  }

  restore(state: RtcState): void {
    Object.assign(this._state, state);
    this.#update();
    this.alarmChanged();
  }

  get #time(): bigint {
    return BigInt.asUintN(64, this._state.tickOffset + BigInt(this.nowNs()));
  }

  /** An armed alarm keeps its distance in QEMU, as its timer is not set anew; here it is at its time of the new clock. */
  #setTime(time: bigint): void {
    this._state.tickOffset = BigInt.asUintN(64, time - BigInt(this.nowNs()));
    this.alarmChanged();
  }

  #arm(): void {
    if (this._state.alarmNext <= this.#time) {
      this.#ring();
    } else {
      this._state.alarmRunning = true;
    }
    this.alarmChanged();
  }

  #ring(): void {
    this._state.alarmRunning = false;
    this._state.irqPending = true;
    this.#update();
  }

  #update(): void {
    this.setIrq(this._state.irqPending && this._state.irqEnabled);
  }
}

/** Words; of a double word, each half as one. */
function isDecoded(offset: number, size: number): boolean {
  return size >= 4 && offset + size <= byteCount;
}

function withLow(old: bigint, value: bigint): bigint {
  return ((old >> 32n) << 32n) | (value & low32);
}

function withHigh(old: bigint, value: bigint): bigint {
  return ((value & low32) << 32n) | (old & low32);
}
