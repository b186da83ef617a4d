import type { HartTriggers, Reservation } from '../core/guest-harts';

/**
 * The state of everything outside RAM as plain data: what a device state section of the stream is made from. Names are
 * the RISC-V manual's and the device manuals'; each device's `save` and `restore` stand in its own file.
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

export interface HartState {
  /** x0 to x31. */
  readonly x: readonly bigint[];
  /** f0 to f31, a single NaN-boxed. */
  readonly f: readonly bigint[];
  readonly pc: bigint;
  /** 0 U, 1 S, 3 M. */
  readonly privilege: number;
  /** In WFI, waiting for an interrupt. */
  readonly halted: boolean;
  /** By LR. */
  readonly reservation: Reservation | undefined;
  /** Every CSR with state of its own, by number: mstatus, mip, mie, satp, pmpcfg0 and so on. */
  readonly csrs: ReadonlyMap<number, bigint>;
  /** As out of reset, unless given: QEMU says it since 7.2. */
  readonly triggers?: HartTriggers | undefined;
}

export interface ClintState {
  /** One per hart. */
  readonly msip: readonly boolean[];
  readonly mtimecmp: readonly bigint[];
  /** mtime − ticks of the virtual clock: not 0 where software has written mtime. */
  readonly timeDelta: bigint;
}

/** A virtio-mmio slot with a device. */
export interface VirtioState {
  readonly slot: number;
  /** What the modern interface has of its own; missing for the legacy one. */
  readonly modern?: VirtioModernState | undefined;
  /** How often the configuration has changed; a stream does not say. */
  readonly generation?: number | undefined;
  readonly status: number;
  readonly interruptStatus: number;
  readonly hostFeaturesSelect: number;
  readonly guestFeaturesSelect: number;
  /** Accepted: a bit each. */
  readonly guestFeatures: bigint;
  readonly guestPageShift: number;
  readonly queueSelect: number;
  /** The configuration as the driver has last read or written it. */
  readonly config: Uint8Array;
  /** The driver has begun to use it. */
  readonly started: boolean;
  /** A queue was none: only a reset helps. */
  readonly broken: boolean;
  readonly queues: readonly VirtqueueState[];
  readonly backEnd: VirtioBackEndState;
}

/** Written by the driver, to count from when it says so. */
export interface VirtioModernState {
  /** Features in two halves of 32 bits. */
  readonly driverFeatures: readonly number[];
  /** Those of which anything has been written, by number; there need not be a queue of that number. */
  readonly queues: ReadonlyMap<number, VirtioModernQueueState>;
}

export interface VirtioModernQueueState {
  readonly size: number;
  readonly isReady: boolean;
  /** Addresses. */
  readonly descriptors: bigint;
  readonly available: bigint;
  readonly used: bigint;
}

export interface VirtqueueRings {
  readonly available: number;
  readonly used: number;
}

export interface VirtqueueState {
  readonly size: number;
  readonly sizeAtReset: number;
  readonly align: number;
  /** Of the descriptor table; 0: the queue is not set up. */
  readonly address: number;
  /** Where they are, unless behind the descriptor table. */
  readonly rings?: VirtqueueRings | undefined;
  readonly lastAvailable: number;
  /** What guest memory says, unless given; a stream does not. */
  readonly usedIndex?: number | undefined;
  readonly signalledUsed?: number | undefined;
}

/** What a kind of device has of its own. What a stream leaves out stays as it is at a restore. */
export type VirtioBackEndState =
  | {
      readonly kind: 'rng';
      /** Of the generator. */
      readonly generator?: bigint | undefined;
    }
  | {
      readonly kind: 'block';
      /** Sectors that differ from the image. */
      readonly written?: ReadonlyMap<number, Uint8Array> | undefined;
    }
  | {
      readonly kind: 'console';
      /** The guest uses its port. */
      readonly isOpen: boolean;
      /** What is typed is for it. */
      readonly hasFocus?: boolean | undefined;
      /** Typed and not yet read. */
      readonly input?: readonly number[] | undefined;
      /** Control messages to the driver. */
      readonly messages?: readonly Uint8Array[] | undefined;
    }
  | {
      readonly kind: 'net';
      readonly filter: NetFilter;
      readonly hasMergeableBuffers: boolean;
      readonly hasGuestOffloads: boolean;
      /** Frames that have come and that the driver had no buffers for. */
      readonly waiting?: readonly Uint8Array[] | undefined;
    }
  | {
      readonly kind: 'balloon';
      /** Pages that the driver is asked to put into it, and says it has. */
      readonly target: number;
      readonly actual: number;
      /** What the driver fills free pages with, if it has said that it may. */
      readonly poison?: number | undefined;
    };

/** Which frames a driver wants to receive. */
export interface NetFilter {
  readonly mac: Uint8Array;
  /** Promiscuous, all multicast, all unicast, no multicast, no unicast, no broadcast. */
  readonly modes: readonly boolean[];
  /** One address after the other. */
  readonly macTable: Uint8Array;
  /** A bit a VLAN. */
  readonly vlans: Uint8Array;
}

/** Contexts in the order M of hart 0, S of hart 0, M of hart 1, … */
export interface PlicState {
  /** By source, 0 to 96. */
  readonly priorities: readonly number[];
  /** One bit a source, 0 to 95, 32 a word. */
  readonly pending: readonly number[];
  readonly claimed: readonly number[];
  /** Per context. */
  readonly enables: readonly (readonly number[])[];
  readonly thresholds: readonly number[];
  /** Levels of the contexts' wires; what the rest makes of them, unless given: a stream does not. */
  readonly outputs?: readonly boolean[] | undefined;
}

/** 16550A registers and the receive FIFO. */
export interface UartState {
  readonly ier: number;
  readonly iir: number;
  readonly lcr: number;
  readonly mcr: number;
  readonly lsr: number;
  readonly msr: number;
  readonly scr: number;
  readonly fcr: number;
  readonly divider: number;
  readonly rbr: number;
  readonly receiveFifo: readonly number[];
  readonly thrInterruptPending: boolean;
  /** Bytes have waited in the FIFO for too long. */
  readonly timeoutPending: boolean;
  /** When they will have, in ns of virtual time. */
  readonly timeoutNs: number | undefined;
}

/** Goldfish RTC. Times in ns since 1970, unsigned 64 bits. */
export interface RtcState {
  /** Its time less the guest's virtual clock. */
  readonly tickOffset: bigint;
  readonly alarmNext: bigint;
  readonly alarmRunning: boolean;
  readonly irqPending: boolean;
  readonly irqEnabled: boolean;
  /** The high half as the last read of the low half latched it. */
  readonly timeHigh: number;
}

/** The PCI host bridge: what drivers may have changed is its root's configuration space. */
export interface PciState {
  readonly rootConfig: Uint8Array;
}

/** Firmware configuration: the selected entry and how far it has been read. */
export interface FwCfgState {
  readonly current: number;
  readonly offset: number;
  /** Half of an address, before the other half is written. */
  readonly dmaAddress: bigint;
}

/** A bank of NOR flash in the middle of a command. */
export interface PflashState {
  /** Writes of the command so far. */
  readonly cycle: number;
  readonly command: number;
  readonly status: number;
  /** Writes left of a buffered program. */
  readonly counter: bigint;
  /** What that is to write, and where. */
  readonly buffer: { readonly offset: number; readonly bytes: Uint8Array } | undefined;
}
