import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Guest } from './guest';

const signed = (value: bigint) => BigInt.asIntN(64, value);
const unsigned = (value: bigint) => BigInt.asUintN(64, value);
const low = (value: bigint) => BigInt.asIntN(32, value);
const lowUnsigned = (value: bigint) => BigInt.asUintN(32, value);
const bool = (value: boolean) => (value ? 1n : 0n);
const min64 = -(1n << 63n);
const min32 = -(1n << 31n);

function divide(a: bigint, b: bigint, min: bigint): bigint {
  if (b === 0n) return -1n;
  return a === min && b === -1n ? a : a / b;
}

function remainder(a: bigint, b: bigint): bigint {
  return b === 0n ? a : a % b;
}

/** What the manual says of `op rd, a, b`, in integers without bounds. */
const registerForms: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b & 63n),
  slt: (a, b) => bool(signed(a) < signed(b)),
  sltu: (a, b) => bool(a < b),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >> (b & 63n),
  sra: (a, b) => signed(a) >> (b & 63n),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  addw: (a, b) => low(a + b),
  subw: (a, b) => low(a - b),
  sllw: (a, b) => low(a << (b & 31n)),
  srlw: (a, b) => low(lowUnsigned(a) >> (b & 31n)),
  sraw: (a, b) => low(a) >> (b & 31n),
  mul: (a, b) => a * b,
  mulh: (a, b) => (signed(a) * signed(b)) >> 64n,
  mulhsu: (a, b) => (signed(a) * b) >> 64n,
  mulhu: (a, b) => (a * b) >> 64n,
  mulw: (a, b) => low(a * b),
  div: (a, b) => divide(signed(a), signed(b), min64),
  divu: (a, b) => (b === 0n ? -1n : a / b),
  rem: (a, b) => remainder(signed(a), signed(b)),
  remu: (a, b) => remainder(a, b),
  divw: (a, b) => low(divide(low(a), low(b), min32)),
  divuw: (a, b) => (lowUnsigned(b) === 0n ? -1n : low(lowUnsigned(a) / lowUnsigned(b))),
  remw: (a, b) => low(remainder(low(a), low(b))),
  remuw: (a, b) => low(remainder(lowUnsigned(a), lowUnsigned(b))),
};

const immediateForms: Readonly<Record<string, (a: bigint, imm: bigint) => bigint>> = {
  addi: (a, imm) => a + imm,
  slti: (a, imm) => bool(signed(a) < imm),
  sltiu: (a, imm) => bool(a < unsigned(imm)),
  xori: (a, imm) => a ^ unsigned(imm),
  ori: (a, imm) => a | unsigned(imm),
  andi: (a, imm) => a & unsigned(imm),
  addiw: (a, imm) => low(a + imm),
};

const shiftForms: Readonly<Record<string, readonly [bits: number, (a: bigint, shift: bigint) => bigint]>> = {
  slli: [6, (a, shift) => a << shift],
  srli: [6, (a, shift) => a >> shift],
  srai: [6, (a, shift) => signed(a) >> shift],
  slliw: [5, (a, shift) => low(a << shift)],
  srliw: [5, (a, shift) => low(lowUnsigned(a) >> shift)],
  sraiw: [5, (a, shift) => low(a) >> shift],
};

const edges = [
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  64n,
  -1n,
  -2n,
  min64,
  min64 + 1n,
  ~min64,
  min32,
  -min32,
  ~min32,
  0xffffffffn,
  1n << 32n,
];
const value = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: min64, max: ~min64 })).map(unsigned);

/** By the same guest for all: to make one takes longer than a thousand instructions. */
const evaluator = new Guest();

function evaluate(instruction: string, a: bigint, b: bigint): bigint {
  evaluator.put(0, [instruction]);
  evaluator.set({ a0: 0n, a1: a, a2: b });
  evaluator.core.pc.set(0, 0x8000_0000n);
  evaluator.run(1);
  return evaluator.get('a0');
}

describe('an arithmetic instruction', () => {
  for (const [mnemonic, expected] of Object.entries(registerForms)) {
    it(`${mnemonic} computes what the manual says`, () => {
      const guest = new Guest([`${mnemonic} a0,a1,a2`]);
      const check = (a: bigint, b: bigint) => {
        guest.set({ a1: a, a2: b });
        guest.core.pc.set(0, 0x8000_0000n);
        guest.run(1);
        assert.equal(guest.get('a0'), unsigned(expected(a, b)), `${mnemonic} ${a}, ${b}`);
      };
      for (const a of edges) for (const b of edges) check(unsigned(a), unsigned(b));
      fc.assert(fc.property(value, value, check), { numRuns: 200 });
    });
  }

  for (const [mnemonic, expected] of Object.entries(immediateForms)) {
    it(`${mnemonic} computes what the manual says`, () => {
      const immediate = fc.oneof(fc.constantFrom(-2048, -1, 0, 1, 2047), fc.integer({ min: -2048, max: 2047 }));
      fc.assert(
        fc.property(value, immediate, (a, imm) => {
          assert.equal(evaluate(`${mnemonic} a0,a1,${imm}`, a, 0n), unsigned(expected(a, BigInt(imm))));
        }),
        { numRuns: 40 },
      );
    });
  }

  for (const [mnemonic, [bits, expected]] of Object.entries(shiftForms)) {
    it(`${mnemonic} computes what the manual says`, () => {
      fc.assert(
        fc.property(value, fc.integer({ min: 0, max: 2 ** bits - 1 }), (a, shift) => {
          assert.equal(evaluate(`${mnemonic} a0,a1,${shift}`, a, 0n), unsigned(expected(a, BigInt(shift))));
        }),
        { numRuns: 40 },
      );
    });
  }

  it('lui and auipc extend the sign of their 32 bits', () => {
    assert.equal(evaluate('lui a0,0x80000', 0n, 0n), 0xffff_ffff_8000_0000n);
    assert.equal(evaluate('auipc a0,0x80000', 0n, 0n), 0n);
    assert.equal(evaluate('auipc a0,0x7ffff', 0n, 0n), 0xffff_f000n);
  });

  it('leaves x0 at zero', () => {
    const guest = new Guest(['addi zero,zero,5', 'add a0,zero,zero']);
    guest.run(2);
    assert.equal(guest.get('a0'), 0n);
    assert.equal(guest.get('zero'), 0n);
  });
});
