import { DebugInfo } from '../dwarf/debug-info';
import type { Machine, SymbolTable } from '../emulator/machine/machine';

const known = new WeakMap<SymbolTable, { readonly imageCount: number; readonly info: DebugInfo }>();

/** What the debug information of a machine's images says. No part of its state: read once. */
export function debugInfoOf({ symbols }: Pick<Machine, 'symbols'>): DebugInfo {
  const before = known.get(symbols);
  const { debug } = symbols;
  if (before?.imageCount === debug.length) return before.info;
  const info = new DebugInfo(debug);
  known.set(symbols, { imageCount: debug.length, info });
  return info;
}
