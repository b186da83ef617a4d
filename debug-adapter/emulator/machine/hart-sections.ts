import { fieldOf, hasField, makeState, type State, subsectionOf } from '../../vmstate/device-state';
import type { HartTriggers } from '../core/guest-harts';
import { type CsrName, csrNumbers } from '../isa/csrs';
import {
  cpuLayout,
  environmentConfigurationLayout,
  pmpEntryLayout,
  pmpLayout,
  pmuCounterLayout,
  triggerLayout,
} from './cpu-layout';
import type { HartState } from './hart-state';

/** Interrupt bits of `mip` (privileged manual, 3.1.9). */
export const mip = { msip: 1n << 3n, stip: 1n << 5n, mtip: 1n << 7n } as const;

/** CSRs that QEMU keeps in a field of their own, by CSR number. */
const csrFields = fieldsOf(
  'frm',
  'stvec',
  'scounteren',
  'sscratch',
  'sepc',
  'scause',
  'stval',
  'stimecmp',
  'satp',
  'mstatus',
  'medeleg',
  'mideleg',
  'mie',
  'mtvec',
  'mcounteren',
  'mcountinhibit',
  'mscratch',
  'mepc',
  'mcause',
  'mtval',
  'mip',
);
const environmentFields = fieldsOf('senvcfg', 'menvcfg');

function fieldsOf(...names: CsrName[]): ReadonlyMap<number, string> {
  return new Map(names.map((name) => [csrNumbers[name], `env.${name}`]));
}

/** QEMU has no field for it: see sections.ts. */
const { fflags: fflagsCsr, misa: misaCsr, mcycle: mcycleCsr } = csrNumbers;
const { mhpmevent3: mhpmevent3Csr, pmpcfg0: pmpcfg0Csr, pmpaddr0: pmpaddr0Csr } = csrNumbers;
const pmpEntryCount = 16;
const counterCount = 32;

/** RV64, extensions A C D F I M and modes S U: what the guest is when its state does not say otherwise. */
const defaultMisa = (2n << 62n) | 0x14112dn;
/** mstatus.UXL and SXL: read-only 2 in RV64, but QEMU's vCPU takes its register width from them. */
const mstatusXlen64 = (2n << 32n) | (2n << 34n);
/** mstatus.SD, which QEMU works out when mstatus is read. */
const mstatusSd = 1n << 63n;
/** Bits of `mip` that belong to interrupt controllers, as after QEMU's reset: SGEIP. */
const miclaimAtReset = 0x1000n;
/** PRIV_VERSION_1_12_0. */
const privilegedVersion = 2n;
/** Bits RISCV_FEATURE_MMU, RISCV_FEATURE_PMP and RISCV_FEATURE_DEBUG. */
const features = 0b1_0011;
/** MXL_RV64. */
const mxl = 2;
const resetVector = 0x1000n;
/** U, S, M. */
const privileges = [0n, 1n, 3n];
/** mcontrol and mcontrol6. */
const triggerTypes = [2n, 6n];
const noReservation = 0xffff_ffff_ffff_ffffn;

/**
 * Section `cpu` of one hart. LR's loaded value is not part of our state; zero in its place makes an SC after a restore
 * fail unless memory still holds what LR read, which the architecture allows.
 *
 * @param pending what goes into `mip`.
 * @throws RangeError for a CSR for which QEMU has no place.
 */
export function hartSections(hart: HartState, index: number, pending: bigint): State {
  const misa = hart.csrs.get(misaCsr) ?? defaultMisa;
  const extensions = Number(misa & 0x3ff_ffffn);
  const csrs = new CsrPlaces(hart.csrs);
  return makeState(
    cpuLayout,
    {
      ...csrs.registers,
      'env.mstatus': ((csrs.registers['env.mstatus'] ?? 0n) & ~mstatusSd) | mstatusXlen64,
      'env.mip': pending,
      'env.gpr': hart.x,
      'env.fpr': hart.f,
      'env.pc': hart.pc,
      'env.load_res': hart.reservation?.address ?? noReservation,
      'env.load_val': hart.reservation?.value ?? 0n,
      'env.priv_ver': privilegedVersion,
      'env.misa_mxl': mxl,
      'env.misa_ext': extensions,
      'env.misa_mxl_max': mxl,
      'env.misa_ext_mask': extensions,
      'env.features': features,
      'env.priv': BigInt(hart.privilege),
      'env.resetvec': resetVector,
      'env.mhartid': BigInt(index),
      'env.miclaim': miclaimAtReset,
      'env.pmu_ctrs': csrs.counters.map((value) => makeState(pmuCounterLayout, { mhpmcounter_val: value, started: 1 })),
      'env.mhpmevent_val': csrs.events,
    },
    [
      makeState(pmpLayout, {
        'env.pmp_state.pmp': csrs.pmpAddresses.map((address, entry) =>
          makeState(pmpEntryLayout, { addr_reg: address, cfg_reg: csrs.pmpConfigurations[entry]! }),
        ),
      }),
      makeState(environmentConfigurationLayout, csrs.environment),
      ...(hart.triggers ? [triggerState(hart.triggers)] : []),
    ],
  );
}

/**
 * The inverse. Every CSR of the table is there, also those that the guest may lack (which are zero).
 * @throws RangeError for a hart in a mode, or with a trigger, that this machine does not have
 */
