import type { CallFrameRules } from '../dwarf/call-frames';

/** A frame of a hart's stack: where it goes on, and the registers that it will find then. */
export interface HartFrame {
  readonly pc: bigint;
  /** x0 to x31; undefined where a callee may have changed it, or nobody knows. */
  readonly x: readonly (bigint | undefined)[];
  /** 0 U, 1 S, 3 M. */
  readonly privilege: number;
  /** How the frame inside this one was entered from it. */
  readonly left: 'not' | 'by call' | 'by trap';
  /** Of the trap by which it was left, if its CSR still says. */
  readonly cause?: bigint | undefined;
  /** It, or one inside it, is not certain. */
  readonly isGuess: boolean;
}

/** What unwinding may ask of the machine. Addresses are virtual, as a frame of that privilege sees them. */
export interface UnwindSource {
  /** The instruction at an address, zeros above a compressed one's two bytes or not; undefined where there is no memory. */
  code(address: bigint, privilege: number): number | undefined;
  /** Eight bytes. */
  word(address: bigint, privilege: number): bigint | undefined;
  csr(csr: number): bigint | undefined;
  /** Where the function begins that covers an address, as far as symbols tell. */
  functionAt(address: bigint): bigint | undefined;
  /** What debug information says of the caller there. */
  callFrameAt(address: bigint): CallFrameRules | undefined;
}
