import { uint16, uint32, uint64 } from '../../vmstate/field-layouts';
import { bigint, number, type StateCodec, stateCodec } from '../../vmstate/state-codec';

/** Firmware configuration: the selected entry and how far it has been read. */
export interface FwCfgState {
  readonly current: number;
  readonly offset: number;
  /** Half of an address, before the other half is written. */
  readonly dmaAddress: bigint;
}

const dma = stateCodec<Pick<FwCfgState, 'dmaAddress'>>('fw_cfg/dma', 0, { dmaAddress: bigint(uint64('dma_addr')) });

/** QEMU's hw/nvram/fw_cfg.c. */
const selection = stateCodec<Omit<FwCfgState, 'dmaAddress'>>(
  'fw_cfg',
  2,
  { current: number(uint16('cur_entry')), offset: number(uint32('cur_offset[1]')) },
  { subsections: [dma.layout] },
);

export const fwCfgCodec: StateCodec<FwCfgState> = {
  layout: selection.layout,
  encode: (fwCfg) => selection.encode(fwCfg, [dma.encode(fwCfg)]),
  decode: (state) => ({ ...selection.decode(state), ...(dma.decodeWithin(state) ?? { dmaAddress: 0n }) }),
};
