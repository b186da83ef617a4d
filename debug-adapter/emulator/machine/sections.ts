import {
  type DeviceState,
  type FieldValue,
  fieldOf,
  makeState,
  type State,
  type StateLayout,
  subsectionOf,
} from '../../vmstate/device-state';
import {
  cpuCommonLayout,
  fwCfgDmaLayout,
  fwCfgLayout,
  globalStateLayout,
  goldfishRtcLayout,
  mtimerLayout,
  pciBusLayout,
  pciDeviceLayout,
  pciHostLayout,
  pciInterruptCount,
  pciRootLayout,
  pflashBufferLayout,
  pflashLayout,
  plicLayout,
  runStateByteCount,
  serialLayout,
  timerLayout,
  uartLayout,
  uartReceiveFifoLayout,
  uartThrInterruptLayout,
  uartTimeoutInterruptLayout,
  uartTimeoutTimerLayout,
} from '../../vmstate/virt-layouts';
import {
  decodeVirtio,
  encodeVirtio,
  type SavedVirtio,
  virtioKinds,
  virtioLayout,
  virtioSectionName,
} from '../../vmstate/virtio-state';
import { nsPerTick } from '../devices/clint';
import { plicSourceCount } from '../devices/plic';
import { hartFrom, hartSections, mip } from './hart-sections';
import type {
  ClintState,
  FwCfgState,
  HartState,
  MachineState,
  PciState,
  PflashState,
  PlicState,
  RtcState,
  UartState,
  VirtioState,
} from './machine-state';
import { flashBankCount, virtioBase, virtioSlotCount } from './memory-map';
import { pendingInterrupts, withTimersAt } from './pending-interrupts';
import { SectionSource } from './section-source';

/** What a stream says besides the state of harts and devices. */
export interface MachineMoment {
  /** The guest's virtual clock; `mtime` is a hundredth of it (10 MHz). */
  readonly virtualClockNs: number;
  /** What the machine does after a restore, by QEMU's names: `running`, `paused`. */
  readonly runState: string;
  /** Raise the interrupt of each timer that is set, true unless given: see `pendingInterrupts`. */
  readonly raisesTimers?: boolean;
}

/** The sections of QEMU 7.2's `-M virt` for the machine, in QEMU's order. */
export function deviceSections(state: MachineState, moment: MachineMoment): DeviceState[] {
  const { harts, clint, plic, uart, rtc, flash, pci, fwCfg } = state;
  return [
    section('timer', timerSection(moment)),
    ...harts.flatMap((hart, index) => {
      const pending = pendingInterrupts(hart, clint, index, moment.raisesTimers ?? true);
      return [
        { name: 'cpu_common', instanceId: index, state: cpuCommonSection(hart, pending) },
        { name: 'cpu', instanceId: index, state: hartSections(hart, index, pending), ...beyondQemu(hart) },
      ];
    }),
    { ...section('riscv_mtimer', mtimerSection(clint)), ...beyondMtimer(clint, moment) },
    { ...section('riscv_sifive_plic', plicSection(plic, harts.length)), ...beyondPlic(plic) },
    section('0000:00:00.0/gpex_root', pciRootSection(pci)),
    // Of the older way to reach configuration space, and of interrupt lines that nobody raises.
    section('PCIHost', makeState(pciHostLayout, {})),
    section('PCIBUS', makeState(pciBusLayout, { nirq: pciInterruptCount })),
    section('serial', uartSection(uart)),
    section('goldfish_rtc', rtcSection(rtc)),
    ...flash.map((bank, instanceId) => ({ name: 'pflash_cfi01', instanceId, state: pflashSection(bank) })),
    ...virtioDeviceSections(state.virtio ?? []),
    section('fw_cfg', fwCfgSection(fwCfg)),
    section('globalstate', globalStateSection(moment.runState)),
  ];
}

/** What a stream says of a machine. */
export interface StatedMachine extends MachineMoment {
  readonly state: MachineState;
  /** Sections and subsections that say more than this machine can take, by name. */
  readonly skipped: readonly string[];
}

/**
 * The inverse, of sections in any order that were read by any layout: fields are found by name.
 * @throws RangeError when a section or field that is needed is missing, or is not what it should be
 */
