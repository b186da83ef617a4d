import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { floatRegisterNames, registerNames } from '../../debug-adapter/emulator/isa/registers';
import { powerOff } from './beside-qemu';
import { program } from './guest';
import { constants, type StreamMode, window } from './stream-mode';

const machineHandlerOffset = 0x400;
const supervisorHandlerOffset = 0x500;
/** The stream, and behind it the reads and the power-off that end it. */
export const codeRange = { start: ramBase + 0x1000, end: ramBase + 0x8_0000 };
const codeOffset = codeRange.start - ramBase;
const tablesOffset = codeRange.end - ramBase;
const dataOffset = 0x10_0000;
const dataByteCount = 0x6000;
/** In the data: what the handler saves, then x1 to x31 and f0 to f31. */
const registersOffset = 0x100;
const floatsOffset = 0x200;
const s0Offset = dataOffset + 0x800;
/** sp, s0 and s1, aligned: QEMU with one hart calls a misaligned AMO a load (cause 4, not 6). s1 is where two pages meet. */
const addresses = [
  [2, ramBase + dataOffset + 0x1400],
  [8, ramBase + s0Offset],
  [9, ramBase + dataOffset + 0x1000],
] as const;
/** gp and tp, where two pages of the window meet, or of the data where that is not to be seen. */
const faultingAddresses = (isTranslated: boolean) =>
  isTranslated
    ? ([
        [3, window + 0x3000],
        [4, window + 0x1000],
      ] as const)
    : ([
        [3, ramBase + dataOffset + 0x5000],
        [4, ramBase + dataOffset + 0x3000],
      ] as const);

const upper = (offset: number) => `0x${(offset >>> 12).toString(16)}`;

/** Goes on behind the instruction that trapped, of two or four bytes. */
function handler(mode: 'm' | 's', offset: number): Uint8Array {
  return program([
    `csrrw t6,${mode}scratch,t6`,
    `auipc t6,${upper(dataOffset)}`,
    `addi t6,t6,-${offset + 4}`,
    'sd t5,0(t6)',
    'sd t4,8(t6)',
    `csrrs t5,${mode}epc,zero`,
    'lhu t4,0(t5)',
    'andi t4,t4,3',
    'sltiu t4,t4,3',
    'xori t4,t4,1',
    'sh1add t5,t4,t5',
    'addi t5,t5,2',
    `csrrw zero,${mode}epc,t5`,
    'ld t4,8(t6)',
    'ld t5,0(t6)',
    `csrrw t6,${mode}scratch,t6`,
    `${mode}ret`,
  ]);
}

/** Opens all of memory to the lower modes, turns floating point on, loads all registers and enters the code. */
function prologue({ privilege, isDelegated, isConfined, translation }: StreamMode): Uint8Array {
  return program([
    'auipc t6,0',
    ...[`addi t5,t6,${machineHandlerOffset}`, 'csrrw zero,mtvec,t5'],
    ...[`addi t5,t6,${supervisorHandlerOffset}`, 'csrrw zero,stvec,t5'],
    ...['addi t5,zero,-1', ...(isDelegated ? ['csrrw zero,medeleg,t5'] : [])],
    ...['srli t5,t5,10', 'csrrw zero,pmpaddr0,t5', 'csrrwi zero,pmpcfg0,31'],
    ...[`lui t5,${upper(codeOffset)}`, 'add t5,t5,t6', 'csrrw zero,mepc,t5'],
    ...[`lui t5,${upper(tablesOffset)}`, 'add t5,t5,t6', 'srli t5,t5,12'],
    ...[`addi t4,zero,${translation}`, 'slli t4,t4,60', 'or t5,t5,t4', 'csrrw zero,satp,t5'],
    // FS Initial; TVM, TW and TSR.
    ...['lui t5,0x2', 'csrrs zero,mstatus,t5', ...(isConfined ? ['lui t5,0x700', 'csrrs zero,mstatus,t5'] : [])],
    ...[`addi t5,zero,${privilege}`, 'slli t5,t5,11', 'csrrs zero,mstatus,t5'],
    ...[`lui t5,${upper(dataOffset)}`, 'add t6,t6,t5'],
    ...floatRegisterNames.map((name, number) => `fld ${name},${floatsOffset + number * 8}(t6)`),
    ...registerNames.flatMap((name, number) =>
      number === 0 ? [] : [`ld ${name},${registersOffset + number * 8}(t6)`],
    ),
    'mret',
  ]);
}

/**
 * A GiB of devices and one of RAM that stand for themselves, and the window's pages, which the first access marks as
 * accessed, M mode's aside: QEMU does so whether or not PMP lets it write there. Tables above that of the GiB have one entry each for the lowest and the highest addresses.
 */
