import assert from 'node:assert/strict';
import fc from 'fast-check';
import { descriptionText, parseDescription } from '../../vmstate/description';
import { fieldOf } from '../../vmstate/device-state';
import { answered } from '../../vmstate/reading';
import { csrNumbers } from '../isa/csrs';
import type { HartState } from './hart-state';
import type { MachineState } from './machine-state';
import { deviceSections, machineStateFrom } from './sections';

/** Objects as literals make them: fast-check's own sometimes have no prototype. */
function record<T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(parts, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const word64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const word32 = fc.nat(0xffff_ffff);
const byte = fc.nat(0xff);

const { mip, menvcfg, pmpaddr0, pmpcfg0 } = csrNumbers;
const never = 2n ** 64n - 1n;
const names = ['frm', 'stvec', 'sscratch', 'sepc', 'scause', 'satp', 'medeleg', 'mtvec', 'mepc', 'menvcfg'] as const;
const writtenCsrs = [
  ...names.map((name) => csrNumbers[name]),
  ...[pmpcfg0, pmpcfg0 + 2, pmpaddr0, pmpaddr0 + 15, csrNumbers.mcycle],
];

const trigger = record({
  tdata1: fc
    .tuple(fc.constantFrom(2n, 6n), word64)
    .map(([type, value]) => BigInt.asUintN(64, (type << 60n) | (value >> 4n))),
  tdata2: word64,
});

const hart: fc.Arbitrary<HartState> = record({
  x: fc.array(word64, { minLength: 32, maxLength: 32 }),
  f: fc.array(word64, { minLength: 32, maxLength: 32 }),
  pc: word64,
  privilege: fc.constantFrom(0, 1, 3),
  halted: fc.boolean(),
  reservation: fc.option(record({ address: fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }), value: word64 }), {
    nil: undefined,
  }),
  csrs: fc
    .array(word64, { minLength: writtenCsrs.length, maxLength: writtenCsrs.length })
    .map((values) => new Map(values.map((value, index) => [writtenCsrs[index]!, value]))),
  triggers: fc.option(record({ selected: fc.nat(1), triggers: fc.array(trigger, { minLength: 2, maxLength: 2 }) }), {
    nil: undefined,
  }),
});

const buffer = fc.option(
  record({
    offset: fc.nat(8191).map((block) => block * 4096),
    bytes: fc.uint8Array({ minLength: 4096, maxLength: 4096 }),
  }),
  { nil: undefined },
);

function machine(hartCount: number): fc.Arbitrary<MachineState> {
  const perHart = <T>(element: fc.Arbitrary<T>) => fc.array(element, { minLength: hartCount, maxLength: hartCount });
  const perContext = <T>(element: fc.Arbitrary<T>) =>
    fc.array(element, { minLength: 2 * hartCount, maxLength: 2 * hartCount });
  const sources = fc.array(word32, { minLength: 3, maxLength: 3 });
  return record({
    harts: perHart(hart),
    clint: record({ msip: perHart(fc.boolean()), mtimecmp: perHart(word64), timeDelta: fc.nat().map(BigInt) }),
    plic: record({
      priorities: fc.array(fc.nat(7), { minLength: 97, maxLength: 97 }),
      pending: sources,
      claimed: sources,
      enables: perContext(sources),
      thresholds: perContext(fc.nat(7)),
    }),
    uart: record({
      ier: byte,
      iir: byte,
      lcr: byte,
      mcr: byte,
      lsr: byte,
      msr: byte,
      scr: byte,
      fcr: byte,
      divider: fc.nat(0xffff),
      rbr: byte,
      receiveFifo: fc.array(byte, { maxLength: 16 }),
      thrInterruptPending: fc.boolean(),
      timeoutPending: fc.boolean(),
      timeoutNs: fc.option(fc.maxSafeNat(), { nil: undefined }),
    }),
    rtc: record({
      tickOffset: word64,
      alarmNext: word64,
      alarmRunning: fc.boolean(),
      irqPending: fc.boolean(),
      irqEnabled: fc.boolean(),
      timeHigh: word32,
    }),
    flash: fc.array(record({ cycle: fc.nat(3), command: byte, status: byte, counter: word64, buffer }), {
      minLength: 2,
      maxLength: 2,
    }),
    pci: record({ rootConfig: fc.uint8Array({ minLength: 256, maxLength: 256 }) }),
    fwCfg: record({ current: fc.nat(0xffff), offset: word32, dmaAddress: word64 }),
  });
}

const moment = { virtualClockNs: 12_345, runState: 'running' };

/** A text is all there is to read. */
const nothing = () => new Uint8Array(0);

