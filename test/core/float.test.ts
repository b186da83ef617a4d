import assert from 'node:assert/strict';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';

const fflags = 0x001;
const frm = 0x002;
const fcsr = 0x003;
const dirty = 3n << 13n;
const NX = 1n;
const UF = 2n;
const OF = 4n;
const DZ = 8n;
const NV = 16n;
const ONE = 0x3ff0000000000000n;
const TWO = 0x4000000000000000n;
const INFINITY = 0x7ff0000000000000n;
const NAN = 0x7ff8000000000000n;
const SIGNALLING = 0x7ff0000000000001n;
const MINUS = 1n << 63n;
const SMALLEST_NORMAL = 0x0010000000000000n;
const LARGEST = 0x7fefffffffffffffn;

/** A guest whose floating point is on, with fa1 to fa3 set. */
function floatGuest(lines: readonly string[], ...sources: bigint[]): Guest {
  const guest = new Guest(lines);
  guest.core.writeCsr(0, csrs.mstatus, dirty);
  for (const [index, value] of sources.entries()) guest.core.writeF(0, 11 + index, value);
  return guest;
}

/** What one instruction leaves in fa0 and in fflags. */
function result(line: string, ...sources: bigint[]): [value: bigint, flags: bigint] {
  const guest = floatGuest([line], ...sources);
  guest.run(1);
  assert.equal(guest.pc, 4, line);
  return [guest.core.readF(0, 10), guest.csr(fflags)];
}

