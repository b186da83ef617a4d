import type { DisassembledInstruction } from '../debuggee/debuggee';
import { disassembleAliased } from '../emulator/isa/disassembler';
import { byteCountOf } from '../emulator/isa/instructions';

/** RISC-V code that has been read. */
export interface Code {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** As the port has it; what has not been read is rows without bytes. */
export function disassembleCode(
  code: Code,
  address: bigint,
  instructionOffset: number,
  count: number,
): DisassembledInstruction[] {
  if (instructionOffset >= 0) return forward(code, address, instructionOffset + count).slice(instructionOffset);
  const before = backward(code, address, -instructionOffset);
  return [...before, ...forward(code, address, Math.max(0, instructionOffset + count))].slice(0, count);
}

function forward(code: Code, address: bigint, count: number): DisassembledInstruction[] {
  const rows: DisassembledInstruction[] = [];
  for (let at = address; rows.length < count; at += BigInt(rows.at(-1)!.bytes.length || 2)) rows.push(row(code, at));
  return rows;
}

/** Instructions are two or four bytes long: of the two places where the code may begin, from the one that leads to `address`. */
function backward(code: Code, address: bigint, count: number): DisassembledInstruction[] {
  const found = [code.address, code.address + 2n].map((start) => between(code, start, address)).find((rows) => rows);
  const rows = found?.slice(-count) ?? [];
  const first = rows[0]?.address ?? address;
  const missing = Array.from({ length: count - rows.length }, (_, index) => noRow(first - 2n * BigInt(index + 1)));
  return [...missing.reverse(), ...rows];
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

function row({ address: start, bytes }: Code, address: bigint): DisassembledInstruction {
  const offset = Number(address - start);
  if (offset < 0 || offset >= bytes.length) return noRow(address);
  const length = byteCountOf(bytes[offset]!);
  const instruction = bytes.subarray(offset, offset + length);
  if (instruction.length < length) return noRow(address);
  const word = new Uint8Array(4);
  word.set(instruction);
  const text = disassembleAliased(new DataView(word.buffer).getInt32(0, true), address, () => undefined);
  return { address, bytes: instruction, text };
}

function noRow(address: bigint): DisassembledInstruction {
  return { address, bytes: new Uint8Array(0), text: '' };
}
