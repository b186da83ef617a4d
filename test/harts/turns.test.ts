import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Breakpoints, noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { RunRequest } from '../../debug-adapter/debuggee/debuggee';
import { RunLoop } from '../../debug-adapter/embedded/run-loop';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { program } from '../core/guest';
import { bench } from '../snapshot/harness';

const nsPerInstruction = 100;
const handlerOffset = 0x7c0;
const sharedPage = 4;
const loopOffset = 4 * 26;
const endNs = 1_500_000;

/** What a hart does in a round; s0 is shared, s1 the CLINT, s5 a number that it has drawn, t0 to t3 are free. */
const statements = {
  race: ['lw t0, 0(s0)', 'addi t0, t0, 1', 'sw t0, 0(s0)'],
  atomic: ['amoadd.d t0, s5, (s4)'],
  reserved: ['lr.d t0, (s4)', 'addi t0, t0, 3', 'sc.d t1, t0, (s4)', 'add s5, s5, t1'],
  draw: ['slli t0, s5, 13', 'xor s5, s5, t0', 'srli t0, s5, 7', 'xor s5, s5, t0'],
  branch: ['andi t0, s5, 1', 'beq t0, zero, 12', 'addi s5, s5, 5', 'slli s5, s5, 1', 'addi s5, s5, 7'],
  page: ['srli t0, s5, 7', 'and t0, t0, s3', 'add t0, t0, s0', 'sd s5, 64(t0)'],
  idle: ['addi t0, zero, 9', 'addi t0, t0, -1', 'bne t0, zero, -4'],
  floating: ['fcvt.d.l ft0, s5', 'fadd.d ft1, ft1, ft0', 'fsd ft1, 16(s0)'],
  code: ['auipc t0, 0', 'lw t1, 16(t0)', 'xor t1, t1, s6', 'sw t1, 16(t0)', 'addi s5, s5, 1'],
  clock: ['csrrs t0, time, zero', 'add s5, s5, t0'],
  counter: ['csrrs t0, minstret, zero', 'add s5, s5, t0'],
  mtime: ['ld t0, 0(s8)', 'add s5, s5, t0'],
  mtimeInHalves: ['lw t0, 0(s8)', 'lwu t1, 4(s8)', 'add s5, s5, t0', 'add s5, s5, t1'],
  // Of the next hart, which may be about to write them.
  mtimecmp: ['ld t0, 8(s7)', 'add s5, s5, t0'],
  msip: ['lw t0, 4(s1)', 'add s5, s5, t0'],
  undecoded: ['addi t0, zero, 1', 'lb t0, 0(s7)', 'add s5, s5, t0', 'lw t0, 0(zero)', 'add s5, s5, t0'],
  uart: ['lui t1, 0x10000', 'lbu t0, 5(t1)', 'add s5, s5, t0'],
  interrupt: ['andi t0, s5, 1', 'slli t0, t0, 2', 'add t0, t0, s1', 'addi t1, zero, 1', 'sw t1, 0(t0)'],
  call: ['ecall'],
  timer: ['ld t0, 0(s8)', 'addi t0, t0, 40', 'sd t0, 0(s7)'],
  supervisorTimer: ['csrrs t0, time, zero', 'addi t0, t0, 40', 'csrrw zero, stimecmp, t0'],
  // Not to be woken before it sleeps.
  sleep: [
    'csrrci zero, mstatus, 8',
    'ld t0, 0(s8)',
    'addi t0, t0, 4',
    'sd t0, 0(s7)',
    'wfi',
    'csrrsi zero, mstatus, 8',
  ],
} as const;
type Statement = keyof typeof statements;

