import type { Host } from '../debuggee/host';
import { type CodeGeneration, pageByteCount } from '../emulator/core/guest-core';
import { HART_COUNT_MAX, RAM_PAGE_COUNT_MAX } from '../emulator/core/memory-map';
import { virtioKinds, virtioSectionName } from '../emulator/devices/virtio-state';
import { createEmptyMachine } from '../emulator/machine/create-machine';
import type { ImageFile } from '../emulator/machine/image-file';
import type { Machine, RamBlock, VirtioOptions } from '../emulator/machine/machine';
import { virtioBase, virtioSlotCount } from '../emulator/machine/memory-map';
import { machineStateFrom, type StatedMachine } from '../emulator/machine/sections';
import { virtBoard } from '../emulator/machine/virt-layouts';
import { type Beginning, runStates } from '../vmm/vmm';
import type { DeviceState } from '../vmstate/device-state';
import { type Outline, outlineOf, type RandomAccess, recordsOf } from '../vmstate/file-reader';
import { applyDifference } from '../vmstate/page-encodings';
import { readInTurns } from '../vmstate/reading';
import { isMerelyUnknown, type StreamFault, StreamReadError } from '../vmstate/stream-fault';
import { migrationPageByteCount } from '../vmstate/stream-format';
import type { SectionName, StreamRamBlock, StreamRecord } from '../vmstate/stream-records';
import { DiskContents } from './disk-contents';
import { DiskDigests, diskDigests } from './disk-digests';
import { incomingErrors } from './incoming-errors';

export interface IncomingOptions {
  /** For messages. */
  readonly path: string;
  readonly nsPerInstruction: number;
  readonly codeGeneration?: CodeGeneration;
  /** What the virtio disk of the stream's machine held, if it had one. */
  readonly disk?: ImageFile | undefined;
  readonly sha256: Host['sha256'];
}

/** A machine as a stream says it was. */
export interface IncomingMachine extends Beginning {
  readonly machine: Machine;
  /** What the stream holds and this machine cannot take, by name. */
  readonly skipped: readonly string[];
}

const ramByteCountMax = RAM_PAGE_COUNT_MAX * pageByteCount;

/** Seed of an entropy device whose own numbers a stream of QEMU's does not tell. */
const rngSeed = 1;

/**
 * Restores a machine from a stream at rest (QEMU's `-incoming`): first the description at its end, by which the devices
 * are read; then, from its start, pages straight into RAM and the devices' states. Yields now and then.
 *
 * @param module the compiled core
 * @throws DebuggeeError when the stream is damaged, or of a machine that cannot be restored here
 */
export function* incomingMachine(
  module: WebAssembly.Module,
  source: RandomAccess,
  options: IncomingOptions,
): Generator<unknown, IncomingMachine> {
  const { path } = options;
  try {
    const outline = yield* readInTurns(source, outlineOf(source.byteCount, { board: virtBoard }));
    if (outline.descriptionFault) throw new StreamReadError(outline.descriptionFault);
    if (options.disk) yield* checkDisk(options.disk, options, outline);
    const incoming = new Incoming(module, options, outline);
    const records = recordsOf(source.byteCount, outline, (record) => incoming.accept(record), {
      board: virtBoard,
      passesOver: true,
    });
    yield* readInTurns(source, records);
    return incoming.finish();
  } catch (error) {
    if (error instanceof StreamReadError) throw incomingErrors.unreadable(path, error.fault);
    throw error;
  }
}

class Incoming {
  private _machine: Machine | undefined;
  private readonly _sections: DeviceState[] = [];
  private readonly _blocks = new Map<string, IncomingBlock>();
  private readonly _skippedBlocks: string[] = [];
  private readonly _skippedParts = new Set<string>();
  private _hasOtherChannels = false;
  /** Of sections that could not be read, by name. */
  private readonly _faults = new Map<string, StreamFault>();

  constructor(
    private readonly module: WebAssembly.Module,
    private readonly options: IncomingOptions,
    private readonly outline: Outline,
  ) {}

  accept(record: StreamRecord): void {
    const { path } = this.options;
    switch (record.kind) {
      case 'configuration':
        if (record.machine !== 'virt') throw incomingErrors.otherMachine(path, record.machine);
        return;
      case 'ramBlockList':
        this.#checkPages();
        this.#createMachine(record.blocks);
        return;
      case 'ramPage':
        this._blocks.get(record.block)?.write(record.pageOffset, record.bytes);
        return;
      case 'zeroPage':
        this._blocks.get(record.block)?.zero(record.pageOffset);
        return;
      case 'pageDifference':
        this._blocks.get(record.block)?.change(record.pageOffset, record.bytes);
        return;
      case 'multifdFlush':
        this._hasOtherChannels = true;
        return;
      case 'partRecord':
        this._skippedParts.add(record.section.name);
        return;
      case 'device':
        this._sections.push({ ...record.section, state: record.state, ...this.#beyondQemu(record.section) });
        return;
      case 'unread':
        // The machine may not need what is not known; what is damaged is not passed over.
        if (!isMerelyUnknown(record.fault)) throw new StreamReadError(record.fault);
        this._faults.set(record.section.name, record.fault);
        return;
    }
  }

  #checkPages(): void {
    const { pageByteCount: described = migrationPageByteCount } = this.outline.description ?? {};
    if (described !== pageByteCount) throw incomingErrors.otherPages(this.options.path, described);
  }

  #beyondQemu({ name, instanceId }: SectionName): Pick<DeviceState, 'beyondQemu'> {
    const device = this.outline.description?.devices.find(
      (each) => each.name === name && each.instanceId === instanceId,
    );
    return device?.beyondQemu ? { beyondQemu: device.beyondQemu } : {};
  }