export function machineStateFrom(sections: readonly DeviceState[]): StatedMachine {
  const hartCount = Math.max(1, sections.filter(({ name }) => name === 'cpu').length);
  const source = new SectionSource(sections, hartCount);
  const indices = Array.from({ length: hartCount }, (_, index) => index);
  const virtualClockNs = clockFrom(source.find('timer'));
  const mtimecmp = mtimecmpFrom(source.find('riscv_mtimer'));
  const ticks = ticksAt(virtualClockNs);
  const mtime = BigInt(source.beyondQemu('riscv_mtimer', 0).mtime ?? ticks);
  const cpus = indices.map((index) => source.find('cpu', index));
  const virtio = virtioFrom(source);
  const state: MachineState = {
    harts: cpus.map((cpu, index) => {
      const hart = hartFrom(cpu, fieldOf(source.find('cpu_common', index), 'halted') !== 0);
      return withTimersAt(mtime, mtimecmp[index], withFflags(hart, source.beyondQemu('cpu', index)));
    }),
    clint: {
      msip: cpus.map((cpu) => ((fieldOf(cpu, 'env.mip') as bigint) & mip.msip) !== 0n),
      mtimecmp,
      timeDelta: mtime - ticks,
    },
    plic: plicFrom(source.find('riscv_sifive_plic'), source.beyondQemu('riscv_sifive_plic', 0)),
    uart: uartFrom(fieldOf(source.find('serial'), 'serial') as State),
    rtc: rtcFrom(source.find('goldfish_rtc')),
    pci: pciFrom(source.find('0000:00:00.0/gpex_root')),
    fwCfg: fwCfgFrom(source.find('fw_cfg')),
    ...(virtio.length > 0 && { virtio }),
    flash: flashFrom(sections, source),
  };
  const globalState = source.take('globalstate');
  return {
    state,
    virtualClockNs,
    // As in QEMU, where it is missing when `store-global-state` is off.
    runState: globalState ? runStateFrom(globalState) : 'running',
    skipped: source.skipped,
  };
}

/** Up to 2^53 ns, which is 104 days. */
function clockFrom(timer: State): number {
  const clock = fieldOf(timer, 'cpu_clock_offset') as bigint;
  if (clock < 0n || clock > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`the virtual clock shows ${clock} ns, which is no time that a machine runs`);
  }
  return Number(clock);
}

function virtioDeviceSections(devices: readonly VirtioState[]): DeviceState[] {
  return devices.map((device) => {
    const { kind } = device.backEnd;
    const name = virtioSectionName(virtioBase(device.slot), kind);
    return section(name, makeState(virtioLayout(kind), { virtio: encodeVirtio(device) }));
  });
}

/** Devices from the last slot downwards. */
function virtioFrom(source: SectionSource): VirtioState[] {
  const devices: VirtioState[] = [];
  for (let slot = virtioSlotCount - 1; slot >= 0; slot--) {
    const device = virtioInSlot(source, slot);
    if (device) devices.push({ slot, ...device });
  }
  return devices;
}

function virtioInSlot(source: SectionSource, slot: number): SavedVirtio | undefined {
  for (const kind of virtioKinds) {
    const state = source.take(virtioSectionName(virtioBase(slot), kind));
    if (state) return decodeVirtio(fieldOf(state, 'virtio') as Uint8Array, kind);
  }
  return undefined;
}

/** QEMU 7.2 keeps the accrued floating-point exceptions in its softfloat status, which no section holds. */
function beyondQemu({ csrs }: HartState): Pick<DeviceState, 'beyondQemu'> {
  const fflags = Number(csrs.get(fflagsCsr) ?? 0n);
  return fflags === 0 ? {} : { beyondQemu: { fflags } };
}

function withFflags(hart: HartState, { fflags = 0 }: Readonly<Record<string, number>>): HartState {
  return { ...hart, csrs: new Map(hart.csrs).set(fflagsCsr, BigInt(fflags & 0x1f)) };
}

const fflagsCsr = 0x001;

function section(name: string, state: State): DeviceState {
  return { name, instanceId: 0, state };
}

function timerSection({ virtualClockNs }: MachineMoment): State {
  const clock = BigInt(virtualClockNs);
  return makeState(timerLayout, { cpu_ticks_offset: clock, cpu_clock_offset: clock });
}

/** CPU_INTERRUPT_HARD: QEMU's vCPU looks at `mip` only with this set. */
const interruptHard = 2;

function cpuCommonSection(hart: HartState, pending: bigint): State {
  return makeState(cpuCommonLayout, {
    halted: hart.halted ? 1 : 0,
    interrupt_request: pending === 0n ? 0 : interruptHard,
  });
}

function mtimerSection({ mtimecmp }: ClintState): State {
  const timecmp: FieldValue = mtimecmp.length === 1 ? mtimecmp[0]! : mtimecmp;
  return makeState(mtimerLayout(mtimecmp.length), { timecmp });
}

/** QEMU 7.2 writes nothing of an mtime that software has set. */
function beyondMtimer({ timeDelta }: ClintState, { virtualClockNs }: MachineMoment): Pick<DeviceState, 'beyondQemu'> {
  return timeDelta === 0n ? {} : { beyondQemu: { mtime: Number(ticksAt(virtualClockNs) + timeDelta) } };
}

