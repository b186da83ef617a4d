import { type DeviceState, fieldOf, makeState, type State } from '../../vmstate/device-state';
import { nsPerTick } from '../devices/clint';
import { type ClintState, mtimerCodec } from '../devices/clint-state';
import { fwCfgCodec } from '../devices/fw-cfg-state';
import { rtcCodec } from '../devices/goldfish-rtc-state';
import { pciBusState, pciHostState, pciRootCodec } from '../devices/pci-host-state';
import { type PflashState, pflashCodec } from '../devices/pflash-cfi01-state';
import { beyondPlic, plicCodec, withBeyondPlic } from '../devices/plic-state';
import { uartCodec } from '../devices/uart16550a-state';
import {
  decodeVirtio,
  encodeVirtio,
  type SavedVirtio,
  type VirtioState,
  virtioKinds,
  virtioLayout,
  virtioSectionName,
} from '../devices/virtio-state';
import { csrNumbers } from '../isa/csrs';
import { cpuCommonLayout } from './cpu-layout';
import { hartFrom, hartSections, mip } from './hart-sections';
import type { HartState } from './hart-state';
import type { MachineState } from './machine-state';
import { flashBankCount, virtioBase, virtioSlotCount } from './memory-map';
import { pendingInterrupts, withTimersAt } from './pending-interrupts';
import { SectionSource } from './section-source';
import { globalStateLayout, runStateByteCount, timerLayout } from './virt-layouts';

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
    { ...section('riscv_mtimer', mtimerCodec(harts.length).encode(clint)), ...beyondMtimer(clint, moment) },
    { ...section('riscv_sifive_plic', plicCodec(harts.length).encode(plic)), ...beyondPlic(plic) },
    section('0000:00:00.0/gpex_root', pciRootCodec.encode(pci)),
    section('PCIHost', pciHostState),
    section('PCIBUS', pciBusState),
    section('serial', uartCodec.encode(uart)),
    section('goldfish_rtc', rtcCodec.encode(rtc)),
    ...flash.map((bank, instanceId) => ({ name: 'pflash_cfi01', instanceId, state: pflashCodec.encode(bank) })),
    ...virtioDeviceSections(state.virtio ?? []),
    section('fw_cfg', fwCfgCodec.encode(fwCfg)),
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
  const { mtimecmp } = mtimerCodec(hartCount).decode(source.find('riscv_mtimer'));
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
    plic: withBeyondPlic(
      plicCodec(hartCount).decode(source.find('riscv_sifive_plic')),
      source.beyondQemu('riscv_sifive_plic', 0),
    ),
    uart: uartCodec.decode(source.find('serial')),
    rtc: rtcCodec.decode(source.find('goldfish_rtc')),
    pci: pciRootCodec.decode(source.find('0000:00:00.0/gpex_root')),
    fwCfg: fwCfgCodec.decode(source.find('fw_cfg')),
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
  const fflags = Number(csrs.get(csrNumbers.fflags) ?? 0n);
  return fflags === 0 ? {} : { beyondQemu: { fflags } };
}

function withFflags(hart: HartState, { fflags = 0 }: Readonly<Record<string, number>>): HartState {
  return { ...hart, csrs: new Map(hart.csrs).set(csrNumbers.fflags, BigInt(fflags & 0x1f)) };
}

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

/** QEMU 7.2 writes nothing of an mtime that software has set. */
function beyondMtimer({ timeDelta }: ClintState, { virtualClockNs }: MachineMoment): Pick<DeviceState, 'beyondQemu'> {
  return timeDelta === 0n ? {} : { beyondQemu: { mtime: Number(ticksAt(virtualClockNs) + timeDelta) } };
}

function ticksAt(virtualClockNs: number): bigint {
  return BigInt(Math.floor(virtualClockNs / nsPerTick));
}

/** Both banks, or none on a board without flash. */
function flashFrom(sections: readonly DeviceState[], source: SectionSource): PflashState[] {
  if (!sections.some(({ name }) => name === 'pflash_cfi01')) return [];
  return Array.from({ length: flashBankCount }, (_, bank) => pflashCodec.decode(source.find('pflash_cfi01', bank)));
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