describe('the device sections of a machine', () => {
  it('give back the state, its instant and its run state', () => {
    const machines = fc.integer({ min: 1, max: 3 }).chain(machine);
    fc.assert(
      fc.property(machines, (state) => {
        const back = machineStateFrom(deviceSections(state, moment));
        assert.deepEqual({ virtualClockNs: back.virtualClockNs, runState: back.runState }, moment);
        const { harts, ...devices } = state;
        const { harts: hartsBack, ...devicesBack } = back.state;
        assert.deepEqual(devicesBack, devices);
        hartsBack.forEach(({ csrs, ...registers }, index) => {
          const { csrs: given, ...registersGiven } = harts[index]!;
          assert.deepEqual(registers, registersGiven);
          for (const [csr, value] of given) assert.equal(csrs.get(csr), value, csr.toString(16));
          const timer = state.clint.mtimecmp[index]! <= BigInt(Math.floor(moment.virtualClockNs / 100)) ? 0x80n : 0n;
          const supervisorTimer = given.get(menvcfg)! >> 63n ? 0x20n : 0n; // STCE, and stimecmp is zero
          assert.equal(csrs.get(mip), (state.clint.msip[index] ? 8n : 0n) | timer | supervisorTimer);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('tell a vCPU that an interrupt is pending', () => {
    const [state] = fc.sample(machine(1), { numRuns: 1, seed: 1 });
    const requests = [0n, 0x80n].map((pending) => {
      const harts = [{ ...state!.harts[0]!, csrs: new Map([[mip, pending]]) }];
      const sections = deviceSections(
        { ...state!, harts, clint: { msip: [false], mtimecmp: [never], timeDelta: 0n } },
        moment,
      );
      return sections.find(({ name }) => name === 'cpu_common')!.state.fields[1];
    });
    assert.deepEqual(requests, [0, 2]);
  });

  it('raise the interrupt of each timer that is set, which a restore takes back until it is due', () => {
    const [state] = fc.sample(machine(1), { numRuns: 1, seed: 1 });
    const timers = (mtimecmp: bigint, stimecmp: bigint, envcfg: bigint, virtualClockNs: number) => {
      const csrs = new Map([
        [mip, 0x200n],
        [csrNumbers.stimecmp, stimecmp],
        [menvcfg, envcfg],
      ]);
      const harts = [{ ...state!.harts[0]!, csrs }];
      const clint = { msip: [false], mtimecmp: [mtimecmp], timeDelta: 0n };
      const sections = deviceSections({ ...state!, harts, clint }, { virtualClockNs, runState: 'running' });
      const written = fieldOf(sections.find(({ name }) => name === 'cpu')!.state, 'env.mip');
      return [written, machineStateFrom(sections).state.harts[0]!.csrs.get(mip)];
    };
    const stce = 1n << 63n;
    assert.deepEqual(timers(never, never, stce, 0), [0x200n, 0x200n]);
    assert.deepEqual(timers(5n, never, stce, 499), [0x280n, 0x200n]);
    assert.deepEqual(timers(5n, never, stce, 500), [0x280n, 0x280n]);
    assert.deepEqual(timers(never, 5n, stce, 499), [0x220n, 0x200n]);
    assert.deepEqual(timers(never, 5n, stce, 500), [0x220n, 0x220n]);
    assert.deepEqual(timers(never, 5n, 0n, 500), [0x200n, 0x200n], "without Sstc, STIP is software's");
  });

  it('carry the accrued floating-point exceptions beside the fields of QEMU, which has none for them', () => {
    const [state] = fc.sample(machine(2), { numRuns: 1, seed: 1 });
    const harts = state!.harts.map((each, index) => ({
      ...each,
      csrs: new Map([[csrNumbers.fflags, BigInt(index * 0x15)]]),
    }));
    const sections = deviceSections({ ...state!, harts }, moment);
    const { devices } = answered(parseDescription(descriptionText(4096, sections), 0), nothing);
    assert.deepEqual(
      devices.filter(({ name }) => name === 'cpu').map(({ beyondQemu }) => beyondQemu),
      [undefined, { fflags: 0x15 }],
    );
    const back = machineStateFrom(sections).state.harts.map(({ csrs }) => csrs.get(csrNumbers.fflags));
    assert.deepEqual(back, [0n, 0x15n]);
  });

  it('refuse a CSR for which a stream has no place', () => {
    const [state] = fc.sample(machine(1), { numRuns: 1, seed: 1 });
    const harts = [{ ...state!.harts[0]!, csrs: new Map([[0x7c0, 1n]]) }];
    assert.throws(() => deviceSections({ ...state!, harts }, moment), /no place for CSR 0x7c0/);
  });

  it('are all needed but those of the empty PCI bus and the run state, and flash if there is none', () => {
    const [state] = fc.sample(machine(1), { numRuns: 1, seed: 1 });
    const sections = deviceSections(state!, moment);
    for (const missing of sections.filter(({ name }) => !['PCIHost', 'PCIBUS', 'globalstate'].includes(name))) {
      assert.throws(() => machineStateFrom(sections.filter((section) => section !== missing)), RangeError);
    }
  });
});
