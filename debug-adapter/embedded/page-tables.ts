import { pageByteCount } from '../emulator/core/guest-core';
import { csrNumbers } from '../emulator/isa/csrs';
import type { Machine } from '../emulator/machine/machine';
import { readPhysical } from './guest-memory';

const { satp } = csrNumbers;
const [valid, leaf] = [1, 0b1010];
const entryCount = pageByteCount / 8;
/** No guest has so many in use; tables that point to themselves would never end. */
const tableCountMax = 65_536;

/** The pages that hold the page tables that harts use now, by physical page number, in words. (Privileged manual, 4.3.) */
export function pageTables(machine: Machine): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (let hart = 0; hart < machine.hartCount; hart++) {
    const root = machine.core.readCsr(hart, satp) ?? 0n;
    // Sv39 is mode 8 and has three levels; Sv48 and Sv57 follow.
    const levelCount = Number(root >> 60n) - 5;
    if (levelCount < 3) continue;
    let tables = [Number(root & ((1n << 44n) - 1n))];
    for (let level = levelCount - 1; level >= 0; level--) {
      const next: number[] = [];
      for (const table of tables) {
        if (found.has(table) || found.size >= tableCountMax) continue;
        found.set(table, level === levelCount - 1 ? `root page table of hart ${hart}` : `page table, level ${level}`);
        if (level > 0) next.push(...tablesIn(machine, table));
      }
      tables = next;
    }
  }
  return found;
}

/** Those that entries of a table point to. */
function tablesIn(machine: Machine, table: number): number[] {
  const bytes = readPhysical(machine, table * pageByteCount, pageByteCount);
  if (bytes.length < pageByteCount) return [];
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, 2 * entryCount);
  const next: number[] = [];
  for (let entry = 0; entry < entryCount; entry++) {
    const low = words[2 * entry]!;
    if ((low & valid) === 0 || (low & leaf) !== 0) continue;
    next.push((low >>> 10) + (words[2 * entry + 1]! & 0x3f_ffff) * 2 ** 22);
  }
  return next;
}
