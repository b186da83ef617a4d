import { attributes } from './constants';
import type { DebugFile } from './debug-file';
import type { Reader } from './reader';
import { DwarfError } from './sections';
import type { Entry, Unit } from './unit';

/** Addresses from `low` up to, and without, `high`. */
export interface AddressRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** Where an entry's code is; empty where it has none of its own, or none that is in memory. */
export function rangesOf(entry: Entry, file: DebugFile): AddressRange[] {
  return describedRanges(entry, file).filter(({ low }) => file.sections.isInMemory(low));
}

function describedRanges(entry: Entry, file: DebugFile): AddressRange[] {
  const ranges = entry.get(attributes.ranges);
  if (ranges) return listedRanges(entry.unit, ranges, file);
  const low = entry.get(attributes.lowPc);
  const high = entry.get(attributes.highPc);
  if (low?.kind !== 'address' || !high) return [];
  const end =
    high.kind === 'address' ? high.address : high.kind === 'constant' ? low.address + high.value : low.address;
  return end > low.address ? [{ low: low.address, high: end }] : [];
}

/** What a unit's lists are relative to, unless they say otherwise. */
export function baseAddress({ root }: Unit): bigint {
  const low = root.get(attributes.lowPc);
  return low?.kind === 'address' ? low.address : 0n;
}

function listedRanges(unit: Unit, value: ReturnType<Entry['get']>, file: DebugFile): AddressRange[] {
  const { version, addressByteCount, offsetByteCount } = unit.header;
  if (version < 5) {
    if (value?.kind !== 'offset') return [];
    return ranges4(file.reader('.debug_ranges', value.offset), baseAddress(unit), addressByteCount);
  }
  const { rangeLists } = unit.bases;
  if (value?.kind === 'offset') return ranges5(file.reader('.debug_rnglists', value.offset), unit);
  if (value?.kind !== 'list') return [];
  const offset = file.reader('.debug_rnglists', rangeLists + value.index * offsetByteCount).offset(offsetByteCount);
  return ranges5(file.reader('.debug_rnglists', rangeLists + offset), unit);
}

/** DWARF 4, section 2.17.3. */
function ranges4(reader: Reader, base: bigint, byteCount: number): AddressRange[] {
  const ranges: AddressRange[] = [];
  const allOnes = (1n << BigInt(8 * byteCount)) - 1n;
  for (;;) {
    const [low, high] = [reader.unsigned(byteCount), reader.unsigned(byteCount)];
    if (low === 0n && high === 0n) return ranges;
    if (low === allOnes) base = high;
    else if (high > low) ranges.push({ low: base + low, high: base + high });
  }
}

/** DWARF 5, section 7.25. */
function ranges5(reader: Reader, unit: Unit): AddressRange[] {
  const { addressByteCount } = unit.header;
  const address = () => reader.unsigned(addressByteCount);
  const indexed = () => unit.strings.addressAt(unit, reader.uleb());
  const ranges: AddressRange[] = [];
  const add = (low: bigint, high: bigint): void => {
    if (high > low) ranges.push({ low, high });
  };
  let base = baseAddress(unit);
  for (;;) {
    const kind = reader.u8();
    switch (kind) {
      case 0:
        return ranges;
      case 1:
        base = indexed();
        break;
      case 2:
        add(indexed(), indexed());
        break;
      case 3: {
        const low = indexed();
        add(low, low + reader.uleb64());
        break;
      }
      case 4:
        add(base + reader.uleb64(), base + reader.uleb64());
        break;
      case 5:
        base = address();
        break;
      case 6:
        add(address(), address());
        break;
      case 7: {
        const low = address();
        add(low, low + reader.uleb64());
        break;
      }
      default:
        throw new DwarfError(`a range of kind ${kind}`);
    }
  }
}
