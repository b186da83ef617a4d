import { fieldOf, makeState, type State } from '../../vmstate/device-state';
import { array, layout, raw, struct, uint32 } from '../../vmstate/field-layouts';
import type { StateCodec } from '../../vmstate/state-codec';

/** The PCI host bridge: what drivers may have changed is its root's configuration space. */
export interface PciState {
  readonly rootConfig: Uint8Array;
}

const deviceLayout = layout('PCIDevice', 2, [
  { name: 'version_id', type: 'int32 le', size: 4 },
  raw('config[0]', 'pci config', 256),
  raw('irq_state', 'pci irq state', 16),
]);

/** QEMU's hw/pci-host/gpex.c: the root device of the generic PCI Express bridge. */
const rootLayout = layout('gpex_root', 1, [struct('parent_obj', deviceLayout)]);

export const pciRootCodec: StateCodec<PciState> = {
  layout: rootLayout,
  encode({ rootConfig }) {
    const device = makeState(deviceLayout, { version_id: deviceLayout.version, 'config[0]': rootConfig });
    return makeState(rootLayout, { parent_obj: device });
  },
  decode: (state) => ({ rootConfig: fieldOf(fieldOf(state, 'parent_obj') as State, 'config[0]') as Uint8Array }),
};

/** Of the older way to reach configuration space. */
export const pciHostState = makeState(layout('PCIHost', 1, [uint32('config_reg')]), {});

const interruptCount = 4;

/** Of interrupt lines that nobody raises. */
export const pciBusState = makeState(
  layout('PCIBUS', 1, [{ name: 'nirq', type: 'int32 equal', size: 4 }, array('irq_count', interruptCount, 'int32', 4)]),
  { nirq: interruptCount },
);