function ticksAt(virtualClockNs: number): bigint {
  return BigInt(Math.floor(virtualClockNs / nsPerTick));
}

function mtimecmpFrom(state: State): bigint[] {
  const timecmp = fieldOf(state, 'timecmp');
  return Array.isArray(timecmp) ? [...(timecmp as bigint[])] : [timecmp as bigint];
}

function plicSection(plic: PlicState, hartCount: number): State {
  return makeState(plicLayout(hartCount), {
    source_priority: plic.priorities.slice(0, plicSourceCount),
    target_priority: plic.thresholds,
    pending: plic.pending.map(unsigned),
    claimed: plic.claimed.map(unsigned),
    enable: plic.enables.flat().map(unsigned),
  });
}

function unsigned(word: number): number {
  return word >>> 0;
}

/** The last source's priority, which QEMU 7.2 keeps behind the end of its array. */
function beyondPlic({ priorities }: PlicState): Pick<DeviceState, 'beyondQemu'> {
  const lastPriority = priorities[plicSourceCount] ?? 0;
  return lastPriority === 0 ? {} : { beyondQemu: { lastPriority } };
}

function plicFrom(state: State, { lastPriority = 0 }: Readonly<Record<string, number>>): PlicState {
  const words = (name: string) => [...(fieldOf(state, name) as number[])];
  const pending = words('pending');
  const enables = words('enable');
  const thresholds = words('target_priority');
  return {
    priorities: [...words('source_priority'), lastPriority],
    pending,
    claimed: words('claimed'),
    enables: thresholds.map((_, context) => enables.slice(context * pending.length, (context + 1) * pending.length)),
    thresholds,
  };
}

const receiveFifoByteCount = 16;

function uartSection(uart: UartState): State {
  const { divider, rbr, ier, iir, lcr, mcr, lsr, msr, scr, fcr } = uart;
  const subsections: State[] = [];
  if (uart.thrInterruptPending !== thrInterruptIn(iir)) {
    subsections.push(makeState(uartThrInterruptLayout, { thr_ipending: uart.thrInterruptPending ? 1 : 0 }));
  }
  if (uart.receiveFifo.length > 0) subsections.push(receiveFifoSection(uart.receiveFifo));
  if (uart.timeoutNs !== undefined) {
    subsections.push(makeState(uartTimeoutTimerLayout, { fifo_timeout_timer: bigEndian64(BigInt(uart.timeoutNs)) }));
  }
  if (uart.timeoutPending) subsections.push(makeState(uartTimeoutInterruptLayout, { timeout_ipending: 1 }));
  const registers = { divider, rbr, ier, iir, lcr, mcr, lsr, msr, scr, fcr_vmstate: fcr };
  return makeState(serialLayout, { serial: makeState(uartLayout, registers, subsections) });
}

function receiveFifoSection(bytes: readonly number[]): State {
  const data = new Uint8Array(receiveFifoByteCount);
  data.set(bytes);
  const fifo = makeState(structOf(uartReceiveFifoLayout, 'recv_fifo'), { data, head: 0, num: bytes.length });
  return makeState(uartReceiveFifoLayout, { recv_fifo: fifo });
}

function uartFrom(state: State): UartState {
  const register = (name: string) => fieldOf(state, name) as number;
  const thrInterrupt = subsectionOf(state, uartThrInterruptLayout.name);
  const fifo = subsectionOf(state, uartReceiveFifoLayout.name);
  const timer = subsectionOf(state, uartTimeoutTimerLayout.name);
  const timeout = subsectionOf(state, uartTimeoutInterruptLayout.name);
  const iir = register('iir');
  return {
    ier: register('ier'),
    iir,
    lcr: register('lcr'),
    mcr: register('mcr'),
    lsr: register('lsr'),
    msr: register('msr'),
    scr: register('scr'),
    fcr: register('fcr_vmstate'),
    divider: register('divider'),
    rbr: register('rbr'),
    receiveFifo: fifo ? receiveFifoFrom(fieldOf(fifo, 'recv_fifo') as State) : [],
    thrInterruptPending: thrInterrupt ? fieldOf(thrInterrupt, 'thr_ipending') !== 0 : thrInterruptIn(iir),
    timeoutPending: timeout !== undefined && fieldOf(timeout, 'timeout_ipending') !== 0,
    timeoutNs: timer && timerFrom(fieldOf(timer, 'fifo_timeout_timer') as Uint8Array),
  };
}

/** When a timer of QEMU's expires; all ones where it is not set. */
function timerFrom(bytes: Uint8Array): number | undefined {
  const ns = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0);
  return ns < 0n ? undefined : Number(ns);
}

function bigEndian64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value);
  return bytes;
}

