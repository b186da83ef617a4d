import { Reader } from './reader';
import { type DebugSection, DwarfError } from './sections';

/** How to have a register's value in the caller (DWARF 5, section 6.4.1). */
export type RegisterRule =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'same' }
  /** In memory, or the value itself, so far from the canonical frame address. */
  | { readonly kind: 'offset'; readonly offset: bigint }
  | { readonly kind: 'value-offset'; readonly offset: bigint }
  | { readonly kind: 'register'; readonly register: number }
  /** Its place, or its value, computed with the canonical frame address on the stack. */
  | { readonly kind: 'expression'; readonly expression: Uint8Array }
  | { readonly kind: 'value-expression'; readonly expression: Uint8Array };

export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; readonly offset: bigint }
  | { readonly kind: 'expression'; readonly expression: Uint8Array };

/** What holds at one instruction of a function. */
export interface CallFrameRules {
  readonly cfa: CfaRule;
  readonly registers: ReadonlyMap<number, RegisterRule>;
  readonly returnAddressRegister: number;
  /** Its caller was interrupted, not left by a call. */
  readonly isSignalFrame: boolean;
}

interface Common {
  readonly codeAlignment: number;
  readonly dataAlignment: bigint;
  readonly returnAddressRegister: number;
  readonly isSignalFrame: boolean;
  readonly pointerEncoding: number;
  readonly hasAugmentationData: boolean;
  readonly addressByteCount: number;
  readonly instructions: Reader;
}

/** The description of one function. */
interface Description {
  readonly common: Common;
  readonly low: bigint;
  readonly high: bigint;
  readonly instructions: Reader;
}

const offsetSigns = { eh: 'eh', debug: 'debug' } as const;
type Form = keyof typeof offsetSigns;
/** States that a function may remember. */
const stateCountMax = 64;

/** `.debug_frame` or `.eh_frame` of one file. */
export class CallFrames {
  #descriptions: readonly Description[] | undefined;

  constructor(
    private readonly section: DebugSection,
    private readonly form: Form,
  ) {}

  at(address: bigint): CallFrameRules | undefined {
    this.#descriptions ??= readDescriptions(this.section, this.form);
    const all = this.#descriptions;
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (all[middle]!.low <= address) low = middle + 1;
      else high = middle;
    }
    const found = all[low - 1];
    return found && address < found.high ? rulesAt(found, address) : undefined;
  }
}

function readDescriptions(section: DebugSection, form: Form): Description[] {
  const commons = new Map<number, Common | undefined>();
  const descriptions: Description[] = [];
  const reader = new Reader(section.bytes);
  try {
    while (!reader.isAtEnd) {
      const { byteCount, offsetByteCount } = reader.initialLength();
      // `.eh_frame` ends with a length of 0.
      if (byteCount === 0) break;
      const idAt = reader.at;
      const entry = reader.part(byteCount);
      const isEh = form === 'eh';
      const id = isEh ? entry.u32() : entry.offset(offsetByteCount);
      const isCommon = isEh ? id === 0 : offsetByteCount === 4 ? id === 0xffff_ffff : id < 0;
      if (isCommon) continue;
      const at = isEh ? idAt - id : id;
      if (!commons.has(at)) commons.set(at, readCommon(section.bytes, at, form));
      const common = commons.get(at);
      if (common) descriptions.push(readDescription(entry, common, section));
    }
  } catch (error) {
    // What stands before the damage counts.
    if (!(error instanceof DwarfError)) throw error;
  }
  return descriptions.filter(({ low, high }) => high > low && low > 0n).sort((a, b) => (a.low < b.low ? -1 : 1));
}

