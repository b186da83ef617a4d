import { byCallFrames } from './call-frames';
import { byCodeAhead } from './code-ahead';
import { byCodeBefore } from './code-before';
import type { HartFrame, UnwindSource } from './frame';
import { byFramePointer, byReturnAddress } from './guesses';
import { sp } from './state';

/** More than a stack that makes sense; a runaway recursion has more. */
const frameCountMax = 1000;

/** How a frame's caller is found: the first that finds one counts. */
const strategies: readonly {
  readonly find: (frame: HartFrame, source: UnwindSource) => HartFrame | undefined;
  readonly isGuess: boolean;
}[] = [
  { find: byCallFrames, isGuess: false },
  { find: byCodeAhead, isGuess: false },
  { find: byCodeBefore, isGuess: false },
  { find: byFramePointer, isGuess: true },
  { find: byReturnAddress, isGuess: true },
];

/** The stack of a hart, innermost frame first, from its registers. */
export function unwind(innermost: HartFrame, source: UnwindSource): HartFrame[] {
  const frames = [innermost];
  const seen = new Set([placeOf(innermost)]);
  while (frames.length < frameCountMax) {
    const caller = callerOf(frames.at(-1)!, source);
    // Damaged memory may lead in a circle.
    if (!caller || isNobody(caller) || seen.has(placeOf(caller))) break;
    seen.add(placeOf(caller));
    frames.push(caller);
  }
  return frames;
}

function callerOf(frame: HartFrame, source: UnwindSource): HartFrame | undefined {
  for (const { find, isGuess } of strategies) {
    const caller = find(frame, source);
    if (caller) return { ...caller, isGuess: frame.isGuess || isGuess };
  }
  return undefined;
}

/** Linux begins a thread of the kernel as if it came back from a trap, with all registers zero. A call to 0 has a stack. */
function isNobody({ pc, x, left }: HartFrame): boolean {
  return left === 'by trap' && pc === 0n && x[sp] === 0n;
}

function placeOf({ pc, x, privilege }: HartFrame): string {
  return `${privilege} ${pc} ${x[2]}`;
}
