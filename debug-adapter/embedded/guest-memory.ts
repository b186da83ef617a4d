import type { DisassembledInstruction } from '../debuggee/debuggee';
import { pageByteCount } from '../emulator/core/guest-core';
import { disassemble } from '../emulator/isa/disassembler';
import type { Machine } from '../emulator/machine/machine';

/** Bytes at a virtual address as a hart sees them, up to the first that no memory backs. Devices are not read: that would change them. */
export function readVirtual(machine: Machine, hart: number, address: bigint, byteCount: number): Uint8Array {
  const out = new Uint8Array(byteCount);
  let done = 0;
  while (done < byteCount) {
    const at = BigInt.asUintN(64, address + BigInt(done));
    const physical = translate(machine, hart, at);
    if (physical === undefined) break;
    const wanted = Math.min(byteCount - done, pageByteCount - (physical % pageByteCount));
    const bytes = readPhysical(machine, physical, wanted);
    out.set(bytes, done);
    done += bytes.length;
    if (bytes.length < wanted) break;
  }
  return out.subarray(0, done);
}

/** Where an address lies for a debugger, who may look at what the guest may only read or execute, and write to it. */
export function translate({ core }: Machine, hart: number, address: bigint): number | undefined {
  return core.translate(hart, address, 'read') ?? core.translate(hart, address, 'execute');
}

/** As the port has it: what lies behind the MMU. */
export function readPhysical({ ramBlocks }: Machine, address: number, byteCount: number): Uint8Array {
  const block = ramBlocks.find((candidate) => {
    return address >= candidate.address && address < candidate.address + candidate.bytes.length;
  });
  if (!block) return new Uint8Array(0);
  const start = address - block.address;
  return block.bytes.subarray(start, Math.min(start + byteCount, block.bytes.length));
}

/** Instructions are 2 or 4 bytes long, so going back means to decode forward from a boundary that is sure to be one. */
export function disassembleMemory(
  machine: Machine,
  hart: number,
  address: bigint,
  instructionOffset: number,
  count: number,
): DisassembledInstruction[] {
  if (instructionOffset >= 0) return decode(machine, hart, address, instructionOffset + count).slice(instructionOffset);
  const before = -instructionOffset;
  const start = boundaryBefore(machine, address, BigInt(before) * 4n);
  const lead: DisassembledInstruction[] = [];
  for (let at = start; at < address; ) {
    const [instruction] = decode(machine, hart, at, 1);
    lead.push(instruction!);
    at += BigInt(Math.max(2, instruction!.bytes.length));
  }
  while (lead.length < before) {
    const first = lead[0]?.address ?? address;
    lead.unshift({ address: first - 2n, bytes: new Uint8Array(0), text: '' });
  }
  const tail = decode(machine, hart, address, Math.max(0, count - before));
  return [...lead.slice(lead.length - before), ...tail].slice(0, count);
}

/** The symbol's start at or before `address - distance` where there is one: code there begins with an instruction. */
function boundaryBefore({ symbols }: Machine, address: bigint, distance: bigint): bigint {
  const wanted = address > distance ? address - distance : 0n;
  const symbol = symbols.nearest(wanted) ?? symbols.nearest(address);
  if (symbol) {
    const start = symbols.addressOf(symbol.name);
    if (start !== undefined && start <= address && address - start < 0x1_0000n) return start;
  }
  return wanted & ~3n;
}

function decode(machine: Machine, hart: number, address: bigint, count: number): DisassembledInstruction[] {
  const instructions: DisassembledInstruction[] = [];
  let at = address;
  while (instructions.length < count) {
    const bytes = readVirtual(machine, hart, at, 4);
    const symbol = machine.symbols.nearest(at);
    const named = symbol?.offset === 0 ? { symbol: symbol.name } : {};
    if (bytes.length < 2) {
      instructions.push({ address: at, bytes: new Uint8Array(0), text: '', ...named });
      at += 2n;
      continue;
    }
    const isCompressed = (bytes[0]! & 3) !== 3;
    const length = isCompressed ? 2 : 4;
    const word =
      bytes[0]! + bytes[1]! * 0x100 + (isCompressed ? 0 : (bytes[2] ?? 0) * 0x1_0000 + (bytes[3] ?? 0) * 0x100_0000);
    instructions.push({ address: at, bytes: bytes.subarray(0, length), text: disassemble(word, at), ...named });
    at += BigInt(length);
  }
  return instructions;
}
