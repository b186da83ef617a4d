import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SessionError } from './errors';
import { compileCondition, compileExpression, type Scope } from './expressions';

const values = new Map<string, bigint | number | string | boolean>([
  ['page', 0x80400n],
  ['thread', 'hart0'],
  ['pc', 0x8000_0000n],
  ['a0', 0xffff_ffff_ffff_ffffn],
  ['sp', 0x1000n],
  ['count', 7],
  ['half', 0.5],
]);
const memory = Uint8Array.from({ length: 0x1010 }, (_, index) => index & 0xff);
const scope: Scope = {
  names: { lookup: (name) => values.get(name) },
  readMemory: (address, byteCount) => memory.subarray(Number(address), Number(address) + byteCount),
};

const evaluate = (text: string) => compileExpression(text).evaluate(scope);

describe('expressions', () => {
  it('compare, calculate and combine as in C', () => {
    assert.equal(evaluate('page == 0x80400'), true);
    assert.equal(evaluate('page == 0x80400 && thread == "hart0"'), true);
    assert.equal(evaluate("thread != 'hart0' || count >= 7"), true);
    assert.equal(evaluate('1 + 2 * 3'), 7n);
    assert.equal(evaluate('(1 << 12) - 1 & ~0xff'), 0xf00n);
    assert.equal(evaluate('count % 4 ? 10 : 20'), 10n);
    assert.equal(evaluate('!count'), false);
  });

  it('keep all 64 bits of numbers', () => {
    assert.equal(evaluate('0xffffffffffffffff - 1'), 0xffff_ffff_ffff_fffen);
    assert.equal(evaluate('9007199254740993'), 9_007_199_254_740_993n);
    assert.equal(evaluate('0b1010_0000'), 0xa0n);
    assert.equal(evaluate('0o17'), 15n);
  });

  it('take a register that is all ones for minus one', () => {
    assert.equal(evaluate('a0 == -1'), true);
    assert.equal(evaluate('signed(a0)'), -1n);
  });

  it('know registers with and without a dollar sign', () => {
    assert.equal(evaluate('$pc'), evaluate('pc'));
  });

  it('read memory, least significant byte first', () => {
    assert.equal(evaluate('u8(sp + 1)'), 1n);
    assert.equal(evaluate('u16(sp)'), 0x0100n);
    assert.equal(evaluate('u32(sp)'), 0x0302_0100n);
    assert.equal(evaluate('*sp'), 0x0706_0504_0302_0100n);
    assert.equal(evaluate('u64(sp) == *sp'), true);
  });

  it('look at the right side of && and || only when it matters', () => {
    assert.equal(evaluate('count == 7 || nothing == 1'), true);
    assert.equal(evaluate('count == 8 && nothing == 1'), false);
  });

  it('say what is wrong with a text that is no expression', () => {
    for (const [text, reason] of [
      ['', /it is empty/],
      ['page = 1', /use == to compare/],
      ['page ==', /at character/],
      ['a0 a1', /more than one expression/],
      ['a0.b', /does not know/],
      ['a0[1]', /does not know/],
      ['f(1)', /no function `f`; the functions are u8/],
      ['u8(1, 2)', /takes one argument/],
      ['1.5', /not a whole number/],
      ['0644', /octal numbers begin with 0o/],
    ] as const) {
      assert.throws(() => compileExpression(text), { message: reason }, text);
    }
  });

  it('say what is wrong with values', () => {
    for (const [text, reason] of [
      ['nothing', /`nothing` is no register, no symbol/],
      ['page == "hart0"', /the number 525312 and the text "hart0" cannot be compared/],
      ['thread + 1', /needs numbers/],
      ['thread && 1', /neither true nor false/],
      ['1 / 0', /division by zero/],
      ['1 << 64', /a shift by 64/],
      ['*0x4000', /memory at 0x4000 cannot be read/],
      ['half', /0\.5, not a whole number/],
      ['u8(thread)', /an address needs a number/],
    ] as const) {
      assert.throws(() => evaluate(text), { message: reason }, text);
    }
  });

  it('say that a name has no value at this stop', () => {
    const bare: Scope = { names: { lookup: () => undefined } };
    assert.throws(() => compileExpression('page').evaluate(bare), { message: /only at a write fault/ });
  });
});

describe('conditions', () => {
  const holds = (text: string) => compileCondition(text)(scope.names);

  it('hold or not', () => {
    assert.equal(holds('page == 0x80400'), true);
    assert.equal(holds('thread == "hart0" && page > 0x80400'), false);
    assert.equal(holds('count'), true);
  });

  it('with a mistake in them are refused before they run', () => {
    assert.throws(() => compileCondition('page =='), SessionError);
    for (const text of ['*sp == 1', '1 + u64(sp) == 1']) {
      assert.throws(() => compileCondition(text), { message: /a breakpoint cannot read memory/ }, text);
    }
  });
});