export function hartFrom(cpu: State, halted: boolean): HartState {
  const privilege = fieldOf(cpu, 'env.priv') as bigint;
  if (!privileges.includes(privilege)) throw new RangeError(`a hart runs at privilege ${privilege}`);
  // Not every QEMU has the field by this name.
  if (hasField(cpu, 'env.virt') && fieldOf(cpu, 'env.virt') !== 0n) {
    throw new RangeError('a hart runs a guest of its own (V=1), and this machine has no hypervisor extension');
  }
  const address = fieldOf(cpu, 'env.load_res') as bigint;
  return {
    x: [...(fieldOf(cpu, 'env.gpr') as bigint[])],
    f: [...(fieldOf(cpu, 'env.fpr') as bigint[])],
    pc: fieldOf(cpu, 'env.pc') as bigint,
    privilege: Number(privilege),
    halted,
    reservation: address === noReservation ? undefined : { address, value: fieldOf(cpu, 'env.load_val') as bigint },
    csrs: csrsFrom(cpu),
    triggers: triggersFrom(cpu),
  };
}

function triggerState({ selected, triggers }: HartTriggers): State {
  return makeState(triggerLayout, {
    'env.trigger_cur': BigInt(selected),
    'env.tdata1': triggers.map(({ tdata1 }) => tdata1),
    'env.tdata2': triggers.map(({ tdata2 }) => tdata2),
  });
}

function triggersFrom(cpu: State): HartTriggers | undefined {
  const state = subsectionOf(cpu, triggerLayout.name);
  // QEMU 7.1 has other fields.
  if (!state || !hasField(state, 'env.tdata1')) return undefined;
  const [tdata1s, tdata2s] = ['env.tdata1', 'env.tdata2'].map((name) => fieldOf(state, name) as bigint[]) as [
    bigint[],
    bigint[],
  ];
  const foreign = tdata1s.find((tdata1) => !triggerTypes.includes(tdata1 >> 60n));
  if (foreign !== undefined) throw new RangeError(`a hart has a trigger of type ${foreign >> 60n}`);
  return {
    selected: Number(fieldOf(state, 'env.trigger_cur')),
    triggers: tdata1s.map((tdata1, index) => ({ tdata1, tdata2: tdata2s[index]! })),
  };
}

/** A hart's CSRs, sorted by where QEMU keeps them. */
class CsrPlaces {
  readonly registers: Record<string, bigint> = {};
  readonly environment: Record<string, bigint> = {};
  readonly counters = new Array<bigint>(counterCount).fill(0n);
  readonly events = new Array<bigint>(counterCount).fill(0n);
  readonly pmpAddresses = new Array<bigint>(pmpEntryCount).fill(0n);
  readonly pmpConfigurations = new Array<number>(pmpEntryCount).fill(0);

  constructor(csrs: ReadonlyMap<number, bigint>) {
    for (const [csr, value] of csrs) this.place(csr, value);
  }

  private place(csr: number, value: bigint): void {
    const field = csrFields.get(csr);
    const environmentField = environmentFields.get(csr);
    if (field) this.registers[field] = value;
    else if (environmentField) this.environment[environmentField] = value;
    else if (csr >= mcycleCsr && csr < mcycleCsr + counterCount) this.counters[csr - mcycleCsr] = value;
    else if (csr >= mhpmevent3Csr && csr < mhpmevent3Csr + counterCount - 3) {
      this.events[csr - mhpmevent3Csr + 3] = value;
    } else if (csr >= pmpaddr0Csr && csr < pmpaddr0Csr + pmpEntryCount) this.pmpAddresses[csr - pmpaddr0Csr] = value;
    else if (csr === pmpcfg0Csr || csr === pmpcfg0Csr + 2) this.placePmpConfigurations(4 * (csr - pmpcfg0Csr), value);
    // What cannot be written has no state: misa aside, those are the numbers with 11 on top.
    else if (csr !== misaCsr && csr !== fflagsCsr && csr >> 10 !== 3)
      throw new RangeError(`no place for CSR 0x${csr.toString(16)}`);
  }

  /** RV64: a configuration CSR holds eight entries, one a byte. */
  private placePmpConfigurations(firstEntry: number, value: bigint): void {
    for (let i = 0; i < 8; i++) this.pmpConfigurations[firstEntry + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}

function csrsFrom(cpu: State): Map<number, bigint> {
  const csrs = new Map<number, bigint>();
  for (const [csr, name] of csrFields) csrs.set(csr, fieldOf(cpu, name) as bigint);
  csrs.set(misaCsr, (2n << 62n) | BigInt(fieldOf(cpu, 'env.misa_ext') as number));
  const counters = fieldOf(cpu, 'env.pmu_ctrs') as State[];
  counters.forEach((counter, index) => {
    if (index !== 1) csrs.set(mcycleCsr + index, fieldOf(counter, 'mhpmcounter_val') as bigint);
  });
  const events = fieldOf(cpu, 'env.mhpmevent_val') as bigint[];
  for (let index = 3; index < counterCount; index++) csrs.set(mhpmevent3Csr + index - 3, events[index]!);
  const environment = subsectionOf(cpu, environmentConfigurationLayout.name);
  for (const [csr, name] of environmentFields) {
    csrs.set(csr, environment ? (fieldOf(environment, name) as bigint) : 0n);
  }
  const pmp = subsectionOf(cpu, pmpLayout.name);
  if (pmp) for (const [csr, value] of pmpCsrs(fieldOf(pmp, 'env.pmp_state.pmp') as State[])) csrs.set(csr, value);
  return csrs;
}

function* pmpCsrs(entries: readonly State[]): Generator<[number, bigint]> {
  const configurations = [0n, 0n];
  for (const [index, entry] of entries.entries()) {
    yield [pmpaddr0Csr + index, fieldOf(entry, 'addr_reg') as bigint];
    const configuration = BigInt(fieldOf(entry, 'cfg_reg') as number) << BigInt(8 * (index % 8));
    configurations[index >> 3]! |= configuration;
  }
  yield [pmpcfg0Csr, configurations[0]!];
  yield [pmpcfg0Csr + 2, configurations[1]!];
}
