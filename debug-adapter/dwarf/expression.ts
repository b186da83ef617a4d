import { attributes } from './constants';
import { Reader } from './reader';
import { DwarfError } from './sections';
import type { Unit } from './unit';

/** What an expression may ask of the frame that it is about; undefined where that is not known. */
export interface FrameView {
  /** By DWARF's numbers: x0 to x31, then f0 to f31. */
  register(register: number): bigint | undefined;
  /** Where the frame will find a register again: in it, or where a callee has saved it. */
  registerPlace(register: number): RegisterPlace | undefined;
  /** Fewer bytes where memory ends. */
  memory(address: bigint, byteCount: number): Uint8Array;
  readonly frameAddress: () => bigint | undefined;
  /** What a register held when the function was called, as far as the caller's code tells. */
  readonly entryValue: (register: number) => bigint | undefined;
  /** Of the function's frame: what `fbreg` is relative to. */
  readonly frameBase: () => bigint | undefined;
  /** As it is when something has been written. */
  readonly again: () => FrameView;
}

export type RegisterPlace =
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'memory'; readonly address: bigint };

/** Where a value is (DWARF 5, section 2.6); undefined where it is not any more. */
export type Location =
  | { readonly kind: 'memory'; readonly address: bigint }
  | { readonly kind: 'register'; readonly register: number }
  /** It is nowhere but known. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] };

export interface Piece {
  readonly location: Location | undefined;
  readonly byteCount: number;
}

/** More than any compiler's. */
const operationCountMax = 10_000;
const stackDepthMax = 256;
const wordByteCount = 8;
const threadPointer = 4;

/** What an expression needs that nobody knows. */
class Unknown extends Error {}

