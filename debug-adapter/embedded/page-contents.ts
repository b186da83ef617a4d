import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { LoadedBytes, Machine } from '../emulator/machine/machine';
import { readPhysical } from './guest-memory';
import { linuxKernel, partOfKernel } from './linux-kernel';
import { pageTables } from './page-tables';

/** What is known of a page of guest memory. */
export interface PageContents {
  /** In words, what is most telling first: `.text of working-set.elf`, `page table of hart 0, level 1`. */
  readonly what: readonly string[];
  /** The symbols in it, by virtual address. */
  readonly symbols: readonly { readonly name: string; readonly address: bigint }[];
  /** Instructions are in it, as far as its place tells. */
  readonly isCode: boolean;
}

/** @param address guest physical, of the page's first byte */
export function pageContents(machine: Machine, address: number): PageContents {
  const tables = pageTables(machine).get(address / pageByteCount);
  const loaded = machine.loaded.filter((each) => overlaps(each.address, sizeOf(each), address));
  const sections = loaded.flatMap((each) => sectionsOf(each, address));
  const kernel = linuxKernel(machine);
  const part = kernel && partOfKernel(machine, kernel, address);
  const virtualOffset = part && kernel ? kernel.virtualOffset : loaded[0]?.virtualOffset;
  const what = [
    ...(tables === undefined ? [] : [tables]),
    ...(part === undefined ? [] : [part]),
    ...sections,
    ...(part === undefined && sections.length === 0 ? loaded.map((each) => imageInWords(machine, each, address)) : []),
    ...(loaded.length === 0 ? deviceTreeAt(machine, address) : []),
    ...(isAllZero(machine, address) ? ['all zeros'] : []),
  ];
  return {
    what,
    symbols: virtualOffset === undefined ? [] : symbolsIn(machine, BigInt(address) + virtualOffset),
    isCode: [...sections, part].some((name) => name !== undefined && /^(\.text|kernel (init )?text)/.test(name)),
  };
}

function sectionsOf({ name, sections }: LoadedBytes, address: number): string[] {
  const here = sections.filter((section) => overlaps(section.address, section.byteCount, address));
  return here.map((section) => `${section.name} of ${fileOf(name)}`);
}

/** A RAM disk is freed when it has been unpacked: then its pages hold other things. */
function imageInWords(machine: Machine, { name, address: start, bytes }: LoadedBytes, address: number): string {
  const offset = Math.max(0, address - start);
  const there = bytes.subarray(offset, offset + pageByteCount);
  const now = readPhysical(machine, Math.max(address, start), there.length);
  const isAsLoaded = there.length > 0 && there.every((byte, index) => byte === now[index]);
  const what = fileOf(name);
  return isAsLoaded ? what : `${what}, changed since it was loaded`;
}

/** `vmlinux` of `the kernel /boot/vmlinux`, but `initrd user.cpio` and `device tree`. */
function fileOf(name: string): string {
  const file = name.replace(/^the /, '').split('/').at(-1)!;
  return name.startsWith('the initrd') ? `initrd ${file.replace(/^initrd /, '')}` : file;
}

/** From the first symbol that begins in the page, or the one that reaches into it. */
function symbolsIn({ symbols }: Machine, start: bigint): { name: string; address: bigint }[] {
  const found: { name: string; address: bigint }[] = [];
  let at = start + BigInt(pageByteCount) - 1n;
  for (let looked = 0; looked < pageByteCount; looked++) {
    const symbol = symbols.nearest(at);
    if (!symbol) break;
    const address = at - BigInt(symbol.offset);
    found.unshift({ name: symbol.name, address });
    if (address <= start) break;
    at = address - 1n;
  }
  return found;
}

/** A flattened device tree that begins in this page or a few before it. */
function deviceTreeAt(machine: Machine, address: number): string[] {
  for (let at = address; at > address - 16 * pageByteCount && at >= ramBase; at -= pageByteCount) {
    const header = readPhysical(machine, at, 8);
    if (header.length < 8) break;
    const view = new DataView(header.buffer, header.byteOffset, 8);
    if (view.getUint32(0) !== 0xd00dfeed) continue;
    return view.getUint32(4) > address - at ? ['device tree'] : [];
  }
  return [];
}

function isAllZero(machine: Machine, address: number): boolean {
  const block = machine.ramBlocks.find((each) => overlaps(each.address, each.bytes.length, address));
  return block?.isZero((address - block.address) / pageByteCount) === true;
}

function sizeOf({ bytes, zeroByteCount }: LoadedBytes): number {
  return bytes.length + zeroByteCount;
}

function overlaps(start: number, byteCount: number, page: number): boolean {
  return start < page + pageByteCount && start + byteCount > page;
}
