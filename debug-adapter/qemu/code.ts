import type { DisassembledInstruction } from '../debuggee/debuggee';
import type { InstructionSet } from './instruction-set';

/** Code that has been read. */
export interface Code {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly set: InstructionSet;
}

/** Longest instructions, within which decoding has fallen into step: of x86 it takes a few, mostly one or two. */
export const settleCount = 16;

/** As the port has it: `count` rows. What has not been read is rows without bytes. */
export function disassembleCode(
  code: Code | undefined,
  address: bigint,
  instructionOffset: number,
  count: number,
): DisassembledInstruction[] {
  if (instructionOffset >= 0) return forward(code, address, instructionOffset + count).slice(instructionOffset);
  const before = backward(code, address, -instructionOffset);
  return [...before, ...forward(code, address, Math.max(0, instructionOffset + count))].slice(0, count);
}

function forward(code: Code | undefined, address: bigint, count: number): DisassembledInstruction[] {
  const rows: DisassembledInstruction[] = [];
  for (let at = address; rows.length < count; at += lengthOf(rows.at(-1)!, code)) rows.push(row(code, at));
  return rows;
}

/**
 * Where an instruction begins cannot be seen from behind it. Decoding falls into step soon, wherever it begins: of the
 * places well before the first that was asked for, the first from which it leads to `address`.
 */
function backward(code: Code | undefined, address: bigint, count: number): DisassembledInstruction[] {
  const found = code && starts(code, address, count).find((start) => between(code, start, address));
  const rows = found === undefined ? [] : between(code!, found, address)!.slice(-count);
  const first = rows[0]?.address ?? address;
  const step = BigInt(code?.set.alignment ?? 1);
  const missing = Array.from({ length: count - rows.length }, (_, index) => noRow(first - step * BigInt(index + 1)));
  return [...missing.reverse(), ...rows];
}

/** An instruction's length of them, the earliest first. */
function starts({ address: start, set }: Code, address: bigint, count: number): bigint[] {
  const alignment = BigInt(set.alignment);
  const earliest = address - BigInt(count + settleCount) * BigInt(set.byteCountMax);
  const first = earliest > start ? earliest - (earliest % alignment) : start;
  return Array.from({ length: set.byteCountMax / set.alignment }, (_, index) => first + alignment * BigInt(index));
}

/** Undefined unless they lead there. */
function between(code: Code, start: bigint, end: bigint): DisassembledInstruction[] | undefined {
  const rows: DisassembledInstruction[] = [];
  let at = start;
  while (at < end) {
    const next = row(code, at);
    if (next.bytes.length === 0) return undefined;
    rows.push(next);
    at += BigInt(next.bytes.length);
  }
  return at === end ? rows : undefined;
}

function row(code: Code | undefined, address: bigint): DisassembledInstruction {
  if (!code) return noRow(address);
  const { address: start, bytes, set } = code;
  const offset = Number(address - start);
  if (offset < 0 || offset >= bytes.length) return noRow(address);
  const rest = bytes.subarray(offset, offset + set.byteCountMax);
  const decoded = set.decode(rest, address);
  if (!decoded && rest.length < set.byteCountMax) return noRow(address);
  const { byteCount, text } = decoded ?? noInstruction(rest.subarray(0, set.alignment));
  return { address, bytes: rest.subarray(0, byteCount), text, ...(set.isByteString && { isByteString: true }) };
}

/** As an assembler is told it. */
function noInstruction(bytes: Uint8Array): { readonly byteCount: number; readonly text: string } {
  const directive = bytes.length === 1 ? '.byte' : `.${bytes.length}byte`;
  const digits = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, '0'));
  return { byteCount: bytes.length, text: `${directive} 0x${digits.join('')}` };
}

function lengthOf({ bytes }: DisassembledInstruction, code: Code | undefined): bigint {
  return BigInt(bytes.length || (code?.set.alignment ?? 1));
}

function noRow(address: bigint): DisassembledInstruction {
  return { address: BigInt.asUintN(64, address), bytes: new Uint8Array(0), text: '' };
}
