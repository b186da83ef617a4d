import { decode } from '../emulator/isa/decode';
import { byteCountOf } from '../emulator/isa/instructions';
import type { HartFrame, UnwindSource } from './frame';
import { ra, t0 } from './state';

/** What a callee gives back as it was (RISC-V psABI): sp, gp, tp, s0 to s11. */
export const preserved: ReadonlySet<number> = new Set([0, 2, 3, 4, 8, 9, ...[18, 19, 20, 21, 22, 23, 24, 25, 26, 27]]);

/** Bytes of the call that an address follows, or undefined where it follows none. */
export function callBefore(address: bigint, privilege: number, source: UnwindSource): 2 | 4 | undefined {
  for (const byteCount of [4, 2] as const) {
    const word = source.code(address - BigInt(byteCount), privilege);
    if (word !== undefined && byteCountOf(word) === byteCount && isCall(word)) return byteCount;
  }
  return undefined;
}

/** A call, or where assembly lets a function return to: the start of another one. */
export function isReturnAddress(address: bigint, privilege: number, source: UnwindSource): boolean {
  if (source.code(address, privilege) === undefined) return false;
  return callBefore(address, privilege, source) !== undefined || source.functionAt(address) === address;
}

/** The call that a caller stands behind is the last instruction of its function: what follows is another one. */
export function isBehindFunction({ pc, left, privilege }: HartFrame, source: UnwindSource): boolean {
  return left === 'by call' && source.functionAt(pc) === pc && callBefore(pc, privilege, source) !== undefined;
}

/** An instruction that notes where to come back to. */
export function isCall(word: number): boolean {
  const instruction = decode(word);
  if (!instruction) return false;
  const { operation, rd } = instruction;
  return (operation === 'jal' || operation === 'jalr') && (rd === ra || rd === t0);
}
