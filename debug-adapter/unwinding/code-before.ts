import { callBefore, isReturnAddress, preserved } from './calls';
import type { HartFrame, UnwindSource } from './frame';
import { followPaths } from './paths';
import { type PathState, ra, sp } from './state';
import { isTrapVector, trapModes } from './traps';
import { isInitial, type Value } from './values';

/**
 * The caller is who called the function whose symbol covers the frame: the code from there to the frame says where it has
 * put what it was called with. For functions that never return.
 */
export function byCodeBefore(frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  const { pc, left, privilege } = frame;
  const call = left === 'by call' ? callBefore(pc, privilege, source) : undefined;
  const at = call === undefined ? pc : pc - BigInt(call);
  const start = source.functionAt(at);
  if (start === undefined) return undefined;
  const callerAt = isTrapVector(start, privilege, source) ? interruptedAt : calledFrom;
  return followPaths(
    start,
    (address) => source.code(address, privilege),
    (ending, state) => (ending.kind === 'arrival' ? callerAt(state, frame, source) : undefined),
    at,
  );
}

/** A handler: what it was entered from is where the CSR says, for it has not returned. */
function interruptedAt(state: PathState, frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  const { epc, cause, privilegeBefore } = trapModes[frame.privilege === 3 ? 'machine' : 'supervisor'];
  const pc = source.csr(epc);
  const privilege = privilegeBefore(undefined, source);
  if (pc === undefined || privilege === undefined) return undefined;
  const x = frame.x.map((_, register) => initialOf(register, state, frame, source));
  return { pc, x, privilege, left: 'by trap', cause: source.csr(cause), isGuess: false };
}

function calledFrom(state: PathState, frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  const { privilege } = frame;
  const atEntry = frame.x.map((_, register) =>
    preserved.has(register) || register === ra ? initialOf(register, state, frame, source) : undefined,
  );
  const pc = atEntry[ra];
  if (pc === undefined || atEntry[sp] === undefined || !isReturnAddress(pc, privilege, source)) return undefined;
  const x = atEntry.map((value, register) => (register === ra ? undefined : value));
  return { pc, x, privilege, left: 'by call', isGuess: false };
}

/** What a register held when the function began: from a register, or a place in its frame, that holds it still. */
function initialOf(register: number, state: PathState, frame: HartFrame, source: UnwindSource): bigint | undefined {
  for (const [holder, now] of frame.x.entries()) {
    const value = state.register(holder);
    if (now !== undefined && isOf(value, register)) return BigInt.asUintN(64, now - value.offset);
  }
  for (const { address, value } of state.stores) {
    if (!isInitial(value, register)) continue;
    const at = placeNow(address, state, frame);
    if (at !== undefined) return source.word(at, frame.privilege);
  }
  return undefined;
}

/** An address in terms of what registers held at the function's begin, by one that still has the same origin. */
function placeNow(address: Value, state: PathState, frame: HartFrame): bigint | undefined {
  for (const [holder, now] of frame.x.entries()) {
    const value = state.register(holder);
    if (now !== undefined && value?.origin.key === address.origin.key) {
      return BigInt.asUintN(64, now - value.offset + address.offset);
    }
  }
  return undefined;
}

function isOf(value: Value | undefined, register: number): value is Value {
  return value?.origin.kind === 'register' && value.origin.register === register;
}
