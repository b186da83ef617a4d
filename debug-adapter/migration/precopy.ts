import type { MigrationParameters } from '../debuggee/migration-parameters';
import { pageByteCount } from '../emulator/core/guest-core';
import { PageState } from '../protocol/page-states';
import { Signal } from '../simulation/signal';
import type { PageAddress } from './ram-state';
import type { Snapshot } from './snapshot';

/** Bandwidth is measured, and its limit applied, in windows of so long (QEMU: BUFFER_DELAY). */
const windowNs = 100_000_000;
/** So long after the last look QEMU looks again whether the guest writes too fast. */
const periodNsMin = 1_000_000_000;

/** What a dirty-logging migration knows besides the snapshot that it is, and its actions (precopy-thread.ts). */
export class Precopy {
  /** How often the dirty log was read (`dirty-sync-count`). */
  syncCount = 0;
  /** Pages found written by the last synchronization. */
  dirtiedBySync = 0;
  /** Copies of pages that the stream had already. */
  duplicates = 0;
  /** Bytes a second, as the last window had it. */
  bandwidth = 0;
  /** What can be sent within the downtime limit at that bandwidth: with less left, the migration completes. */
  thresholdByteCount = 0;
  /** An urgent request would be posted here; only postcopy makes one. */
  readonly rateLimitSemaphore = new Signal();
  private readonly _sent: Uint8Array[];
  private _windowStartNs = 0;
  private _windowStartByteCount = 0;
  /** The last synchronization that ended a period, and what had been sent by then; pages found written since. */
  private _periodStartNs = 0;
  private _periodStartByteCount = 0;
  private _periodDirtyPages = 0;
  /** Periods in a row in which the guest wrote too fast. */
  private _dirtyRateHighCount = 0;

  constructor(readonly s: Snapshot) {
    this._sent = s.ram.blocks.map(({ bytes }) => new Uint8Array(bytes.length / pageByteCount));
  }

  get parameters(): MigrationParameters {
    return this.s.parameters;
  }

  get autoConverges(): boolean {
    return this.s.options.capabilities.has('auto-converge');
  }

  get remainingByteCount(): number {
    return this.s.ram.remaining * pageByteCount;
  }

  /** The guest's first write to each page is noted from now on. */
  startDirtyLog(): void {
    this.s.vm.machine.core.pages.startDirtyLog();
  }

  stopDirtyLog(): void {
    this.s.vm.machine.core.pages.stopDirtyLog();
  }

  /** Adds the dirty log to the bitmap of what is to be sent, and clears it. True: it is time to look at the rates. */
  synchronizeBitmap(timeNs: number): boolean {
    const { s } = this;
    const { machine, pageMap } = s.vm;
    this.syncCount++;
    this.dirtiedBySync = 0;
    machine.core.pages.syncDirtyLog((page) => {
      const address = s.protection.trackedPage(page);
      if (!s.ram.setDirty(address)) return;
      this.dirtiedBySync++;
      // A page that was sent again does not turn dirty by itself at a write.
      if (pageMap.stateOf(page) === PageState.SentAgain) pageMap.set(page, PageState.Dirty, s.actorNumber, timeNs);
    });
    this._periodDirtyPages += this.dirtiedBySync;
    s.vm.onEvent({ event: 'MIGRATION_PASS', data: { pass: this.syncCount } });
    return timeNs > this._periodStartNs + periodNsMin;
  }

  beginPeriod(timeNs: number): void {
    this._periodStartNs = timeNs;
    this._periodStartByteCount = this.s.file.putByteCount;
    this._periodDirtyPages = 0;
  }

  /** The guest has written too fast for the second time. */
  countHighDirtyRate(): boolean {
    const sent = this.s.file.putByteCount - this._periodStartByteCount;
    const threshold = (sent * this.parameters.throttleTriggerThreshold) / 100;
    if (this._periodDirtyPages * pageByteCount <= threshold) return false;
    if (++this._dirtyRateHighCount < 2) return false;
    this._dirtyRateHighCount = 0;
    return true;
  }

  throttleGuestDown(timeNs: number): void {
    const { cpuThrottleInitial, cpuThrottleIncrement, maxCpuThrottle } = this.parameters;
    const { vm } = this.s;
    const percent =
      vm.throttlePercent === 0
        ? cpuThrottleInitial
        : Math.min(vm.throttlePercent + cpuThrottleIncrement, maxCpuThrottle);
    vm.throttle(percent, timeNs);
  }

  beginWindow(timeNs: number): void {
    this._windowStartNs = timeNs;
    this._windowStartByteCount = this.s.file.putByteCount;
    this.s.file.resetRateLimit();
  }

  get windowEndNs(): number {
    return this._windowStartNs + windowNs;
  }

  /** At the end of a window: how fast it went, and so how little may be left for the end. */
  updateCounters(timeNs: number): void {
    if (timeNs < this.windowEndNs) return;
    const seconds = (timeNs - this._windowStartNs) / 1e9;
    this.bandwidth = (this.s.file.putByteCount - this._windowStartByteCount) / seconds;
    this.thresholdByteCount = Math.floor((this.bandwidth * this.parameters.downtimeLimitMs) / 1000);
    this.beginWindow(timeNs);
  }

  writeZeroPage(page: PageAddress, timeNs: number): number {
    this.#countCopy(page, PageState.Zero, timeNs);
    return this.s.writeZeroPage(page, timeNs);
  }

  writePage(page: PageAddress, timeNs: number): number {
    this.#countCopy(page, PageState.CopiedScan, timeNs);
    return this.s.writePage(page, timeNs);
  }

  #countCopy(page: PageAddress, firstTime: PageState, timeNs: number): void {
    const { s } = this;
    const sent = this._sent[page.block]!;
    const isAgain = sent[page.page] === 1;
    sent[page.page] = 1;
    if (isAgain) this.duplicates++;
    if (!s.protection.isTracked(page)) return;
    const state = isAgain ? PageState.SentAgain : firstTime;
    s.vm.pageMap.set(page.page, state, s.actorNumber, timeNs);
  }
}
