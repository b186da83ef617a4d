import { pageByteCount } from '../emulator/core/guest-core';
import { csrNumbers } from '../emulator/isa/csrs';
import type { Machine } from '../emulator/machine/machine';
import { readPhysical } from './guest-memory';

const { satp } = csrNumbers;
const machineMode = 3;
const [valid, readable, executable] = [1n, 2n, 8n];

/**
 * Where a hart would find a virtual address in some privilege, by its page tables; what a page may be used for does not
 * matter to who only looks. Undefined where nothing is mapped. (Privileged manual, section 4.3.2.)
 */
export function physicalAddress(
  machine: Machine,
  hart: number,
  address: bigint,
  privilege: number,
): number | undefined {
  const root = machine.core.readCsr(hart, satp) ?? 0n;
  // Sv39 is mode 8 and has three levels; Sv48 and Sv57 follow.
  const levelCount = Number(root >> 60n) - 5;
  if (privilege === machineMode || levelCount < 3) return address >> 53n === 0n ? Number(address) : undefined;
  const width = 12 + 9 * levelCount;
  if (BigInt.asUintN(64, BigInt.asIntN(width, address)) !== address) return undefined;
  let table = (root & ((1n << 44n) - 1n)) << 12n;
  for (let level = levelCount - 1; level >= 0; level--) {
    const shift = BigInt(12 + 9 * level);
    const entry = readWord(machine, Number(table + (((address >> shift) & 511n) << 3n)));
    if (entry === undefined || (entry & valid) === 0n) return undefined;
    const frame = ((entry >> 10n) & ((1n << 44n) - 1n)) << 12n;
    if ((entry & (readable | executable)) !== 0n) return Number(frame | (address & ((1n << shift) - 1n)));
    table = frame;
  }
  return undefined;
}

/** Memory as harts see it in one privilege, while they stand still: each page is looked up once. */
export class AddressSpace {
  readonly #pages = new Map<bigint, Uint8Array>();

  constructor(
    private readonly machine: Machine,
    private readonly hart: number,
    private readonly privilege: number,
  ) {}

  /** So many bytes as one number, the first the lowest; undefined unless all can be read. */
  read(address: bigint, byteCount: number): bigint | undefined {
    let value = 0n;
    for (let index = byteCount - 1; index >= 0; index--) {
      const byte = this.#byte(BigInt.asUintN(64, address + BigInt(index)));
      if (byte === undefined) return undefined;
      value = (value << 8n) | BigInt(byte);
    }
    return value;
  }

  #byte(address: bigint): number | undefined {
    const page = address / BigInt(pageByteCount);
    let bytes = this.#pages.get(page);
    if (!bytes) {
      const physical = physicalAddress(this.machine, this.hart, page * BigInt(pageByteCount), this.privilege);
      bytes = physical === undefined ? new Uint8Array(0) : readPhysical(this.machine, physical, pageByteCount);
      this.#pages.set(page, bytes);
    }
    return bytes[Number(address % BigInt(pageByteCount))];
  }
}

function readWord(machine: Machine, physical: number): bigint | undefined {
  const bytes = readPhysical(machine, physical, 8);
  if (bytes.length < 8) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}