  /** The stream is complete. */
  finish(): IncomingMachine {
    const { path } = this.options;
    const machine = this._machine;
    if (!machine) throw incomingErrors.noRam(path, []);
    const { state, virtualClockNs, runState, skipped } = this.#stated();
    machine.restore(state);
    const isSharedAway = [...this._blocks].some(([name, { isEmpty }]) => name === mainBlock && isEmpty);
    if (isSharedAway && this._hasOtherChannels) throw incomingErrors.pagesElsewhere(path);
    if (isSharedAway) throw incomingErrors.withoutPages(path);
    const missing = [...this._blocks.values()].flatMap(({ note }) => note ?? []);
    const unread = [...this._skippedParts, ...this._faults.keys()];
    return {
      machine,
      virtualClockNs,
      runState: runStates.find((each) => each === runState) ?? 'paused',
      skipped: [...this._skippedBlocks, ...unread, ...skipped, ...missing],
    };
  }

  #stated(): StatedMachine {
    try {
      return machineStateFrom(this._sections);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // What is missing was there, but could not be read.
      const [fault] = this._faults.values();
      throw fault
        ? incomingErrors.unreadable(this.options.path, fault)
        : incomingErrors.incomplete(this.options.path, error.message);
    }
  }

  #createMachine(blocks: readonly StreamRamBlock[]): void {
    const { path, nsPerInstruction, codeGeneration } = this.options;
    const ram = blocks.find(({ name }) => name === mainBlock);
    const names = blocks.map(({ name }) => name);
    if (!ram) throw incomingErrors.noRam(path, names);
    if (ram.byteCount > ramByteCountMax) throw incomingErrors.tooMuchRam(path, ram.byteCount, ramByteCountMax);
    const hartCount = this.outline.devices.filter(({ name }) => name === 'cpu').length;
    if (hartCount === 0) throw incomingErrors.incomplete(path, 'there is no section "cpu"');
    if (hartCount > HART_COUNT_MAX) throw incomingErrors.tooManyHarts(path, hartCount, HART_COUNT_MAX);
    this._machine = createEmptyMachine(this.module, {
      hartCount,
      ramByteCount: ram.byteCount,
      nsPerInstruction,
      codeGeneration,
      hasFlash: names.includes('virt.flash0'),
      virtio: this.#virtio(),
    });
    for (const { name, byteCount } of blocks) {
      const block = this._machine.ramBlocks.find((candidate) => candidate.name === name);
      if (block?.bytes.length === byteCount) this._blocks.set(name, new IncomingBlock(block));
      else this._skippedBlocks.push(`RAM block ${name}`);
    }
  }

  /** From the last slot downwards. */
  #virtio(): VirtioOptions[] {
    const { path, disk } = this.options;
    const names = new Set(this.outline.devices.map(({ name }) => name));
    const devices: VirtioOptions[] = [];
    for (let slot = virtioSlotCount - 1; slot >= 0; slot--) {
      const kind = virtioKinds.find((each) => names.has(virtioSectionName(virtioBase(slot), each)));
      if (!kind) continue;
      if (kind === 'rng') devices.push({ kind, slot, seed: rngSeed });
      else if (kind !== 'block') devices.push({ kind, slot });
      else if (disk) devices.push({ kind, slot, image: disk });
      else throw incomingErrors.noDisk(path);
    }
    return devices;
  }
}

/** A disk is of the instant that the stream is of, as far as that says which one that is. */
function* checkDisk(
  disk: ImageFile,
  { path, sha256 }: IncomingOptions,
  { description, devices }: Outline,
): Generator<void, void> {
  const [digest, ...others] = diskDigests(description?.devices ?? devices);
  if (others.length > 0) return;
  if (digest === undefined) throw incomingErrors.withoutDisk(path, disk.path);
  if (digest === 'unknown') return;
  const digests = new DiskDigests(disk, sha256);
  while (digests.read()) yield;
  if (digest !== digests.of(new DiskContents(disk))) throw incomingErrors.otherDisk(path, disk.path);
}

const mainBlock = 'riscv_virt_board.ram';

/** A RAM block that the stream fills. */
class IncomingBlock {
  private readonly _hasCome: Uint8Array;
  private _comeCount = 0;

  constructor(private readonly block: RamBlock) {
    this._hasCome = new Uint8Array(block.bytes.length / pageByteCount);
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#mark(offset);
    this.block.write(offset, bytes);
  }

  /** By a difference from what the page was before. */
  change(offset: number, difference: Uint8Array): void {
    const bytes = this.block.bytes.slice(offset, offset + pageByteCount);
    applyDifference(difference, bytes);
    this.write(offset, bytes);
  }

  /** Pages of a new machine's RAM are zero. */
  zero(offset: number): void {
    if (!this.#mark(offset) || !this.block.isZero(offset / pageByteCount)) this.block.write(offset, zeros);
  }

  get isEmpty(): boolean {
    return this._comeCount === 0;
  }

  get note(): string | undefined {
    const missing = this._hasCome.length - this._comeCount;
    return missing === 0 ? undefined : `${missing} pages of ${this.block.name}, which the stream does not have`;
  }

  /** True the first time. */
  #mark(offset: number): boolean {
    const page = offset / pageByteCount;
    const isFirst = this._hasCome[page] === 0;
    this._hasCome[page] = 1;
    if (isFirst) this._comeCount++;
    return isFirst;
  }
}

const zeros = new Uint8Array(pageByteCount);
