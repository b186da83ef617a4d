import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { seeds } from './programs';
import { type Access, compareBoards, dataOffset, read, readMip, write } from './register-script';
import { dataOf, drive, slotBase } from './virtio-driver';

const hartCount = 4;
const contextCount = 2 * hartCount;
const plic = 0xc00_0000;
const uart = 0x1000_0000;
const rtc = 0x10_1000;
const balloon = slotBase(0);

const pick = fc.constantFrom;
const word = fc.nat(0xffff_ffff);
/** Of the balloon's slot, the UART, the RTC; and some that nobody raises. */
const source = fc.oneof({ weight: 6, arbitrary: pick(8, 10, 11) }, fc.nat(97), pick(0, 95, 96, 127, 1023));
const context = fc.oneof({ weight: 3, arbitrary: pick(0, 1) }, fc.nat(contextCount), pick(100, 511));
const sources = fc.oneof({ weight: 3, arbitrary: pick(0, 0x100, 0x400, 0x800, 0xd00, 0xc00) }, word);

const registers = {
  priority: (at: number) => plic + 4 * at,
  pending: (at: number) => plic + 0x1000 + 4 * at,
  enable: (of: number, at: number) => plic + 0x2000 + 0x80 * of + 4 * at,
  threshold: (of: number) => plic + 0x20_0000 + 0x1000 * of,
  claim: (of: number) => plic + 0x20_0004 + 0x1000 * of,
};

/** The edges of a program: wires up and down, enable, priority, threshold, claim, complete. */
const plicEdges: fc.Arbitrary<Access[]> = fc.oneof(
  fc
    .tuple(source, fc.nat(9))
    .map(([at, value]) => [write(registers.priority(at), 4, value), read(registers.priority(at), 4)]),
  fc
    .tuple(context, pick(0, 0, 0, 1, 2, 3, 31), sources)
    .map(([of, at, value]) => [write(registers.enable(of, at), 4, value), read(registers.enable(of, at), 4)]),
  fc
    .tuple(context, pick(0, 0, 1, 3, 7, 8))
    .map(([of, value]) => [write(registers.threshold(of), 4, value), read(registers.threshold(of), 4)]),
  { weight: 3, arbitrary: context.map((of) => [read(registers.claim(of), 4)]) },
  { weight: 3, arbitrary: fc.tuple(context, source).map(([of, at]) => [write(registers.claim(of), 4, at)]) },
  pick(0, 1, 2, 3).map((at) => [read(registers.pending(at), 4)]),
  fc.tuple(pick(0, 1, 2), word).map(([at, value]) => [write(registers.pending(at), 4, value)]),
  fc
    .tuple(fc.nat(0x60_0000), pick<1 | 2 | 4 | 8>(1, 2, 4, 8), fc.boolean(), word)
    .map(([offset, size, isRead, value]) => {
      const address = plic + Math.floor(offset / size) * size;
      return [isRead ? read(address, size) : write(address, size, value)];
    }),
);

const uartEdges = fc.oneof(
  pick(0, 2, 3, 15).map((value) => [write(uart + 1, 1, value)]),
  fc.constant([read(uart + 2, 1)]),
  fc.constant([write(uart, 1, 0x2e)]),
  pick(0, 0x10).map((value) => [write(uart + 4, 1, value)]),
  pick(0, 5).map((at) => [read(uart + at, 1)]),
);

/** An alarm in the past rings at once. */
const rtcEdges = fc.oneof(
  fc.constant([write(rtc + 0x0c, 4, 0), write(rtc + 0x08, 4, 1)]),
  pick(0, 1).map((value) => [write(rtc + 0x10, 4, value)]),
  fc.constant([write(rtc + 0x1c, 4, 1)]),
);

/** The driver has a further request for the balloon: to be made when its number is known. */
const request = 'request';

const balloonEdges = fc.oneof(
  fc.constant<typeof request>(request),
  pick(1, 2, 3).map((value) => [write(balloon + 0x64, 4, value)]),
  fc.constant([read(balloon + 0x60, 4)]),
);

const step = fc.oneof(
  { weight: 4, arbitrary: plicEdges },
  { weight: 2, arbitrary: uartEdges },
  rtcEdges,
  balloonEdges,
  fc.constant([readMip]),
);

const queueSize = 8;
const pageFrame = new Uint8Array(4);
new DataView(pageFrame.buffer).setUint32(0, 0x8_0400, true);
const driver = drive(0, 0, [{ size: queueSize, requests: [[{ bytes: pageFrame }]] }]);
const availableIndex = ramBase + dataOffset + 16 * queueSize + 2;

function program(seed: number): Access[] {
  let requestCount = 1;
  const steps = fc.sample(step, { numRuns: stepCount, seed }).flatMap((accesses): readonly Access[] => {
    if (accesses !== request) return accesses;
    return [write(availableIndex, 2, ++requestCount & 0xffff), write(balloon + 0x50, 4, 0)];
  });
  return [
    ...driver.accesses.filter(({ value }) => value !== undefined),
    ...steps.flatMap((access, index) => (index % 3 === 0 ? [access, readMip] : [access])),
  ];
}

const stepCount = 12_000;

describe('the PLIC', () => {
  for (const seed of seeds) {
    it(`of ${hartCount} harts answers ${stepCount} random edges of wires, enables, thresholds, claims and completions as in QEMU (seed ${seed})`, () =>
      compareBoards(program(seed), {
        machine: { hartCount, virtio: [{ kind: 'balloon' }] },
        qemu: ['-smp', `${hartCount}`, '-device', 'virtio-balloon-device'],
        data: dataOf([driver]),
      }));
  }
});
