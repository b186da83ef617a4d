import type { FieldValue } from '../../vmstate/device-state';
import { arrayOrOne } from '../../vmstate/field-layouts';
import { type Column, type StateCodec, stateCodec } from '../../vmstate/state-codec';

export interface ClintState {
  /** One per hart. */
  readonly msip: readonly boolean[];
  readonly mtimecmp: readonly bigint[];
  /** mtime − ticks of the virtual clock: not 0 where software has written mtime. */
  readonly timeDelta: bigint;
}

/** QEMU's hw/intc/riscv_aclint.c; `msip` lives in each cpu's `mip`, and nothing says what software has made of `mtime`. */
export function mtimerCodec(hartCount: number): StateCodec<Pick<ClintState, 'mtimecmp'>> {
  return stateCodec('riscv_mtimer', 1, { mtimecmp: oneOrMore(hartCount) });
}

function oneOrMore(count: number): Column<readonly bigint[]> {
  return {
    field: arrayOrOne('timecmp', count, 'uint64', 8),
    encode: (value): FieldValue => (count === 1 ? value[0]! : value),
    decode: (value) => (Array.isArray(value) ? [...(value as bigint[])] : [value as bigint]),
  };
}
