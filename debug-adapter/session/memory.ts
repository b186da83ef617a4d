import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee, DisassembledInstruction } from '../debuggee/debuggee';
import type { GuestSource, SourcePlace } from '../debuggee/guest-source';
import type { Pieces } from '../debuggee/pieces';
import type { ThreadId } from '../debuggee/thread';
import { fromBase64, toBase64 } from '../protocol/base64';
import { badArguments, badMemoryReference } from './errors';

/** What one request may ask for: more than any view shows. */
export const byteCountMax = 16 << 20;
const instructionCountMax = 65_536;
/** What is read, or written as base64, in one piece: whole groups of three bytes. */
const pieceByteCount = 48 << 12;
/** Rows made in one piece. */
const pieceInstructionCount = 4096;

/** Before an address: guest physical memory, past the MMU. What the page map opens. */
const physicalPrefix = 'physical:';

/** The canonical form of an address: what is handed out and what events carry. */
export function memoryReference(address: bigint): string {
  return `0x${BigInt.asUintN(64, address).toString(16)}`;
}

/** @throws SessionError for anything but a number. */
export function parseReference(reference: string): bigint {
  const text = reference.trim();
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) throw badMemoryReference(reference);
  return BigInt(text);
}

export function isMemoryReference(text: string): boolean {
  return /^\s*(physical:\s*)?(0x[0-9a-f]+|\d+)\s*$/i.test(text);
}

/** What a memory reference and an offset from it mean. @throws SessionError */
export function memoryPlace(
  reference: string,
  offset: number,
): { readonly isPhysical: boolean; readonly address: bigint } {
  const isPhysical = reference.startsWith(physicalPrefix);
  const address = parseReference(isPhysical ? reference.slice(physicalPrefix.length) : reference);
  return { isPhysical, address: address + BigInt(offset) };
}

/** What has been read: the answer, and its bytes. */
export interface Read {
  readonly answer: NonNullable<Dap.ReadMemoryResponse['body']>;
  readonly bytes: Uint8Array;
}

/** Bytes as far as they can be read; the rest is told as unreadable. */
export function* readMemory(debuggee: Debuggee, thread: ThreadId, args: Dap.ReadMemoryArguments): Pieces<Read> {
  const { memoryReference: reference, offset = 0, count } = args;
  checkCount('readMemory', 'count', count, byteCountMax);
  const address = memoryReference(memoryPlace(reference, offset).address);
  const bytes = new Uint8Array(count);
  const texts: string[] = [];
  let done = 0;
  for (let wanted = count > 0; wanted; ) {
    const byteCount = Math.min(pieceByteCount, count - done);
    const piece = readBytes(debuggee, thread, { memoryReference: reference, offset: offset + done, count: byteCount });
    bytes.set(piece, done);
    texts.push(toBase64(piece));
    done += piece.length;
    wanted = piece.length === byteCount && done < count;
    if (wanted) yield;
  }
  const unreadableBytes = count - done;
  return {
    answer: { address, data: texts.join(''), ...(unreadableBytes > 0 && { unreadableBytes }) },
    bytes: bytes.subarray(0, done),
  };
}

/** What `data` of a request has. @throws Error when it is not base64, SessionError when it is too much */
export function* decoded(data: string): Pieces<Uint8Array> {
  const text = /\s/.test(data) ? data.replace(/[\t\n\f\r ]+/g, '') : data;
  const byteCount = Math.floor(text.length / 4) * 3;
  if (byteCount > byteCountMax + 3) {
    throw badArguments('writeMemory', `\`data\` has more than ${byteCountMax} bytes`);
  }
  const bytes = new Uint8Array(byteCount + 3);
  const pieceLength = (pieceByteCount / 3) * 4;
  let done = 0;
  for (let at = 0; at < text.length; ) {
    const piece = fromBase64(text.slice(at, at + pieceLength));
    at += pieceLength;
    const isShort = piece.length < pieceByteCount;
    if (isShort && at < text.length) throw new Error('there is padding in its midst');
    bytes.set(piece, done);
    done += piece.length;
    if (at < text.length) yield;
  }
  return bytes.subarray(0, done);
}

export function readBytes(
  debuggee: Debuggee,
  thread: ThreadId,
  { memoryReference: reference, offset = 0, count }: Dap.ReadMemoryArguments,
): Uint8Array {
  const { isPhysical, address } = memoryPlace(reference, offset);
  return isPhysical ? readPhysical(debuggee, address, count) : readVirtual(debuggee, thread, address, count);
}

function readVirtual(debuggee: Debuggee, thread: ThreadId, address: bigint, count: number): Uint8Array {
  return address < 0n ? new Uint8Array(0) : debuggee.readMemory(thread, address, count);
}

function readPhysical(debuggee: Debuggee, address: bigint, count: number): Uint8Array {
  const isInRange = address >= 0n && address <= BigInt(Number.MAX_SAFE_INTEGER);
  return isInRange ? debuggee.readPhysicalMemory(Number(address), count) : new Uint8Array(0);
}

/** Exactly as many instructions as were asked for: a client counts on it when it scrolls. */
export function* disassemble(
  debuggee: Debuggee,
  { memoryReference: reference, offset = 0, instructionOffset = 0, instructionCount }: Dap.DisassembleArguments,
): Pieces<Dap.DisassembledInstruction[]> {
  checkCount('disassemble', 'instructionCount', instructionCount, instructionCountMax);
  checkCount('disassemble', 'instructionOffset', Math.abs(instructionOffset), instructionCountMax);
  const address = BigInt.asUintN(64, parseReference(reference) + BigInt(offset));
  const rows = yield* debuggee.disassemble(address, instructionOffset, instructionCount);
  const instructions: Dap.DisassembledInstruction[] = [];
  for (const row of rows.slice(0, instructionCount)) {
    instructions.push(instructionOf(row));
    if (instructions.length % pieceInstructionCount === 0) yield;
  }
  let after = instructions.length > 0 ? BigInt(instructions.at(-1)!.address) : address;
  while (instructions.length < instructionCount) {
    after += 2n;
    instructions.push(unreadable(after));
  }
  return instructions;
}

/** Where each of these comes from in the guest's source; undefined where that is not known. */
export function* linesOf(
  instructions: readonly Dap.DisassembledInstruction[],
  source: GuestSource,
): Pieces<(SourcePlace | undefined)[]> {
  const places: (SourcePlace | undefined)[] = [];
  for (const { address, presentationHint } of instructions) {
    const place = presentationHint === 'invalid' ? undefined : source.lineAt(BigInt(address));
    places.push(place?.line ? place : undefined);
    if (places.length % pieceInstructionCount === 0) yield;
  }
  return places;
}

function instructionOf({ address, bytes, text, symbol }: DisassembledInstruction): Dap.DisassembledInstruction {
  if (bytes.length === 0) return unreadable(address);
  return {
    address: memoryReference(address),
    instructionBytes: [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    instruction: text,
    ...(symbol !== undefined && { symbol }),
  };
}

function unreadable(address: bigint): Dap.DisassembledInstruction {
  return { address: memoryReference(address), instruction: '(cannot be read)', presentationHint: 'invalid' };
}

function checkCount(command: string, name: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= most) return;
  throw badArguments(command, `\`${name}\` is ${count}, not one of 0 to ${most}`);
}
