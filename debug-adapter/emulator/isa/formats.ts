/**
 * Where an instruction's operands stand in its bits. The manual's scrambled immediates are lists of pieces, so that
 * every decoder (the disassembler here, the one generated for the core) reads the same declaration.
 */
export type RegisterField =
  /** `width` bits from bit `at`; `base` is 8 for the compressed formats' x8 to x15. */
  { readonly at: number; readonly width: 3 | 5; readonly base: 0 | 8 } | { readonly fixed: number };

/** [lowest bit in the word, number of bits, lowest bit in the immediate] */
export type ImmediatePiece = readonly [from: number, width: number, to: number];

export interface ImmediateField {
  readonly pieces: readonly ImmediatePiece[];
  /** Width including the sign bit; absent for unsigned ones. */
  readonly signedWidth?: number;
}

export interface FormatFields {
  readonly rd?: RegisterField;
  readonly rs1?: RegisterField;
  readonly rs2?: RegisterField;
  readonly imm?: ImmediateField;
}

const x = (at: number): RegisterField => ({ at, width: 5, base: 0 });
const c = (at: number): RegisterField => ({ at, width: 3, base: 8 });
const fixed = (register: number): RegisterField => ({ fixed: register });
const rd = x(7);
const rs1 = x(15);
const rs2 = x(20);
const sp = fixed(2);

const unsigned = (...pieces: ImmediatePiece[]): ImmediateField => ({ pieces });
const signed = (signedWidth: number, ...pieces: ImmediatePiece[]): ImmediateField => ({ pieces, signedWidth });

/** Unprivileged manual, sections 2.2, 2.3 (base) and 16.2 (compressed); `CI16` and the like split its CI and CL. */
export const formats = {
  R: { rd, rs1, rs2 },
  I: { rd, rs1, imm: signed(12, [20, 12, 0]) },
  shamt5: { rd, rs1, imm: unsigned([20, 5, 0]) },
  shamt6: { rd, rs1, imm: unsigned([20, 6, 0]) },
  S: { rs1, rs2, imm: signed(12, [7, 5, 0], [25, 7, 5]) },
  B: { rs1, rs2, imm: signed(13, [8, 4, 1], [25, 6, 5], [7, 1, 11], [31, 1, 12]) },
  U: { rd, imm: signed(32, [12, 20, 12]) },
  J: { rd, imm: signed(21, [21, 10, 1], [20, 1, 11], [12, 8, 12], [31, 1, 20]) },
  /** With a rounding mode in `imm`; R4 has the third source above it. */
  Rrm: { rd, rs1, rs2, imm: unsigned([12, 3, 0]) },
  R4: { rd, rs1, rs2, imm: unsigned([12, 3, 0], [27, 5, 3]) },
  /** `imm` is the CSR's number; with the immediate forms `rs1` is the five-bit value. */
  csr: { rd, rs1, imm: unsigned([20, 12, 0]) },
  fence: { imm: unsigned([20, 12, 0]) },
  none: {},
  CIW: { rd: c(2), rs1: sp, imm: unsigned([11, 2, 4], [7, 4, 6], [6, 1, 2], [5, 1, 3]) },
  CLW: { rd: c(2), rs1: c(7), imm: unsigned([10, 3, 3], [6, 1, 2], [5, 1, 6]) },
  CLD: { rd: c(2), rs1: c(7), imm: unsigned([10, 3, 3], [5, 2, 6]) },
  CSW: { rs2: c(2), rs1: c(7), imm: unsigned([10, 3, 3], [6, 1, 2], [5, 1, 6]) },
  CSD: { rs2: c(2), rs1: c(7), imm: unsigned([10, 3, 3], [5, 2, 6]) },
  CI: { rd, rs1: x(7), imm: signed(6, [2, 5, 0], [12, 1, 5]) },
  CLI: { rd, rs1: fixed(0), imm: signed(6, [2, 5, 0], [12, 1, 5]) },
  CLUI: { rd, imm: signed(18, [2, 5, 12], [12, 1, 17]) },
  CI16: { rd: sp, rs1: sp, imm: signed(10, [6, 1, 4], [2, 1, 5], [5, 1, 6], [3, 2, 7], [12, 1, 9]) },
  CIshamt: { rd, rs1: x(7), imm: unsigned([2, 5, 0], [12, 1, 5]) },
  CBshamt: { rd: c(7), rs1: c(7), imm: unsigned([2, 5, 0], [12, 1, 5]) },
  CBI: { rd: c(7), rs1: c(7), imm: signed(6, [2, 5, 0], [12, 1, 5]) },
  CA: { rd: c(7), rs1: c(7), rs2: c(2) },
  CB: { rs1: c(7), rs2: fixed(0), imm: signed(9, [3, 2, 1], [10, 2, 3], [2, 1, 5], [5, 2, 6], [12, 1, 8]) },
  CJ: {
    rd: fixed(0),
    imm: signed(12, [3, 3, 1], [11, 1, 4], [2, 1, 5], [7, 1, 6], [6, 1, 7], [9, 2, 8], [8, 1, 10], [12, 1, 11]),
  },
  CLWSP: { rd, rs1: sp, imm: unsigned([4, 3, 2], [12, 1, 5], [2, 2, 6]) },
  CLDSP: { rd, rs1: sp, imm: unsigned([5, 2, 3], [12, 1, 5], [2, 3, 6]) },
  CSWSP: { rs2: x(2), rs1: sp, imm: unsigned([9, 4, 2], [7, 2, 6]) },
  CSDSP: { rs2: x(2), rs1: sp, imm: unsigned([10, 3, 3], [7, 3, 6]) },
  CJR: { rd: fixed(0), rs1: x(7) },
  CJALR: { rd: fixed(1), rs1: x(7) },
  CMV: { rd, rs1: fixed(0), rs2: x(2) },
  CADD: { rd, rs1: x(7), rs2: x(2) },
} as const satisfies Record<string, FormatFields>;

export type Format = keyof typeof formats;

export function readRegister(field: RegisterField | undefined, word: number): number {
  if (field === undefined) return 0;
  if ('fixed' in field) return field.fixed;
  return ((word >>> field.at) & ((1 << field.width) - 1)) + field.base;
}

/** As a signed 32-bit number, or an unsigned one for a field that has no sign. */
export function readImmediate(field: ImmediateField | undefined, word: number): number {
  if (field === undefined) return 0;
  let value = 0;
  for (const [from, width, to] of field.pieces) value |= ((word >>> from) & ((1 << width) - 1)) << to;
  if (field.signedWidth === undefined) return value;
  const unused = 32 - field.signedWidth;
  return (value << unused) >> unused;
}
