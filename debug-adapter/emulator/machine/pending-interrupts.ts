import type { ClintState } from '../devices/clint-state';
import { csrNumbers } from '../isa/csrs';
import { mip } from './hart-sections';
import type { HartState } from './hart-state';

/**
 * `mip` as the hart sees it (QEMU keeps the lines' levels there), with the interrupt raised of each timer that is set.
 * QEMU 7.2 does not arm `mtimecmp` and `stimecmp` at a restore: a guest that sleeps until one would sleep for ever, and
 * one that computes would never switch to another process. Interrupted, it looks at its clock and sets the timer anew.
 */
export function pendingInterrupts(hart: HartState, clint: ClintState, index: number, raisesTimers: boolean): bigint {
  let pending = (hart.csrs.get(csrNumbers.mip) ?? 0n) & ~mip.msip;
  if (clint.msip[index]) pending |= mip.msip;
  if (!raisesTimers) return pending;
  if (clint.mtimecmp[index] !== neverMtime) pending |= mip.mtip;
  const stimecmp = supervisorTimer(hart);
  if (stimecmp !== undefined && stimecmp !== neverMtime) pending |= mip.stip;
  return pending;
}

/** The hart with its timers' interrupts as the clock has them, whatever the stream raised to wake it. */
export function withTimersAt(mtime: bigint, mtimecmp: bigint | undefined, hart: HartState): HartState {
  const stimecmp = supervisorTimer(hart);
  let pending = (hart.csrs.get(csrNumbers.mip) ?? 0n) & ~mip.mtip;
  if (mtimecmp !== undefined && mtime >= mtimecmp) pending |= mip.mtip;
  if (stimecmp !== undefined) pending &= ~mip.stip;
  if (stimecmp !== undefined && mtime >= stimecmp) pending |= mip.stip;
  return { ...hart, csrs: new Map(hart.csrs).set(csrNumbers.mip, pending) };
}

/** Sstc is switched on (menvcfg.STCE): STIP is a line, which `stimecmp` raises; without, software alone sets it. */
export function hasSstc({ csrs }: HartState): boolean {
  return ((csrs.get(csrNumbers.menvcfg) ?? 0n) & menvcfgStce) !== 0n;
}

function supervisorTimer(hart: HartState): bigint | undefined {
  return hasSstc(hart) ? (hart.csrs.get(csrNumbers.stimecmp) ?? 0n) : undefined;
}

const menvcfgStce = 1n << 63n;
const neverMtime = 0xffff_ffff_ffff_ffffn;
