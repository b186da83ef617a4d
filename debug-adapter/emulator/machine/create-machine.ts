import { type Pieces, whole } from '../../debuggee/pieces';
import { type GuestCore, ramBase } from '../core/guest-core';
import type { HartTurns, TurnsTaken } from '../core/guest-harts';
import { createGuestCore } from '../core/wasm-guest-core';
import { Clint } from '../devices/clint';
import { EmptyVirtioSlot } from '../devices/empty-virtio-slot';
import { FwCfg } from '../devices/fw-cfg';
import { GoldfishRtc } from '../devices/goldfish-rtc';
import { Mrom, mromBase } from '../devices/mrom';
import { PciHost } from '../devices/pci-host';
import { PflashCfi01 } from '../devices/pflash-cfi01';
import { Plic } from '../devices/plic';
import { TestFinisher } from '../devices/test-finisher';
import { Uart16550A } from '../devices/uart16550a';
import { VirtioBalloon } from '../devices/virtio-balloon';
import { VirtioConsole } from '../devices/virtio-console';
import { VirtioMmio, type VirtioWires } from '../devices/virtio-mmio';
import { csrNumbers } from '../isa/csrs';
import { BoardBus } from './board-bus';
import { protectedAddress, readRam } from './guest-dma';
import { restoreHart, saveHart } from './hart-state';
import type { ImageFile } from './image-file';
import { checkRamSize, emptyLayout, type Layout, layOut } from './loader';
import type {
  Balloon,
  BoardOptions,
  HartRun,
  LoadedBytes,
  Machine,
  MachineOptions,
  PowerOff,
  RamBlock,
  VirtioOptions,
} from './machine';
import type { MachineState } from './machine-state';
import { flashBankCount, rtcIrq, uart0Irq, virtioIrq, virtioSlotCount } from './memory-map';
import { hasSstc } from './pending-interrupts';
import { ramBlocks } from './ram-blocks';
import { hashPlainData } from './state-hash';
import { ImageSymbolTable } from './symbol-table';
import { afterReset, slotsOf, virtioBackEnd } from './virtio-slots';

/**
 * A `virt` board with its images loaded and every hart at the reset vector.
 * @param module the compiled core, `dist/core.wasm`
 * @throws DebuggeeError when the images or the RAM size cannot be; see machine-errors.ts
 */
export function createMachine(module: WebAssembly.Module, options: MachineOptions): Machine {
  return new VirtMachine(module, options, layOut(options));
}

/**
 * A `virt` board with nothing in RAM, whose state is to be restored.
 * @throws DebuggeeError when the RAM size cannot be
 */
export function createEmptyMachine(module: WebAssembly.Module, options: BoardOptions): Machine {
  checkRamSize(options.ramByteCount);
  return new VirtMachine(module, options, emptyLayout);
}

// Interrupt lines into mip.
const msip = 3;
const stip = 5;
const mtip = 7;
const seip = 9;
const meip = 11;

/** 2026-01-01 in UTC: fixed, so that every run is the same. */
const rtcEpochNsDefault = 1_767_225_600_000_000_000n;

class VirtMachine implements Machine {
  readonly core: GuestCore;
  readonly hartCount: number;
  readonly nsPerInstruction: number;
  readonly ramBlocks: readonly RamBlock[];
  readonly symbols: ImageSymbolTable;
  onConsole: (bytes: Uint8Array) => void = () => {};
  onVirtioNotify: Machine['onVirtioNotify'] = () => {};
  onInterruptChange: Machine['onInterruptChange'] = () => {};
  powerOff: PowerOff | undefined;
  private readonly _clint: Clint;
  private readonly _plic: Plic;
  private readonly _uart: Uart16550A;
  private readonly _rtc: GoldfishRtc;
  private readonly _flash: readonly PflashCfi01[];
  private readonly _pci = new PciHost();
  private readonly _fwCfg: FwCfg;
  hasModernVirtio: boolean;
  readonly virtio: readonly VirtioMmio[];
  readonly diskImages: ReadonlyMap<number, ImageFile>;
  private _virtioConsole: { readonly device: VirtioMmio; readonly backEnd: VirtioConsole } | undefined;
  private _balloon: { readonly device: VirtioMmio; readonly backEnd: VirtioBalloon } | undefined;
  private readonly _bus: BoardBus;
  readonly loaded: readonly LoadedBytes[];
  private readonly _initial: MachineState;
  private readonly _isHalted: boolean[];
  /** Levels of the lines last given to the core: one number a hart, bit by bit. */
  private readonly _lines: number[];
  private _isRunning = false;
  /** The one that runs, or ran last. */
  private _runningHart = 0;

