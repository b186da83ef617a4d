import fc from 'fast-check';
import { type FallibleStep, fallibleSteps } from '../../debug-adapter/debuggee/fallible-steps';
import type { Interleaving } from '../../debug-adapter/simulation/interleaving';
import { type GuestShape, guestShapes } from '../snapshot/random-guest';

export type PlannedAlgorithm = 'background-snapshot' | 'precopy' | 'track-writes-ram' | 'savevm';

/** Everything that a simulated run depends on. Times are virtual, from the beginning of the run unless it says otherwise. */
export interface Plan {
  readonly guest: GuestShape;
  /** A guest that has a device write to its RAM, instead of `guest`. */
  readonly usesDevice: boolean;
  readonly nsPerInstruction: number;
  /** All of them run the guest's code; one alone has the device. */
  readonly hartCount: number;
  readonly interleaving: Interleaving;
  /** It begins suspended, as one that was restored so. */
  readonly isSuspended: boolean;
  readonly algorithm: PlannedAlgorithm;
  /** Of the snapshot after this one, with nothing in its way. */
  readonly nextAlgorithm: PlannedAlgorithm;
  readonly startUs: number;
  readonly channel: {
    readonly bytesPerSecond: number;
    readonly stallAtByte: number;
    readonly stallUs: number;
    readonly closeAtByte: number;
  };
  /** After the start. */
  readonly cancelUs: number | undefined;
  /** The VM is paused by the user so long after the start, and goes on so much later. */
  readonly pauseUs: number | undefined;
  readonly pausedUs: number;
  /** `max-bandwidth` is set so long after the start. */
  readonly limitUs: number | undefined;
  readonly bytesPerSecondMax: number;
  readonly failAt: FallibleStep | 'none';
  /** After the start; Infinity: the guest never lets go of its NIC. */
  readonly unplugUs: number | undefined;
  /** Bytes for which the output's disk has room. */
  readonly diskByteCount: number;
}

/** Mostly none, sometimes one. */
function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

function orNever(arbitrary: fc.Arbitrary<number>, weight: number): fc.Arbitrary<number> {
  return fc.oneof({ weight, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary });
}

const algorithms: fc.Arbitrary<PlannedAlgorithm> = fc.oneof(
  { weight: 10, arbitrary: fc.constant('background-snapshot' as const) },
  { weight: 2, arbitrary: fc.constant('precopy' as const) },
  { weight: 2, arbitrary: fc.constant('track-writes-ram' as const) },
  { weight: 1, arbitrary: fc.constant('savevm' as const) },
);

/** A snapshot of these guests takes about 1 ms and 100 kB. */
const aboutOneSnapshotUs = fc.integer({ min: 0, max: 3000 });
const aboutOneStream = fc.integer({ min: 0, max: 150_000 });

/**
 * Small plans first: what fails shrinks towards a plain snapshot of a guest that hardly writes. For a NIC that is never let
 * go QEMU waits half a minute, which several harts, or a device at work, fill with too many turns.
 */
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    guest: guestShapes({ firstPage: 8, pageCountLog2: 4, idleRounds: 60 }),
    usesDevice: fc.oneof({ weight: 19, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    nsPerInstruction: fc.constantFrom(1000, 300, 100),
    hartCount: fc.oneof(
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 4 }) },
    ),
    interleaving: fc.record({ seed: fc.nat(1000), quantumNs: fc.integer({ min: 1, max: 20_000 }) }),
    isSuspended: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    algorithm: algorithms,
    nextAlgorithm: algorithms,
    startUs: fc.integer({ min: 0, max: 3000 }),
    channel: fc.record({
      bytesPerSecond: orNever(fc.integer({ min: 5e6, max: 1e9 }), 2),
      stallAtByte: orNever(aboutOneStream, 5),
      stallUs: orNever(fc.nat(5000), 1),
      closeAtByte: orNever(aboutOneStream, 7),
    }),
    cancelUs: sometimes(aboutOneSnapshotUs),
    pauseUs: sometimes(aboutOneSnapshotUs),
    pausedUs: fc.nat(3000),
    limitUs: sometimes(aboutOneSnapshotUs),
    bytesPerSecondMax: fc.integer({ min: 2_000_000, max: 20_000_000 }),
    failAt: fc.oneof(
      { weight: 9, arbitrary: fc.constant('none' as const) },
      { weight: 1, arbitrary: fc.constantFrom(...fallibleSteps) },
    ),
    unplugUs: sometimes(
      fc.oneof({ weight: 59, arbitrary: fc.nat(2000) }, { weight: 1, arbitrary: fc.constant(Infinity) }),
    ),
    diskByteCount: orNever(aboutOneStream, 9),
  })
  .filter(({ usesDevice, hartCount, unplugUs }) => unplugUs !== Infinity || (hartCount === 1 && !usesDevice));

/** A small guest that writes, and nothing that happens to its snapshot. */
export const plain: Plan = {
  guest: { seed: 1, firstPage: 1, pageCountLog2: 2, idleRounds: 5, sizeLog2: 3, misalignment: 0 },
  usesDevice: false,
  nsPerInstruction: 300,
  hartCount: 1,
  interleaving: { seed: 0, quantumNs: 10_000 },
  isSuspended: false,
  algorithm: 'background-snapshot',
  nextAlgorithm: 'background-snapshot',
  startUs: 10,
  channel: { bytesPerSecond: Infinity, stallAtByte: Infinity, stallUs: 0, closeAtByte: Infinity },
  cancelUs: undefined,
  pauseUs: undefined,
  pausedUs: 0,
  limitUs: undefined,
  bytesPerSecondMax: 2_000_000,
  failAt: 'none',
  unplugUs: undefined,
  diskByteCount: Infinity,
};
