import assert from 'node:assert/strict';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { powerOff } from './beside-qemu';
import { program } from './guest';

export interface Trigger {
  readonly tdata1: bigint;
  readonly tdata2: bigint;
}

/** One instruction, run with both triggers set. */
export interface TriggerCase {
  /** Index into `instructionLines`; that many or more: an address where nothing can be fetched. */
  readonly instruction: number;
  readonly privilege: number;
  readonly isTranslated: boolean;
  /** MPRV is set and MPP is U: matters in M mode. */
  readonly isModified: boolean;
  /** Virtual address that it loads from or stores to. */
  readonly address: bigint;
  readonly triggers: readonly Trigger[];
}

/** Each is four bytes; a0 is stored and a2 loaded, at a1. */
export const instructionLines: readonly (readonly string[])[] = [
  ...['lb a2,0(a1)', 'lhu a2,0(a1)', 'lw a2,0(a1)', 'ld a2,0(a1)', 'fld fa2,0(a1)'].map((line) => [line]),
  ...['sb a0,0(a1)', 'sh a0,0(a1)', 'sw a0,0(a1)', 'sd a0,0(a1)', 'fsw fa0,0(a1)'].map((line) => [line]),
  ...['lr.w a2,(a1)', 'lr.d a2,(a1)', 'amoadd.w a2,a0,(a1)', 'amoswap.d a2,a0,(a1)'].map((line) => [line]),
  ['c.ld a2,0(a1)', 'c.addi a2,1'],
  ['c.sw a0,0(a1)', 'c.addi a2,1'],
  ['c.addi a2,1', 'c.addi a2,2'],
];

export const triggerRamByteCount = 8 << 20;
const handlerOffset = 0x400;
const instructionsOffset = 0x1000;
const instructionByteCount = 8;
const nowhereOffset = 0x1000_0000;
const tableOffset = 0x3000;
const dataOffset = 0x1_0000;
const dataByteCount = 0x2000;
const casesOffset = 0x10_0000;
const caseByteCount = 64;
const resultsOffset = 0x20_0000;
/** Five words and a list of traps: cause, address, value. */
const resultByteCount = 256;
const trapsOffset = 64;
const trapByteCount = 24;
/** QEMU's device tree stands behind them. */
const resultsEnd = 0x40_0000;

/** Where RAM is seen: as it is, and in the GiB before (S mode) and in that of 4 GiB (U mode), by pages of a GiB each. */
const gib = 2 ** 30;
const views = { physical: 0, supervisor: -gib, user: 2 * gib } as const;
const supervisorEntries = [1, 2];
const userEntry = 4;

type Place = Pick<TriggerCase, 'instruction' | 'privilege' | 'isTranslated' | 'isModified'>;

function viewOf(privilege: number, isTranslated: boolean): number {
  if (!isTranslated || privilege === 3) return views.physical;
  return privilege === 1 ? views.supervisor : views.user;
}

export function instructionAddress({ instruction, privilege, isTranslated }: Place): bigint {
  const isNowhere = instruction >= instructionLines.length;
  const offset = isNowhere ? nowhereOffset : instructionsOffset + instruction * instructionByteCount;
  return BigInt(ramBase + viewOf(privilege, isTranslated) + offset);
}

/** Within two pages, or (`'nowhere'`) where nothing is. */
export function dataAddress({ privilege, isTranslated, isModified }: Place, offset: number | 'nowhere'): bigint {
  const view = viewOf(privilege === 3 && isModified ? 0 : privilege, isTranslated);
  return BigInt(ramBase + view + (offset === 'nowhere' ? nowhereOffset : dataOffset + offset));
}

const reset = [0, 1].flatMap((trigger) => [`csrrwi zero,tselect,${trigger}`, 'csrrw zero,tdata1,s6']);
const set = [0, 1].flatMap((trigger) => [
  `csrrwi zero,tselect,${trigger}`,
  ...['tdata1', 'tdata2'].flatMap((csr, word) => [
    `ld t1,${16 + trigger * 16 + word * 8}(s3)`,
    `csrrw zero,${csr},t1`,
    `csrrs t1,${csr},zero`,
    `sd t1,${trigger * 16 + word * 8}(s2)`,
  ]),
]);

/** Notes the trap. Behind a breakpoint the instruction runs again, without triggers; else the case is over. */
const handler = program([
  ...['csrrs t0,mcause,zero', 'csrrs t1,mepc,zero', 'csrrs t2,mtval,zero'],
  ...['sd t0,0(s5)', 'sd t1,8(s5)', 'sd t2,16(s5)', `addi s5,s5,${trapByteCount}`],
  ...['addi t0,t0,-3', `bne t0,zero,${4 * (reset.length + 2)}`, ...reset, 'mret'],
  'jalr zero,0(s7)',
]);

