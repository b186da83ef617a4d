import type { ClintState } from './clint-state';
import type { Device } from './device';

/** QEMU's `virt`: `timebase-frequency` 10 MHz. */
export const nsPerTick = 100;

const swiByteCount = 0x4000;
const mtimecmpBase = 0x4000;
const mtime = 0xbff8;
const allOnes = 0xffff_ffff_ffff_ffffn;

/**
 * Core-local interruptor: QEMU's `riscv_aclint_swi` and `riscv_aclint_mtimer` side by side.
 *
 * | offset | register |
 * |---|---|
 * | 0x0000 + 4 × hart | msip, bit 0 |
 * | 0x4000 + 8 × hart | mtimecmp |
 * | 0xbff8 | mtime: the guest's virtual clock in ticks, or what was written and the ticks since |
 *
 * A hart's timer interrupt is pending while mtime ≥ mtimecmp. mtimecmp starts at 0, as in QEMU: the
 * interrupt is pending until it is written.
 */
export class Clint implements Device {
  readonly readsChangeNothing = true;
  private readonly _msip: boolean[];
  private readonly _mtimecmp: bigint[];

  /** See `timerNs`. */
  private readonly _timersNs: number[];

  /** mtime − ticks of the virtual clock. */
  private _timeDelta = 0n;

  /**
   * @param nowNs virtual time of the access under way
   * @param changed msip or mtimecmp of this hart was written, or mtime
   */
  constructor(
    private readonly hartCount: number,
    private readonly nowNs: () => number,
    private readonly changed: (hart: number) => void,
  ) {
    this._msip = new Array<boolean>(hartCount).fill(false);
    this._mtimecmp = new Array<bigint>(hartCount).fill(0n);
    this._timersNs = new Array<number>(hartCount).fill(0);
  }

  msip(hart: number): boolean {
    return this._msip[hart]!;
  }

  get timeDelta(): bigint {
    return this._timeDelta;
  }

  /** From this instant on, in ns of virtual time, the hart's timer interrupt is pending. May be Infinity. */
  timerNs(hart: number): number {
    return this._timersNs[hart]!;
  }

  /** Every run of a hart asks for it, and big integers are slow. */
  #setTimer(hart: number): void {
    const ns = Number(this._mtimecmp[hart]! - this._timeDelta) * nsPerTick;
    this._timersNs[hart] = ns <= Number.MAX_SAFE_INTEGER ? ns : Infinity;
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (offset < swiByteCount) {
      if (size !== 4 || offset % 4 !== 0) return 'fault';
      return this._msip[offset / 4] ? 1n : 0n;
    }
    if (!isTimerAccess(offset, size)) return 'fault';
    return part(this.#readTimer(offset - (offset % 8)), offset % 8, size);
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (offset < swiByteCount) {
      if (size !== 4 || offset % 4 !== 0) return 'fault';
      const hart = offset / 4;
      if (hart < this._msip.length) {
        this._msip[hart] = (value & 1n) !== 0n;
        this.changed(hart);
      }
      return 'ok';
    }
    if (!isTimerAccess(offset, size)) return 'fault';
    if (offset >= mtime) {
      this.#writeTime(withPart(this.#time, offset % 8, size, value));
      return 'ok';
    }
    const hart = Math.floor((offset - mtimecmpBase) / 8);
    if (hart < this._mtimecmp.length) {
      this._mtimecmp[hart] = withPart(this._mtimecmp[hart]!, offset % 8, size, value);
      this.#setTimer(hart);
      this.changed(hart);
    }
    return 'ok';
  }

  save(): ClintState {
    return { msip: [...this._msip], mtimecmp: [...this._mtimecmp], timeDelta: this._timeDelta };
  }

  restore(state: ClintState): void {
    this._timeDelta = state.timeDelta;
    for (let hart = 0; hart < this._msip.length; hart++) {
      this._msip[hart] = state.msip[hart] ?? false;
      this._mtimecmp[hart] = state.mtimecmp[hart] ?? allOnes;
      this.#setTimer(hart);
    }
  }

  #readTimer(offset: number): bigint {
    if (offset === mtime) return this.#time;
    return this._mtimecmp[(offset - mtimecmpBase) / 8] ?? 0n;
  }

  get #ticks(): bigint {
    return BigInt(Math.floor(this.nowNs() / nsPerTick));
  }

  get #time(): bigint {
    return BigInt.asUintN(64, this.#ticks + this._timeDelta);
  }

  #writeTime(time: bigint): void {
    this._timeDelta = time - this.#ticks;
    for (let hart = 0; hart < this.hartCount; hart++) {
      this.#setTimer(hart);
      this.changed(hart);
    }
  }
}

/** Words and double words, aligned, up to the end of mtime. */
function isTimerAccess(offset: number, size: number): boolean {
  return (size === 4 || size === 8) && offset % size === 0 && offset + size <= mtime + 8;
}

function part(value: bigint, byteOffset: number, size: number): bigint {
  return BigInt.asUintN(size * 8, value >> BigInt(byteOffset * 8));
}

function withPart(old: bigint, byteOffset: number, size: number, value: bigint): bigint {
  const shift = BigInt(byteOffset * 8);
  const mask = ((1n << BigInt(size * 8)) - 1n) << shift;
  return (old & ~mask & allOnes) | ((value << shift) & mask);
}
