import type { AttributeForm } from './abbreviations';
import { attributes, forms } from './constants';
import type { Reader } from './reader';
import { DwarfError } from './sections';
import type { Unit } from './unit';

/** What an attribute says, by its class (DWARF 5, section 7.5.5). */
export type AttributeValue =
  | { readonly kind: 'address'; readonly address: bigint }
  /** As its form has it: `data` forms have no sign. */
  | { readonly kind: 'constant'; readonly value: bigint; readonly byteCount?: number }
  /** Of an entry, in `.debug_info`. */
  | { readonly kind: 'reference'; readonly offset: number }
  /** Into a section that the attribute knows. */
  | { readonly kind: 'offset'; readonly offset: number }
  /** Into a table of lists. */
  | { readonly kind: 'list'; readonly index: number }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly isSet: boolean }
  /** Somewhere else: in a file that is not here. */
  | { readonly kind: 'elsewhere' };

interface FormSizes {
  readonly version: number;
  readonly offsetByteCount: 4 | 8;
  readonly addressByteCount: number;
}

export interface FormContext extends FormSizes {
  readonly offset: number;
  readonly unit: Unit;
  readonly implicit: bigint;
  /** `.debug_str`, `.debug_line_str`, and by index what the unit's tables name. */
  text(offset: number): string;
  lineText(offset: number): string;
  textAt(unit: Unit, index: number): string;
  addressAt(unit: Unit, index: number): bigint;
}

const offsets: ReadonlySet<number> = new Set([
  attributes.location,
  attributes.statementList,
  attributes.frameBase,
  attributes.ranges,
]);

/** Up to DWARF 3 an offset into another section has the form of a number (DWARF 3, section 7.5.4). */
export function formOf({ name, form }: AttributeForm, version: number): number {
  const isNumber = form === forms.data4 || form === forms.data8;
  return version < 4 && isNumber && offsets.has(name) ? forms.sectionOffset : form;
}

export function readForm(reader: Reader, form: number, context: FormContext): AttributeValue {
  const { offsetByteCount, offset: unitOffset, unit } = context;
  switch (form) {
    case forms.address:
      return { kind: 'address', address: reader.unsigned(context.addressByteCount) };
    case forms.addressIndex:
      return { kind: 'address', address: context.addressAt(unit, reader.uleb()) };
    case forms.addressIndex1:
    case forms.addressIndex2:
    case forms.addressIndex3:
    case forms.addressIndex4:
      return { kind: 'address', address: context.addressAt(unit, index(reader, form - forms.addressIndex1 + 1)) };
    case forms.data1:
      return { kind: 'constant', value: reader.unsigned(1), byteCount: 1 };
    case forms.data2:
      return { kind: 'constant', value: reader.unsigned(2), byteCount: 2 };
    case forms.data4:
      return { kind: 'constant', value: reader.unsigned(4), byteCount: 4 };
    case forms.data8:
      return { kind: 'constant', value: reader.unsigned(8), byteCount: 8 };
    case forms.sdata:
      return { kind: 'constant', value: reader.sleb() };
    case forms.udata:
      return { kind: 'constant', value: reader.uleb64() };
    case forms.implicitConst:
      return { kind: 'constant', value: context.implicit };
    case forms.data16:
      return { kind: 'block', bytes: reader.take(16) };
    case forms.block1:
      return { kind: 'block', bytes: reader.take(reader.u8()) };
    case forms.block2:
      return { kind: 'block', bytes: reader.take(reader.u16()) };
    case forms.block4:
      return { kind: 'block', bytes: reader.take(reader.u32()) };
    case forms.block:
    case forms.expression:
      return { kind: 'block', bytes: reader.take(reader.uleb()) };
    case forms.flag:
      return { kind: 'flag', isSet: reader.u8() !== 0 };
    case forms.flagPresent:
      return { kind: 'flag', isSet: true };
    case forms.string:
      return { kind: 'text', text: reader.text() };
    case forms.strp:
      return { kind: 'text', text: context.text(reader.offset(offsetByteCount)) };
    case forms.lineStrp:
      return { kind: 'text', text: context.lineText(reader.offset(offsetByteCount)) };
    case forms.stringIndex:
      return { kind: 'text', text: context.textAt(unit, reader.uleb()) };
    case forms.stringIndex1:
    case forms.stringIndex2:
    case forms.stringIndex3:
    case forms.stringIndex4:
      return { kind: 'text', text: context.textAt(unit, index(reader, form - forms.stringIndex1 + 1)) };
    case forms.ref1:
      return { kind: 'reference', offset: unitOffset + reader.u8() };
    case forms.ref2:
      return { kind: 'reference', offset: unitOffset + reader.u16() };
    case forms.ref4:
      return { kind: 'reference', offset: unitOffset + reader.u32() };
    case forms.ref8:
      return { kind: 'reference', offset: unitOffset + reader.offset(8) };
    case forms.refUdata:
      return { kind: 'reference', offset: unitOffset + reader.uleb() };
    case forms.refAddress:
      return { kind: 'reference', offset: Number(reader.unsigned(referenceByteCount(context))) };
    case forms.sectionOffset:
      return { kind: 'offset', offset: reader.offset(offsetByteCount) };
    case forms.locationListIndex:
    case forms.rangeListIndex:
      return { kind: 'list', index: reader.uleb() };
    case forms.indirect:
      return readForm(reader, directForm(reader), context);
    default:
      skipForm(reader, form, context);
      return { kind: 'elsewhere' };
  }
}

