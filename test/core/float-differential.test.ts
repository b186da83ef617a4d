import assert from 'node:assert/strict';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { baseInstructions, type Instruction } from '../../debug-adapter/emulator/isa/instructions';
import { roundingModeNames } from '../../debug-adapter/emulator/isa/registers';
import { powerOff, runHere, runInQemu } from './beside-qemu';
import { program } from './guest';

const mib = 1 << 20;
const operandsOffset = mib;
const resultsOffset = 2 * mib;
const ramByteCount = 64 * mib;
/** Three sources an operand set; a result and fflags an execution. */
const setByteCount = 24;
const resultByteCount = 16;
const modes = [0, 1, 2, 3, 4];

const arithmetic = baseInstructions.filter(
  ({ extension, operands }) => ['F', 'D'].includes(extension) && !operands.includes('('),
);

/** One instruction in one mode over all sets; `flags` is what fflags holds before each execution. */
interface Sweep {
  readonly row: Instruction;
  readonly mode: number;
  readonly flags: number;
  /** Through frm rather than in the instruction. */
  readonly dynamic: boolean;
}

/** With NX set already the core may take WebAssembly's own arithmetic, without it only if that is exact. */
const sweeps: readonly Sweep[] = arithmetic.flatMap((row) =>
  row.operands.includes('rm')
    ? modes.flatMap((mode) => [
        { row, mode, flags: 0, dynamic: false },
        { row, mode, flags: 1, dynamic: true },
      ])
    : [{ row, mode: 0, flags: 0, dynamic: false }],
);

const specials64 = [
  ...[0n, 1n, 0x000fffffffffffffn, 0x0010000000000000n, 0x0010000000000001n, 0x3fefffffffffffffn, 0x3ff0000000000000n],
  ...[0x3ff0000000000001n, 0x3ff8000000000000n, 0x3fe0000000000000n, 0x3ca0000000000000n, 0x4340000000000001n],
  ...[0x41dfffffffc00000n, 0x41efffffffe00000n, 0x43e0000000000000n, 0x43f0000000000000n, 0x47efffffe0000000n],
  ...[0x47effffff0000000n, 0x3690000000000000n, 0x380fffffffffffffn, 0x7fefffffffffffffn, 0x7ff0000000000000n],
  ...[0x7ff8000000000000n, 0x7ff0000000000001n, 0x7ffc000000000123n],
].flatMap((bits) => [bits, bits | (1n << 63n)]);
const specials32 = [
  ...[0n, 1n, 0x007fffffn, 0x00800000n, 0x00800001n, 0x3f7fffffn, 0x3f800000n, 0x3f800001n, 0x3fc00000n, 0x3f000000n],
  ...[0x33000000n, 0x33800000n, 0x4b800001n, 0x4effffffn, 0x4f000000n, 0x4f7fffffn, 0x5effffffn, 0x5f000000n],
  ...[0x5f800000n, 0x7f7fffffn, 0x7f800000n, 0x7fc00000n, 0x7f800001n, 0x7fe00123n],
].flatMap((bits) => [bits, bits | (1n << 31n)]);
const specialIntegers = [
  0n,
  1n,
  -1n,
  0x7fffffffn,
  -0x80000000n,
  0xffffffffn,
  1n << 24n,
  (1n << 24n) + 1n,
  (1n << 53n) + 1n,
]
  .concat([(1n << 54n) + 3n, 1n << 63n, (1n << 63n) - 1n, (1n << 62n) + (1n << 8n), (1n << 63n) - (1n << 38n)])
  .map((value) => BigInt.asUintN(64, value));

/** xorshift64*, so that a failure is found again. */
function randomWords(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ (state << 25n));
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn);
  };
}

/** A number of the format; half of the time its exponent is near 1 and its fraction short, so that operands meet. */
function randomFloat(next: () => bigint, double: boolean): bigint {
  const [width, bias, bits] = double ? [52n, 1023n, 64n] : [23n, 127n, 32n];
  const word = BigInt.asUintN(Number(bits), next());
  const choice = next();
  if ((choice & 1n) === 0n) return word;
  const exponent = bias - 32n + ((choice >> 8n) & 63n);
  const kept = (choice & 2n) === 0n ? width : (choice >> 16n) & 15n;
  const fraction = word & ((1n << width) - 1n) & ~((1n << (width - kept)) - 1n);
  return ((word >> (bits - 1n)) << (bits - 1n)) | (exponent << width) | fraction;
}

const boxed = (bits: bigint) => bits | 0xffffffff00000000n;

/** All pairs of special numbers, then random ones, the third source near the product's size or at random. */
function operandSets(kind: 'S' | 'D' | 'integer', seed: bigint): bigint[][] {
  const next = randomWords(seed);
  const specials = kind === 'D' ? specials64 : kind === 'S' ? specials32 : specialIntegers;
  const random = () => (kind === 'integer' ? next() >> (next() & 63n) : randomFloat(next, kind === 'D'));
  const anySpecial = () => specials[Number(next() % BigInt(specials.length))]!;
  const sets: bigint[][] = [];
  if (kind === 'integer') for (const value of specials) sets.push([value, 0n, 0n]);
  else {
    for (let index = 0; index < 600; index++) sets.push([anySpecial(), anySpecial(), anySpecial()]);
    for (let index = 0; index < 200; index++) sets.push([anySpecial(), random(), random()]);
  }
  while (sets.length < 2100) sets.push([random(), random(), random()]);
  if (kind !== 'S') return sets;
  // A few are not NaN-boxed.
  return sets.map((set, index) => set.map((bits) => (index % 97 === 5 ? bits | (next() << 32n) : boxed(bits))));
}

