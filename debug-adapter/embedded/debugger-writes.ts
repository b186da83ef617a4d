import { DebuggeeError } from '../debuggee/debuggee';
import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { DmaWrite, Machine } from '../emulator/machine/machine';
import { mainLoopActorNumber, type Vmm } from '../vmm/vmm';
import { translate } from './guest-memory';

/** A write to virtual memory as pieces of physical memory, a page each at most. @throws DebuggeeError where none is mapped. */
export function physicalWrites(machine: Machine, hart: number, address: bigint, bytes: Uint8Array): DmaWrite[] {
  const writes: DmaWrite[] = [];
  for (let done = 0; done < bytes.length; ) {
    const at = BigInt.asUintN(64, address + BigInt(done));
    const physical = translate(machine, hart, at);
    if (physical === undefined) throw noRam(at);
    const piece = bytes.subarray(done, done + pageByteCount - (physical % pageByteCount));
    writes.push({ address: physical, bytes: piece });
    done += piece.length;
  }
  return writes;
}

/** @throws DebuggeeError unless all of it is RAM. */
export function checkIsRam(machine: Machine, writes: readonly DmaWrite[]): void {
  for (const { address, bytes } of writes) {
    const last = address + bytes.length - 1;
    if (!isRam(machine, address)) throw noRam(BigInt(address));
    if (!isRam(machine, last)) throw noRam(BigInt(last));
  }
}

/** The first page that may not be written now. */
export function protectedPage({ core }: Machine, writes: readonly DmaWrite[]): number | undefined {
  for (const { address, bytes } of writes) {
    const last = Math.floor((address + bytes.length - 1 - ramBase) / pageByteCount);
    for (let page = Math.floor((address - ramBase) / pageByteCount); page <= last; page++) {
      if (core.pages.isProtected(page)) return page;
    }
  }
  return undefined;
}

/** To pages that are not protected. A VMM's debugger writes in the main loop's thread, and hits no breakpoint of its own. */
export function writeNow({ core }: Machine, writes: readonly DmaWrite[], timeNs: number): void {
  for (const { address, bytes } of writes) core.writeRam(address - ramBase, bytes, mainLoopActorNumber, timeNs);
  core.watchHits.length = 0;
}

/** Says what a VMM's debugger would do there: hang, as the main loop does in any write fault. */
export function writeProtected(vmm: Vmm, page: number): DebuggeeError {
  const number = `0x${(ramBase / pageByteCount + page).toString(16)}`;
  const saver = vmm.uffd?.hasReader
    ? 'until the migration thread has saved the page'
    : 'for good: no thread is left to serve it';
  return new DebuggeeError(
    'write-protected',
    `Page ${number} is write-protected, and nothing was written. QEMU's gdbstub would write from the main loop, which sleeps in the write fault with the BQL held ${saver}. ` +
      'To do the same when the guest continues, type `wait` in the debug console; or write once the page has been saved.',
  );
}

function isRam({ ramBlocks }: Machine, at: number): boolean {
  const { address, bytes } = ramBlocks.find(({ writable }) => writable)!;
  return at >= address && at < address + bytes.length;
}

function noRam(address: bigint): DebuggeeError {
  return new DebuggeeError('no-ram', `Nothing was written: there is no RAM at 0x${address.toString(16)}.`);
}
