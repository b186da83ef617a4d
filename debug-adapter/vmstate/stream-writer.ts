import type { ByteSink } from './byte-sink';
import { descriptionText } from './description';
import { type DeviceState, writeState } from './device-state';
import { migrationPageByteCount, ramFlag, sectionType, streamMagic, streamVersion } from './stream-format';
import type { StreamRamBlock } from './stream-records';

export function writeHeader(out: ByteSink): void {
  out.u32(streamMagic);
  out.u32(streamVersion);
}

/** @param machine as after `-M`: `virt`. */
/** @param capabilities that the reader must have as well */
export function writeConfiguration(out: ByteSink, machine: string, capabilities: readonly string[] = []): void {
  out.u8(sectionType.configuration);
  out.u32(machine.length);
  out.ascii(machine);
  if (capabilities.length === 0) return;
  out.u8(sectionType.subsection);
  out.shortName('configuration/capabilities');
  out.u32(1);
  out.u32(capabilities.length);
  for (const name of capabilities) out.shortName(name);
}

/** The head of a section. Its body and `endSection` follow. */
export type SectionHead =
  | {
      readonly type: 'start' | 'full';
      /** The writer's choice, one for each section; PART and END repeat it. */
      readonly id: number;
      readonly name: string;
      readonly instanceId: number;
      readonly version: number;
    }
  | { readonly type: 'part' | 'end'; readonly id: number };

export function beginSection(out: ByteSink, head: SectionHead): void {
  out.u8(sectionType[head.type]);
  out.u32(head.id);
  if (!('name' in head)) return;
  out.shortName(head.name);
  out.u32(head.instanceId);
  out.u32(head.version);
}

/** The section footer. */
export function endSection(out: ByteSink, id: number): void {
  out.u8(sectionType.footer);
  out.u32(id);
}

/** MEM_SIZE: all blocks with their used lengths. */
export function writeBlockList(out: ByteSink, blocks: readonly StreamRamBlock[]): void {
  const total = blocks.reduce((sum, block) => sum + block.byteCount, 0);
  out.u64Number(total + ramFlag.memSize);
  for (const block of blocks) {
    out.shortName(block.name);
    out.u64Number(block.byteCount);
    if (block.address !== undefined) out.u64Number(block.address);
  }
}

/** Where a page belongs. `block` undefined: the block of the page written before it (CONTINUE). */
export interface PagePlace {
  readonly block: string | undefined;
  /** In bytes from the block's start, a multiple of the page size. */
  readonly offset: number;
}

export function writePage(out: ByteSink, place: PagePlace, bytes: Uint8Array): void {
  if (bytes.length !== migrationPageByteCount) throw new RangeError(`a page of ${bytes.length} bytes`);
  beginPage(out, place);
  out.writeBytes(bytes);
}

/** The page's bytes follow. */
export function beginPage(out: ByteSink, place: PagePlace): void {
  writePageHead(out, place, ramFlag.page);
}

export function writeZeroPage(out: ByteSink, place: PagePlace): void {
  writePageHead(out, place, ramFlag.zero);
  out.u8(0);
}

function writePageHead(out: ByteSink, { block, offset }: PagePlace, flag: number): void {
  if (offset % migrationPageByteCount !== 0) throw new RangeError(`offset ${offset} is not that of a page`);
  out.u64Number(offset + flag + (block === undefined ? ramFlag.continue : 0));
  if (block !== undefined) out.shortName(block);
}

/** Ends the RAM records of one section. */
export function writeEndOfRam(out: ByteSink): void {
  out.u64Number(ramFlag.eos);
}

/** What follows RAM: a FULL section for each device, EOF, VMDESCRIPTION. Section ids count up from `firstId`. */
export function writeDeviceState(out: ByteSink, devices: readonly DeviceState[], firstId: number): void {
  devices.forEach((device, index) => {
    writeDeviceSection(out, firstId + index, device);
  });
  writeEof(out);
  writeVmDescription(out, descriptionText(migrationPageByteCount, devices));
}

/** A whole FULL section: head, fields, subsections, footer. */
export function writeDeviceSection(out: ByteSink, id: number, { name, instanceId, state }: DeviceState): void {
  beginSection(out, { type: 'full', id, name, instanceId, version: state.layout.version });
  writeState(out, state);
  endSection(out, id);
}

export function writeEof(out: ByteSink): void {
  out.u8(sectionType.eof);
}

/** @param text from `descriptionText`. */
export function writeVmDescription(out: ByteSink, text: string): void {
  out.u8(sectionType.vmDescription);
  out.u32(text.length);
  out.ascii(text);
}
