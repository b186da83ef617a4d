import { forms } from './constants';
import type { Reader } from './reader';
import { DwarfError } from './sections';

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** In the order of an entry's bytes. */
  readonly attributes: readonly AttributeForm[];
}

export interface AttributeForm {
  readonly name: number;
  readonly form: number;
  readonly implicit: bigint;
}

export type Abbreviations = ReadonlyMap<number, Abbreviation>;

/** One table of `.debug_abbrev` (DWARF 5, section 7.5.3). */
export function readAbbreviations(reader: Reader): Abbreviations {
  const table = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    const tag = reader.uleb();
    const hasChildren = reader.u8() !== 0;
    const attributes: AttributeForm[] = [];
    for (;;) {
      const [name, form] = [reader.uleb(), reader.uleb()];
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, implicit: form === forms.implicitConst ? reader.sleb() : 0n });
    }
    if (table.has(code)) throw new DwarfError(`abbreviation ${code} is there twice`);
    table.set(code, { tag, hasChildren, attributes });
  }
  return table;
}
