import { type FieldLayout, fieldsByteCount, type StateLayout } from './device-state';
import { virtioKinds, virtioLayout, virtioSectionPlace, virtioSections } from './virtio-state';

/**
 * Device states of QEMU 7.2's `-M virt`, as its VMDESCRIPTION lists them. Names, types, sizes and order are QEMU's:
 * changing one changes the stream. Subsections stand in the order in which QEMU writes them.
 */
export const timerLayout = layout('timer', 2, [
  int64('cpu_ticks_offset'),
  raw('unused', 'unused_buffer', 8),
  int64('cpu_clock_offset'),
]);

const cpuExceptionIndexLayout = layout('cpu_common/exception_index', 1, [int32('exception_index')]);

export const cpuCommonLayout = layout(
  'cpu_common',
  1,
  [uint32('halted'), uint32('interrupt_request')],
  [cpuExceptionIndexLayout, layout('cpu_common/crash_occurred', 1, [bool('crash_occurred')])],
);

export const pmuCounterLayout = layout('cpu/pmu', 1, [
  ...uint64s('mhpmcounter_val', 'mhpmcounterh_val', 'mhpmcounter_prev', 'mhpmcounterh_prev'),
  bool('started'),
]);

export const pmpEntryLayout = layout('cpu/pmp/entry', 1, [uint64('addr_reg'), uint8('cfg_reg')]);

export const pmpLayout = layout('cpu/pmp', 1, [structs('env.pmp_state.pmp', 16, pmpEntryLayout)]);

const hypervisorLayout = layout('cpu/hyper', 2, [
  ...uint64s(
    'env.hstatus',
    'env.hedeleg',
    'env.hideleg',
    'env.hcounteren',
    'env.htval',
    'env.htinst',
    'env.hgatp',
    'env.hgeie',
    'env.hgeip',
    'env.htimedelta',
    'env.vstimecmp',
    'env.hvictl',
  ),
  array('env.hviprio', 64, 'uint8', 1),
  ...uint64s(
    'env.vsstatus',
    'env.vstvec',
    'env.vsscratch',
    'env.vsepc',
    'env.vscause',
    'env.vstval',
    'env.vsatp',
    'env.vsiselect',
    'env.mtval2',
    'env.mtinst',
    'env.stvec_hs',
    'env.sscratch_hs',
    'env.sepc_hs',
    'env.scause_hs',
    'env.stval_hs',
    'env.satp_hs',
    'env.mstatus_hs',
  ),
]);

export const environmentConfigurationLayout = layout(
  'cpu/envcfg',
  1,
  uint64s('env.menvcfg', 'env.senvcfg', 'env.henvcfg'),
);

export const triggerLayout = layout('cpu/debug', 2, [
  uint64('env.trigger_cur'),
  array('env.tdata1', 2, 'uint64', 8),
  array('env.tdata2', 2, 'uint64', 8),
  array('env.tdata3', 2, 'uint64', 8),
]);

export const cpuLayout = layout(
  'cpu',
  5,
  [
    array('env.gpr', 32, 'uint64', 8),
    array('env.fpr', 32, 'uint64', 8),
    array('env.miprio', 64, 'uint8', 1),
    array('env.siprio', 64, 'uint8', 1),
    ...uint64s(
      'env.pc',
      'env.load_res',
      'env.load_val',
      'env.frm',
      'env.badaddr',
      'env.guest_phys_fault_addr',
      'env.priv_ver',
      'env.vext_ver',
    ),
    uint32('env.misa_mxl'),
    uint32('env.misa_ext'),
    uint32('env.misa_mxl_max'),
    uint32('env.misa_ext_mask'),
    uint32('env.features'),
    ...uint64s(
      'env.priv',
      'env.virt',
      'env.resetvec',
      'env.mhartid',
      'env.mstatus',
      'env.mip',
      'env.miclaim',
      'env.mie',
      'env.mideleg',
      'env.satp',
      'env.stval',
      'env.medeleg',
      'env.stvec',
      'env.sepc',
      'env.scause',
      'env.mtvec',
      'env.mepc',
      'env.mcause',
      'env.mtval',
      'env.miselect',
      'env.siselect',
      'env.scounteren',
      'env.mcounteren',
      'env.mcountinhibit',
    ),
    structs('env.pmu_ctrs', 32, pmuCounterLayout),
    array('env.mhpmevent_val', 32, 'uint64', 8),
    array('env.mhpmeventh_val', 32, 'uint64', 8),
    ...uint64s('env.sscratch', 'env.mscratch', 'env.mfromhost', 'env.mtohost', 'env.stimecmp'),
  ],
  [pmpLayout, hypervisorLayout, environmentConfigurationLayout, triggerLayout],
);

