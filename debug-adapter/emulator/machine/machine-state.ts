import type { ClintState } from '../devices/clint-state';
import type { FwCfgState } from '../devices/fw-cfg-state';
import type { RtcState } from '../devices/goldfish-rtc-state';
import type { PciState } from '../devices/pci-host-state';
import type { PflashState } from '../devices/pflash-cfi01-state';
import type { PlicState } from '../devices/plic-state';
import type { UartState } from '../devices/uart16550a-state';
import type { VirtioState } from '../devices/virtio-state';
import type { HartState } from './hart-state';

/**
 * The state of everything outside RAM as plain data: what a device state section of the stream is made from. Names are
 * the RISC-V manual's and the device manuals'; each device's stands beside it, with the codec of its section.
 */
export interface MachineState {
  readonly harts: readonly HartState[];
  readonly clint: ClintState;
  readonly plic: PlicState;
  readonly uart: UartState;
  readonly rtc: RtcState;
  /** Both banks; what they hold is in their RAM blocks. */
  readonly flash: readonly PflashState[];
  readonly pci: PciState;
  readonly fwCfg: FwCfgState;
  /** In the order of the options that made the devices; missing when there are none. */
  readonly virtio?: readonly VirtioState[];
}
