import type { Frame } from '../debuggee/thread';
import type { Machine } from '../emulator/machine/machine';
import type { HartFrame, UnwindSource } from '../unwinding/frame';
import { unwind } from '../unwinding/unwind';
import { AddressSpace } from './address-space';
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
  return hartFrames(machine, hart).flatMap((frame) => shownFrames(machine, frame));
}

/** An outer frame by its place in the shown stack; the mark of a trap stands for where the trap came. */
export function callerAt(machine: Machine, hart: number, index: number): HartFrame | undefined {
  if (index === 0) return undefined;
  return hartFrames(machine, hart).flatMap((frame) => (frame.left === 'by trap' ? [frame, frame] : [frame]))[index];
}

function shownFrames({ symbols }: Machine, { pc, left, privilege, cause, isGuess }: HartFrame): Frame[] {
  // A call may be the last instruction of its function: what it returns to then is another one.
  const name = left === 'by call' ? placeName(symbols, pc, pc - 1n) : placeName(symbols, pc);
  const frame: Frame = { kind: 'guest', name, pc, isGuess };
  return left === 'by trap' ? [{ kind: 'trap', name: trapName(cause, privilege) }, frame] : [frame];
}

function unwindSource(machine: Machine, hart: number): UnwindSource {
  const { core, symbols } = machine;
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
  };
}
