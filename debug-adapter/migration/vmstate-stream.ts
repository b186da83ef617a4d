import { pageByteCount } from '../emulator/core/guest-core';
import type { DeviceState } from '../vmstate/device-state';
import { ramSectionName, ramSectionVersion } from '../vmstate/stream-format';
import * as stream from '../vmstate/stream-writer';
import type { Capabilities } from './capabilities';
import { ChannelBuffer, QemuFile } from './qemu-file';
import type { PageAddress, RamState } from './ram-state';

/**
 * Section id of RAM in the stream, the first one. Not 0: QEMU finds the section of a PART by its id, and takes 0 for any
 * section that it has not seen yet.
 */
const ramSectionId = 1;

const ignoreShared = 'x-ignore-shared';

/** Writes the parts of a migration stream into its file, as QEMU's savevm.c and ram.c do; their order is the caller's. */
export class VmstateStream {
  /** Device state of an instant that has passed when it may enter the stream. */
  readonly stash: QemuFile;
  private readonly _stashed = new ChannelBuffer();
  /** Block of the page last written: the next one of it is marked CONTINUE. */
  private _lastBlock = -1;

  constructor(
    readonly file: QemuFile,
    private readonly ram: RamState,
    private readonly capabilities: Capabilities,
  ) {
    this.stash = new QemuFile(this._stashed);
  }

  writeHeader(): void {
    this.file.put((record) => {
      stream.writeHeader(record);
      stream.writeConfiguration(record, 'virt', this.#ignoresShared ? [ignoreShared] : []);
    });
  }

  writeRamSetup(): void {
    const section = {
      type: 'start',
      id: ramSectionId,
      name: ramSectionName,
      instanceId: 0,
      version: ramSectionVersion,
    } as const;
    const blocks = this.ram.blocks.map(({ name, address, bytes }) => ({
      name,
      byteCount: bytes.length,
      ...(this.#ignoresShared && { address }),
    }));
    this.file.put((record) => {
      stream.beginSection(record, section);
      stream.writeBlockList(record, blocks);
      stream.writeEndOfRam(record);
      stream.endSection(record, ramSectionId);
    });
  }

  /** Pages follow, then `endRamSection`. `end`: the last such section. */
  beginRamSection(type: 'part' | 'end'): void {
    this.file.put((record) => stream.beginSection(record, { type, id: ramSectionId }));
  }

  endRamSection(): void {
    this.file.put((record) => {
      stream.writeEndOfRam(record);
      stream.endSection(record, ramSectionId);
    });
  }

  /** Returns how many bytes had to leave to make room; `writePage` does, too. */
  writeZeroPage(page: PageAddress): number {
    return this.file.put((record) => stream.writeZeroPage(record, this.#placeOf(page)));
  }

  writePage(page: PageAddress): number {
    const flushed = this.file.put((record) => stream.beginPage(record, this.#placeOf(page)));
    return flushed + this.file.putReference(this.ram.pageBytes(page));
  }

  /** @param to the stream's own file, or the stash. */
  writeDeviceState(to: QemuFile, devices: readonly DeviceState[]): void {
    to.put((record) => stream.writeDeviceState(record, devices, ramSectionId + 1));
  }

  appendStash(): void {
    for (const chunk of this._stashed.chunks) this.file.putBytes(chunk);
    this.file.flush();
  }

  /** No RAM is shared here. But the reader is to know, and where each block is. */
  get #ignoresShared(): boolean {
    return this.capabilities.has(ignoreShared);
  }

  #placeOf({ block, page }: PageAddress): stream.PagePlace {
    const isContinued = block === this._lastBlock;
    this._lastBlock = block;
    return { block: isContinued ? undefined : this.ram.blocks[block]!.name, offset: page * pageByteCount };
  }
}