/** Undefined: an augmentation that nobody knows. */
function readCommon(bytes: Uint8Array, at: number, form: Form): Common | undefined {
  const reader = new Reader(bytes, at);
  const { byteCount, offsetByteCount } = reader.initialLength();
  const entry = reader.part(byteCount);
  entry.skip(form === 'eh' ? 4 : offsetByteCount);
  const version = entry.u8();
  if (version !== 1 && version !== 3 && version !== 4) return undefined;
  const augmentation = entry.text();
  let addressByteCount = 8;
  if (version >= 4) {
    addressByteCount = entry.u8();
    entry.skip(1);
  }
  const codeAlignment = entry.uleb();
  const dataAlignment = entry.sleb();
  const returnAddressRegister = version === 1 ? entry.u8() : entry.uleb();
  let pointerEncoding = 0;
  const hasAugmentationData = augmentation.startsWith('z');
  if (!hasAugmentationData && augmentation !== '') return undefined;
  if (hasAugmentationData) {
    const data = entry.part(entry.uleb());
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') pointerEncoding = data.u8();
      else if (letter === 'L') data.skip(1);
      else if (letter === 'P') data.skip(encodedByteCount(data.u8()));
      else if (letter !== 'S' && letter !== 'B') return undefined;
    }
  }
  const isSignalFrame = hasAugmentationData && augmentation.includes('S');
  return {
    codeAlignment,
    dataAlignment,
    returnAddressRegister,
    isSignalFrame,
    pointerEncoding,
    hasAugmentationData,
    addressByteCount,
    instructions: entry,
  };
}

function readDescription(entry: Reader, common: Common, { bytes, address }: DebugSection): Description {
  const { pointerEncoding, addressByteCount } = common;
  const at = address + BigInt(entry.at);
  const low = readPointer(entry, pointerEncoding, addressByteCount, at);
  // A length: as large, relative to nothing.
  const length = readPointer(entry, pointerEncoding & 0x0f, addressByteCount, 0n);
  if (common.hasAugmentationData) entry.skip(entry.uleb());
  return { common, low, high: low + length, instructions: new Reader(bytes, entry.at, entry.end) };
}

/** Linux Standard Base, "DWARF Extensions": absolute or relative to its own place. */
function readPointer(reader: Reader, encoding: number, addressByteCount: number, at: bigint): bigint {
  const value = readEncoded(reader, encoding & 0x0f, addressByteCount);
  const base = (encoding & 0x70) === 0x10 ? at : 0n;
  return BigInt.asUintN(64, value + base);
}

function readEncoded(reader: Reader, format: number, addressByteCount: number): bigint {
  switch (format) {
    case 0x00:
      return reader.unsigned(addressByteCount);
    case 0x01:
      return reader.uleb64();
    case 0x09:
      return reader.sleb();
    case 0x02:
    case 0x03:
    case 0x04:
      return reader.unsigned(encodedByteCount(format));
    default:
      return reader.signed(encodedByteCount(format));
  }
}

function encodedByteCount(encoding: number): number {
  const byteCount = [8, 0, 2, 4, 8][encoding & 0x07];
  if (!byteCount) throw new DwarfError(`a pointer encoded as 0x${encoding.toString(16)}`);
  return byteCount;
}

/** A row of the table while it is made. */
class Row {
  cfa: CfaRule = { kind: 'register', register: 2, offset: 0n };
  registers = new Map<number, RegisterRule>();

  copy(): Row {
    const row = new Row();
    row.cfa = this.cfa;
    row.registers = new Map(this.registers);
    return row;
  }
}

function rulesAt({ common, low, instructions }: Description, address: bigint): CallFrameRules | undefined {
  const { returnAddressRegister, isSignalFrame } = common;
  try {
    const { instructions: first } = common;
    const initial = run(new Reader(first.bytes, first.at, first.end), common, new Row(), { from: 0n, to: 0n });
    const body = new Reader(instructions.bytes, instructions.at, instructions.end);
    const { cfa, registers } = run(body, common, initial.copy(), { from: low, to: address }, initial);
    return { cfa, registers, returnAddressRegister, isSignalFrame };
  } catch (error) {
    if (error instanceof DwarfError) return undefined;
    throw error;
  }
}

