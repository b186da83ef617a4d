import { plicSourceCount } from '../devices/plic-state';
import { FdtWriter } from './fdt-writer';
import {
  flashBankCount,
  flashBase,
  memoryMap,
  pciIrq,
  rtcIrq,
  uart0Irq,
  virtioBase,
  virtioIrq,
  virtioSlotCount,
} from './memory-map';

export interface DeviceTreeOptions {
  readonly hartCount: number;
  readonly ramByteCount: number;
  readonly hasFlash?: boolean;
  /** Size of the blob; what the tree does not need is zero. */
  readonly totalByteCount: number;
  /** The kernel's command line; none when empty. */
  readonly append?: string;
  /** Where the initial RAM disk is: its first byte, and the one behind its last. */
  readonly initrd?: { readonly start: number; readonly end: number } | undefined;
}

/** What the core implements, in the order the ISA manual's naming chapter asks for. */
const isa = 'rv64imafdc_zicsr_zifencei_zihintpause_zba_zbb_zbc_zbs_sstc';
const timebaseHz = 10_000_000;
/** QEMU draws 32 bytes for each machine; here each run is to be the same. Without a seed, a kernel waits for entropy. */
export const rngSeed = Array.from({ length: 8 }, (_, index) => Math.imul(index + 1, 0x9e37_79b9) >>> 0);
const uartClockHz = 3_686_400;
/**
 * Events, first to last, and the counters that can count them: cycles, instructions, and misses of the TLBs, which QEMU
 * counts and we do not. The row of zeros is QEMU's too.
 */
const eventCounters = [
  [0x1, 0x1, 0x7fff9],
  [0x2, 0x2, 0x7fffc],
  [0x10019, 0x10019, 0x7fff8],
  [0x1001b, 0x1001b, 0x7fff8],
  [0x10021, 0x10021, 0x7fff8],
  [0, 0, 0, 0, 0],
];

// Interrupt numbers of a hart's own controller.
const machineSoftware = 3;
const machineTimer = 7;
const supervisorExternal = 9;
const machineExternal = 11;

/**
 * The board as guests read it: what `-M virt,dumpdtb=` of QEMU 7.2 writes, for the devices that exist here. Phandles
 * are numbered as QEMU does, harts from the last to the first.
 */
