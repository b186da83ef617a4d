import type { DeviceState } from '../../vmstate/device-state';
import { array } from '../../vmstate/field-layouts';
import { type Column, type StateCodec, stateCodec, words } from '../../vmstate/state-codec';

/** `riscv,ndev`: sources 1 to 96. Source 96 has a priority and nothing else, as in QEMU, whose bits end at 95. */
export const plicSourceCount = 96;
export const plicWordCount = plicSourceCount / 32;

/** Contexts in the order M of hart 0, S of hart 0, M of hart 1, … */
export interface PlicState {
  /** By source, 0 to 96. */
  readonly priorities: readonly number[];
  /** One bit a source, 0 to 95, 32 a word. */
  readonly pending: readonly number[];
  readonly claimed: readonly number[];
  /** Per context. */
  readonly enables: readonly (readonly number[])[];
  readonly thresholds: readonly number[];
  /** Levels of the contexts' wires; what the rest makes of them, unless given: a stream does not. */
  readonly outputs?: readonly boolean[] | undefined;
}

/** QEMU's hw/intc/sifive_plic.c, with two contexts a hart. */
export function plicCodec(hartCount: number): StateCodec<Omit<PlicState, 'outputs'>> {
  const contextCount = 2 * hartCount;
  return stateCodec('riscv_sifive_plic', 1, {
    priorities: firstOf(plicSourceCount, words(array('source_priority', plicSourceCount, 'uint32', 4))),
    thresholds: words(array('target_priority', contextCount, 'uint32', 4)),
    pending: words(array('pending', plicWordCount, 'uint32', 4)),
    claimed: words(array('claimed', plicWordCount, 'uint32', 4)),
    enables: byContext(words(array('enable', contextCount * plicWordCount, 'uint32', 4))),
  });
}

/** The last source's priority, which QEMU 7.2 keeps behind the end of its array. */
export function beyondPlic({ priorities }: PlicState): Pick<DeviceState, 'beyondQemu'> {
  const lastPriority = priorities[plicSourceCount] ?? 0;
  return lastPriority === 0 ? {} : { beyondQemu: { lastPriority } };
}

export function withBeyondPlic(plic: PlicState, { lastPriority = 0 }: Readonly<Record<string, number>>): PlicState {
  return { ...plic, priorities: [...plic.priorities, lastPriority] };
}

function firstOf(count: number, column: Column<readonly number[]>): Column<readonly number[]> {
  return { ...column, encode: (value) => column.encode(value.slice(0, count)) };
}

function byContext(column: Column<readonly number[]>): Column<readonly (readonly number[])[]> {
  return {
    field: column.field,
    encode: (value) => column.encode(value.flat()),
    decode: (value) => {
      const all = column.decode(value);
      const contextCount = all.length / plicWordCount;
      return Array.from({ length: contextCount }, (_, context) =>
        all.slice(context * plicWordCount, (context + 1) * plicWordCount),
      );
    },
  };
}
