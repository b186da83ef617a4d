import { array, bool, int32, layout, structs, uint8, uint32, uint64, uint64s } from '../../vmstate/field-layouts';

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