export function deviceTree(options: DeviceTreeOptions): Uint8Array {
  const { hartCount, ramByteCount, hasFlash = true, totalByteCount, append, initrd } = options;
  const fdt = new FdtWriter();
  const cpuPhandle = (hart: number): number => 1 + 2 * (hartCount - 1 - hart);
  const intcPhandle = (hart: number): number => cpuPhandle(hart) + 1;
  const plicPhandle = 2 * hartCount + 1;
  const testPhandle = plicPhandle + 1;
  const harts = Array.from({ length: hartCount }, (_, hart) => hart);
  const wires = (...interrupts: number[]): number[] =>
    harts.flatMap((hart) => interrupts.flatMap((interrupt) => [intcPhandle(hart), interrupt]));

  fdt.node('', () => {
    fdt.cells('#address-cells', 2);
    fdt.cells('#size-cells', 2);
    fdt.strings('compatible', 'riscv-virtio');
    fdt.strings('model', 'riscv-virtio,qemu');
    fdt.node('pmu', () => {
      fdt.cells('riscv,event-to-mhpmcounters', ...eventCounters.flat());
      fdt.strings('compatible', 'riscv,pmu');
    });
    writeDevice(fdt, 'fw-cfg', memoryMap.fwCfg, ['qemu,fw-cfg-mmio'], () => fdt.flag('dma-coherent'));
    if (hasFlash) writeFlash(fdt);
    fdt.node('chosen', () => {
      if (initrd) {
        fdt.cells('linux,initrd-end', initrd.end);
        fdt.cells('linux,initrd-start', initrd.start);
      }
      if (append) fdt.strings('bootargs', append);
      fdt.cells('rng-seed', ...rngSeed);
      fdt.strings('stdout-path', `/soc/serial@${hex(memoryMap.uart0.base)}`);
    });
    for (const [name, value] of [
      ['poweroff', 0x5555],
      ['reboot', 0x7777],
    ] as const) {
      fdt.node(name, () => {
        fdt.cells('value', value);
        fdt.cells('offset', 0);
        fdt.cells('regmap', testPhandle);
        fdt.strings('compatible', `syscon-${name}`);
      });
    }
    // QEMU's bus for devices added on its command line; none can be added here.
    fdt.node(`platform-bus@${hex(memoryMap.platformBus.base)}`, () => {
      fdt.cells('interrupt-parent', plicPhandle);
      const { base, byteCount } = memoryMap.platformBus;
      fdt.cells('ranges', 0, high(base), base, byteCount);
      fdt.cells('#address-cells', 1);
      fdt.cells('#size-cells', 1);
      fdt.strings('compatible', 'qemu,platform', 'simple-bus');
    });
    fdt.node(`memory@${hex(memoryMap.dram.base)}`, () => {
      fdt.strings('device_type', 'memory');
      fdt.cells('reg', ...region(memoryMap.dram.base, ramByteCount));
    });
    fdt.node('cpus', () => {
      fdt.cells('#address-cells', 1);
      fdt.cells('#size-cells', 0);
      fdt.cells('timebase-frequency', timebaseHz);
      for (const hart of harts) writeCpu(fdt, hart, cpuPhandle(hart), intcPhandle(hart));
      fdt.node('cpu-map', () => {
        fdt.node('cluster0', () => {
          for (const hart of harts) fdt.node(`core${hart}`, () => fdt.cells('cpu', cpuPhandle(hart)));
        });
      });
    });
    fdt.node('soc', () => {
      fdt.cells('#address-cells', 2);
      fdt.cells('#size-cells', 2);
      fdt.strings('compatible', 'simple-bus');
      fdt.flag('ranges');
      writeDevice(fdt, 'rtc', memoryMap.rtc, ['google,goldfish-rtc'], () => {
        fdt.cells('interrupts', rtcIrq);
        fdt.cells('interrupt-parent', plicPhandle);
      });
      writeDevice(fdt, 'serial', memoryMap.uart0, ['ns16550a'], () => {
        fdt.cells('interrupts', uart0Irq);
        fdt.cells('interrupt-parent', plicPhandle);
        fdt.cells('clock-frequency', uartClockHz);
      });
      writeDevice(fdt, 'test', memoryMap.test, ['sifive,test1', 'sifive,test0', 'syscon'], () => {
        fdt.cells('phandle', testPhandle);
      });
      writePciHost(fdt, plicPhandle);
      // Linux probes them in this order: the last slot holds the first device.
      for (let slot = virtioSlotCount - 1; slot >= 0; slot--) {
        const registers = { ...memoryMap.virtio, base: virtioBase(slot) };
        writeDevice(fdt, 'virtio_mmio', registers, ['virtio,mmio'], () => {
          fdt.cells('interrupts', virtioIrq + slot);
          fdt.cells('interrupt-parent', plicPhandle);
        });
      }
      writeDevice(fdt, 'plic', memoryMap.plic, ['sifive,plic-1.0.0', 'riscv,plic0'], () => {
        fdt.cells('phandle', plicPhandle);
        fdt.cells('riscv,ndev', plicSourceCount);
        fdt.cells('interrupts-extended', ...wires(machineExternal, supervisorExternal));
        fdt.flag('interrupt-controller');
        fdt.cells('#interrupt-cells', 1);
        fdt.cells('#address-cells', 0);
      });
      writeDevice(fdt, 'clint', memoryMap.clint, ['sifive,clint0', 'riscv,clint0'], () => {
        fdt.cells('interrupts-extended', ...wires(machineSoftware, machineTimer));
      });
    });
  });
  return fdt.finish(totalByteCount);
}

