import type { ThreadId } from '../debuggee/thread';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import { virtLayouts } from '../emulator/machine/virt-layouts';
import { StreamReadError } from '../vmstate/stream-fault';
import { StreamReader } from '../vmstate/stream-reader';
import type { StreamRecord } from '../vmstate/stream-records';
import { mismatchLines } from './mismatch-text';
import type { ImageOracle, Verdict } from './oracle';

/** Reads a snapshot's stream as it leaves, as whoever restores it will, and lets an oracle compare its pages. */
export class SnapshotCheck {
  private readonly _reader: StreamReader;
  private _verdict: Verdict | undefined;
  /** Why nobody can read the stream. */
  private _error: StreamReadError | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly oracle: ImageOracle,
  ) {
    const layoutOf = virtLayouts(machine.hartCount);
    this._reader = new StreamReader({
      layoutOf: ({ name }) => layoutOf(name),
      onRecord: (record) => this.#check(record),
    });
  }

  freeze(): void {
    this.oracle.freeze();
  }

  push(bytes: Uint8Array): void {
    this.#read((reader) => reader.push(bytes));
  }

  /** All of RAM has left. */
  finishRam(): void {
    this._verdict = this.oracle.finish();
  }

  end(): void {
    this.#read((reader) => reader.end());
  }

  /** There is nothing more to check. */
  stop(): void {
    this.oracle.stop();
  }

  atFreeze(page: number): Uint8Array | undefined {
    return this.oracle.atFreeze(page);
  }

  /** In words; empty when the stream is as it should be. */
  problems(threadOf: (actor: number) => ThreadId): string[] {
    const { mismatchCount, mismatches, pageCount } = this._verdict!;
    const problems: string[] = [];
    if (this._error) problems.push(`The stream cannot be read: ${this._error.message}.`);
    if (mismatchCount > 0) {
      const lines = mismatchLines(mismatches, mismatchCount, this.machine, threadOf);
      problems.push(`${mismatchCount} of ${pageCount} pages differ from RAM at the freeze:\n${lines.join('\n')}`);
    }
    return problems;
  }

  /** What cannot be read is not looked at any further. */
  #read(work: (reader: StreamReader) => void): void {
    if (this._error) return;
    try {
      work(this._reader);
    } catch (error) {
      if (!(error instanceof StreamReadError)) throw error;
      this._error = error;
    }
  }

  #check(record: StreamRecord): void {
    if (record.kind === 'ramPage') this.oracle.check(record.block, record.pageOffset / pageByteCount, record.bytes);
    else if (record.kind === 'zeroPage') this.oracle.check(record.block, record.pageOffset / pageByteCount, undefined);
  }
}
