import type { Device } from './device';

/** Where the reset vector's jump and arguments go: QEMU's `riscv_setup_rom_reset_vec`. */
export interface ResetVector {
  /** First instruction after the reset vector. */
  readonly start: bigint;
  /** Address of the device tree, handed over in a1. */
  readonly fdt: bigint;
  /** Entry of the kernel for OpenSBI's fw_dynamic, or 0. */
  readonly kernelEntry: bigint;
}

/** Harts start here. */
export const mromBase = 0x1000;
export const mromByteCount = 0xf000;

const pageByteCount = 4096;

// Written out by hand from the ISA manual's encodings, a0 = mhartid, a1 = fdt, a2 = &fw_dynamic_info, jump to start.
const code = [
  0x0000_0297, // auipc t0, 0
  0x0282_8613, // addi  a2, t0, 0x28
  0xf140_2573, // csrr  a0, mhartid
  0x0202_b583, // ld    a1, 0x20(t0)
  0x0182_b283, // ld    t0, 0x18(t0)
  0x0002_8067, // jr    t0
];
const startOffset = 0x18;
const fdtOffset = 0x20;
const infoOffset = 0x28;

const infoMagic = 0x4942_534fn; // "OSBI"
const infoVersion = 2n;
const supervisorMode = 1n;

/** The mask ROM with the reset vector. Read-only; a store to it does nothing. */
export class Mrom implements Device {
  readonly bytes = new Uint8Array(mromByteCount);
  readonly isMemory = true;
  private readonly _view = new DataView(this.bytes.buffer);

  constructor(vector: ResetVector) {
    const view = this._view;
    for (const [index, word] of code.entries()) view.setUint32(index * 4, word, true);
    view.setBigUint64(startOffset, vector.start, true);
    view.setBigUint64(fdtOffset, vector.fdt, true);
    // struct fw_dynamic_info of OpenSBI: magic, version, next_addr, next_mode, options, boot_hart.
    const info = [infoMagic, infoVersion, vector.kernelEntry, supervisorMode, 0n, 0n];
    for (const [index, value] of info.entries()) view.setBigUint64(infoOffset + index * 8, value, true);
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (offset + size > mromByteCount) return 'fault';
    let value = 0n;
    for (let byte = size - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(this.bytes[offset + byte]!);
    return value;
  }

  write(): 'ok' {
    return 'ok';
  }

  /** Bytes from `offset` to the end of its page, for instruction fetch. */
  fetch(offset: number): Uint8Array {
    const end = offset - (offset % pageByteCount) + pageByteCount;
    return this.bytes.subarray(offset, end);
  }
}
