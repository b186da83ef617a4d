import type { GuestCore } from '../core/guest-core';
import { pageByteCount, ramBase } from '../core/guest-core';
import { createGuestCore } from '../core/wasm-guest-core';
import { Clint } from '../devices/clint';
import { echoPeer } from '../devices/echo-peer';
import { FwCfg } from '../devices/fw-cfg';
import { GoldfishRtc } from '../devices/goldfish-rtc';
import { Mrom, mromBase } from '../devices/mrom';
import { PciHost } from '../devices/pci-host';
import { PflashCfi01 } from '../devices/pflash-cfi01';
import { Plic } from '../devices/plic';
import { TestFinisher } from '../devices/test-finisher';
import { Uart16550A } from '../devices/uart16550a';
import { VirtioBalloon } from '../devices/virtio-balloon';
import { VirtioBlock } from '../devices/virtio-block';
import { VirtioConsole } from '../devices/virtio-console';
import { EmptyVirtioSlot, type VirtioBackEnd, VirtioMmio, type VirtioWires } from '../devices/virtio-mmio';
import { VirtioNet } from '../devices/virtio-net';
import { VirtioRng } from '../devices/virtio-rng';
import { csrNumbers } from '../isa/csrs';
import { BoardBus } from './board-bus';
import { restoreHart, saveHart } from './hart-state';
import { checkRamSize, emptyLayout, type Layout, layOut } from './loader';
import type {
  Balloon,
  BoardOptions,
  HartRun,
  Image,
  LoadedBytes,
  Machine,
  MachineOptions,
  PowerOff,
  RamBlock,
  VirtioOptions,
} from './machine';
import type { HartState, MachineState, VirtioBackEndState } from './machine-state';
import { flashBankCount, flashBase, memoryMap, rtcIrq, uart0Irq, virtioIrq, virtioSlotCount } from './memory-map';
import { hashPlainData } from './state-hash';
import { ImageSymbolTable } from './symbol-table';

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
  readonly #clint: Clint;
  readonly #plic: Plic;
  readonly #uart: Uart16550A;
  readonly #rtc: GoldfishRtc;
  readonly #flash: readonly PflashCfi01[];
  readonly #pci = new PciHost();
  readonly #fwCfg: FwCfg;
  hasModernVirtio: boolean;
  readonly virtio: readonly VirtioMmio[];
  readonly diskImages: ReadonlyMap<number, Image>;
  #virtioConsole: { readonly device: VirtioMmio; readonly backEnd: VirtioConsole } | undefined;
  #balloon: { readonly device: VirtioMmio; readonly backEnd: VirtioBalloon } | undefined;
  readonly #bus: BoardBus;
  readonly loaded: readonly LoadedBytes[];
  readonly #initial: MachineState;
  readonly #isHalted: boolean[];
  /** Levels of the lines last given to the core: one number a hart, bit by bit. */
  readonly #lines: number[];
  #isRunning = false;
  /** The one that runs, or ran last. */
  #runningHart = 0;

  constructor(module: WebAssembly.Module, options: BoardOptions, layout: Layout) {
    const { hartCount, ramByteCount, nsPerInstruction, hasFlash = true } = options;
    this.hartCount = hartCount;
    this.nsPerInstruction = nsPerInstruction;
    this.#isHalted = new Array<boolean>(hartCount).fill(false);
    this.#lines = new Array<number>(hartCount).fill(0);
    const mrom = new Mrom({
      start: layout.start,
      fdt: BigInt(layout.fdtAddress),
      kernelEntry: layout.kernelEntry,
    });
    this.#plic = new Plic(2 * hartCount, () => this.#updateExternalLines());
    this.#uart = new Uart16550A(
      () => this.core.accessTimeNs,
      (byte) => {
        if (this.#virtioConsole) this.#virtioConsole.backEnd.hasFocus = false;
        this.onConsole(Uint8Array.of(byte));
      },
      (level) => this.#plic.setSource(uart0Irq, level),
      () => this.#onDeviceTimerChanged(),
    );
    this.#clint = new Clint(
      hartCount,
      () => this.core.clockNs,
      (hart) => this.#onClintChanged(hart),
    );
    this.#rtc = new GoldfishRtc(
      options.rtcEpochNs ?? rtcEpochNsDefault,
      () => this.core.clockNs,
      (level) => this.#plic.setSource(rtcIrq, level),
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
    this.#fwCfg = new FwCfg(hartCount, {
      read: (address, byteCount) => this.#readRam(address, byteCount),
      write: (address, bytes) =>
        this.core.writeRam(address - ramBase, bytes, this.#runningHart, this.core.accessTimeNs),
      fault: (address, byteCount) => this.#protectedAddress(address, byteCount),
    });
    this.#flash = Array.from({ length: hasFlash ? flashBankCount : 0 }, () => new PflashCfi01());
    this.#flash.forEach((bank, index) => {
      bank.fill(layout.flash[index]);
    });
    this.#bus = new BoardBus({
      mrom,
      test,
      virtio,
      clint: this.#clint,
      plic: this.#plic,
      uart0: this.#uart,
      rtc: this.#rtc,
      flash: this.#flash,
      pciEcam: this.#pci,
      fwCfg: this.#fwCfg,
    });
    this.core = createGuestCore(module, { hartCount, ramByteCount, nsPerInstruction }, this.#bus);
    for (const { address, bytes } of layout.regions) this.core.writeRam(address - ramBase, bytes);
    for (let hart = 0; hart < hartCount; hart++) this.core.reset(hart, BigInt(mromBase));
    this.symbols = new ImageSymbolTable(layout.images);
    this.ramBlocks = ramBlocks(this.core, mrom, this.#flash);
    this.loaded = layout.regions.map(({ byteCount, ...region }) => {
      return { sections: [], virtualOffset: 0n, ...region, zeroByteCount: byteCount - region.bytes.length };
    });
    this.#initial = this.save();
  }

  get mayAccessDevices(): (hart: number) => boolean {
    return this.#bus.mayAccessDevices;
  }

  set mayAccessDevices(mayAccessDevices: (hart: number) => boolean) {
    this.#bus.mayAccessDevices = mayAccessDevices;
  }

  /** As declared. A hart in WFI with nothing pending stays there and runs no instruction. */
  runHart(hart: number, instructionCount: number, clockNs: number): HartRun {
    const timerNs = this.#clint.timerNs(hart);
    this.#setLine(hart, mtip, clockNs >= timerNs);
    const supervisorTimerNs = this.core.supervisorTimerNs(hart);
    this.#setLine(hart, stip, clockNs >= supervisorTimerNs);
    this.#rtc.advance(clockNs);
    this.#uart.advance(clockNs);
    const edgeNs = Math.min(later(timerNs, clockNs), later(supervisorTimerNs, clockNs), this.#deviceTimerNs);
    if (this.#isHalted[hart]) {
      if (!this.core.interruptPending(hart)) return { stop: { kind: 'wfi' }, instructionCount: 0, dirtied: 0 };
      this.#isHalted[hart] = false;
    }
    // Up to the first instruction that begins at or after the edge: it must see the interrupt.
    const toEdge = Math.ceil((edgeNs - clockNs) / this.nsPerInstruction);
    this.#isRunning = true;
    this.#runningHart = hart;
    const stop = this.core.run(hart, Math.min(instructionCount, toEdge), clockNs);
    this.#isRunning = false;
    this.#isHalted[hart] = stop.kind === 'wfi';
    return { stop, instructionCount: this.core.retired, dirtied: this.core.dirtied };
  }

  nextTimerNs(hart: number): number {
    const lines = this.#lines[hart]!;
    const timerNs = (lines & (1 << mtip)) !== 0 ? Infinity : this.#clint.timerNs(hart);
    const supervisorTimerNs = (lines & (1 << stip)) !== 0 ? Infinity : this.core.supervisorTimerNs(hart);
    return Math.min(timerNs, supervisorTimerNs, this.#deviceTimerNs);
  }

  /** When a device does something by itself. */
  get #deviceTimerNs(): number {
    return Math.min(this.#rtc.alarmNs, this.#uart.timeoutNs);
  }

  receive(bytes: Uint8Array, guestNs: number): VirtioMmio | undefined {
    const console = this.#virtioConsole;
    if (!console?.backEnd.hasFocus) {
      this.#uart.receive(bytes, guestNs);
      return undefined;
    }
    console.backEnd.receive(bytes);
    return console.device;
  }

  get balloon(): Balloon | undefined {
    const balloon = this.#balloon;
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
      harts: Array.from({ length: this.hartCount }, (_, hart) => saveHart(this.core, hart, this.#isHalted[hart]!)),
      ...this.#saveDevices(),
    };
  }

  restore(state: MachineState): void {
    this.#clint.restore(state.clint);
    this.core.timeDelta = this.#clint.timeDelta;
    this.#uart.restore(state.uart);
    this.#rtc.restore(state.rtc);
    this.#flash.forEach((bank, index) => {
      bank.restore(state.flash[index]!);
    });
    this.#pci.restore(state.pci);
    this.#fwCfg.restore(state.fwCfg);
    this.virtio.forEach((device, index) => {
      const virtio = state.virtio?.[index];
      if (virtio) device.restore(virtio);
    });
    if (this.virtio.length > 0) this.hasModernVirtio = this.virtio.some(({ isModern }) => isModern);
    this.#plic.restore(state.plic);
    this.#updateExternalLines();
    for (let hart = 0; hart < this.hartCount; hart++) {
      const hartState = state.harts[hart];
      if (!hartState) throw new Error(`state of ${state.harts.length} harts for a machine of ${this.hartCount}`);
      this.#setLine(hart, msip, this.#clint.msip(hart));
      // What a saved mip says of MTIP holds until the next run, which knows the time.
      const mip = hartState.csrs.get(csrNumbers.mip) ?? 0n;
      this.#setLine(hart, mtip, (mip & (1n << BigInt(mtip))) !== 0n);
      this.#setLine(hart, stip, hasSstc(hartState) && (mip & (1n << BigInt(stip))) !== 0n);
      restoreHart(this.core, hart, hartState, BigInt(this.#lines[hart]!));
      for (const bit of [msip, stip, mtip, seip, meip]) {
        this.core.setInterruptLine(hart, bit, (this.#lines[hart]! & (1 << bit)) !== 0);
      }
      this.#isHalted[hart] = hartState.halted;
    }
    this.core.latestClockNs = 0;
    this.powerOff = undefined;
  }

  /** Disks keep what was written to them, and generators of random numbers go on. */
  reset(): void {
    const virtio = this.#initial.virtio?.map((device, index) => {
      const { modernAtReset: modern } = this.virtio[index]!;
      return { ...device, modern, backEnd: afterReset(device.backEnd) };
    });
    this.restore({ ...this.#initial, ...(virtio && { virtio }) });
  }

  stateHash(): bigint {
    return hashPlainData(this.core.stateHash(), {
      ...this.#saveDevices(),
      flashContents: this.#flash.map((bank) => bank.contents),
      halted: this.#isHalted,
    });
  }

  #saveDevices(): Omit<MachineState, 'harts'> {
    return {
      clint: this.#clint.save(),
      plic: this.#plic.save(),
      uart: this.#uart.save(),
      rtc: this.#rtc.save(),
      flash: this.#flash.map((bank) => bank.save()),
      pci: this.#pci.save(),
      fwCfg: this.#fwCfg.save(),
      ...(this.virtio.length > 0 && { virtio: this.virtio.map((device) => device.save()) }),
    };
  }

  #virtioDevice(options: VirtioOptions, slot: number): VirtioMmio {
    const backEnd = this.#virtioBackEnd(options);
    const irq = virtioIrq + slot;
    const wires: VirtioWires = {
      memory: (address, byteCount) => this.#readRam(address, byteCount),
      setIrq: (level) => this.#plic.setSource(irq, level),
      notify: (device, queue) => {
        this.onVirtioNotify(device, queue, this.core.accessTimeNs);
        // Who serves the queue acts from this instant on, before the hart goes on.
        this.#endSlice();
      },
    };
    const device = new VirtioMmio(backEnd, wires, { slot, isModern: this.hasModernVirtio });
    if (backEnd instanceof VirtioConsole) this.#virtioConsole = { device, backEnd };
    if (backEnd instanceof VirtioBalloon) this.#balloon = { device, backEnd };
    return device;
  }

  #virtioBackEnd(options: VirtioOptions): VirtioBackEnd {
    switch (options.kind) {
      case 'rng':
        return new VirtioRng(options.seed);
      case 'block':
        return new VirtioBlock(options.image.bytes);
      case 'console':
        return new VirtioConsole((bytes) => this.onConsole(bytes));
      case 'net':
        return new VirtioNet(echoPeer);
      case 'balloon':
        return new VirtioBalloon();
    }
  }

  #readRam(address: number, byteCount: number): Uint8Array | undefined {
    const offset = address - ramBase;
    const { ram } = this.core;
    return offset >= 0 && offset + byteCount <= ram.length ? ram.subarray(offset, offset + byteCount) : undefined;
  }

  #protectedAddress(address: number, byteCount: number): { physicalAddress: number } | undefined {
    if (!this.#readRam(address, byteCount)) return undefined;
    for (let at = address; at < address + byteCount; at += pageByteCount - (at % pageByteCount)) {
      if (this.core.isProtected(Math.floor((at - ramBase) / pageByteCount))) return { physicalAddress: at };
    }
    return undefined;
  }

  #onClintChanged(hart: number): void {
    this.core.timeDelta = this.#clint.timeDelta;
    this.#setLine(hart, msip, this.#clint.msip(hart));
    // The slice under way was cut for the old mtimecmp.
    this.#endSlice();
    if (hart === this.#runningHart) return;
    this.#setLine(hart, mtip, this.core.accessTimeNs >= this.#clint.timerNs(hart));
    this.#tellHart(hart);
  }

  #onDeviceTimerChanged(): void {
    // The slice under way was cut for the old one.
    this.#endSlice();
    for (let hart = 0; hart < this.hartCount; hart++) this.#tellHart(hart);
  }

  #updateExternalLines(): void {
    for (let hart = 0; hart < this.hartCount; hart++) {
      this.#setLine(hart, meip, this.#plic.output(2 * hart));
      this.#setLine(hart, seip, this.#plic.output(2 * hart + 1));
    }
  }

  #setLine(hart: number, bit: number, level: boolean): void {
    const old = this.#lines[hart]!;
    const lines = level ? old | (1 << bit) : old & ~(1 << bit);
    if (lines === old) return;
    this.#lines[hart] = lines;
    this.core.setInterruptLine(hart, bit, level);
    this.#endSlice();
    this.#tellHart(hart);
  }

  /** A hart's device access has changed a line of another one, or the time at which one changes. */
  #tellHart(hart: number): void {
    if (this.#isRunning && hart !== this.#runningHart) this.onInterruptChange(hart, this.core.accessTimeNs);
  }

  /** A device access has changed what the slice under way was bounded by. */
  #endSlice(): void {
    if (this.#isRunning) this.core.requestStop();
  }
}

