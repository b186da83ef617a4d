/** Relocations of RISC-V that data has (psABI, "Relocations"), as debug information is data. Those of code are left out. */

const entryByteCount = 24;

/**
 * Puts into a section what its `Elf64_Rela` entries ask for. One that lies outside the section, or is of no kind that data
 * has, changes nothing.
 *
 * @param address where the section is
 * @param symbolValue a symbol's value, by its index
 */
export function relocate(
  section: Uint8Array,
  address: bigint,
  entries: Uint8Array,
  symbolValue: (symbol: number) => bigint,
): void {
  const table = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  for (let at = 0; at + entryByteCount <= table.byteLength; at += entryByteCount) {
    const offset = Number(table.getBigUint64(at, true));
    const value = symbolValue(table.getUint32(at + 12, true)) + table.getBigInt64(at + 16, true);
    const kind = kinds[table.getUint32(at + 8, true)];
    if (!kind || offset + kind.byteCount > section.length) continue;
    kind.put(view, offset, value, address + BigInt(offset));
  }
}

interface Kind {
  readonly byteCount: number;
  put(view: DataView, offset: number, value: bigint, place: bigint): void;
}

type Width = 8 | 16 | 32 | 64;

/** A number of so many bits, from what was there, the symbol's value, and the place itself. */
function number(width: Width, from: (before: bigint, value: bigint, place: bigint) => bigint): Kind {
  const byteCount = width / 8;
  return {
    byteCount,
    put: (view, offset, value, place) => {
      let before = 0n;
      for (let at = byteCount - 1; at >= 0; at--) before = (before << 8n) | BigInt(view.getUint8(offset + at));
      const result = BigInt.asUintN(width, from(before, value, place));
      for (let at = 0; at < byteCount; at++) view.setUint8(offset + at, Number((result >> BigInt(8 * at)) & 0xffn));
    },
  };
}

/** The lower six bits of a byte. */
function sixBits(from: (before: bigint, value: bigint) => bigint): Kind {
  return number(8, (before, value) => (before & 0xc0n) | (from(before, value) & 0x3fn));
}

/** ULEB128 of as many bytes as are there. */
function uleb128(from: (before: bigint, value: bigint) => bigint): Kind {
  return {
    byteCount: 1,
    put: (view, offset, value) => {
      let end = offset;
      while (end + 1 < view.byteLength && view.getUint8(end) & 0x80) end++;
      let before = 0n;
      for (let at = end; at >= offset; at--) before = (before << 7n) | BigInt(view.getUint8(at) & 0x7f);
      let left = BigInt.asUintN(7 * (end - offset + 1), from(before, value));
      for (let at = offset; at <= end; at++, left >>= 7n) {
        view.setUint8(at, Number(left & 0x7fn) | (at < end ? 0x80 : 0));
      }
    },
  };
}

const put = (_before: bigint, value: bigint) => value;
const add = (before: bigint, value: bigint) => before + value;
const subtract = (before: bigint, value: bigint) => before - value;

/** By number: R_RISCV_32 and 64, ADD8 to ADD64, SUB8 to SUB64, SUB6, SET6 to SET32, 32_PCREL, SET_ULEB128, SUB_ULEB128. */
const kinds: Readonly<Record<number, Kind>> = {
  1: number(32, put),
  2: number(64, put),
  33: number(8, add),
  34: number(16, add),
  35: number(32, add),
  36: number(64, add),
  37: number(8, subtract),
  38: number(16, subtract),
  39: number(32, subtract),
  40: number(64, subtract),
  52: sixBits(subtract),
  53: sixBits(put),
  54: number(8, put),
  55: number(16, put),
  56: number(32, put),
  57: number(32, (_before, value, place) => value - place),
  60: uleb128(put),
  61: uleb128(subtract),
};