  constructor(module: WebAssembly.Module, options: BoardOptions, layout: Layout) {
    const { hartCount, ramByteCount, nsPerInstruction, codeGeneration, hasFlash = true } = options;
    this.hartCount = hartCount;
    this.nsPerInstruction = nsPerInstruction;
    this._isHalted = new Array<boolean>(hartCount).fill(false);
    this._lines = new Array<number>(hartCount).fill(0);
    const mrom = new Mrom({
      start: layout.start,
      fdt: BigInt(layout.fdtAddress),
      kernelEntry: layout.kernelEntry,
    });
    this._plic = new Plic(2 * hartCount, () => this.#updateExternalLines());
    this._uart = new Uart16550A(
      () => this.core.accessTimeNs,
      (byte) => {
        if (this._virtioConsole) this._virtioConsole.backEnd.hasFocus = false;
        this.onConsole(Uint8Array.of(byte));
      },
      (level) => this._plic.setSource(uart0Irq, level),
      () => this.#onDeviceTimerChanged(),
    );
    this._clint = new Clint(
      hartCount,
      () => this.core.clockNs,
      (hart) => this.#onClintChanged(hart),
    );
    this._rtc = new GoldfishRtc(
      options.rtcEpochNs ?? rtcEpochNsDefault,
      () => this.core.clockNs,
      (level) => this._plic.setSource(rtcIrq, level),
      () => this.#onDeviceTimerChanged(),
    );
    const test = new TestFinisher((finish) => {
      this.powerOff ??= finish;
      this.#endSlice();
    });
    this.hasModernVirtio = options.hasModernVirtio ?? false;
    const devices = options.virtio ?? [];
    const slots = slotsOf(devices);
    this.virtio = devices.map((device, index) => this.#virtioDevice(device, slots[index]!));
    this.diskImages = new Map(
      devices.flatMap((device, index) => (device.kind === 'block' ? [[index, device.image]] : [])),
    );
    const emptySlot = new EmptyVirtioSlot(() => this.hasModernVirtio);
    const virtio = Array.from(
      { length: virtioSlotCount },
      (_, slot) => this.virtio.find((device) => device.slot === slot) ?? emptySlot,
    );
    this._fwCfg = new FwCfg(hartCount, {
      read: (address, byteCount) => readRam(this.core, address, byteCount),
      write: (address, bytes) =>
        this.core.writeRam(address - ramBase, bytes, this._runningHart, this.core.accessTimeNs),
      fault: (address, byteCount) => protectedAddress(this.core, address, byteCount),
    });
    this._flash = Array.from({ length: hasFlash ? flashBankCount : 0 }, () => new PflashCfi01());
    this._flash.forEach((bank, index) => {
      bank.fill(layout.flash[index]);
    });
    this._bus = new BoardBus({
      mrom,
      test,
      virtio,
      clint: this._clint,
      plic: this._plic,
      uart0: this._uart,
      rtc: this._rtc,
      flash: this._flash,
      pciEcam: this._pci,
      fwCfg: this._fwCfg,
    });
    this.core = createGuestCore(module, { hartCount, ramByteCount, nsPerInstruction, codeGeneration }, this._bus);
    for (const { address, bytes } of layout.regions) this.core.writeRam(address - ramBase, bytes);
    for (let hart = 0; hart < hartCount; hart++) this.core.reset(hart, BigInt(mromBase));
    this.symbols = new ImageSymbolTable(layout.images);
    this.ramBlocks = ramBlocks(this.core, mrom, this._flash);
    this.loaded = layout.regions.map(({ byteCount, ...region }) => {
      return { sections: [], virtualOffset: 0n, ...region, zeroByteCount: byteCount - region.bytes.length };
    });
    this._initial = this.save();
  }

  get mayAccessDevices(): (hart: number) => boolean {
    return this._bus.mayAccessDevices;
  }

  set mayAccessDevices(mayAccessDevices: (hart: number) => boolean) {
    this._bus.mayAccessDevices = mayAccessDevices;
  }

  get mayWriteFlash(): boolean {
    return this._bus.mayWriteFlash;
  }

  set mayWriteFlash(mayWriteFlash: boolean) {
    this._bus.mayWriteFlash = mayWriteFlash;
  }

  /** As declared. A hart in WFI with nothing pending stays there and runs no instruction. */
  runHart(hart: number, instructionCount: number, clockNs: number): HartRun {
    const timerNs = this._clint.timerNs(hart);
    this.#setLine(hart, mtip, clockNs >= timerNs);
    const supervisorTimerNs = this.core.supervisorTimerNs(hart);
    this.#setLine(hart, stip, clockNs >= supervisorTimerNs);
    this._rtc.advance(clockNs);
    this._uart.advance(clockNs);
    const edgeNs = Math.min(later(timerNs, clockNs), later(supervisorTimerNs, clockNs), this.#deviceTimerNs);
    if (this._isHalted[hart]) {
      if (!this.core.interruptPending(hart)) return { stop: { kind: 'wfi' }, instructionCount: 0, dirtied: 0 };
      this._isHalted[hart] = false;
    }
    // Up to the first instruction that begins at or after the edge: it must see the interrupt.
    const toEdge = Math.ceil((edgeNs - clockNs) / this.nsPerInstruction);
    this._isRunning = true;
    this._runningHart = hart;
    const stop = this.core.run(hart, Math.min(instructionCount, toEdge), clockNs);
    this._isRunning = false;
    this._isHalted[hart] = stop.kind === 'wfi';
    return { stop, instructionCount: this.core.retired, dirtied: this.core.dirtied };
  }

  takeTurns(turns: HartTurns, untilNs: number, instructionCountMax: number): TurnsTaken {
    const deviceTimerNs = this.#deviceTimerNs;
    for (let hart = 0; hart < this.hartCount; hart++) {
      const edgeNs = this.#edgeNs(hart, turns.clocksNs[hart]!);
      turns.untilNs[hart] = Math.min(turns.untilNs[hart]!, edgeNs, deviceTimerNs);
    }
    const taken = this.core.takeTurns(turns, untilNs, instructionCountMax);
    if (taken.hart !== undefined) {
      this._runningHart = taken.hart;
      this._isHalted[taken.hart] = taken.stop.kind === 'wfi';
    }
    return taken;
  }

  /** When a line of a hart that runs from `clockNs` on changes by time; at once if it is to be looked at before. */
  #edgeNs(hart: number, clockNs: number): number {
    if (clockNs === Infinity || this._isHalted[hart]) return 0;
    const timerNs = this._clint.timerNs(hart);
    const supervisorTimerNs = this.core.supervisorTimerNs(hart);
    const lines = this._lines[hart]!;
    if (((lines >> mtip) & 1) !== Number(clockNs >= timerNs)) return 0;
    if (((lines >> stip) & 1) !== Number(clockNs >= supervisorTimerNs)) return 0;
    return Math.min(later(timerNs, clockNs), later(supervisorTimerNs, clockNs));
  }

  nextTimerNs(hart: number): number {
    const lines = this._lines[hart]!;
    const timerNs = (lines & (1 << mtip)) !== 0 ? Infinity : this._clint.timerNs(hart);
    const supervisorTimerNs = (lines & (1 << stip)) !== 0 ? Infinity : this.core.supervisorTimerNs(hart);
    return Math.min(timerNs, supervisorTimerNs, this.#deviceTimerNs);
  }

  /** When a device does something by itself. */
  get #deviceTimerNs(): number {
    return Math.min(this._rtc.alarmNs, this._uart.timeoutNs);
  }

  receive(bytes: Uint8Array, guestNs: number): VirtioMmio | undefined {
    const console = this._virtioConsole;
    if (!console?.backEnd.hasFocus) {
      this._uart.receive(bytes, guestNs);
      return undefined;
    }
    console.backEnd.receive(bytes);
    return console.device;
  }

  get balloon(): Balloon | undefined {
    const balloon = this._balloon;
    return (
      balloon && {
        actual: balloon.backEnd.actual,
        setTarget: (pageCount) => {
          balloon.backEnd.target = pageCount;
          balloon.device.configChanged();
        },
      }
    );
  }

  save(): MachineState {
    return {
      harts: Array.from({ length: this.hartCount }, (_, hart) => saveHart(this.core, hart, this._isHalted[hart]!)),
      ...this.#saveDevices(),
    };
  }

  restore(state: MachineState): void {
    this._clint.restore(state.clint);
    this.core.timeDelta = this._clint.timeDelta;
    this._uart.restore(state.uart);
    this._rtc.restore(state.rtc);
    this._flash.forEach((bank, index) => {
      bank.restore(state.flash[index]!);
    });
    this._pci.restore(state.pci);
    this._fwCfg.restore(state.fwCfg);
    this.virtio.forEach((device, index) => {
      const virtio = state.virtio?.[index];
      if (virtio) device.restore(virtio);
    });
    if (this.virtio.length > 0) this.hasModernVirtio = this.virtio.some(({ isModern }) => isModern);
    this._plic.restore(state.plic);
    this.#updateExternalLines();
    for (let hart = 0; hart < this.hartCount; hart++) {
      const hartState = state.harts[hart];
      if (!hartState) throw new Error(`state of ${state.harts.length} harts for a machine of ${this.hartCount}`);
      this.#setLine(hart, msip, this._clint.msip(hart));
      // What a saved mip says of MTIP holds until the next run, which knows the time.
      const mip = hartState.csrs.get(csrNumbers.mip) ?? 0n;
      this.#setLine(hart, mtip, (mip & (1n << BigInt(mtip))) !== 0n);
      this.#setLine(hart, stip, hasSstc(hartState) && (mip & (1n << BigInt(stip))) !== 0n);
      restoreHart(this.core, hart, hartState, BigInt(this._lines[hart]!));
      for (const bit of [msip, stip, mtip, seip, meip]) {
        this.core.setInterruptLine(hart, bit, (this._lines[hart]! & (1 << bit)) !== 0);
      }
      this._isHalted[hart] = hartState.halted;
    }
    this.powerOff = undefined;
  }

  /** Disks keep what was written to them, and generators of random numbers go on. */
  reset(): void {
    const virtio = this._initial.virtio?.map((device, index) => {
      const { modernAtReset: modern } = this.virtio[index]!;
      return { ...device, modern, backEnd: afterReset(device.backEnd) };
    });
    this.restore({ ...this._initial, ...(virtio && { virtio }) });
  }

  stateHash(): bigint {
    return whole(this.stateHashInPieces());
  }

  *stateHashInPieces(): Pieces<bigint> {
    return hashPlainData(yield* this.core.stateHashInPieces(), {
      ...this.#saveDevices(),
      flashContents: this._flash.map((bank) => bank.contents),
      halted: this._isHalted,
    });
  }

  #saveDevices(): Omit<MachineState, 'harts'> {
    return {
      clint: this._clint.save(),
      plic: this._plic.save(),
      uart: this._uart.save(),
      rtc: this._rtc.save(),
      flash: this._flash.map((bank) => bank.save()),
      pci: this._pci.save(),
      fwCfg: this._fwCfg.save(),
      ...(this.virtio.length > 0 && { virtio: this.virtio.map((device) => device.save()) }),
    };
  }

  #virtioDevice(options: VirtioOptions, slot: number): VirtioMmio {
    const backEnd = virtioBackEnd(options, (bytes) => this.onConsole(bytes));
    const irq = virtioIrq + slot;
    const wires: VirtioWires = {
      memory: (address, byteCount) => readRam(this.core, address, byteCount),
      setIrq: (level) => this._plic.setSource(irq, level),
      notify: (device, queue) => {
        this.onVirtioNotify(device, queue, this.core.accessTimeNs);
        // Who serves the queue acts from this instant on, before the hart goes on.
        this.#endSlice();
      },
    };
    const device = new VirtioMmio(backEnd, wires, { slot, isModern: this.hasModernVirtio });
    if (backEnd instanceof VirtioConsole) this._virtioConsole = { device, backEnd };
    if (backEnd instanceof VirtioBalloon) this._balloon = { device, backEnd };
    return device;
  }

