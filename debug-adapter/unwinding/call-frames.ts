import type { CallFrameRules } from '../dwarf/call-frames';
import { isReturnAddress, preserved } from './calls';
import type { HartFrame, UnwindSource } from './frame';
import { sp } from './state';

const registerCount = 32;

/**
 * The caller as the compiler's call frame information has it. A rule that is computed is not known here, nor a frame that
 * was interrupted: what reads code finds those.
 */
export function byCallFrames(frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  const { pc, left, privilege } = frame;
  const rules = source.callFrameAt(left === 'by call' ? pc - 1n : pc);
  if (!rules || rules.isSignalFrame) return undefined;
  const frameAddress = frameAddressOf(frame, rules);
  if (frameAddress === undefined) return undefined;
  const caller = restored(rules.returnAddressRegister, rules, frameAddress, frame, source);
  if (caller === undefined || !isReturnAddress(caller, privilege, source)) return undefined;
  const x = Array.from({ length: registerCount }, (_, register) => {
    if (register === sp && !rules.registers.has(sp)) return frameAddress;
    if (!preserved.has(register) && !rules.registers.has(register)) return undefined;
    return register === rules.returnAddressRegister
      ? undefined
      : restored(register, rules, frameAddress, frame, source);
  });
  return { pc: caller, x, privilege, left: 'by call', isGuess: false };
}

/** The canonical frame address: what sp was before the call. */
export function frameAddressOf({ x }: HartFrame, { cfa }: CallFrameRules): bigint | undefined {
  const base = cfa.kind === 'register' ? x[cfa.register] : undefined;
  return base === undefined || cfa.kind !== 'register' ? undefined : BigInt.asUintN(64, base + cfa.offset);
}

function restored(
  register: number,
  { registers }: CallFrameRules,
  cfa: bigint,
  { x, privilege }: HartFrame,
  source: UnwindSource,
): bigint | undefined {
  const rule = registers.get(register) ?? { kind: 'same' };
  switch (rule.kind) {
    case 'same':
      return x[register];
    case 'register':
      return x[rule.register];
    case 'offset':
      return source.word(BigInt.asUintN(64, cfa + rule.offset), privilege);
    case 'value-offset':
      return BigInt.asUintN(64, cfa + rule.offset);
    default:
      return undefined;
  }
}