describe('floating point', () => {
  it('is illegal while mstatus.FS is Off', () => {
    for (const line of [
      'fadd.d fa0,fa1,fa2',
      'fld fa0,0(a0)',
      'c.fsdsp fa0,0(sp)',
      'fmv.x.d a0,fa0',
      'csrrs a0,frm,zero',
    ]) {
      const guest = new Guest([line]);
      const word = guest.word(0) & (line.startsWith('c.') ? 0xffffn : 0xffffffffn);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), 2n, line);
      assert.equal(guest.csr(csrs.mtval), word, line);
    }
  });

  it('is illegal with a reserved rounding mode, named or dynamic', () => {
    for (const mode of [5, 6, 7]) {
      const guest = floatGuest([`.word ${0x02c58553 | (mode << 12)}`], ONE, ONE);
      guest.core.writeCsr(0, frm, 5n);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), 2n, `mode ${mode}`);
      assert.equal(guest.core.readF(0, 10), 0n);
    }
  });

  it('makes FS Dirty by writing an f register or a CSR, not by reading', () => {
    for (const [line, isWrite] of [
      ['fmv.d.x fa0,zero', true],
      ['flw fa0,0(s0)', true],
      ['csrrwi zero,fflags,0', true],
      ['csrrs zero,fflags,a1', true],
      ['fsd fa0,256(s0)', false],
      ['feq.d a0,fa0,fa0', false],
      ['csrrs a0,fcsr,zero', false],
      // As in QEMU.
      ['csrrs zero,fflags,a0', false],
    ] as const) {
      const guest = floatGuest([line]);
      guest.core.writeCsr(0, csrs.mstatus, 1n << 13n);
      guest.set({ s0: 0x8000_0000, a0: 0, a1: 1 });
      guest.run(1);
      const status = guest.csr(csrs.mstatus);
      assert.equal(status & dirty, isWrite ? dirty : 1n << 13n, line);
      assert.equal(status >> 63n, isWrite ? 1n : 0n, line);
    }
  });

  it('loads and stores both widths, boxing the narrow one', () => {
    const guest = floatGuest([
      'flw fa0,256(s0)',
      'fld fa1,256(s0)',
      'fsw fa1,264(s0)',
      'fsd fa0,272(s0)',
      'c.fld fa2,0(s1)',
    ]);
    guest.set({ s0: 0x8000_0000, s1: 0x8000_0100 });
    guest.putWord(256, 0x123456789abcdef0n);
    guest.run(5);
    assert.equal(guest.core.readF(0, 10), 0xffffffff9abcdef0n);
    assert.equal(guest.core.readF(0, 12), 0x123456789abcdef0n);
    assert.equal(guest.word(264), 0x9abcdef0n);
    assert.equal(guest.word(272), 0xffffffff9abcdef0n);
  });

  it('reads an f32 that is not boxed as the canonical NaN', () => {
    assert.deepEqual(result('fadd.s fa0,fa1,fa2', 0x3f800000n, 0xffffffff3f800000n), [0xffffffff7fc00000n, 0n]);
    assert.deepEqual(result('fsgnj.s fa0,fa1,fa1', 0x3f800000n), [0xffffffff7fc00000n, 0n]);
  });

  it('answers canonical NaNs, invalid only for signalling ones', () => {
    assert.deepEqual(result('fadd.d fa0,fa1,fa2', 0xfff8000000000123n, ONE), [NAN, 0n]);
    assert.deepEqual(result('fmul.d fa0,fa1,fa2', SIGNALLING, ONE), [NAN, NV]);
    assert.deepEqual(result('fsub.d fa0,fa1,fa2', INFINITY, INFINITY), [NAN, NV]);
    assert.deepEqual(result('fmadd.d fa0,fa1,fa2,fa3', INFINITY, 0n, NAN), [NAN, NV]);
    assert.deepEqual(result('fmin.d fa0,fa1,fa2', SIGNALLING, ONE), [ONE, NV]);
    assert.deepEqual(result('fmax.d fa0,fa1,fa2', NAN, ONE), [ONE, 0n]);
  });

  it('orders zeros in minimum and maximum', () => {
    assert.deepEqual(result('fmin.d fa0,fa1,fa2', 0n, MINUS), [MINUS, 0n]);
    assert.deepEqual(result('fmax.d fa0,fa1,fa2', MINUS, 0n), [0n, 0n]);
  });

  it('detects tininess after rounding', () => {
    // (1 - 2^-53) × the smallest normal: to the nearest it rounds up to that number even without a lower bound.
    assert.deepEqual(result('fmul.d fa0,fa1,fa2', 0x3fefffffffffffffn, SMALLEST_NORMAL), [SMALLEST_NORMAL, UF | NX]);
    assert.deepEqual(result('fmadd.d fa0,fa1,fa2,fa3', 0x3ca0000000000000n, MINUS | 1n, SMALLEST_NORMAL), [
      SMALLEST_NORMAL,
      NX,
    ]);
    assert.deepEqual(result('fdiv.d fa0,fa1,fa2', SMALLEST_NORMAL, TWO), [SMALLEST_NORMAL / 2n, 0n]);
  });

  it('overflows to infinity or to the largest number, as the mode says', () => {
    assert.deepEqual(result('fadd.d fa0,fa1,fa2,rne', LARGEST, LARGEST), [INFINITY, OF | NX]);
    assert.deepEqual(result('fadd.d fa0,fa1,fa2,rtz', LARGEST, LARGEST), [LARGEST, OF | NX]);
    assert.deepEqual(result('fadd.d fa0,fa1,fa2,rdn', LARGEST, LARGEST), [LARGEST, OF | NX]);
    assert.deepEqual(result('fsub.d fa0,fa1,fa2,rdn', MINUS | LARGEST, LARGEST), [MINUS | INFINITY, OF | NX]);
  });

  it('gives an exact zero sum the sign of its mode', () => {
    assert.deepEqual(result('fsub.d fa0,fa1,fa2,rne', ONE, ONE), [0n, 0n]);
    assert.deepEqual(result('fsub.d fa0,fa1,fa2,rdn', ONE, ONE), [MINUS, 0n]);
    assert.deepEqual(result('fadd.d fa0,fa1,fa2,rne', MINUS, MINUS), [MINUS, 0n]);
  });

  it('divides by zero with DZ, but zero by zero with NV', () => {
    assert.deepEqual(result('fdiv.d fa0,fa1,fa2', MINUS | ONE, 0n), [MINUS | INFINITY, DZ]);
    assert.deepEqual(result('fdiv.d fa0,fa1,fa2', 0n, 0n), [NAN, NV]);
  });

  it('saturates conversions to integers, NaN to the largest', () => {
    for (const [line, source, expected] of [
      ['fcvt.w.d a0,fa1', NAN, 0x7fffffffn],
      ['fcvt.wu.d a0,fa1', INFINITY, 0xffffffffffffffffn],
      ['fcvt.wu.d a0,fa1', MINUS | ONE, 0n],
      ['fcvt.l.d a0,fa1', MINUS | INFINITY, 1n << 63n],
      ['fcvt.lu.d a0,fa1', NAN, 0xffffffffffffffffn],
    ] as const) {
      const guest = floatGuest([line], source);
      guest.run(1);
      assert.equal(guest.get('a0'), expected, line);
      assert.equal(guest.csr(fflags), NV, line);
    }
  });

  it('fuses the same in software and, once inexactness is noted, in doubles', () => {
    const tripleCount = 10_000;
    const guest = new Guest([
      ...['fld ft0,0(a0)', 'fld ft1,8(a0)', 'fld ft2,16(a0)'],
      ...['csrrwi zero,fcsr,0', 'fmadd.d fa0,ft0,ft1,ft2', 'csrrwi zero,fcsr,1', 'fmadd.d fa1,ft0,ft1,ft2'],
      ...['fmv.x.d a2,fa0', 'fmv.x.d a3,fa1', 'bne a2,a3,12', 'addi a0,a0,24', 'bne a0,a1,-44', 'jal zero,0'],
    ]);
    const random = uniform(7);
    const number = (exponent: number) => {
      const fraction = random() < 0.3 ? Math.floor(random() * 64) * 2 ** (random() < 0.5 ? -52 : -6) : random();
      return (random() < 0.5 ? -1 : 1) * (1 + fraction) * 2 ** Math.floor(exponent);
    };
    const around = (middle: number, width: number) => middle + (random() - 0.5) * width;
    const values: number[] = [];
    for (let triple = 0; triple < tripleCount; triple++) {
      const span = random() < 0.5 ? 8 : 500;
      const [a, b] = [number(around(0, span)), number(around(0, span))];
      const product = a * b;
      // What cancels, what is about half of a last place, and anything.
      const kinds = [
        () => -product * (1 + Math.floor(around(0, 8)) * 2 ** -52),
        () => number(around(Math.log2(Math.abs(product)), 240)),
        () => product * 2 ** Math.floor(around(0, 220)),
        () => number(around(0, 1800)),
      ];
      values.push(a, b, kinds[triple % kinds.length]!());
    }
    guest.core.writeRam(0x1000, new Uint8Array(Float64Array.from(values).buffer));
    guest.core.writeCsr(0, csrs.mstatus, dirty);
    guest.set({ a0: ramBase + 0x1000, a1: ramBase + 0x1000 + values.length * 8 });
    guest.run(tripleCount * 12);
    assert.equal(guest.get('a2'), guest.get('a3'));
    assert.equal(guest.get('a0'), guest.get('a1'));
  });

  it('shows fflags and frm as parts of fcsr', () => {
    const guest = floatGuest(['csrrw zero,fcsr,a0', 'csrrs a1,frm,zero', 'csrrw a2,fflags,zero', 'csrrs a3,fcsr,zero']);
    guest.set({ a0: 0x7ff });
    guest.run(4);
    assert.deepEqual([guest.get('a1'), guest.get('a2'), guest.get('a3')], [7n, 31n, 0xe0n]);
    assert.equal(guest.csr(fcsr), 0xe0n);
  });

  it('belongs to the hart', () => {
    const guest = new Guest(['csrrw zero,mstatus,a0', 'fmv.d.x fa0,a1', 'jal zero,0'], { hartCount: 2 });
    guest.core.reset(1, guest.core.pc.get(0));
    for (const hart of [0, 1]) guest.set({ a0: dirty, a1: hart + 7 }, hart);
    for (const hart of [0, 1]) guest.run(2, hart);
    assert.deepEqual([guest.core.readF(0, 10), guest.core.readF(1, 10)], [7n, 8n]);
    const before = guest.core.stateHash();
    guest.core.writeF(0, 10, 8n);
    assert.notEqual(guest.core.stateHash(), before);
  });
});

/** The same numbers from 0 to 1 for the same seed. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const high = state;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (high * 2 ** 20 + (state >>> 12)) / 2 ** 52;
  };
}
