import type { SourcePlace } from '../debuggee/guest-source';
import type { Frame, SourceType } from '../debuggee/thread';
import type { FrameVariable, RegistersAndMemory } from '../dwarf/debug-info';
import type { RegisterPlace } from '../dwarf/expression';
import { floatRegisterNames } from '../emulator/isa/registers';
import type { Machine } from '../emulator/machine/machine';
import { frameAddressOf } from '../unwinding/call-frames';
import { preserved } from '../unwinding/calls';
import type { HartFrame, UnwindSource } from '../unwinding/frame';
import { unwind } from '../unwinding/unwind';
import { AddressSpace } from './address-space';
import { debugInfoOf } from './debug-info';
import { readVirtual } from './guest-memory';
import { placeName } from './inspect';
import { abiNames } from './registers';
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

/** Parameters and variables of a frame of the shown stack, as its source names them. */
export function frameVariables(machine: Machine, hart: number, place: number): readonly FrameVariable[] {
  const found = shownStack(machine, hart)[place];
  if (!found || found.index < 0) return [];
  const { frame, index } = found;
  return debugInfoOf(machine).variablesAt(lookupAddress(frame), index, viewOf(machine, hart, frame));
}

/** What a frame's source names that is not its own. */
export interface SourceNames {
  globals(): readonly FrameVariable[];
  global(name: string): FrameVariable | undefined;
  type(name: string): SourceType | undefined;
  enumerator(name: string): bigint | undefined;
}

export function sourceNames(machine: Machine, hart: number, place: number): SourceNames {
  const info = debugInfoOf(machine);
  const found = shownStack(machine, hart)[place]?.frame ?? innermostFrame(machine, hart);
  const [address, view] = [lookupAddress(found), viewOf(machine, hart, found)];
  // What may be a variable of any file has a symbol, where no code is.
  const placeOf = (name: string): bigint | undefined => {
    const symbol = machine.symbols.addressOf(name);
    return symbol !== undefined && info.functionsAt(symbol).length === 0 ? symbol : undefined;
  };
  return {
    globals: () => info.globalsAt(address, view, placeOf),
    global: (name) => info.globalNamed(name, address, view, placeOf(name)),
    type: (name) => info.typeNamed(name, address, view),
    enumerator: (name) => info.enumeratorNamed(name, address),
  };
}

function viewOf(machine: Machine, hart: number, frame: HartFrame): RegistersAndMemory {
  return {
    register: (register) => (register < 32 ? frame.x[register] : floatRegister(machine, hart, frame, register)),
    registerPlace(register) {
      const place = registerPlace(machine, hart, frame, register);
      // Code that no compiler has described may have saved it elsewhere.
      const isThere = place?.kind !== 'memory' || register >= 32;
      return isThere || doubleWordAt(machine, hart, place.address) === frame.x[register] ? place : undefined;
    },
    memory: (address, byteCount) => readVirtual(machine, hart, address, byteCount),
    again: () => viewOf(machine, hart, hartFrames(machine, hart).find((each) => isSameFrame(each, frame)) ?? frame),
    frameAddress() {
      const rules = debugInfoOf(machine).callFrameAt(lookupAddress(frame));
      return rules && frameAddressOf(frame, rules);
    },
    caller() {
      const frames = hartFrames(machine, hart);
      const caller = frames[frames.findIndex((each) => isSameFrame(each, frame)) + 1];
      return caller?.left === 'by call' ? { returnAddress: caller.pc, view: viewOf(machine, hart, caller) } : undefined;
    },
  };
}

function isSameFrame(a: HartFrame, b: HartFrame): boolean {
  return a.pc === b.pc && a.x[2] === b.x[2];
}

/** By DWARF's number; undefined where callees may have changed it. */
function floatRegister(machine: Machine, hart: number, of: HartFrame, register: number): bigint | undefined {
  const place = registerPlace(machine, hart, of, register);
  if (place?.kind === 'register') return machine.core.readF(hart, register - 32);
  return place && doubleWordAt(machine, hart, place.address);
}

/** Where a frame will find a register again, by DWARF's number: undefined where callees may have changed it. */
function registerPlace(machine: Machine, hart: number, of: HartFrame, register: number): RegisterPlace | undefined {
  const info = debugInfoOf(machine);
  const name = register < 32 ? abiNames[register] : floatRegisterNames[register - 32];
  let place: RegisterPlace | undefined = name === undefined ? undefined : { kind: 'register', name };
  for (const frame of hartFrames(machine, hart)) {
    if (isSameFrame(frame, of) || !place) return place;
    const rules = info.callFrameAt(lookupAddress(frame));
    const frameAddress = rules && frameAddressOf(frame, rules);
    if (frameAddress === undefined || !isSaved(register)) return undefined;
    const rule = rules!.registers.get(register);
    if (rule?.kind === 'offset') place = { kind: 'memory', address: BigInt.asUintN(64, frameAddress + rule.offset) };
    else if (rule && rule.kind !== 'same') return undefined;
  }
  return undefined;
}

/** By callees, at the end of which it holds the same again in its own right. */
function isSaved(register: number): boolean {
  return register !== stackPointer && (preserved.has(register) || preservedFloats.has(register));
}

const stackPointer = 2;
/** fs0 to fs11. */
const preservedFloats: ReadonlySet<number> = new Set([40, 41, ...Array.from({ length: 10 }, (_, index) => 50 + index)]);

function doubleWordAt(machine: Machine, hart: number, address: bigint): bigint | undefined {
  const bytes = readVirtual(machine, hart, BigInt.asUintN(64, address), 8);
  return bytes.length < 8 ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

interface ShownFrame {
  readonly shown: Frame;
  readonly frame: HartFrame;
  /** Of its function among those at its address. */
  readonly index: number;
}

function shownStack(machine: Machine, hart: number): ShownFrame[] {
  return hartFrames(machine, hart).flatMap((frame) => {
    const frames = shownFrames(machine, frame);
    const trapCount = frame.left === 'by trap' ? 1 : 0;
    return frames.map((shown, place) => ({ shown, frame, index: place - trapCount }));
  });
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
