import { raw, uint8, uint32, uint64 } from '../../vmstate/field-layouts';
import { bigint, bytes, number, type StateCodec, stateCodec } from '../../vmstate/state-codec';

/** A bank of NOR flash in the middle of a command. */
export interface PflashState {
  /** Writes of the command so far. */
  readonly cycle: number;
  readonly command: number;
  readonly status: number;
  /** Writes left of a buffered program. */
  readonly counter: bigint;
  /** What that is to write, and where. */
  readonly buffer: { readonly offset: number; readonly bytes: Uint8Array } | undefined;
}

const buffered = stateCodec<NonNullable<PflashState['buffer']>>('pflash_cfi01_blk_write', 1, {
  bytes: bytes(raw('blk_bytes', 'buffer', 4096)),
  offset: number(uint32('blk_offset')),
});

/** QEMU's hw/block/pflash_cfi01.c; the array is a RAM block. */
const registers = stateCodec<Omit<PflashState, 'buffer'>>(
  'pflash_cfi01',
  1,
  {
    cycle: number(uint8('wcycle')),
    command: number(uint8('cmd')),
    status: number(uint8('status')),
    counter: bigint(uint64('counter')),
  },
  { subsections: [buffered.layout] },
);

export const pflashCodec: StateCodec<PflashState> = {
  layout: registers.layout,
  encode: (flash) => registers.encode(flash, flash.buffer ? [buffered.encode(flash.buffer)] : []),
  decode: (state) => ({ ...registers.decode(state), buffer: buffered.decodeWithin(state) }),
};
