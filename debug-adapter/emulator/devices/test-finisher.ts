import type { Device } from './device';

export type Finish = { readonly kind: 'pass' | 'reset' } | { readonly kind: 'fail'; readonly code: number };

const fail = 0x3333;
const pass = 0x5555;
const reset = 0x7777;

/**
 * SiFive test finisher as QEMU's `sifive_test`: a write at offset 0 ends the run. The low half word says how, the high
 * half word is the exit code of a failure; other values do nothing. It has no state.
 */
export class TestFinisher implements Device {
  constructor(private readonly finished: (finish: Finish) => void) {}

  read(_offset: number, size: number): bigint | 'fault' {
    return isDecoded(size) ? 0n : 'fault';
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (!isDecoded(size)) return 'fault';
    if (offset !== 0) return 'ok';
    const status = Number(value & 0xffffn);
    const code = Number((value >> 16n) & 0xffffn);
    if (status === fail) this.finished({ kind: 'fail', code });
    else if (status === pass) this.finished({ kind: 'pass' });
    else if (status === reset) this.finished({ kind: 'reset' });
    return 'ok';
  }
}

function isDecoded(size: number): boolean {
  return size === 2 || size === 4;
}