/** @returns undefined where the value is optimized out */
export function locate(bytes: Uint8Array, frame: FrameView, unit: Unit): Location | undefined {
  try {
    return bytes.length === 0 ? undefined : new Evaluation(bytes, frame, unit).location();
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

/** The number that an expression computes, with `initial` on its stack. */
export function compute(bytes: Uint8Array, frame: FrameView, unit: Unit): bigint | undefined {
  const location = locate(bytes, frame, unit);
  if (location?.kind === 'memory') return location.address;
  return location?.kind === 'register' ? frame.register(location.register) : undefined;
}

class Evaluation {
  readonly #reader: Reader;
  readonly #stack: bigint[] = [];
  #operationCount = 0;
  /** Both operands of an operation are converted to one type before it. */
  #isUnsigned = false;

  constructor(
    bytes: Uint8Array,
    private readonly frame: FrameView,
    private readonly unit: Unit,
  ) {
    this.#reader = new Reader(bytes);
  }

  location(): Location | undefined {
    const pieces: Piece[] = [];
    for (;;) {
      const location = this.#next();
      if (this.#reader.isAtEnd) return pieces.length > 0 ? { kind: 'pieces', pieces } : location;
      const operation = this.#reader.u8();
      if (operation !== 0x93) throw new DwarfError(`operation 0x${operation.toString(16)} behind a location`);
      pieces.push({ location, byteCount: this.#reader.uleb() });
      this.#stack.length = 0;
      if (this.#reader.isAtEnd) return { kind: 'pieces', pieces };
    }
  }

  /** Up to the end, or to the end of a piece. */
  #next(): Location | undefined {
    const reader = this.#reader;
    while (!reader.isAtEnd) {
      if (++this.#operationCount > operationCountMax) throw new DwarfError('an expression without an end');
      const operation = reader.u8();
      if (operation === 0x93) {
        reader.at--;
        break;
      }
      if (operation >= 0x50 && operation <= 0x6f) return { kind: 'register', register: operation - 0x50 };
      if (operation === 0x90) return { kind: 'register', register: reader.uleb() };
      if (operation === 0x9e) return { kind: 'bytes', bytes: reader.take(reader.uleb()) };
      if (operation === 0x9f) return { kind: 'bytes', bytes: wordOf(this.#pop()) };
      const result = this.#result(operation);
      if (result !== undefined) this.#push(result);
    }
    const address = this.#stack.at(-1);
    return address === undefined ? undefined : { kind: 'memory', address };
  }

  /** What it puts on the stack. */
  #result(operation: number): bigint | undefined {
    const reader = this.#reader;
    if (operation >= 0x30 && operation <= 0x4f) return BigInt(operation - 0x30);
    if (operation >= 0x70 && operation <= 0x8f) {
      return this.#known(this.frame.register(operation - 0x70)) + reader.sleb();
    }
    switch (operation) {
      case 0x03:
        return reader.u64();
      case 0x06:
        return this.#read(this.#pop(), wordByteCount);
      case 0x08:
        return reader.unsigned(1);
      case 0x09:
        return reader.signed(1);
      case 0x0a:
        return reader.unsigned(2);
      case 0x0b:
        return reader.signed(2);
      case 0x0c:
        return reader.unsigned(4);
      case 0x0d:
        return reader.signed(4);
      case 0x0e:
      case 0x0f:
        return reader.u64();
      case 0x10:
        return reader.uleb64();
      case 0x11:
        return reader.sleb();
      case 0x12:
        return this.#peek(0);
      case 0x13:
        this.#pop();
        return undefined;
      case 0x14:
        return this.#peek(1);
      case 0x15:
        return this.#peek(reader.u8());
      case 0x16: {
        const [top, below] = [this.#pop(), this.#pop()];
        this.#push(top);
        return below;
      }
      case 0x19: {
        const value = signed(this.#pop());
        return value < 0n ? -value : value;
      }
      case 0x1f:
        return -this.#pop();
      case 0x20:
        return ~this.#pop();
      case 0x23:
        return this.#pop() + reader.uleb64();
      case 0x28: {
        const distance = Number(reader.signed(2));
        if (this.#pop() !== 0n) this.#jump(distance);
        return undefined;
      }
      case 0x2f:
        this.#jump(Number(reader.signed(2)));
        return undefined;
      case 0x91:
        return this.#known(this.frame.frameBase()) + reader.sleb();
      case 0x92: {
        const register = reader.uleb();
        return this.#known(this.frame.register(register)) + reader.sleb();
      }
      case 0x94:
        return this.#read(this.#pop(), reader.u8());
      case 0x96:
        return undefined;
      // Of thread-local storage, by its offset: for the program itself, that begins where tp points.
      case 0x9b:
      case 0xe0:
        return this.#pop() + this.#known(this.frame.register(threadPointer));
      case 0x9c:
        return this.#known(this.frame.frameAddress());
      case 0xa8:
      case 0xf7:
        return this.#converted(reader.uleb());
      case 0xa1:
        return this.unit.strings.addressAt(this.unit, reader.uleb());
      case 0xa3:
      case 0xf3:
        return this.#known(this.frame.entryValue(registerOf(reader.take(reader.uleb()))));
      default:
        return this.#binary(operation);
    }
  }

  /** To an integer's base type, by its offset in the unit; 0: to that of addresses, which counts as signed. */
  #converted(offset: number): bigint {
    const value = this.#pop();
    this.#isUnsigned = false;
    if (offset === 0) return value;
    const type = this.unit.entry(this.unit.header.offset + offset);
    const encoding = type.number(attributes.encoding) ?? 0;
    const bitCount = 8 * (type.number(attributes.byteSize) ?? 0);
    if (!integerEncodings.has(encoding) || bitCount === 0 || bitCount > 64) throw new Unknown();
    this.#isUnsigned = !signedEncodings.has(encoding);
    return this.#isUnsigned ? BigInt.asUintN(bitCount, value) : BigInt.asIntN(bitCount, value);
  }

  #binary(operation: number): bigint {
    const apply = binaryOperations[operation];
    // Of typed values and others, nobody here knows.
    if (!apply) throw new Unknown();
    const [b, a] = [this.#pop(), this.#pop()];
    if (operation === divide && this.#isUnsigned && b !== 0n) return a / b;
    return apply(a, b);
  }

  #push(value: bigint): void {
    if (this.#stack.length >= stackDepthMax) throw new DwarfError('an expression with too much on its stack');
    this.#stack.push(BigInt.asUintN(64, value));
  }

  #pop(): bigint {
    return this.#known(this.#stack.pop());
  }

  #peek(depth: number): bigint {
    return this.#known(this.#stack.at(-1 - depth));
  }

  #jump(distance: number): void {
    const { bytes, end } = this.#reader;
    if (this.#reader.at + distance < 0 || this.#reader.at + distance > end || bytes.length < end) {
      throw new DwarfError('a jump out of an expression');
    }
    this.#reader.at += distance;
  }

  #read(address: bigint, byteCount: number): bigint {
    const bytes = this.frame.memory(address, byteCount);
    if (bytes.length < byteCount) throw new Unknown();
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  #known(value: bigint | undefined): bigint {
    if (value === undefined) throw new Unknown();
    return value;
  }
}

/** Of an expression that is a register and nothing else. */
export function registerOf(expression: Uint8Array): number {
  const reader = new Reader(expression);
  const operation = reader.u8();
  const register = operation === 0x90 ? reader.uleb() : operation - 0x50;
  if (!reader.isAtEnd || register < 0 || (operation !== 0x90 && register > 31)) throw new Unknown();
  return register;
}

function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function truth(holds: boolean): bigint {
  return holds ? 1n : 0n;
}

const divide = 0x1b;
/** DW_ATE_boolean, signed, signed_char, unsigned, unsigned_char. */
const integerEncodings: ReadonlySet<number> = new Set([0x02, 0x05, 0x06, 0x07, 0x08]);
const signedEncodings: ReadonlySet<number> = new Set([0x05, 0x06]);

/** Section 2.5.1.4 and 2.5.1.5. */
const binaryOperations: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = {
  26: (a, b) => a & b,
  27: (a, b) => (b === 0n ? 0n : signed(a) / signed(b)),
  28: (a, b) => a - b,
  29: (a, b) => (b === 0n ? 0n : a % b),
  30: (a, b) => a * b,
  33: (a, b) => a | b,
  34: (a, b) => a + b,
  36: (a, b) => (b > 63n ? 0n : a << b),
  37: (a, b) => (b > 63n ? 0n : a >> b),
  38: (a, b) => signed(a) >> (b > 63n ? 63n : b),
  39: (a, b) => a ^ b,
  41: (a, b) => truth(signed(a) === signed(b)),
  42: (a, b) => truth(signed(a) >= signed(b)),
  43: (a, b) => truth(signed(a) > signed(b)),
  44: (a, b) => truth(signed(a) <= signed(b)),
  45: (a, b) => truth(signed(a) < signed(b)),
  46: (a, b) => truth(signed(a) !== signed(b)),
};

/** Of 8 bytes. */
export function wordOf(value: bigint): Uint8Array {
  const bytes = new Uint8Array(wordByteCount);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes;
}
