import fc from 'fast-check';
import { pageByteCount, ramBase } from '../../debug-adapter/emulator/core/guest-core';

/** What a random guest does for ever: writes pseudo-random words to pseudo-random places of a window of RAM. */
export interface GuestShape {
  readonly seed: number;
  /** The window: so many pages (a power of two) from this page of RAM on. */
  readonly firstPage: number;
  readonly pageCountLog2: number;
  /** Instructions spent between two writes, about. */
  readonly idleRounds: number;
  /** Bytes of a store: 1, 2, 4 or 8, as a power of two. */
  readonly sizeLog2: number;
  /** How far off its natural alignment a store is; one near a page's end then touches two pages. */
  readonly misalignment: number;
}

/** Such guests, up to these. */
export function guestShapes({ firstPage = 128, pageCountLog2 = 6, idleRounds = 400 } = {}): fc.Arbitrary<GuestShape> {
  return fc.record({
    seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
    firstPage: fc.integer({ min: 1, max: firstPage }),
    pageCountLog2: fc.integer({ min: 0, max: pageCountLog2 }),
    idleRounds: fc.integer({ min: 0, max: idleRounds }),
    sizeLog2: fc.integer({ min: 0, max: 3 }),
    misalignment: fc.integer({ min: 0, max: 7 }),
  });
}

const [t0, t1, t2, t3, t4, t5, t6] = [5, 6, 7, 28, 29, 30, 31] as const;

/** A flat image for the start of RAM. Encodings: the unprivileged manual, chapter "RV32/64G Instruction Set Listings". */
export function randomGuest(shape: GuestShape): Uint8Array {
  const window = ramBase + shape.firstPage * pageByteCount;
  const offsetMask = (1 << (shape.pageCountLog2 + 12)) - 1;
  const words = [
    ...loadImmediate(t0, shape.seed | 1),
    ...loadUnsigned32(t1, window),
    ...loadImmediate(t2, 1_103_515_245),
    ...loadImmediate(t6, offsetMask),
    // loop: t0 = t0 * t2 + 12345
    r(0x33, 0, 1, t0, t0, t2),
    i(0x13, 0, t0, t0, 1234),
    // t3 = window + ((t0 >> 9) & mask & ~7) + misalignment
    i(0x13, 5, t3, t0, 9),
    r(0x33, 7, 0, t3, t3, t6),
    i(0x13, 7, t3, t3, -8),
    r(0x33, 0, 0, t3, t3, t1),
    s(shape.sizeLog2, t3, t0, shape.misalignment),
    // t4 = idleRounds; while (t4 != 0) t4--
    i(0x13, 0, t4, 0, shape.idleRounds),
    b(0, t4, 0, 12),
    i(0x13, 0, t4, t4, -1),
    j(-8),
    i(0x13, 0, t5, t5, 1),
  ];
  const loopStart = words.length - 12;
  words.push(j(4 * (loopStart - words.length)));
  const image = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => {
    image.setUint32(index * 4, word >>> 0, true);
  });
  return new Uint8Array(image.buffer);
}

function loadImmediate(rd: number, value: number): number[] {
  const low = (value << 20) >> 20;
  return [((value - low) & 0xfffff000) | (rd << 7) | 0x37, i(0x1b, 0, rd, rd, low)];
}

/** As `loadImmediate`, then the upper half cleared: LUI sign-extends. */
function loadUnsigned32(rd: number, value: number): number[] {
  return [...loadImmediate(rd, value | 0), i(0x13, 1, rd, rd, 32), i(0x13, 5, rd, rd, 32)];
}

function r(opcode: number, funct3: number, funct7: number, rd: number, rs1: number, rs2: number): number {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

function i(opcode: number, funct3: number, rd: number, rs1: number, immediate: number): number {
  return (immediate << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

function s(funct3: number, rs1: number, rs2: number, immediate: number): number {
  return ((immediate >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((immediate & 31) << 7) | 0x23;
}

function b(funct3: number, rs1: number, rs2: number, offset: number): number {
  const bits =
    (((offset >> 12) & 1) << 31) |
    (((offset >> 5) & 63) << 25) |
    (((offset >> 1) & 15) << 8) |
    (((offset >> 11) & 1) << 7);
  return bits | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | 0x63;
}

function j(offset: number): number {
  const bits = (((offset >> 20) & 1) << 31) | (((offset >> 1) & 0x3ff) << 21) | (((offset >> 11) & 1) << 20);
  return bits | (((offset >> 12) & 0xff) << 12) | 0x6f;
}