function writeFlash(fdt: FdtWriter): void {
  fdt.node(`flash@${hex(memoryMap.flash.base)}`, () => {
    fdt.cells('bank-width', 4);
    const banks = Array.from({ length: flashBankCount }, (_, bank) => flashBase(bank));
    fdt.cells('reg', ...banks.flatMap((base) => region(base, memoryMap.flash.byteCount)));
    fdt.strings('compatible', 'cfi-flash');
  });
}

function writeCpu(fdt: FdtWriter, hart: number, phandle: number, intcPhandle: number): void {
  fdt.node(`cpu@${hex(hart)}`, () => {
    fdt.cells('phandle', phandle);
    fdt.strings('device_type', 'cpu');
    fdt.cells('reg', hart);
    fdt.strings('status', 'okay');
    fdt.strings('compatible', 'riscv');
    fdt.strings('riscv,isa', isa);
    fdt.strings('mmu-type', 'riscv,sv48');
    fdt.node('interrupt-controller', () => {
      fdt.cells('#interrupt-cells', 1);
      fdt.flag('interrupt-controller');
      fdt.strings('compatible', 'riscv,cpu-intc');
      fdt.cells('phandle', intcPhandle);
    });
  });
}

/** A PCI Express host bridge; pin n of the device in slot s is wired to interrupt (n + s) modulo 4. */
function writePciHost(fdt: FdtWriter, plicPhandle: number): void {
  const pinCount = 4;
  const pins = Array.from({ length: pinCount }, (_, pin) => pin);
  const slotShift = 11;
  const { pciPio, pciEcam, pciMmio, pciHighMmio } = memoryMap;
  const space = { io: 0x100_0000, memory: 0x200_0000, memory64: 0x300_0000 };
  /** The bus's address, the processor's, the size. */
  const window = (
    kind: number,
    busBase: number,
    { base, byteCount }: { base: number; byteCount: number },
  ): number[] => {
    return [kind, high(busBase), busBase >>> 0, ...region(base, byteCount)];
  };
  writeDevice(fdt, 'pci', pciEcam, ['pci-host-ecam-generic'], () => {
    fdt.cells('interrupt-map-mask', (pinCount - 1) << slotShift, 0, 0, 7);
    fdt.cells(
      'interrupt-map',
      ...pins.flatMap((slot) =>
        pins.flatMap((pin) => [slot << slotShift, 0, 0, pin + 1, plicPhandle, pciIrq + ((pin + slot) % pinCount)]),
      ),
    );
    fdt.cells(
      'ranges',
      ...window(space.io, 0, pciPio),
      ...window(space.memory, pciMmio.base, pciMmio),
      ...window(space.memory64, pciHighMmio.base, pciHighMmio),
    );
    fdt.flag('dma-coherent');
    fdt.cells('bus-range', 0, pciEcam.byteCount / 0x10_0000 - 1);
    fdt.cells('linux,pci-domain', 0);
    fdt.strings('device_type', 'pci');
    fdt.cells('#size-cells', 2);
    fdt.cells('#interrupt-cells', 1);
    fdt.cells('#address-cells', 3);
  });
}

function writeDevice(
  fdt: FdtWriter,
  name: string,
  { base, byteCount }: { base: number; byteCount: number },
  compatible: string[],
  more: () => void,
): void {
  fdt.node(`${name}@${hex(base)}`, () => {
    fdt.cells('reg', ...region(base, byteCount));
    fdt.strings('compatible', ...compatible);
    more();
  });
}

/** Two cells of address, two of size. */
function region(base: number, byteCount: number): number[] {
  return [high(base), base >>> 0, high(byteCount), byteCount >>> 0];
}

function high(value: number): number {
  return Math.floor(value / 2 ** 32);
}

function hex(value: number): string {
  return value.toString(16);
}