export function skipForm(reader: Reader, form: number, sizes: FormSizes): void {
  switch (form) {
    case forms.flagPresent:
    case forms.implicitConst:
      return;
    case forms.data1:
    case forms.ref1:
    case forms.flag:
    case forms.stringIndex1:
    case forms.addressIndex1:
      reader.skip(1);
      return;
    case forms.data2:
    case forms.ref2:
    case forms.stringIndex2:
    case forms.addressIndex2:
      reader.skip(2);
      return;
    case forms.stringIndex3:
    case forms.addressIndex3:
      reader.skip(3);
      return;
    case forms.data4:
    case forms.ref4:
    case forms.refSup4:
    case forms.stringIndex4:
    case forms.addressIndex4:
      reader.skip(4);
      return;
    case forms.data8:
    case forms.ref8:
    case forms.refSup8:
    case forms.refSignature8:
      reader.skip(8);
      return;
    case forms.data16:
      reader.skip(16);
      return;
    case forms.address:
      reader.skip(sizes.addressByteCount);
      return;
    case forms.refAddress:
      reader.skip(referenceByteCount(sizes));
      return;
    case forms.strp:
    case forms.lineStrp:
    case forms.strpSup:
    case forms.sectionOffset:
    case gnuRefAlt:
    case gnuStrpAlt:
      reader.skip(sizes.offsetByteCount);
      return;
    case forms.sdata:
    case forms.udata:
    case forms.refUdata:
    case forms.stringIndex:
    case forms.addressIndex:
    case forms.locationListIndex:
    case forms.rangeListIndex:
      reader.skipLeb();
      return;
    case forms.string:
      reader.skipText();
      return;
    case forms.block1:
      reader.skip(reader.u8());
      return;
    case forms.block2:
      reader.skip(reader.u16());
      return;
    case forms.block4:
      reader.skip(reader.u32());
      return;
    case forms.block:
    case forms.expression:
      reader.skip(reader.uleb());
      return;
    case forms.indirect:
      skipForm(reader, directForm(reader), sizes);
      return;
    default:
      throw new DwarfError(`form 0x${form.toString(16)}`);
  }
}

/** Of dwz: into a file that others share. */
const gnuRefAlt = 0x1f20;
const gnuStrpAlt = 0x1f21;

/** One that says no other form in turn. */
function directForm(reader: Reader): number {
  const form = reader.uleb();
  if (form === forms.indirect || form === forms.implicitConst)
    throw new DwarfError('an indirect form of an indirect form');
  return form;
}

/** In DWARF 2 a reference was as long as an address. */
function referenceByteCount({ version, addressByteCount, offsetByteCount }: FormSizes): number {
  return version === 2 ? addressByteCount : offsetByteCount;
}

function index(reader: Reader, byteCount: number): number {
  return reader.take(byteCount).reduceRight((value, byte) => value * 0x100 + byte, 0);
}
