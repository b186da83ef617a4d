import assert from 'node:assert/strict';
import fc from 'fast-check';
import { whole } from '../../debug-adapter/debuggee/pieces';
import { blockCover } from '../../debug-adapter/emulator/core/codegen/block-cover';
import { BlockMemory, mnemonics, recordAddress } from '../../debug-adapter/emulator/core/codegen/block-memory';
import { floatRows } from '../../debug-adapter/emulator/core/codegen/float-code';
import { type CodeGeneration, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import type { HartStop } from '../../debug-adapter/emulator/core/guest-harts';
import * as map from '../../debug-adapter/emulator/core/memory-map';
import { arithmetic, atomicArithmetic } from '../../debug-adapter/emulator/isa/arithmetic';
import { encode } from '../../debug-adapter/emulator/isa/encoder';
import type { Format } from '../../debug-adapter/emulator/isa/formats';
import { baseInstructions } from '../../debug-adapter/emulator/isa/instructions';
import { csrs, Guest } from './guest';
import { loadRandom, registerSeeds } from './random-guest';
import { randomProgram } from './random-program';

/** The same guest twice: interpreted, and with all of its code generated as soon as it was executed once. */
function both(make: (codeGeneration: CodeGeneration) => Guest): readonly [Guest, Guest] {
  return [make('off'), make('at-once')];
}

/** The guest is in a page that the interpreter enters generated code from. */
function isInGeneratedCode({ core }: Guest): boolean {
  const blocks = new BlockMemory(core.ram.buffer as ArrayBuffer);
  const { place } = blocks;
  if (place === undefined) return false;
  const u16 = new Uint16Array(core.ram.buffer);
  return blocks.startsIn(place.table).some((start) => {
    const block = blocks.blockAt(place.table, start);
    const opcodes = Array.from({ length: u16[block / 2]! }, (_, index) => u16[recordAddress(block, index) / 2]!);
    return opcodes.includes(mnemonics.length + map.OPCODE_GENERATED);
  });
}

/** The block at an offset of the page that the guest is in. */
function beginsInGeneratedCode({ core }: Guest, offset: number): boolean {
  const blocks = new BlockMemory(core.ram.buffer as ArrayBuffer);
  const block = blocks.blockAt(blocks.place!.table, offset);
  return new Uint16Array(core.ram.buffer)[(block + map.BLOCK_ENTRY) / 2] !== 0;
}

const operands = [
  0n,
  1n,
  2n,
  31n,
  63n,
  -1n,
  1n << 31n,
  (1n << 31n) - 1n,
  1n << 63n,
  (1n << 63n) - 1n,
  0x0080_ff00_1234_0001n,
];

/** Two that cancel, some at the edges of what WebAssembly's own arithmetic serves for, singles, boxed or not. */
const floats = [
  ...[
    0,
    1.5,
    -1.5,
    1 / 3,
    1e300,
    -1e-300,
    2 ** -1021,
    5e-324,
    2 ** 31,
    -(2 ** 63),
    1 + 2 ** -52,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ].map((value) => new BigUint64Array(Float64Array.of(value).buffer)[0]!),
  0xffff_ffff_3eaa_aaabn,
  0xffff_ffff_0080_0000n,
];

/** Runs `body`, which has two operands in a0 and a1 and rolls what comes out into s1, for all pairs; s2 points to free RAM. */
function compareForAllPairs(body: readonly string[]): void {
  const [plain, generated] = both((codeGeneration) => {
    const guest = new Guest(['jal zero,8192'], { codeGeneration });
    for (const [index, value] of operands.entries()) guest.putWord(0x1000 + index * 8, value);
    // t1 goes over all pairs.
    guest.put(8192, [
      'addi t2,zero,11',
      'remu a0,t1,t2',
      'divu a1,t1,t2',
      'remu a1,a1,t2',
      'sh3add a0,a0,s0',
      'sh3add a1,a1,s0',
      'ld a0,0(a0)',
      'ld a1,0(a1)',
      ...body,
      'addi t1,t1,1',
    ]);
    const length = 4 * (9 + body.length);
    guest.put(8192 + length, [`jal zero,${-length}`]);
    guest.set({ s0: ramBase + 0x1000, s2: ramBase + 0x8000 });
    return guest;
  });
  for (const guest of [plain, generated]) for (let turn = 0; turn < 130; turn++) guest.run(body.length + 10);
  assert.ok(isInGeneratedCode(generated));
  assert.equal(generated.get('s1'), plain.get('s1'));
  assert.equal(generated.core.stateHash(), plain.core.stateHash());
}

describe('generated code', () => {
  it('computes what the interpreter does, for all operands of every instruction of arithmetic', () => {
    const rows = baseInstructions.filter(({ mnemonic }) => mnemonic in arithmetic && mnemonic !== 'lui');
    // a0 and a1 are the operands, of which all are tried; what comes out is rolled into s1.
    const body = rows.flatMap(({ mnemonic, format }) => {
      const immediates = format === 'I' ? [-1, 1365] : [7, 31];
      const words =
        format === 'R'
          ? [encode(mnemonic, { rd: 12, rs1: 10, rs2: 11 })]
          : immediates.map((imm) => encode(mnemonic, { rd: 12, rs1: 10, imm }));
      return words.flatMap((word) => [`.word ${word}`, 'rori s1,s1,7', 'xor s1,s1,a2']);
    });
    compareForAllPairs(body);
  });

  it('is there for a guest whose decoded blocks lie beyond 2 GiB', () => {
    const guest = new Guest(['addi a0,a0,1', 'jal zero,-4'], { codeGeneration: 'at-once', ramByteCount: 2 ** 31 });
    for (let turn = 0; turn < 10; turn++) guest.run(100);
    assert.ok(isInGeneratedCode(guest));
    assert.equal(guest.get('a0'), 500n);
  });

  it('reads, computes and writes what the interpreter does, for all operands of every atomic instruction', () => {
    const roll = (register: string) => ['rori s1,s1,7', `xor s1,s1,${register}`];
    const amos = Object.keys(atomicArithmetic).flatMap((name) =>
      ['w', 'd'].flatMap((width) => [
        'sd a0,0(s2)',
        `${name}.${width} a2,a1,(s2)`,
        ...roll('a2'),
        'ld a2,0(s2)',
        ...roll('a2'),
      ]),
    );
    // The second SC fails unless the store between changes nothing, the third always: there is no reservation.
    const reservations = ['w', 'd'].flatMap((width) =>
      ['addi zero,zero,0', 'sd a0,0(s2)', `sc.${width} zero,a0,(s2)`].flatMap((between) => [
        `lr.${width} a2,(s2)`,
        ...roll('a2'),
        between,
        `sc.${width} a2,a1,(s2)`,
        ...roll('a2'),
        'ld a2,0(s2)',
        ...roll('a2'),
      ]),
    );
    compareForAllPairs([...amos, ...reservations]);
  });

  it('computes what the interpreter does, flags too, for all operands of every instruction of floating point', () => {
    const rows = baseInstructions.filter(({ mnemonic }) => mnemonic in floatRows);
    // ft0 to ft2 are the operands, a0 one of x; what comes out is rolled into s1.
    const immediates: Partial<Record<Format, number>> = { R4: (2 << 3) | 7, Rrm: 7 };
    const body = rows.flatMap(({ mnemonic, format, operands: names }) => [
      `.word ${encode(mnemonic, {
        rd: 12,
        rs1: names.includes(',rs1') ? 10 : 0,
        ...(format === 'R4' || names.includes('fs2') ? { rs2: 1 } : {}),
        ...(format in immediates ? { imm: floatRows[mnemonic]!.mode ?? immediates[format]! } : {}),
      })}`,
      names.startsWith('fd') ? 'fmv.x.d a2,fa2' : 'addi a2,a2,0',
      'csrrw a3,fflags,t3',
      'rori s1,s1,7',
      'xor s1,s1,a2',
      'xor s1,s1,a3',
    ]);
    const [plain, generated] = both((codeGeneration) => {
      const guest = new Guest(['jal zero,8192'], { codeGeneration });
      for (const [index, value] of floats.entries()) guest.putWord(0x1000 + index * 8, value);
      guest.put(8192, [
        `addi t2,zero,${floats.length}`,
        'remu a0,t1,t2',
        'divu a1,t1,t2',
        'remu a2,a1,t2',
        'divu a3,a1,t2',
        'remu a3,a3,t2',
        ...['a0', 'a2', 'a3'].map((register) => `sh3add ${register},${register},s0`),
        'fld ft0,0(a0)',
        'fld ft1,0(a2)',
        'fld ft2,0(a3)',
        'ld a0,0(a0)',
        ...body,
        'addi t1,t1,1',
      ]);
      const length = 4 * (14 + body.length);
      guest.put(8192 + length, [`jal zero,${-length}`]);
      guest.set({ s0: ramBase + 0x1000, t3: 1 });
      guest.core.writeCsr(0, csrs.mstatus, 3n << 13n);
      guest.core.writeCsr(0, 0x001, 1n);
      return guest;
    });
    for (const guest of [plain, generated]) {
      guest.run(300);
      guest.run(floats.length ** 3 * (body.length + 15));
    }
    assert.ok(isInGeneratedCode(generated));
    assert.equal(generated.get('s1'), plain.get('s1'));
    assert.equal(generated.core.stateHash(), plain.core.stateHash());
  });

  it('stops where the interpreter does, and leaves the same state, whatever is done to the guest meanwhile', () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.constant({ kind: 'run' as const }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('protect' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const), word: fc.nat({ max: 63 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('watch' as const), offset: fc.nat({ max: 0x3000 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('write' as const), word: fc.nat({ max: 63 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('keep' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('log' as const) }) },
    );
    const turns = fc.array(fc.record({ count: fc.integer({ min: 1, max: 300 }), action }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(randomProgram, registerSeeds, turns, (program, registers, list) => {
        const guests = both((codeGeneration) => loadRandom(program, registers, { codeGeneration }));
        const seen = guests.map((guest): unknown[] => {
          return list.flatMap(({ count, action }) => {
            if (action.kind === 'protect') guest.core.pages.protectAll();
            if (action.kind === 'break') guest.core.setBreakpoints([BigInt(ramBase + action.word * 4)]);
            if (action.kind === 'watch') {
              guest.core.watch([{ offset: action.offset, byteCount: 16, reads: true, writes: true }]);
            }
            if (action.kind === 'write') guest.core.writeRam(action.word * 4, guest.core.ram.slice(0, 4));
            if (action.kind === 'keep') guest.core.held.begin(() => {});
            if (action.kind === 'log') guest.core.pages.startDirtyLog();
            return [
              ...stopsWithin(guest, count),
              guest.core.pc.get(0),
              guest.core.dirtied,
              guest.core.watchHits.length,
              guest.core.held.byteCount,
            ];
          });
        });
        assert.deepEqual(seen[1], seen[0]);
        assert.equal(guests[1].core.stateHash(), guests[0].core.stateHash());
        assert.deepEqual(whole(guests[1].core.held.takeChanges()), whole(guests[0].core.held.takeChanges()));
        assert.deepEqual(guests[1].core.pages.records, guests[0].core.pages.records);
      }),
      { numRuns: 12 },
    );
  });

  it('accesses two pages only where both may be accessed', () => {
    const sizes = ['b', 'h', 'w', 'd'];
    // Each size at each of the last 16 places of page 3, of which some reach into page 4.
    const body = sizes.flatMap((size) => [`s${size} a0,0(t2)`, `l${size} t3,0(t2)`, 'add s1,s1,t3']);
    const loop = ['andi t1,a0,15', 'add t2,s0,t1', ...body, 'addi a0,a0,1'];
    const seen = both((codeGeneration) => {
      const guest = new Guest([...loop, `jal zero,${-4 * loop.length}`], { codeGeneration });
      guest.set({ s0: ramBase + 0x3ff0 });
      return guest;
    }).map((guest) => {
      const turnLength = 16 * (loop.length + 1);
      const stops = [stopsWithin(guest, turnLength)];
      for (let turn = 0; turn < 4; turn++) {
        guest.core.pages.protectAll();
        guest.core.pages.unprotect(3);
        stops.push(stopsWithin(guest, turnLength));
      }
      return { stops, state: guest.core.stateHash(), isGenerated: isInGeneratedCode(guest) };
    });
    const [plain, generated] = seen;
    assert.ok(generated!.isGenerated && !plain!.isGenerated);
    assert.deepEqual(generated!.stops, plain!.stops);
    assert.equal(generated!.state, plain!.state);
    for (const stops of plain!.stops.slice(1)) {
      assert.ok(stops.some((stop) => typeof stop !== 'number' && stop.kind === 'write-fault' && stop.page === 4));
    }
  });

  it('is of the loop, not of what leads into its middle once', () => {
    // The first block goes on through the whole loop, whose own begins at its second instruction.
    const guest = new Guest(['addi a2,a2,1', 'addi a0,a0,1', 'addi a3,a3,1', 'bne a0,a1,-8', 'jal zero,0'], {
      codeGeneration: 'hot',
    });
    guest.set({ a1: 1_000_000 });
    guest.run(1_000_000);
    assert.ok(beginsInGeneratedCode(guest, 4));
  });

  it('is there for a long loop, too, however many blocks the ends of runs have made of it', () => {
    const long = Array.from({ length: 900 }, () => 'addi a0,a0,1');
    const guest = new Guest([...long, 'jal zero,-3600'], { codeGeneration: 'hot' });
    guest.run(16_000_000);
    assert.ok(beginsInGeneratedCode(guest, 0));
  });

  it('goes on from one page to another in a loop that has part of both', () => {
    const guest = new Guest(['jal zero,0xfe4'], { codeGeneration: 'hot' });
    const first = ['addi a3,zero,0', 'addi a3,a3,1', 'bne a3,a4,-4'];
    // What comes before the loop in its page leads to its head, too.
    const loop = [...Array.from({ length: 20 }, () => 'addi a0,a0,1'), 'bne a0,a1,-80'];
    guest.put(0xfe4, [...first, ...loop, 'addi a0,zero,0', 'jal zero,-100']);
    guest.set({ a1: 10_000, a4: 2000 });
    guest.run(20_000_000);
    while (guest.pc !== 0xff4) guest.run(1);
    assert.ok(beginsInGeneratedCode(guest, 0xff0));
  });

  it('is of the blocks that control goes to, not of those that begin where a run was cut', () => {
    const lines = [...Array.from({ length: 5 }, () => 'addi a0,a0,1'), 'bne a0,a1,-12', 'jal zero,-24'];
    const guest = new Guest(lines, { codeGeneration: 'off' });
    for (let turn = 0; turn < 40; turn++) guest.run(33);
    const memory = new BlockMemory(guest.core.ram.buffer as ArrayBuffer);
    const { table } = memory.place!;
    const blocks = memory.startsIn(table).map((start) => memory.read(memory.blockAt(table, start))!);
    assert.deepEqual(
      blocks.map(({ start }) => start),
      [0, 8, 12, 16, 20],
    );
    assert.deepEqual(
      blockCover(blocks, new Set()).map(({ start }) => start),
      [0, 8],
    );
  });

  it('of a hot loop is there without being asked for', () => {
    const guest = new Guest(['addi a0,a0,1', 'bne a0,a1,-4', 'jal zero,0'], { codeGeneration: 'hot' });
    guest.set({ a1: 1_000_000 });
    guest.run(1_000_000);
    guest.core.setBreakpoints([]);
    assert.ok(isInGeneratedCode(guest), 'breakpoints that are none as before leave it alone');
    guest.run(999_999);
    assert.deepEqual([guest.pc, guest.get('a0')], [4, 1_000_000n]);
  });
});

/** How a hart gets through its turn; write faults end with the page unprotected. */
function stopsWithin(guest: Guest, instructionCount: number): (HartStop | number)[] {
  const stops: (HartStop | number)[] = [];
  for (let left = instructionCount; left > 0 && stops.length < 200; ) {
    const stop = guest.run(left);
    left -= guest.core.retired;
    stops.push(stop, guest.core.retired);
    if (stop.kind === 'write-fault') guest.core.pages.unprotect(stop.page);
  }
  return stops;
}
