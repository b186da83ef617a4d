import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Composite } from '../debuggee/thread';
import { SessionError } from './errors';
import { compileCondition, compileExpression, type Scope } from './expressions';

const values = new Map<string, bigint | number | string | boolean>([
  ['page', 0x80400n],
  ['thread', 'hart 0'],
  ['pc', 0x8000_0000n],
  ['a0', 0xffff_ffff_ffff_ffffn],
  ['sp', 0x1000n],
  ['count', 7],
  ['half', 0.5],
]);
const memory = Uint8Array.from({ length: 0x1100 }, (_, index) => index & 0xff);
const snapshot: Composite = {
  summary: 'Snapshot',
  member: (name) => ({ isActive: true, ram: snapshot, pages: 3, ratio: 0.5 })[name],
  children: () => [],
};
const stored: (readonly [where: string | bigint, what: bigint | Uint8Array])[] = [];
const scope: Scope = {
  names: {
    lookup: (name) => (name === 's' ? snapshot : values.get(name)),
    symbolAddress: (name) => (name === 'page' ? (values.get('page') as bigint) : undefined),
    readMemory: (address, byteCount) => memory.subarray(Number(address), Number(address) + byteCount),
  },
  store: {
    register: (name, value) => stored.push([name, value]),
    memory: (address, bytes) => stored.push([address, bytes]),
    value: () => assert.fail('no value is of a source'),
  },
};

const evaluate = (text: string) => compileExpression(text).evaluate(scope);