const upper = (offset: number) => `0x${(offset >>> 12).toString(16)}`;
const start = [
  ...['auipc s1,0', `addi t0,s1,${handlerOffset}`, 'csrrw zero,mtvec,t0'],
  // Floating point on, and all of memory open to the lower modes.
  ...['lui t0,0x6', 'csrrs zero,mstatus,t0'],
  ...['addi t0,zero,-1', 'srli t0,t0,10', 'csrrw zero,pmpaddr0,t0', 'csrrwi zero,pmpcfg0,31'],
  ...[`lui s3,${upper(casesOffset)}`, 'add s3,s3,s1', `lui s2,${upper(resultsOffset)}`, 'add s2,s2,s1'],
  ...['addi s6,zero,2', 'slli s6,s6,60'],
];
const each = [
  ...['ld t0,0(s3)', 'bne t0,zero,8', 'jalr zero,0(s8)', 'csrrw zero,mepc,t0', ...reset, ...set],
  ...['ld t1,48(s3)', 'csrrw zero,satp,t1', 'sfence.vma zero,zero'],
  // MPRV and MPP.
  ...['lui t1,0x22', 'addi t1,t1,-2048', 'csrrc zero,mstatus,t1', 'ld t1,56(s3)', 'csrrs zero,mstatus,t1'],
  ...['ld a1,8(s3)', `addi s5,s2,${trapsOffset}`, 'addi a0,a0,3', 'addi a2,zero,0', 'mret'],
];
const over = ['sd a2,32(s2)', `addi s3,s3,${caseByteCount}`, `addi s2,s2,${resultByteCount}`];

function main(): Uint8Array {
  const eachAt = (start.length + 2) * 4;
  const overAt = eachAt + each.length * 4;
  const again = `jal zero,${-4 * (each.length + over.length)}`;
  const offAt = overAt + (over.length + 1) * 4;
  const code = program([...start, `addi s7,s1,${overAt}`, `addi s8,s1,${offAt}`, ...each, ...over, again, ...powerOff]);
  assert.ok(code.length <= handlerOffset);
  return code;
}

/** A program that runs the cases one after the other. */
export function triggerProgram(cases: readonly TriggerCase[]): Uint8Array {
  assert.ok(resultsOffset + cases.length * resultByteCount <= resultsEnd);
  const bytes = new Uint8Array(casesOffset + (cases.length + 1) * caseByteCount);
  const view = new DataView(bytes.buffer);
  bytes.set(main());
  bytes.set(handler, handlerOffset);
  for (const [index, lines] of instructionLines.entries()) {
    bytes.set(program([...lines, 'ecall']), instructionsOffset + index * instructionByteCount);
  }
  const [leaf, user] = [0xcfn | (BigInt(ramBase) >> 2n), 16n];
  for (const entry of supervisorEntries) view.setBigUint64(tableOffset + entry * 8, leaf, true);
  view.setBigUint64(tableOffset + userEntry * 8, leaf | user, true);
  for (let at = 0; at < dataByteCount; at += 8) view.setBigUint64(dataOffset + at, BigInt(at) * 0x1_0101_0101n, true);
  for (const [index, one] of cases.entries()) {
    for (const [word, value] of wordsOf(one).entries()) {
      view.setBigUint64(casesOffset + index * caseByteCount + word * 8, BigInt.asUintN(64, value), true);
    }
  }
  return bytes;
}

function wordsOf(one: TriggerCase): bigint[] {
  const sv39 = (8n << 60n) | BigInt((ramBase + tableOffset) >>> 12);
  const mstatus = (BigInt(one.privilege) << 11n) | (one.privilege === 3 && one.isModified ? 1n << 17n : 0n);
  const triggers = one.triggers.flatMap(({ tdata1, tdata2 }) => [tdata1, tdata2]);
  return [instructionAddress(one), one.address, ...triggers, one.isTranslated ? sv39 : 0n, mstatus];
}

/** What came of them: the triggers as they were read, what was loaded, the traps; and what memory holds in the end. */
export function triggerResults(ram: Uint8Array, cases: readonly TriggerCase[]): string[] {
  const view = new DataView(ram.buffer, ram.byteOffset);
  const hex = (at: number) => view.getBigUint64(at, true).toString(16);
  const results = cases.map((_, index) => {
    const at = resultsOffset + index * resultByteCount;
    const triggers = `${hex(at)}@${hex(at + 8)} ${hex(at + 16)}@${hex(at + 24)}`;
    const traps = Array.from({ length: 3 }, (_, trap) => at + trapsOffset + trap * trapByteCount)
      .filter((trap) => view.getBigUint64(trap, true) !== 0n)
      .map((trap) => `cause ${hex(trap)} mepc ${hex(trap + 8)} mtval ${hex(trap + 16)}`);
    return `${triggers}: ${traps.join(', ')}; a2 ${hex(at + 32)}`;
  });
  return [...results, Buffer.from(ram.subarray(dataOffset, dataOffset + dataByteCount)).toString('hex')];
}
