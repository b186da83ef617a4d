import type { Machine } from '../emulator/machine/machine';
import { debugInfoOf } from './debug-info';

/** RISC-V's Linux leaves 8. */
const roomMax = 16n;
const instructionAlignment = 2n;

/**
 * Where the function at an address, or just behind it, begins: compilers leave room for patches between its symbol and
 * its first instruction (`-fpatchable-function-entry`), as Linux has it for ftrace, and debug information knows nothing
 * of that room. The address itself where there is no such room.
 */
export function functionEntry(machine: Machine, address: bigint): bigint {
  const info = debugInfoOf(machine);
  if (info.functionsAt(address).length > 0) return address;
  for (let at = address + instructionAlignment; at <= address + roomMax; at += instructionAlignment) {
    // A symbol of its own: it is the next function.
    if (machine.symbols.nearest(at)?.offset === 0) return address;
    if (info.functionsAt(at).length > 0) return at;
  }
  return address;
}
