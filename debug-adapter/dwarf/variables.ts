import { attributes, tags } from './constants';
import type { DebugFile } from './debug-file';
import { compute, type FrameView, type Location, locate, registerOf } from './expression';
import { covers, type FunctionCode, inherited, nameOf } from './functions';
import { baseAddress, rangesOf } from './ranges';
import type { Reader } from './reader';
import { DwarfError, orNothing } from './sections';
import type { CType, Types } from './types';
import type { Entry, Unit } from './unit';

/** A parameter, or a variable of a block that the address is in. */
export interface SourceVariable {
  readonly name: string;
  readonly type: CType;
  /** Undefined: it is optimized out, or not there yet. */
  locate(frame: FrameView): Location | undefined;
}

const depthMax = 200;

/** Those of a function at one of its addresses: parameters first, then from the outermost block on. */
export function variablesOf({ entry }: FunctionCode, address: bigint, file: DebugFile, types: Types): SourceVariable[] {
  const parameters: SourceVariable[] = [];
  const variables: SourceVariable[] = [];
  const collect = (block: Entry, depth: number): void => {
    for (const child of block.children) {
      const isParameter = child.tag === tags.formalParameter;
      if (isParameter || child.tag === tags.variable) {
        const variable = orNothing(() => variableOf(child, address, file, types));
        if (variable) (isParameter ? parameters : variables).push(variable);
      } else if (child.tag === tags.lexicalBlock && depth < depthMax) {
        const ranges = rangesOf(child, file);
        if (ranges.length === 0 || covers(ranges, address)) collect(child, depth + 1);
      }
    }
  };
  orNothing(() => collect(entry, 0));
  return [...parameters, ...variables];
}

/** What the function's `fbreg` counts from. */
export function frameBaseOf(
  { entry }: FunctionCode,
  address: bigint,
  file: DebugFile,
  frame: FrameView,
): bigint | undefined {
  const expression = expressionAt(entry, attributes.frameBase, address, file);
  return expression && compute(expression, frame, entry.unit);
}

/**
 * What a register held at the call of the function that begins at `callee`, by what the caller's code says of it
 * (section 3.4). Nothing is known of a function that another one has jumped to.
 */
export function entryValueOf(
  { entry }: FunctionCode,
  call: { readonly returnAddress: bigint; readonly callee: bigint; readonly register: number },
  file: DebugFile,
  caller: FrameView,
): bigint | undefined {
  const site = callSiteIn(entry, call.returnAddress, 0);
  const origin = site && (file.referred(site, attributes.callOrigin) ?? file.referred(site, attributes.abstractOrigin));
  const start = origin?.get(attributes.lowPc);
  if (!site || start?.kind !== 'address' || start.address !== call.callee) return undefined;
  for (const parameter of site.children) {
    const location = parameter.get(attributes.location);
    const value = parameter.get(attributes.callValue) ?? parameter.get(attributes.gnuCallSiteValue);
    const isParameter = parameter.tag === tags.callSiteParameter || parameter.tag === tags.gnuCallSiteParameter;
    if (!isParameter || location?.kind !== 'block' || value?.kind !== 'block') continue;
    if (orNothing(() => registerOf(location.bytes)) === call.register) return compute(value.bytes, caller, entry.unit);
  }
  return undefined;
}