describe('expressions', () => {
  it('compare, calculate and combine as in C', () => {
    assert.equal(evaluate('page == 0x80400'), true);
    assert.equal(evaluate('page == 0x80400 && thread == "hart 0"'), true);
    assert.equal(evaluate("thread != 'hart 0' || count >= 7"), true);
    assert.equal(evaluate('1 + 2 * 3'), 7n);
    assert.equal(evaluate('(1 << 12) - 1 & ~0xff'), 0xf00n);
    assert.equal(evaluate('count % 4 ? 10 : 20'), 10n);
    assert.equal(evaluate('!count'), false);
  });

  it('know numbers with a fraction, which are exact where both are whole', () => {
    assert.equal(evaluate('7 / 2'), 3n);
    assert.equal(evaluate('7 / 2.0'), 3.5);
    assert.equal(evaluate('-1.5e-3 < 0 && .5 + .5 == 1 && 1e3 == 1000'), true);
    assert.equal(evaluate('!0.0 ? 1 : 2'), 1n);
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
    assert.equal(evaluate('i8(sp + 0xff)'), -1n);
  });

  it('cast to integers of a fixed width, before anything else binds', () => {
    assert.equal(evaluate('(u8)a0'), 0xffn);
    assert.equal(evaluate('(i32)a0'), -1n);
    assert.equal(evaluate('(uint16_t)a0 + 1'), 0x1_0000n);
    assert.equal(evaluate('(int8_t)(127 + 1)'), -128n);
    assert.equal(evaluate('(u8)-1 - 1'), 254n);
    assert.equal(evaluate('-(i8)a0'), 1n);
  });

  it('follow pointers, and count in what they point to', () => {
    assert.equal(evaluate('*(u32 *)sp'), 0x0302_0100n);
    assert.equal(evaluate('*((u16 *)sp + 1)'), 0x0302n);
    assert.equal(evaluate('((u16*)sp)[2]'), 0x0504n);
    assert.equal(evaluate('*(i16 *)(sp + 0xfe)'), -2n);
    assert.equal(evaluate('(u16 *)sp + 1'), 0x1002n);
  });

  it('know where things are', () => {
    assert.equal(evaluate('&page'), 0x80400n);
    assert.equal(evaluate('&*sp'), 0x1000n);
    assert.equal(evaluate('&((u32 *)sp)[3]'), 0x100cn);
    assert.throws(() => evaluate('&a0'), { message: /has no address/ });
    assert.throws(() => evaluate('&7'), { message: /has no address/ });
  });

  it('reach the parts of things', () => {
    assert.equal(evaluate('s.isActive && s.ram.ram.pages == 3'), true);
    assert.equal(evaluate('s'), snapshot);
    for (const [text, reason] of [
      ['s.nothing', /Snapshot has no `nothing`/],
      ['s.ratio', /ratio is 0\.5/],
      ['count.x', /the number 7 has no parts/],
      ['count[1]', /an index needs an array or a pointer/],
      ['s + 1', /needs numbers, not Snapshot/],
      ['s == s', /cannot be compared/],
      ['s ? 1 : 2', /is not a condition/],
    ] as const) {
      assert.throws(() => evaluate(text), { message: reason }, text);
    }
  });

  it('assign to registers and to memory', () => {
    for (const [text, place, value] of [
      ['a0 = 5', 'a0', 5n],
      ['$pc = page + 4', 'pc', 0x80404n],
      ['a0 = -1', 'a0', 0xffff_ffff_ffff_ffffn],
      ['count <<= 1', 'count', 14n],
      ['*sp = 1', 0x1000n, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)],
      ['*(u16 *)(sp + 2) = 0x1234', 0x1002n, Uint8Array.of(0x34, 0x12)],
      ['((u8 *)sp)[1] = -1', 0x1001n, Uint8Array.of(0xff)],
      ['u32(sp) += 1', 0x1000n, Uint8Array.of(1, 1, 2, 3)],
      ['a0 = count == 7 ? 1 : 2', 'a0', 1n],
    ] as const) {
      stored.length = 0;
      evaluate(text);
      assert.deepEqual(stored, [[place, value]], text);
    }
  });

  it('say what cannot be assigned', () => {
    for (const [text, reason] of [
      ['1 = 2', /only a register, a variable or memory can be assigned to/],
      ['a0 + 1 = 2', /only a register, a variable or memory can be assigned to/],
      ['(u8)a0 = 2', /only a register, a variable or memory can be assigned to/],
      ['*(u8 *)sp = 256', /256 does not fit into 8 bits/],
      ['a0 = 1 << 63 << 1', /does not fit into 64 bits/],
      ['a0 = thread', /needs a number/],
    ] as const) {
      assert.throws(() => evaluate(text), { message: reason }, text);
    }
    const { store: _, ...bare } = scope;
    assert.throws(() => compileExpression('a0 = 1').evaluate(bare), { message: /to compare, use ==/ });
  });

  it('look at the right side of && and || only when it matters', () => {
    assert.equal(evaluate('count == 7 || nothing == 1'), true);
    assert.equal(evaluate('count == 8 && nothing == 1'), false);
  });

  it('say what is wrong with a text that is no expression', () => {
    for (const [text, reason] of [
      ['', /it is empty/],
      ['page ==', /at character/],
      ['a0 a1', /more than one expression/],
      ['log(page)', /log takes a string/],
      ['[1]', /unknown syntax/],
      ['(u8)', /a value after the cast/],
      ['f(1)', /unknown function `f`; the functions are u8/],
      ['u8(1, 2)', /takes one argument/],
      ['1.5x', /at character 4|not a whole number/],
      ['0644', /octal numbers begin with 0o/],
    ] as const) {
      assert.throws(() => compileExpression(text), { message: reason }, text);
    }
  });

  it('say what is wrong with values', () => {
    for (const [text, reason] of [
      ['nothing', /`nothing` is not a register, a symbol/],
      ['page == "hart 0"', /the number 525312 and the string "hart 0" cannot be compared/],
      ['thread + 1', /needs numbers/],
      ['a0 & 1.5', /& needs whole numbers, not the number 1.5/],
      ['*1.5', /an address needs a whole number/],
      ['thread && 1', /is not a condition/],
      ['1 / 0', /division by zero/],
      ['1 << 64', /shift count 64/],
      ['*0x4000', /memory at 0x4000 cannot be read/],
      ['half', /0\.5, not a whole number/],
      ['log("x")', /for the conditions of breakpoints/],
      ['u8(thread)', /an address needs a number/],
    ] as const) {
      assert.throws(() => evaluate(text), { message: reason }, text);
    }
  });

  it('say that a name has no value at this stop', () => {
    const bare: Scope = { names: { ...scope.names, lookup: () => undefined } };
    assert.throws(() => compileExpression('page').evaluate(bare), { message: /only at a write fault/ });
  });
});

describe('conditions', () => {
  const holds = (text: string) => compileCondition(text, () => {})(scope.names);

  it('hold or not', () => {
    assert.equal(holds('page == 0x80400'), true);
    assert.equal(holds('thread == "hart 0" && page > 0x80400'), false);
    assert.equal(holds('count'), true);
    assert.equal(holds('u8(sp + 1) == 1'), true);
  });

  it('with a mistake in them are refused before they run', () => {
    assert.throws(() => compileCondition('page ==', () => {}), SessionError);
    for (const text of ['page = 1', '*sp == 1 && (a0 += 1)']) {
      assert.throws(() => compileCondition(text, () => {}), { message: /use == to compare/ }, text);
    }
  });
});
