import { forms } from './constants';
import { Reader } from './reader';

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

/**
 * One table of `.debug_abbrev` (DWARF 5, section 7.5.3). Only what is asked for is kept: of most units of a kernel that is
 * the root's alone, and the whole tables of all of them took 150 MB.
 */
export class Abbreviations {
  readonly #known = new Map<number, Abbreviation>();

  /** @param bytes of the section @param offset where the table begins */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly offset: number,
  ) {}

  /** @throws DwarfError when the table is damaged before it */
  get(code: number): Abbreviation | undefined {
    const known = this.#known.get(code);
    if (known) return known;
    const reader = new Reader(this.bytes, this.offset);
    for (let at = reader.uleb(); at !== 0; at = reader.uleb()) {
      if (at === code) {
        const found = readOne(reader);
        this.#known.set(code, found);
        return found;
      }
      skipOne(reader);
    }
    return undefined;
  }

  /** @throws DwarfError when the table is damaged */
  *all(): Generator<Abbreviation> {
    const reader = new Reader(this.bytes, this.offset);
    while (reader.uleb() !== 0) yield readOne(reader);
  }
}

/** What follows a code. */
function readOne(reader: Reader): Abbreviation {
  const tag = reader.uleb();
  const hasChildren = reader.u8() !== 0;
  const attributes: AttributeForm[] = [];
  for (;;) {
    const [name, form] = [reader.uleb(), reader.uleb()];
    if (name === 0 && form === 0) return { tag, hasChildren, attributes };
    attributes.push({ name, form, implicit: form === forms.implicitConst ? reader.sleb() : 0n });
  }
}

function skipOne(reader: Reader): void {
  reader.uleb();
  reader.u8();
  for (;;) {
    const [name, form] = [reader.uleb(), reader.uleb()];
    if (name === 0 && form === 0) return;
    if (form === forms.implicitConst) reader.sleb();
  }
}
