import type { SourcePlace } from '../debuggee/guest-source';
import type { Frame } from '../debuggee/thread';
import type { Machine } from '../emulator/machine/machine';
import type { HartFrame, UnwindSource } from '../unwinding/frame';
import { unwind } from '../unwinding/unwind';
import { AddressSpace } from './address-space';
import { debugInfoOf } from './debug-info';
import { placeName } from './inspect';
import { trapName } from './trap-names';

const privileges = [0, 1, 2, 3];

/** The frames of a hart that stands still, innermost first. */
export function hartFrames(machine: Machine, hart: number): HartFrame[] {
  return unwind(innermostFrame(machine, hart), unwindSource(machine, hart));
}

export function innermostFrame({ core }: Machine, hart: number): HartFrame {
  return {
    pc: core.pc.get(hart),
    x: Array.from({ length: 32 }, (_, register) => core.readX(hart, register)),
    privilege: core.privilege(hart),
    left: 'not',
    isGuess: false,
  };
}

/** As shown: a line of its own marks where a trap came between two frames. */
export function hartStack(machine: Machine, hart: number): Frame[] {
  return shownStack(machine, hart).map(({ shown }) => shown);
}

/** A frame by its place in the shown stack; the mark of a trap stands for where the trap came. */
export function frameAt(machine: Machine, hart: number, index: number): HartFrame | undefined {
  return shownStack(machine, hart)[index]?.frame;
}

/** An outer frame by its place in the shown stack: undefined where the innermost one's registers are meant. */
export function callerAt(machine: Machine, hart: number, index: number): HartFrame | undefined {
  if (index === 0) return undefined;
  const frame = frameAt(machine, hart, index);
  return frame?.left === 'not' ? undefined : frame;
}

interface ShownFrame {
  readonly shown: Frame;
  readonly frame: HartFrame;
}

function shownStack(machine: Machine, hart: number): ShownFrame[] {
  return hartFrames(machine, hart).flatMap((frame) => shownFrames(machine, frame).map((shown) => ({ shown, frame })));
}

/** Where a frame stands for who asks what code it is in: a call may be the last instruction of its function or its line. */
export function lookupAddress({ pc, left }: HartFrame): bigint {
  return left === 'by call' ? pc - 1n : pc;
}

function shownFrames(machine: Machine, frame: HartFrame): Frame[] {
  const { pc, left, privilege, cause, isGuess } = frame;
  const at = lookupAddress(frame);
  const info = debugInfoOf(machine);
  const functions = info.functionsAt(at);
  let source: SourcePlace | undefined = info.lineAt(at);
  const frames: Frame[] = [];
  // Innermost first: each of those that were inlined stands where the next one calls it.
  for (const { name, isInlined, call } of functions) {
    frames.push({ kind: 'guest', name, pc, isGuess, isInlined, source });
    source = call;
  }
  if (frames.length === 0) {
    frames.push({ kind: 'guest', name: placeName(machine.symbols, pc, at), pc, isGuess, isInlined: false, source });
  }
  return left === 'by trap' ? [{ kind: 'trap', name: trapName(cause, privilege) }, ...frames] : frames;
}

function unwindSource(machine: Machine, hart: number): UnwindSource {
  const { core, symbols } = machine;
  const info = debugInfoOf(machine);
  const spaces = privileges.map((privilege) => new AddressSpace(machine, hart, privilege));
  return {
    code(address, privilege) {
      const space = spaces[privilege]!;
      const word = space.read(address, 4) ?? space.read(address, 2);
      return word === undefined ? undefined : Number(word);
    },
    word: (address, privilege) => spaces[privilege]!.read(address, 8),
    csr: (csr) => core.readCsr(hart, csr),
    functionAt: (address) => symbols.functionAt(address),
    callFrameAt: (address) => info.callFrameAt(address),
  };
}
