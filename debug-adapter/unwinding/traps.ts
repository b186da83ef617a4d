import { csrNumbers as csrs } from '../emulator/isa/csrs';
import type { UnwindSource } from './frame';

/** The modes that handle traps, and where each finds what the trap has left (privileged manual, sections 3.1 and 4.1). */
export const trapModes = {
  machine: mode(3, csrs.mtvec, csrs.mepc, csrs.mcause, csrs.mstatus, (mstatus) => (mstatus >> 11n) & 3n),
  supervisor: mode(1, csrs.stvec, csrs.sepc, csrs.scause, csrs.sstatus, (sstatus) => (sstatus >> 8n) & 1n),
} as const;

function mode(
  privilege: number,
  tvec: number,
  epc: number,
  cause: number,
  status: number,
  previous: (status: bigint) => bigint,
) {
  /** Of what was interrupted, by a status that its handler has saved or else by the CSR. */
  const privilegeBefore = (saved: bigint | undefined, source: UnwindSource): number | undefined => {
    const value = saved ?? source.csr(status);
    return value === undefined ? undefined : Number(previous(value));
  };
  return { privilege, tvec, epc, cause, status, privilegeBefore };
}

export function isTrapVector(address: bigint, privilege: number, source: UnwindSource): boolean {
  return Object.values(trapModes).some((mode) => {
    const vector = source.csr(mode.tvec);
    return mode.privilege === privilege && vector !== undefined && (vector & ~3n) === address;
  });
}