function callSiteIn(parent: Entry, returnAddress: bigint, depth: number): Entry | undefined {
  for (const child of parent.children) {
    const at = returnAddressAt(child);
    if (at?.kind === 'address' && at.address === returnAddress) return child;
    const holdsMore = child.tag === tags.lexicalBlock || child.tag === tags.inlinedSubroutine;
    const found = holdsMore && depth < depthMax ? callSiteIn(child, returnAddress, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Where a call comes back to. */
function returnAddressAt(site: Entry): ReturnType<Entry['get']> {
  if (site.tag === tags.callSite) return site.get(attributes.callReturnPc);
  return site.tag === tags.gnuCallSite ? site.get(attributes.lowPc) : undefined;
}

/** Of a variable that its unit only declares. @param place where another has it */
export function externOf(entry: Entry, place: bigint, file: DebugFile, types: Types): SourceVariable | undefined {
  const name = nameOf(entry, file);
  return name === undefined
    ? undefined
    : { name, type: types.of(entry), locate: () => ({ kind: 'memory', address: place }) };
}

/** Undefined for what is only declared. */
export function variableOf(entry: Entry, address: bigint, file: DebugFile, types: Types): SourceVariable | undefined {
  const name = nameOf(entry, file);
  if (name === undefined || entry.get(attributes.declaration)) return undefined;
  const typed = inherited(entry, file, (of) => (of.get(attributes.type) ? of : undefined));
  if (!typed) return undefined;
  return {
    name,
    type: types.of(typed),
    locate: (frame) =>
      orNothing(() => {
        const constant = inherited(entry, file, (of) => of.get(attributes.constValue));
        if (constant?.kind === 'constant') return { kind: 'bytes', bytes: bytesOf(constant.value) };
        if (constant?.kind === 'block') return { kind: 'bytes', bytes: constant.bytes };
        const expression = expressionAt(entry, attributes.location, address, file);
        return expression && locate(expression, frame, entry.unit);
      }),
  };
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}

/** An expression, or the one of a list that counts at an address. */
function expressionAt(entry: Entry, attribute: number, address: bigint, file: DebugFile): Uint8Array | undefined {
  const value = entry.get(attribute);
  if (value?.kind === 'block') return value.bytes;
  const { unit } = entry;
  if (value?.kind === 'offset') {
    return unit.header.version >= 5
      ? listed5(file.reader('.debug_loclists', value.offset), unit, address)
      : listed4(file.reader('.debug_loc', value.offset), unit, address);
  }
  if (value?.kind !== 'list') return undefined;
  const { offsetByteCount } = unit.header;
  const { locationLists } = unit.bases;
  const at = file.reader('.debug_loclists', locationLists + value.index * offsetByteCount).offset(offsetByteCount);
  return listed5(file.reader('.debug_loclists', locationLists + at), unit, address);
}

/** DWARF 4, section 2.6.2. */
function listed4(reader: Reader, unit: Unit, address: bigint): Uint8Array | undefined {
  const { addressByteCount } = unit.header;
  const allOnes = (1n << BigInt(8 * addressByteCount)) - 1n;
  let base = baseAddress(unit);
  for (;;) {
    const [low, high] = [reader.unsigned(addressByteCount), reader.unsigned(addressByteCount)];
    if (low === 0n && high === 0n) return undefined;
    if (low === allOnes) {
      base = high;
      continue;
    }
    const expression = reader.take(reader.u16());
    if (address >= base + low && address < base + high) return expression;
  }
}

/** DWARF 5, section 7.7.3. */
function listed5(reader: Reader, unit: Unit, address: bigint): Uint8Array | undefined {
  const { addressByteCount } = unit.header;
  const absolute = () => reader.unsigned(addressByteCount);
  const indexed = () => unit.strings.addressAt(unit, reader.uleb());
  let base = baseAddress(unit);
  let otherwise: Uint8Array | undefined;
  for (;;) {
    const kind = reader.u8();
    let [low, high] = [0n, 0n];
    switch (kind) {
      case 0:
        return otherwise;
      case 1:
        base = indexed();
        continue;
      case 2:
        [low, high] = [indexed(), indexed()];
        break;
      case 3:
        low = indexed();
        high = low + reader.uleb64();
        break;
      case 4:
        [low, high] = [base + reader.uleb64(), base + reader.uleb64()];
        break;
      case 5:
        otherwise = reader.take(reader.uleb());
        continue;
      case 6:
        base = absolute();
        continue;
      case 7:
        [low, high] = [absolute(), absolute()];
        break;
      case 8:
        low = absolute();
        high = low + reader.uleb64();
        break;
      // GNU's numbers of views, which tell locations at one address apart.
      case 9:
        reader.skipLeb();
        reader.skipLeb();
        continue;
      default:
        throw new DwarfError(`a location of kind ${kind}`);
    }
    const expression = reader.take(reader.uleb());
    if (address >= low && address < high) return expression;
  }
}