const kindOf = ({ operands, mnemonic, extension }: Instruction) => {
  if (operands.includes('rs1')) return 'integer';
  if (mnemonic === 'fcvt.s.d') return 'D';
  return mnemonic === 'fcvt.d.s' || mnemonic === 'fmv.x.w' || extension === 'F' ? 'S' : 'D';
};

/** The sweep's instruction on fa0 to fa2 or a0, into fa3 or a3. */
function wordOf({ row, mode, dynamic }: Sweep): number {
  const registers: Readonly<Record<string, string>> = {
    fd: 'fa3',
    rd: 'a3',
    fs1: 'fa0',
    rs1: 'a0',
    fs2: 'fa1',
    fs3: 'fa2',
  };
  const operands = row.operands
    .split(',')
    .map((name) => registers[name] ?? (dynamic ? 'dyn' : roundingModeNames[mode]));
  return assemble(`${row.mnemonic} ${operands.join(',')}`);
}

function image(sets: Readonly<Record<'S' | 'D' | 'integer', bigint[][]>>): { bytes: Uint8Array; executions: number } {
  const tables = { S: 0, D: 1, integer: 2 };
  const bytes = new Uint8Array(resultsOffset);
  const view = new DataView(bytes.buffer);
  const tableByteCount = 0x1_0000;
  for (const [kind, table] of Object.entries(tables)) {
    for (const [index, set] of sets[kind as 'S'].entries()) {
      for (const [source, value] of set.entries()) {
        view.setBigUint64(operandsOffset + table * tableByteCount + index * setByteCount + source * 8, value, true);
      }
    }
  }
  const lines = ['lui a0,0x6', 'csrrs zero,mstatus,a0', 'auipc s3,0', 'lui s1,0x200', 'add s1,s1,s3', 'addi s1,s1,-8'];
  let executions = 0;
  for (const sweep of sweeps) {
    const kind = kindOf(sweep.row);
    const setCount = sets[kind].length;
    executions += setCount;
    lines.push(
      `lui s0,0x${((operandsOffset + tables[kind] * tableByteCount) >> 12).toString(16)}`,
      'add s0,s0,s3',
      'addi s0,s0,-8',
      'lui s2,0x1',
      `addi s2,s2,${setCount - 4096}`,
      `csrrwi zero,frm,${sweep.dynamic ? sweep.mode : (sweep.mode + 1) % 5}`,
      ...['fld fa0,0(s0)', 'ld a0,0(s0)', 'fld fa1,8(s0)', 'fld fa2,16(s0)', `csrrwi zero,fflags,${sweep.flags}`],
      `.word ${wordOf(sweep)}`,
      'csrrs t0,fflags,zero',
      'sd t0,8(s1)',
      sweep.row.operands.startsWith('fd') ? 'fsd fa3,0(s1)' : 'sd a3,0(s1)',
      ...[`addi s1,s1,${resultByteCount}`, `addi s0,s0,${setByteCount}`, 'addi s2,s2,-1', 'bne s2,zero,-48'],
    );
  }
  lines.push(...powerOff);
  bytes.set(program(lines));
  return { bytes, executions };
}

/** Words that differ, told with their operands; at most a few. */
function differences(
  ours: Uint8Array,
  theirs: Uint8Array,
  sets: Readonly<Record<'S' | 'D' | 'integer', bigint[][]>>,
): string[] {
  const [our, their] = [ours, theirs].map((ram) => new DataView(ram.buffer, ram.byteOffset));
  const found: string[] = [];
  let at = resultsOffset;
  for (const { row, mode, flags } of sweeps) {
    for (const set of sets[kindOf(row)]) {
      const [a, b] = [our!, their!].map((view) => [view.getBigUint64(at, true), view.getBigUint64(at + 8, true)]);
      if ((a![0] !== b![0] || a![1] !== b![1]) && found.length < 20) {
        const hex = (values: bigint[]) => values.map((value) => value.toString(16)).join(' ');
        found.push(
          `${row.mnemonic} ${roundingModeNames[mode]} after ${flags} of ${hex(set)}: ${hex(a!)}, QEMU ${hex(b!)}`,
        );
      }
      at += resultByteCount;
    }
  }
  return found;
}

describe('floating point and a real QEMU', () => {
  it('agree on results and flags of every instruction in every rounding mode', () => {
    const seed = 0x9e3779b97f4a7c15n;
    const sets = { S: operandSets('S', seed), D: operandSets('D', seed), integer: operandSets('integer', seed) };
    const { bytes, executions } = image(sets);
    assert.ok(executions > 600_000, `${executions} executions`);
    assert.ok(resultsOffset + executions * resultByteCount < ramByteCount);
    assert.deepEqual(differences(runHere(bytes, ramByteCount).ram, runInQemu(bytes, ramByteCount), sets), []);
  });
});