function putTables(view: DataView, { privilege, translation }: StreamMode): void {
  const [valid, readWrite, execute, user] = [1n, 6n, 8n, 16n];
  const marked = privilege === 3 ? 0xc0n : 0n;
  const leaf = valid | marked;
  const own = privilege === 0 ? user | leaf : leaf;
  const put = (table: number, index: number, physicalAddress: number, flags: bigint) =>
    view.setBigUint64(
      tablesOffset + table * 0x1000 + index * 8,
      ((BigInt(physicalAddress) >> 12n) << 10n) | flags,
      true,
    );
  const pointTo = (next: number, table: number, index: number) =>
    put(table, index, ramBase + tablesOffset + next * 0x1000, valid);
  const gibs = Math.max(0, translation - 8);
  for (let table = 0; table < gibs; table++) {
    pointTo(table + 1, table, 0);
    pointTo(table + 1, table, 511);
  }
  put(gibs, 0, 0, own | readWrite | execute);
  put(gibs, 2, ramBase, own | readWrite | execute);
  pointTo(gibs + 1, gibs, 511);
  pointTo(gibs + 2, gibs + 1, 0);
  const data = ramBase + dataOffset;
  put(gibs + 2, 0, data + 0x2000, user | leaf | readWrite);
  put(gibs + 2, 2, data + 0x3000, own | execute);
  put(gibs + 2, 3, data + 0x4000, own | readWrite);
}

/** Reads what QEMU's log does not show, and ends. */
const epilogue = program([
  ...['fcsr', 'sstatus', 'senvcfg', 'scounteren', 'stimecmp', 'mstatus', 'mcounteren', 'menvcfg', 'mcountinhibit'].map(
    (csr) => `csrrs t0,${csr},zero`,
  ),
  ...Array.from({ length: 16 }, (_, index) => `csrrs t0,pmpaddr${index},zero`),
  ...['csrrs t0,pmpcfg0,zero', 'csrrs t0,pmpcfg2,zero'],
  ...powerOff,
]);

/** What a stream finds: registers and memory are filled with `words` over and over. */
export interface StreamData {
  readonly words: readonly bigint[];
  readonly doubles: readonly bigint[];
  /** NaN-boxed. */
  readonly singles: readonly bigint[];
}

/** A program that runs the code. */
export function streamImage(mode: StreamMode, code: Uint8Array, { words, doubles, singles }: StreamData): Uint8Array {
  const bytes = new Uint8Array(dataOffset + dataByteCount);
  const view = new DataView(bytes.buffer);
  bytes.set(prologue(mode));
  bytes.set(handler('m', machineHandlerOffset), machineHandlerOffset);
  bytes.set(handler('s', supervisorHandlerOffset), supervisorHandlerOffset);
  bytes.set(code, codeOffset);
  bytes.set(epilogue, codeOffset + code.length);
  putTables(view, mode);
  for (let at = 0; at < dataByteCount; at += 8)
    view.setBigUint64(dataOffset + at, words[(at / 8) % words.length]!, true);
  for (const [index, value] of doubles.entries()) view.setBigUint64(s0Offset + constants.D + index * 8, value, true);
  for (const [index, value] of singles.entries()) view.setBigUint64(s0Offset + constants.S + index * 8, value, true);
  const isTranslated = mode.privilege !== 3 && mode.translation !== 0;
  for (const [register, address] of [...addresses, ...faultingAddresses(isTranslated)]) {
    view.setBigInt64(dataOffset + registersOffset + register * 8, BigInt(address), true);
  }
  return bytes;
}

const sign = fc.nat(1).map((bit) => BigInt(bit));
/** Of a size near one another's, so that sums and products are ordinary numbers. */
const nearOne = fc.integer({ min: -40, max: 40 });
const boxed = (bits: bigint) => bits | 0xffffffff00000000n;
const double = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(sign, nearOne, fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }))
      .map(([negative, exponent, fraction]) => (negative << 63n) | (BigInt(1023 + exponent) << 52n) | fraction),
  },
  fc.constantFrom(
    0n,
    1n,
    1n << 63n,
    0x7ff0000000000000n,
    0xfff0000000000000n,
    0x7ff8000000000000n,
    0x7ff0000000000001n,
    0x000fffffffffffffn,
  ),
);
const single = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(sign, nearOne, fc.bigInt({ min: 0n, max: (1n << 23n) - 1n }))
        .map(([negative, exponent, fraction]) => (negative << 31n) | (BigInt(127 + exponent) << 23n) | fraction),
    },
    fc.constantFrom(0n, 1n, 0x80000000n, 0x7f800000n, 0xff800000n, 0x7fc00000n, 0x7f800001n, 0x007fffffn),
  )
  .map(boxed);
const integer = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
  fc.constantFrom(0n, 1n, 0x7fffffffn, 0xffffffff80000000n, 1n << 63n, (1n << 63n) - 1n, (1n << 64n) - 1n),
);

const many = (value: fc.Arbitrary<bigint>, minLength: number, maxLength = minLength) =>
  fc.array(value, { minLength, maxLength });
export const randomData: fc.Arbitrary<StreamData> = fc.record({
  words: many(fc.oneof(integer, double, single), 96, 200),
  doubles: many(double, constants.count),
  singles: many(single, constants.count),
});