  #onClintChanged(hart: number): void {
    this.core.timeDelta = this._clint.timeDelta;
    this.#setLine(hart, msip, this._clint.msip(hart));
    // The slice under way was cut for the old mtimecmp.
    this.#endSlice();
    if (hart === this._runningHart) return;
    this.#setLine(hart, mtip, this.core.accessTimeNs >= this._clint.timerNs(hart));
    this.#tellHart(hart);
  }

  #onDeviceTimerChanged(): void {
    // The slice under way was cut for the old one.
    this.#endSlice();
    for (let hart = 0; hart < this.hartCount; hart++) this.#tellHart(hart);
  }

  #updateExternalLines(): void {
    for (let hart = 0; hart < this.hartCount; hart++) {
      this.#setLine(hart, meip, this._plic.output(2 * hart));
      this.#setLine(hart, seip, this._plic.output(2 * hart + 1));
    }
  }

  #setLine(hart: number, bit: number, level: boolean): void {
    const old = this._lines[hart]!;
    const lines = level ? old | (1 << bit) : old & ~(1 << bit);
    if (lines === old) return;
    this._lines[hart] = lines;
    this.core.setInterruptLine(hart, bit, level);
    this.#endSlice();
    this.#tellHart(hart);
  }

  /** A hart's device access has changed a line of another one, or the time at which one changes. */
  #tellHart(hart: number): void {
    if (this._isRunning && hart !== this._runningHart) this.onInterruptChange(hart, this.core.accessTimeNs);
  }

  /** A device access has changed what the slice under way was bounded by. */
  #endSlice(): void {
    if (this._isRunning) this.core.requestStop();
  }
}

/** An edge that is still to come; Infinity for one that was. */
function later(edgeNs: number, clockNs: number): number {
  return clockNs < edgeNs ? edgeNs : Infinity;
}
