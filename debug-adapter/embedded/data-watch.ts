import type { Breakpoints, Names, WatchedData } from '../debuggee/breakpoints';
import type { DataAccess, Stop } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import { ramBase } from '../emulator/core/guest-core';
import type { WatchedRange, WatchHit } from '../emulator/core/guest-ram';
import type { Machine } from '../emulator/machine/machine';
import type { StopConditions } from './stop-conditions';

/** Values are shown of so many bytes. */
const valueByteCountMax = 8;

/** Data breakpoints: the core watches their bytes, and each access is held against them. */
export class DataWatch {
  /** Whose bytes these are. */
  #watched = new Map<WatchedRange, Breakpoints['data'][number]>();

  constructor(
    private readonly machine: Machine,
    private readonly stops: StopConditions,
    private readonly namesFor: (thread: ThreadId, access: DataAccess) => Names,
  ) {}

  /** Breakpoints have changed. */
  place(): void {
    const { core } = this.machine;
    this.#watched = new Map(
      this.stops.data.flatMap((each) => rangeOf(each, core.ram.length).map((range) => [range, each])),
    );
    core.watch([...this.#watched.keys()]);
    core.watchHits.length = 0;
  }

  /** Why the thread that has just acted is to stop, if it is. */
  stopOf(thread: ThreadId, isHart: boolean): Stop | undefined {
    const { watchHits } = this.machine.core;
    if (watchHits.length === 0) return undefined;
    let stop: (Stop & { readonly reason: 'data-breakpoint' }) | undefined;
    // Each is asked about, whatever else stops here: conditions count.
    for (const hit of watchHits.splice(0)) {
      const access = this.#accessOf(hit, isHart);
      const hasChanged = () => hit.kind === 'write' && !this.#holds(hit.range, hit.before);
      const breakpoint = this.#watched.get(hit.range)!;
      if (!this.stops.atAccess(breakpoint, hasChanged, () => this.namesFor(thread, access))) continue;
      stop ??= { reason: 'data-breakpoint', thread, breakpointIds: [], access };
      stop = { ...stop, breakpointIds: [...new Set([...stop.breakpointIds, breakpoint.id])] };
    }
    return stop;
  }

  #accessOf({ range, kind, offset, byteCount, pc, before }: WatchHit, isHart: boolean): DataAccess {
    const isNumber = range.byteCount <= valueByteCountMax;
    return {
      kind,
      physicalAddress: ramBase + offset,
      byteCount,
      ...(isHart && { pc }),
      ...(isNumber && { before: numberOf(before), after: numberOf(this.#bytes(range)) }),
    };
  }

  #bytes({ offset, byteCount }: WatchedRange): Uint8Array {
    return this.machine.core.ram.subarray(offset, offset + byteCount);
  }

  #holds(range: WatchedRange, bytes: Uint8Array): boolean {
    return this.#bytes(range).every((byte, index) => byte === bytes[index]);
  }
}

/** None outside RAM. */
function rangeOf({ physicalAddress, byteCount, access }: WatchedData, ramByteCount: number): WatchedRange[] {
  const offset = physicalAddress - ramBase;
  if (offset < 0 || offset + byteCount > ramByteCount) return [];
  const reads = access === 'read' || access === 'readWrite';
  return [{ offset, byteCount, reads, writes: access !== 'read' }];
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
