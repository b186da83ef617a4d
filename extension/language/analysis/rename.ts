/** Whether a name can become another. */
import { registers } from '../../../debug-adapter/emulator/isa/registers';
import type { AssemblyDocument } from './document';
import type { NamedSymbol } from './symbols';

/** Why not, in words; undefined where it can. */
export function renameProblem(document: AssemblyDocument, symbol: NamedSymbol, name: string): string | undefined {
  const [first] = symbol.definitions;
  if (first === undefined) return `${symbol.name} is not defined in this file`;
  if (name === symbol.name) return undefined;
  if (first.kind === 'local label') {
    if (!/^\d+$/.test(name)) return 'A local label is a number';
    return document.symbols.hasLocal(name) ? `There is another local label ${name}` : undefined;
  }
  if (!/^[A-Za-z_.$][\w.$]*$/.test(name)) return `${name} is no name`;
  if (registers.has(name)) return `${name} is a register`;
  if (first.kind === 'parameter') return undefined;
  return document.symbols.find(name) ? `${name} is defined already` : undefined;
}
