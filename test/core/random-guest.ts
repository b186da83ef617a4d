import fc from 'fast-check';
import { type GuestCoreOptions, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';
import type { RandomProgram } from './random-program';

/** FS Initial. */
const floatOn = 1n << 13n;
/** Of x1 to x31. */
export const registerSeeds = fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { minLength: 31, maxLength: 31 });

/** Code at the start of RAM; s0 points into the code itself, s1 to an empty page's border, sp behind it. */
export function loadRandom(
  { words }: RandomProgram,
  registers: readonly bigint[],
  options: Partial<GuestCoreOptions> = {},
): Guest {
  const guest = new Guest([], options);
  guest.core.writeRam(0, new Uint8Array(Uint32Array.from(words).buffer));
  // A trap goes on behind the instruction that caused it, or at the start if that was no instruction of the program.
  guest.put(0xf00, [
    'csrrw t6,mscratch,t6',
    'csrrs t6,mepc,zero',
    'addi t6,t6,4',
    'andi t6,t6,255',
    'add t6,t6,s0',
    'addi t6,t6,-128',
    'csrrw zero,mepc,t6',
    'csrrw t6,mscratch,t6',
    'mret',
  ]);
  for (const [index, value] of registers.entries()) guest.core.writeX(0, index + 1, value);
  guest.set({ s0: ramBase + 128, s1: ramBase + 0x2000, sp: ramBase + 0x3000, gp: ramBase, tp: ramBase + 0x2800 });
  guest.core.writeCsr(0, csrs.mstatus, floatOn);
  guest.core.writeCsr(0, csrs.mtvec, BigInt(ramBase + 0xf00));
  return guest;
}

/** Runs through WFI, which the machine would wait at. */
export function runExactly(guest: Guest, count: number): void {
  for (let left = count; left > 0; left -= guest.core.retired) guest.run(left);
}