/** An edge that is still to come; Infinity for one that was. */
function later(edgeNs: number, clockNs: number): number {
  return clockNs < edgeNs ? edgeNs : Infinity;
}

/** STIP is a line: menvcfg.STCE. */
function hasSstc({ csrs }: HartState): boolean {
  return (csrs.get(csrNumbers.menvcfg) ?? 0n) >> 63n === 1n;
}

function afterReset(backEnd: VirtioBackEndState): VirtioBackEndState {
  const { kind } = backEnd;
  return kind === 'rng' || kind === 'block' ? { kind } : backEnd;
}

/** QEMU's list goes from the largest to the smallest; of equal ones, the first made comes first. */
function ramBlocks(core: GuestCore, mrom: Mrom, flash: readonly PflashCfi01[]): RamBlock[] {
  const ram: RamBlock = {
    name: 'riscv_virt_board.ram',
    address: ramBase,
    bytes: core.ram,
    writable: true,
    isZero: (page) => core.isZero(page),
    write: (offset, bytes) => core.writeRam(offset, bytes),
  };
  const rom: RamBlock = {
    name: 'riscv_virt_board.mrom',
    address: memoryMap.mrom.base,
    bytes: mrom.bytes,
    writable: false,
    isZero: (page) => mrom.fetch(page * pageByteCount).every((byte) => byte === 0),
    write: (offset, bytes) => mrom.bytes.set(bytes, offset),
  };
  const banks = flash.map(
    (bank, index): RamBlock => ({
      name: `virt.flash${index}`,
      address: flashBase(index),
      bytes: bank.bytes,
      writable: false,
      isZero: (page) => bank.isZero(page),
      write: (offset, bytes) => bank.load(offset, bytes),
    }),
  );
  return [ram, rom, ...banks].sort((a, b) => b.bytes.length - a.bytes.length);
}

/** Of each device: its own, or the last that is free. */
function slotsOf(devices: readonly VirtioOptions[]): number[] {
  const taken = devices.flatMap(({ slot }) => slot ?? []);
  const free = Array.from({ length: virtioSlotCount }, (_, slot) => slot).filter((slot) => !taken.includes(slot));
  return devices.map(({ slot = free.pop() }) => {
    if (slot === undefined) throw new Error(`${devices.length} devices for ${virtioSlotCount} slots`);
    return slot;
  });
}
