import { pageByteCount } from '../emulator/core/guest-core';
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