/** Section 6.4.2. @param initial what `restore` restores */
function run(
  reader: Reader,
  { codeAlignment, dataAlignment, addressByteCount, pointerEncoding }: Common,
  start: Row,
  { from, to }: { readonly from: bigint; readonly to: bigint },
  initial = start,
): Row {
  let row = start;
  let location = from;
  const remembered: Row[] = [];
  const factored = (): bigint => BigInt(reader.uleb()) * dataAlignment;
  const set = (register: number, rule: RegisterRule): void => {
    row.registers.set(register, rule);
  };
  const restore = (register: number): void => {
    const rule = initial.registers.get(register);
    if (rule) row.registers.set(register, rule);
    else row.registers.delete(register);
  };
  const cfaRegister = (): Extract<CfaRule, { kind: 'register' }> => {
    if (row.cfa.kind !== 'register') throw new DwarfError('a frame address that is computed has no register');
    return row.cfa;
  };
  const advance = (units: number | bigint): void => {
    location += BigInt(units) * BigInt(codeAlignment);
  };
  while (!reader.isAtEnd && location <= to) {
    const opcode = reader.u8();
    const operand = opcode & 0x3f;
    const before = location;
    const rowBefore = row;
    switch (opcode & 0xc0 || opcode) {
      case 0x40:
        advance(operand);
        break;
      case 0x80:
        set(operand, { kind: 'offset', offset: factored() });
        break;
      case 0xc0:
        restore(operand);
        break;
      case 0x00:
        break;
      case 0x01:
        location = readPointer(reader, pointerEncoding, addressByteCount, 0n);
        break;
      case 0x02:
        advance(reader.u8());
        break;
      case 0x03:
        advance(reader.u16());
        break;
      case 0x04:
        advance(reader.u32());
        break;
      case 0x05:
        set(reader.uleb(), { kind: 'offset', offset: factored() });
        break;
      case 0x06:
        restore(reader.uleb());
        break;
      case 0x07:
        set(reader.uleb(), { kind: 'undefined' });
        break;
      case 0x08:
        set(reader.uleb(), { kind: 'same' });
        break;
      case 0x09:
        set(reader.uleb(), { kind: 'register', register: reader.uleb() });
        break;
      case 0x0a:
        if (remembered.length >= stateCountMax) throw new DwarfError('too many states are remembered');
        remembered.push(row.copy());
        break;
      case 0x0b: {
        const state = remembered.pop();
        if (!state) throw new DwarfError('no state is remembered');
        row = state;
        break;
      }
      case 0x0c:
        row.cfa = { kind: 'register', register: reader.uleb(), offset: BigInt(reader.uleb()) };
        break;
      case 0x0d:
        row.cfa = { ...cfaRegister(), register: reader.uleb() };
        break;
      case 0x0e:
        row.cfa = { ...cfaRegister(), offset: BigInt(reader.uleb()) };
        break;
      case 0x0f:
        row.cfa = { kind: 'expression', expression: reader.take(reader.uleb()) };
        break;
      case 0x10:
        set(reader.uleb(), { kind: 'expression', expression: reader.take(reader.uleb()) });
        break;
      case 0x11:
        set(reader.uleb(), { kind: 'offset', offset: reader.sleb() * dataAlignment });
        break;
      case 0x12:
        row.cfa = { kind: 'register', register: reader.uleb(), offset: reader.sleb() * dataAlignment };
        break;
      case 0x13:
        row.cfa = { ...cfaRegister(), offset: reader.sleb() * dataAlignment };
        break;
      case 0x14:
        set(reader.uleb(), { kind: 'value-offset', offset: factored() });
        break;
      case 0x15:
        set(reader.uleb(), { kind: 'value-offset', offset: reader.sleb() * dataAlignment });
        break;
      case 0x16:
        set(reader.uleb(), { kind: 'value-expression', expression: reader.take(reader.uleb()) });
        break;
      case 0x2e:
        // GNU: bytes of arguments on the stack.
        reader.skipLeb();
        break;
      default:
        throw new DwarfError(`call frame instruction 0x${opcode.toString(16)}`);
    }
    if (location > to && location !== before) return rowBefore;
  }
  return row;
}
