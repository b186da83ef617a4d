import { isBehindFunction, isReturnAddress, preserved } from './calls';
import { evaluate } from './evaluate';
import type { HartFrame, UnwindSource } from './frame';
import { type Ending, followPaths } from './paths';
import { type PathState, ra, sp } from './state';
import { trapModes } from './traps';

/**
 * The caller is where the code ahead of a frame returns to, with the registers that it gives back: right at every
 * instruction, from the first of a prologue to the last of an epilogue, and without symbols. Handlers return by `mret` or
 * `sret` to where the trap was. Functions that never return have no such code.
 */
export function byCodeAhead(frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  if (isBehindFunction(frame, source)) return undefined;
  const code = (address: bigint): number | undefined => source.code(address, frame.privilege);
  return followPaths(frame.pc, code, (ending, state) => callerAt(ending, state, frame, source));
}

function callerAt(ending: Ending, state: PathState, frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  switch (ending.kind) {
    case 'return':
      return returned(evaluate(ending.to, frame, source), state, frame, source);
    case 'jump': {
      // A tail call comes after the epilogue; in the midst of a function it is a `switch`.
      const to = state.register(ra);
      return to?.origin.kind === 'memory' ? returned(evaluate(to, frame, source), state, frame, source) : undefined;
    }
    case 'trap-return':
      return interrupted(ending.mode, state, frame, source);
    case 'arrival':
      return undefined;
  }
}

function returned(
  pc: bigint | undefined,
  state: PathState,
  frame: HartFrame,
  source: UnwindSource,
): HartFrame | undefined {
  const { privilege } = frame;
  if (pc === undefined || !isReturnAddress(pc, privilege, source)) return undefined;
  const x = frame.x.map((_, register) =>
    preserved.has(register) ? evaluate(state.register(register), frame, source) : undefined,
  );
  return x[sp] === undefined ? undefined : { pc, x, privilege, left: 'by call', isGuess: false };
}

function interrupted(
  mode: keyof typeof trapModes,
  state: PathState,
  frame: HartFrame,
  source: UnwindSource,
): HartFrame | undefined {
  const { privilege: handler, epc, cause, status, privilegeBefore } = trapModes[mode];
  if (frame.privilege < handler) return undefined;
  const saved = state.csr(epc);
  const pc = evaluate(saved, frame, source);
  const privilege = privilegeBefore(evaluate(state.csr(status), frame, source), source);
  if (pc === undefined || privilege === undefined) return undefined;
  return {
    pc,
    x: frame.x.map((_, register) => evaluate(state.register(register), frame, source)),
    privilege,
    left: 'by trap',
    cause: saved?.origin.kind === 'csr' ? source.csr(cause) : undefined,
    isGuess: false,
  };
}
