import { isReturnAddress, preserved } from './calls';
import type { HartFrame, UnwindSource } from './frame';
import { ra, sp } from './state';

const framePointer = 8;
/** A frame larger than that is none. */
const frameByteCountMax = 1n << 20n;

/** RISC-V psABI, frame pointer convention: it holds sp at the function's entry; ra and the caller's are right below. */
export function byFramePointer(frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  const { privilege } = frame;
  const [stack, entry] = [frame.x[sp], frame.x[framePointer]];
  if (stack === undefined || entry === undefined || entry % 8n !== 0n) return undefined;
  if (entry < stack || entry - stack > frameByteCountMax) return undefined;
  const pc = source.word(entry - 8n, privilege);
  if (pc === undefined || !isReturnAddress(pc, privilege, source)) return undefined;
  const x = frame.x.map((value, register) => {
    if (register === sp) return entry;
    if (register === framePointer) return source.word(entry - 16n, privilege);
    return register === 3 || register === 4 ? value : undefined;
  });
  return { pc, x, privilege, left: 'by call', isGuess: true };
}

/** What `ra` holds, unless it is from a call that the function itself has made. */
export function byReturnAddress(frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  const { privilege } = frame;
  const pc = frame.x[ra];
  if (pc === undefined || !isReturnAddress(pc, privilege, source)) return undefined;
  if (source.functionAt(pc) === source.functionAt(frame.pc)) return undefined;
  const x = frame.x.map((value, register) => (preserved.has(register) ? value : undefined));
  return { pc, x, privilege, left: 'by call', isGuess: true };
}