/** A ring: `num` bytes from `head`. */
function receiveFifoFrom(fifo: State): number[] {
  const data = fieldOf(fifo, 'data') as Uint8Array;
  const head = fieldOf(fifo, 'head') as number;
  const count = Math.min(fieldOf(fifo, 'num') as number, data.length);
  return Array.from({ length: count }, (_, index) => data[(head + index) % data.length]!);
}

/** 16550: bits 2:1 of IIR name the interrupt; 01 is "transmitter holding register empty". */
function thrInterruptIn(iir: number): boolean {
  return (iir & 0x06) === 0x02;
}

/**
 * QEMU's clock behind its RTC is the host's, ours the virtual one: `tick_offset_vmstate` is the offset against the
 * virtual clock in both. `tick_offset` is against QEMU's own, from which a restored guest goes on: 0 is the true time.
 */
function rtcSection(rtc: RtcState): State {
  return makeState(goldfishRtcLayout, {
    tick_offset_vmstate: rtc.tickOffset,
    alarm_next: rtc.alarmNext,
    alarm_running: rtc.alarmRunning ? 1 : 0,
    irq_pending: rtc.irqPending ? 1 : 0,
    irq_enabled: rtc.irqEnabled ? 1 : 0,
    time_high: rtc.timeHigh,
    tick_offset: 0n,
  });
}

function rtcFrom(state: State): RtcState {
  return {
    tickOffset: fieldOf(state, 'tick_offset_vmstate') as bigint,
    alarmNext: fieldOf(state, 'alarm_next') as bigint,
    alarmRunning: fieldOf(state, 'alarm_running') !== 0,
    irqPending: fieldOf(state, 'irq_pending') !== 0,
    irqEnabled: fieldOf(state, 'irq_enabled') !== 0,
    timeHigh: fieldOf(state, 'time_high') as number,
  };
}

function pciRootSection({ rootConfig }: PciState): State {
  const device = makeState(pciDeviceLayout, { version_id: pciDeviceLayout.version, 'config[0]': rootConfig });
  return makeState(pciRootLayout, { parent_obj: device });
}

function pciFrom(state: State): PciState {
  return { rootConfig: fieldOf(fieldOf(state, 'parent_obj') as State, 'config[0]') as Uint8Array };
}

function fwCfgSection({ current, offset, dmaAddress }: FwCfgState): State {
  const dma = makeState(fwCfgDmaLayout, { dma_addr: dmaAddress });
  return makeState(fwCfgLayout, { cur_entry: current, 'cur_offset[1]': offset }, [dma]);
}

function fwCfgFrom(state: State): FwCfgState {
  const dma = subsectionOf(state, fwCfgDmaLayout.name);
  return {
    current: fieldOf(state, 'cur_entry') as number,
    offset: fieldOf(state, 'cur_offset[1]') as number,
    dmaAddress: dma ? (fieldOf(dma, 'dma_addr') as bigint) : 0n,
  };
}

/** Both banks, or none on a board without flash. */
function flashFrom(sections: readonly DeviceState[], source: SectionSource): PflashState[] {
  if (!sections.some(({ name }) => name === 'pflash_cfi01')) return [];
  return Array.from({ length: flashBankCount }, (_, bank) => pflashFrom(source.find('pflash_cfi01', bank)));
}

function pflashSection({ cycle, command, status, counter, buffer }: PflashState): State {
  const subsections = buffer
    ? [makeState(pflashBufferLayout, { blk_bytes: buffer.bytes, blk_offset: buffer.offset })]
    : [];
  return makeState(pflashLayout, { wcycle: cycle, cmd: command, status, counter }, subsections);
}

function pflashFrom(state: State): PflashState {
  const buffer = subsectionOf(state, pflashBufferLayout.name);
  return {
    cycle: fieldOf(state, 'wcycle') as number,
    command: fieldOf(state, 'cmd') as number,
    status: fieldOf(state, 'status') as number,
    counter: fieldOf(state, 'counter') as bigint,
    buffer: buffer && {
      offset: fieldOf(buffer, 'blk_offset') as number,
      bytes: fieldOf(buffer, 'blk_bytes') as Uint8Array,
    },
  };
}

function globalStateSection(runState: string): State {
  const runstate = new Uint8Array(runStateByteCount);
  runstate.set(new TextEncoder().encode(runState));
  return makeState(globalStateLayout, { size: runState.length + 1, runstate });
}

function runStateFrom(state: State): string {
  const bytes = fieldOf(state, 'runstate') as Uint8Array;
  const end = bytes.indexOf(0);
  return new TextDecoder('utf-8').decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}

function structOf(layout: StateLayout, name: string): StateLayout {
  return layout.fields.find((field) => field.name === name)!.struct!;
}