interface Shape {
  readonly hartCount: number;
  readonly quantum: number;
  readonly seed: number;
  readonly body: readonly Statement[];
  /** Instructions of a hart before the snapshot begins. */
  readonly start: number;
  readonly stops: 'none' | 'write faults' | 'code' | 'data';
  /** What the user does at each stop: goes on, steps a hart, or goes to where it has retired so many more. */
  readonly ways: readonly {
    readonly way: 'on' | 'into' | 'over' | 'to';
    readonly hart: number;
    readonly count: number;
  }[];
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  hartCount: fc.integer({ min: 2, max: 4 }),
  quantum: fc.constantFrom(1, 3, 10, 100),
  seed: fc.nat(1_000_000),
  body: fc.array(fc.constantFrom(...(Object.keys(statements) as Statement[])), { minLength: 3, maxLength: 12 }),
  start: fc.integer({ min: 20, max: 4000 }),
  stops: fc.constantFrom('none', 'write faults', 'code', 'data'),
  ways: fc.array(
    fc.record({
      way: fc.constantFrom('on', 'on', 'into', 'over', 'to'),
      hart: fc.nat(3),
      count: fc.integer({ min: 1, max: 500 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

describe('turns of harts', () => {
  it('taken by the core come to what they come to one by one: state, instants, timeline, stops', async () => {
    const reasons = new Set<string>();
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const together = await seenOf(shape);
        const oneByOne = await withTurnsOf(1, () => seenOf(shape));
        assert.deepEqual(together.seen, oneByOne.seen);
        if (together.turnCount * 4 < oneByOne.turnCount) taken++;
        for (const { stop } of together.seen) reasons.add(stop.reason);
      }),
      {
        numRuns: 30,
        examples: stopping.map((stops): [Shape] => [{ ...plain, body: ['race', 'page'], start: 500, stops, ways }]),
      },
    );
    assert.ok(taken > 10, `the core has taken turns in ${taken} runs`);
    for (const reason of ['breakpoint', 'data-breakpoint', 'write-fault', 'step', 'pause']) {
      assert.ok(reasons.has(reason), `no ${reason} among ${[...reasons]}`);
    }
  });

  it('are taken by the core also where harts read a clock or another register that reading leaves as it is', async () => {
    for (const statement of ['race', 'mtime', 'mtimecmp', 'msip'] as const) {
      const { turnCount } = await seenOf({ ...plain, body: [statement] });
      assert.ok(turnCount < 100, `${turnCount} turns with ${statement}`);
    }
  });

  it('are left by the core where reading may change a device', async () => {
    const { turnCount } = await seenOf({ ...plain, body: ['uart'] });
    assert.ok(turnCount > 1000, `${turnCount} turns`);
  });
});

/** Each for a reason of its own. */
const stopping = ['write faults', 'code', 'data'] as const;
const ways = [
  { way: 'on', hart: 0, count: 1 },
  { way: 'into', hart: 1, count: 1 },
] as const;

/** Nothing but harts. */
const plain: Omit<Shape, 'body'> = {
  hartCount: 3,
  quantum: 10,
  seed: 1,
  start: Infinity,
  stops: 'none',
  ways: [{ way: 'on', hart: 0, count: 1 }],
};

/** What can be seen at each stop on the way, and how often the run loop was asked for a turn. */
async function seenOf(shape: Shape) {
  const { hartCount, quantum, seed, body, start, stops, ways } = shape;
  const run = bench({
    machine: {
      program: { path: 'racing-harts', bytes: guest(body) },
      hartCount,
      nsPerInstruction,
      ramByteCount: 256 << 10,
    },
    interleaving: { seed, quantumNs: quantum * nsPerInstruction },
    trigger: { kind: 'instructions', count: start },
  });
  const { debuggee, machine } = run;
  debuggee.setBreakpoints({ ...noBreakpoints, ...breakpoints[stops] });
  const seen = [];
  let turnCount = 0;
  const { turn } = RunLoop.prototype;
  RunLoop.prototype.turn = function (...budget) {
    turnCount++;
    return turn.apply(this, budget);
  };
  try {
    for (let index = 0; index < 60; index++) {
      const { way, hart, count } = ways[index % ways.length]!;
      const thread = `hart ${hart % hartCount}`;
      const progress = debuggee.threads().find(({ id }) => id === thread)!.progress + count;
      const request: RunRequest =
        way === 'into' || way === 'over'
          ? { kind: 'step', thread, depth: way }
          : { kind: 'continue', untilNs: endNs, ...(way === 'to' && { destinations: [{ thread, progress }] }) };
      const stop = await debuggee.run(request);
      const { update } = debuggee.timeline(undefined, true);
      seen.push({ stop, status: debuggee.status(), hash: machine.stateHash(), threads: debuggee.threads(), update });
      if (stop.reason === 'pause' && stop.why === 'time') break;
    }
  } finally {
    RunLoop.prototype.turn = turn;
  }
  return { seen, turnCount };
}

/** No run depends on how many instructions a turn has at most; with one, each turn is the run loop's own. */
async function withTurnsOf<T>(instructionCount: number, run: () => Promise<T>): Promise<T> {
  const { turn } = RunLoop.prototype;
  RunLoop.prototype.turn = function () {
    return turn.call(this, instructionCount);
  };
  try {
    return await run();
  } finally {
    RunLoop.prototype.turn = turn;
  }
}

const breakpoints: Record<Shape['stops'], Partial<Breakpoints>> = {
  none: {},
  'write faults': { writeFaults: [{ id: 1 }] },
  code: { addresses: [{ id: 1, address: BigInt(ramBase + loopOffset) }] },
  data: { data: [{ id: 1, physicalAddress: ramBase + sharedPage * 4096, byteCount: 4, access: 'write' }] },
};

function guest(body: readonly Statement[]): Uint8Array {
  const prologue = [
    'auipc s0, 4',
    'csrrs s2, mhartid, zero',
    'addi s3, zero, 3',
    'slli s3, s3, 12',
    'addi s4, s0, 8',
    'lui s1, 0x2000',
    'slli s7, s2, 3',
    'lui t0, 0x4',
    'add s7, s7, s1',
    'add s7, s7, t0',
    'lui s8, 0x200c',
    'addi s8, s8, -8',
    'addi s5, s2, 77',
    'lui s6, 0x200',
    'auipc t0, 0',
    `addi t0, t0, ${handlerOffset - 14 * 4}`,
    'csrrw zero, mtvec, t0',
    'addi t0, zero, -1',
    'csrrw zero, stimecmp, t0',
    'slli t0, t0, 63',
    'csrrs zero, menvcfg, t0',
    'lui t0, 0x6',
    'csrrs zero, mstatus, t0',
    'csrrsi zero, mstatus, 8',
    'addi t0, zero, 0xa8',
    'csrrw zero, mie, t0',
  ];
  const code = [...prologue, ...body.flatMap((statement) => statements[statement])];
  code.push(`jal zero, ${4 * (prologue.length - code.length)}`);
  const handler = [
    'csrrw t3, mscratch, t3',
    'csrrs t3, mcause, zero',
    'blt t3, zero, 20',
    'csrrs t3, mepc, zero',
    'addi t3, t3, 4',
    'csrrw zero, mepc, t3',
    'jal zero, 40',
    'andi t3, t3, 4',
    'beq t3, zero, 20',
    'addi t3, zero, -1',
    'sd t3, 0(s7)',
    'csrrw zero, stimecmp, t3',
    'jal zero, 16',
    'slli t3, s2, 2',
    'add t3, t3, s1',
    'sw zero, 0(t3)',
    'csrrw t3, mscratch, t3',
    'mret',
  ];
  const image = new Uint8Array(handlerOffset + 4 * handler.length);
  const bytes = program(code);
  assert.ok(bytes.length < handlerOffset);
  image.set(bytes);
  image.set(program(handler), handlerOffset);
  return image;
}