/** hw/intc/riscv_aclint.c; `msip` lives in each cpu's `mip`. */
export function mtimerLayout(hartCount: number): StateLayout {
  return layout('riscv_mtimer', 1, [arrayOrOne('timecmp', hartCount, 'uint64', 8)]);
}

const plicSourceCount = 96;

/** hw/intc/sifive_plic.c, with two contexts a hart. */
export function plicLayout(hartCount: number): StateLayout {
  const contextCount = 2 * hartCount;
  const wordCount = plicSourceCount / 32;
  return layout('riscv_sifive_plic', 1, [
    array('source_priority', plicSourceCount, 'uint32', 4),
    array('target_priority', contextCount, 'uint32', 4),
    array('pending', wordCount, 'uint32', 4),
    array('claimed', wordCount, 'uint32', 4),
    array('enable', contextCount * wordCount, 'uint32', 4),
  ]);
}

export const uartThrInterruptLayout = layout('serial/thr_ipending', 1, [int32('thr_ipending')]);

export const uartTimeoutTimerLayout = layout('serial/fifo_timeout_timer', 1, [raw('fifo_timeout_timer', 'timer', 8)]);

export const uartTimeoutInterruptLayout = layout('serial/timeout_ipending', 1, [int32('timeout_ipending')]);

const fifoLayout = layout('Fifo8', 1, [raw('data', 'buffer', 16), uint32('head'), uint32('num')]);

export const uartReceiveFifoLayout = layout('serial/recv_fifo', 1, [struct('recv_fifo', fifoLayout)]);

export const uartLayout = layout(
  'serial',
  3,
  [
    { name: 'divider', type: 'uint16', size: 2 },
    uint8('rbr'),
    uint8('ier'),
    uint8('iir'),
    uint8('lcr'),
    uint8('mcr'),
    uint8('lsr'),
    uint8('msr'),
    uint8('scr'),
    uint8('fcr_vmstate'),
  ],
  [
    uartThrInterruptLayout,
    layout('serial/tsr', 1, [uint32('tsr_retry'), uint8('thr'), uint8('tsr')]),
    uartReceiveFifoLayout,
    layout('serial/xmit_fifo', 1, [struct('xmit_fifo', fifoLayout)]),
    uartTimeoutTimerLayout,
    uartTimeoutInterruptLayout,
    layout('serial/poll', 1, [int32('poll_msl'), raw('modem_status_poll', 'timer', 8)]),
  ],
);

/** The memory-mapped serial port wraps the UART proper. */
export const serialLayout = layout('serial', 3, [struct('serial', uartLayout)]);

/** hw/rtc/goldfish_rtc.c */
export const goldfishRtcLayout = layout('goldfish_rtc', 3, [
  ...uint64s('tick_offset_vmstate', 'alarm_next'),
  uint32('alarm_running'),
  uint32('irq_pending'),
  uint32('irq_enabled'),
  uint32('time_high'),
  uint64('tick_offset'),
]);

export const pflashBufferLayout = layout('pflash_cfi01_blk_write', 1, [
  raw('blk_bytes', 'buffer', 4096),
  uint32('blk_offset'),
]);

/** hw/block/pflash_cfi01.c; the array is a RAM block. */
export const pflashLayout = layout(
  'pflash_cfi01',
  1,
  [uint8('wcycle'), uint8('cmd'), uint8('status'), uint64('counter')],
  [pflashBufferLayout],
);

export const runStateByteCount = 100;

