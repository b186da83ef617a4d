import type { StateLayout } from '../../vmstate/device-state';
import { int64, layout, raw, uint32 } from '../../vmstate/field-layouts';
import type { BoardLayouts } from '../../vmstate/known-layouts';
import { mtimerCodec } from '../devices/clint-state';
import { fwCfgCodec } from '../devices/fw-cfg-state';
import { rtcCodec } from '../devices/goldfish-rtc-state';
import { pciBusState, pciHostState, pciRootCodec } from '../devices/pci-host-state';
import { pflashCodec } from '../devices/pflash-cfi01-state';
import { plicCodec } from '../devices/plic-state';
import { uartCodec } from '../devices/uart16550a-state';
import { virtioKinds, virtioLayout, virtioSectionPlace, virtioSections } from '../devices/virtio-state';
import { cpuCommonLayout, cpuLayout } from './cpu-layout';

/*
 * Device states of QEMU 7.2's `-M virt`, as its VMDESCRIPTION lists them. Names, types, sizes and order are QEMU's:
 * changing one changes the stream. Subsections stand in the order in which QEMU writes them.
 */

export const timerLayout = layout('timer', 2, [
  int64('cpu_ticks_offset'),
  raw('unused', 'unused_buffer', 8),
  int64('cpu_clock_offset'),
]);

export const runStateByteCount = 100;

export const globalStateLayout = layout('globalstate', 1, [
  uint32('size'),
  raw('runstate', 'buffer', runStateByteCount),
]);

/** The layout of a section by its name, for a board of that many harts. */
export function virtLayouts(hartCount: number): (name: string) => StateLayout | undefined {
  const layouts = new Map<string, StateLayout>([
    ['timer', timerLayout],
    ['cpu_common', cpuCommonLayout],
    ['cpu', cpuLayout],
    ['riscv_mtimer', mtimerCodec(hartCount).layout],
    ['riscv_sifive_plic', plicCodec(hartCount).layout],
    ['serial', uartCodec.layout],
    ['goldfish_rtc', rtcCodec.layout],
    ['pflash_cfi01', pflashCodec.layout],
    ['0000:00:00.0/gpex_root', pciRootCodec.layout],
    ['PCIHost', pciHostState.layout],
    ['PCIBUS', pciBusState.layout],
    ['fw_cfg', fwCfgCodec.layout],
    ['globalstate', globalStateLayout],
  ]);
  return (name) => layouts.get(name) ?? virtioLayouts.get(virtioSectionPlace(name)?.name ?? '');
}

const virtioLayouts: ReadonlyMap<string, StateLayout> = new Map(
  virtioKinds.map((kind) => [virtioSections[kind].name, virtioLayout(kind)]),
);

/** By this block QEMU's riscv `virt` is known; other architectures have machines of that name. */
const virtRamBlock = 'riscv_virt_board.ram';

/** The layouts of `virt`, as soon as a stream is known to be of one. */
export function virtBoard(): BoardLayouts {
  let isVirt = false;
  let hartCount = 1;
  let layoutOf = virtLayouts(hartCount);
  return {
    accept(record) {
      if (record.kind === 'ramBlockList') isVirt = record.blocks.some(({ name }) => name === virtRamBlock);
      // The harts stand before what is laid out by their number.
      if (record.kind === 'sectionStart' && record.section.name === 'cpu' && record.section.instanceId === hartCount) {
        hartCount++;
        layoutOf = virtLayouts(hartCount);
      }
    },
    layoutOf: (name) => (isVirt ? layoutOf(name) : undefined),
  };
}
