import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Breakpoints, noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { OpenTraveller } from './travelling';

const storeAt = 0x10n;
const ecallAt = 0x14n;
const handlerAt = 0x20n;
const dataAt = 0x700;

/** Stores, and then takes a trap: between the store and the handler's first instruction, none retires. */
const program = [
  'auipc t0, 0',
  `addi t1, t0, ${handlerAt}`,
  'csrrw zero, mtvec, t1',
  `addi t2, t0, ${dataAt}`,
  'sd t3, 0(t2)',
  'ecall',
  'addi t3, t3, 1',
  'jal zero, -12',
  'csrrs t4, mepc, zero',
  'addi t4, t4, 4',
  'csrrw zero, mepc, t4',
  'mret',
];

const ramBegin = 0x8000_0000n;
const stored = { physicalAddress: Number(ramBegin) + dataAt, byteCount: 8, access: 'write' } as const;

const wanted = fc.record({ addresses: fc.subarray([storeAt, ecallAt, handlerAt]), isWatched: fc.boolean() }).map(
  ({ addresses, isWatched }): Breakpoints => ({
    ...noBreakpoints,
    addresses: addresses.map((offset, id) => ({ id, address: ramBegin + offset })),
    data: isWatched ? [{ id: 9, ...stored }] : [],
  }),
);

describe('back to the last stop', () => {
  it('passes over none of those at one instant', async () => {
    const bytes = new Uint8Array(Uint32Array.from(program.map(assemble)).buffer);
    await fc.assert(
      fc.asyncProperty(
        wanted,
        fc.constantFrom(1, 2, 4),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        async (breakpoints, hartCount, workMax, stopCount, writes) => {
          const machine = { program: { path: 'traps', bytes }, hartCount };
          const run = OpenTraveller.of({ machine, checkpoints: { workMax } });
          await run.run({ kind: 'continue', untilNs: 200 });
          run.setBreakpoints(breakpoints);
          const seen: unknown[] = [];
          for (let count = 0; count < stopCount; count++) {
            const stop = await run.run({ kind: 'continue', untilNs: 10_000 });
            if (stop.reason === 'pause') break;
            seen.push([stop, run.status()]);
            // What comes from outside at an instant comes between its stops.
            if (writes) run.setRegister('hart 0', 't5', BigInt(count));
          }
          for (const expected of seen.reverse().slice(1)) {
            const stop = await run.back({ kind: 'continue' });
            assert.deepEqual([stop, run.status()], expected);
          }
          await run.dispose();
        },
      ),
      { numRuns: 20 },
    );
  });
});
