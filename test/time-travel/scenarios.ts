/** Guests and what is done to them, at random. */
import fc from 'fast-check';
import { DebuggeeError } from '../../debug-adapter/debuggee/debuggee';
import type { RecordedRun } from '../../debug-adapter/time-travel/recorded-run';
import { guestShapes, randomGuest } from '../snapshot/random-guest';
import { OpenTraveller } from './travelling';

const shapes = guestShapes({ pageCountLog2: 7, idleRounds: 200 });

export const scenarios = fc.record({
  shape: shapes,
  hartCount: fc.constantFrom(1, 2, 4),
  start: fc.integer({ min: 1, max: 20_000 }),
  capabilities: fc.constantFrom(['background-snapshot'], ['track-writes-ram'], []),
  checkpoints: fc.record({
    workMax: fc.constantFrom(1000, 100_000, 2_000_000),
    byteCountMax: fc.constantFrom(1 << 20, 16 << 20, 256 << 20),
  }),
  /** How far virtual time goes before the first step. */
  untilNs: fc.integer({ min: 0, max: 3_000_000 }),
  threads: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
});

export type Scenario = typeof scenarios extends fc.Arbitrary<infer Each> ? Each : never;

export function traveller(
  { shape, hartCount, start, capabilities, checkpoints }: Scenario,
  recorded?: RecordedRun,
): OpenTraveller {
  const machine = { program: { path: 'random guest', bytes: randomGuest(shape) }, hartCount };
  const snapshot = { capabilities: new Set(capabilities) as never };
  return OpenTraveller.of(
    { machine, trigger: { kind: 'instructions', count: start }, snapshot, checkpoints },
    recorded,
  );
}

/** What a user may do at a stop, or while the guest runs. */
const acts: readonly ((run: OpenTraveller, value: number) => unknown)[] = [
  (run) => attempt(() => run.takeSnapshot()),
  (run) => attempt(() => run.cancelSnapshot()),
  (run, value) => run.consoleInput(Uint8Array.of(value & 0xff)),
  (run, value) => run.setRegister('hart 0', 't5', BigInt(value)),
  (run, value) => attempt(() => run.writePhysicalMemory(0x8008_0000 + (value % 4096), Uint8Array.of(value), 'wait')),
  (run) => run.monitor('stop'),
  (run) => run.monitor('cont'),
  () => undefined,
];

/** What is refused changes nothing. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof DebuggeeError)) throw error;
  }
}

export const visits = fc.record({
  scenario: scenarios,
  /** Done, and then so many events let pass, by one thread alone or by all. */
  course: fc.array(
    fc.record({
      act: fc.nat(acts.length - 1),
      value: fc.nat(),
      events: fc.integer({ min: 1, max: 40_000 }),
      isAlone: fc.boolean(),
    }),
    {
      minLength: 2,
      maxLength: 8,
    },
  ),
  order: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
});

type Visits = typeof visits extends fc.Arbitrary<infer Each> ? Each : never;

/** Does what a course says, and tells before each part where the run stands. */
export async function follow(run: OpenTraveller, course: Visits['course'], tell: () => void = () => {}): Promise<void> {
  for (const { act, value, events, isAlone } of course) {
    await acts[act]!(run, value);
    tell();
    const end = { instant: { events: run.status().instant.events + events, threads: [] } };
    await run.run({
      kind: 'continue',
      destinations: [end],
      endsIdle: true,
      only: isAlone ? 'hart 0' : undefined,
    });
  }
}