export const globalStateLayout = layout('globalstate', 1, [
  uint32('size'),
  raw('runstate', 'buffer', runStateByteCount),
]);

export const pciDeviceLayout = layout('PCIDevice', 2, [
  { name: 'version_id', type: 'int32 le', size: 4 },
  raw('config[0]', 'pci config', 256),
  raw('irq_state', 'pci irq state', 16),
]);

/** hw/pci-host/gpex.c: the root device of the generic PCI Express bridge. */
export const pciRootLayout = layout('gpex_root', 1, [struct('parent_obj', pciDeviceLayout)]);

export const pciHostLayout = layout('PCIHost', 1, [uint32('config_reg')]);

export const pciInterruptCount = 4;

export const pciBusLayout = layout('PCIBUS', 1, [
  { name: 'nirq', type: 'int32 equal', size: 4 },
  array('irq_count', pciInterruptCount, 'int32', 4),
]);

export const fwCfgDmaLayout = layout('fw_cfg/dma', 0, [uint64('dma_addr')]);

/** hw/nvram/fw_cfg.c */
export const fwCfgLayout = layout(
  'fw_cfg',
  2,
  [{ name: 'cur_entry', type: 'uint16', size: 2 }, uint32('cur_offset[1]')],
  [fwCfgDmaLayout],
);

/** The layout of a section by its name, for a board of that many harts. */
export function virtLayouts(hartCount: number): (name: string) => StateLayout | undefined {
  const layouts = new Map<string, StateLayout>([
    ['timer', timerLayout],
    ['cpu_common', cpuCommonLayout],
    ['cpu', cpuLayout],
    ['riscv_mtimer', mtimerLayout(hartCount)],
    ['riscv_sifive_plic', plicLayout(hartCount)],
    ['serial', serialLayout],
    ['goldfish_rtc', goldfishRtcLayout],
    ['pflash_cfi01', pflashLayout],
    ['0000:00:00.0/gpex_root', pciRootLayout],
    ['PCIHost', pciHostLayout],
    ['PCIBUS', pciBusLayout],
    ['fw_cfg', fwCfgLayout],
    ['globalstate', globalStateLayout],
  ]);
  return (name) => layouts.get(name) ?? virtioLayouts.get(virtioSectionPlace(name)?.name ?? '');
}

const virtioLayouts: ReadonlyMap<string, StateLayout> = new Map(
  virtioKinds.map((kind) => [virtioSections[kind].name, virtioLayout(kind)]),
);

function layout(
  name: string,
  version: number,
  fields: readonly FieldLayout[],
  subsections: readonly StateLayout[] = [],
): StateLayout {
  return { name, version, fields, subsections };
}

function bool(name: string): FieldLayout {
  return { name, type: 'bool', size: 1 };
}

function uint8(name: string): FieldLayout {
  return { name, type: 'uint8', size: 1 };
}

function uint32(name: string): FieldLayout {
  return { name, type: 'uint32', size: 4 };
}

function int32(name: string): FieldLayout {
  return { name, type: 'int32', size: 4 };
}

function uint64(name: string): FieldLayout {
  return { name, type: 'uint64', size: 8 };
}

function int64(name: string): FieldLayout {
  return { name, type: 'int64', size: 8 };
}

function uint64s(...names: string[]): FieldLayout[] {
  return names.map(uint64);
}

function raw(name: string, type: string, size: number): FieldLayout {
  return { name, type, size };
}

function array(name: string, arrayLength: number, type: string, size: number): FieldLayout {
  return { name, arrayLength, type, size };
}

/** An array of a length known at run time only: QEMU describes one of one element like a single value. */
function arrayOrOne(name: string, arrayLength: number, type: string, size: number): FieldLayout {
  return arrayLength === 1 ? { name, type, size } : array(name, arrayLength, type, size);
}

function struct(name: string, inner: StateLayout): FieldLayout {
  return { name, type: 'struct', size: fieldsByteCount(inner), struct: inner };
}

function structs(name: string, arrayLength: number, inner: StateLayout): FieldLayout {
  return { name, arrayLength, type: 'struct', size: fieldsByteCount(inner), struct: inner };
}
