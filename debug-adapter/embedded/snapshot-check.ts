import type { ThreadId } from '../debuggee/thread';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import type { ImageOracle, Verdict } from '../migration/oracle';
import { StreamReadError } from '../vmstate/stream-fault';
import { StreamReader } from '../vmstate/stream-reader';
import type { StreamRecord } from '../vmstate/stream-records';
import { virtLayouts } from '../vmstate/virt-layouts';
import { mismatchLines } from './mismatch-text';

/** Reads a snapshot's stream as it leaves, as whoever restores it will, and lets an oracle compare its pages. */
export class SnapshotCheck {
  readonly #reader: StreamReader;
  #verdict: Verdict | undefined;
  /** Why nobody can read the stream. */
  #error: StreamReadError | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly oracle: ImageOracle,
  ) {
    const layoutOf = virtLayouts(machine.hartCount);
    this.#reader = new StreamReader({
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
    this.#verdict = this.oracle.finish();
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
    const { mismatchCount, mismatches, pageCount } = this.#verdict!;
    const problems: string[] = [];
    if (this.#error) problems.push(`The stream cannot be read: ${this.#error.message}.`);
    if (mismatchCount > 0) {
      const lines = mismatchLines(mismatches, mismatchCount, this.machine, threadOf);
      problems.push(`${mismatchCount} of ${pageCount} pages differ from RAM at the freeze:\n${lines.join('\n')}`);
    }
    return problems;
  }

  /** What cannot be read is not looked at any further. */
  #read(work: (reader: StreamReader) => void): void {
    if (this.#error) return;
    try {
      work(this.#reader);
    } catch (error) {
      if (!(error instanceof StreamReadError)) throw error;
      this.#error = error;
    }
  }

  #check(record: StreamRecord): void {
    if (record.kind === 'ramPage') this.oracle.check(record.block, record.pageOffset / pageByteCount, record.bytes);
    else if (record.kind === 'zeroPage') this.oracle.check(record.block, record.pageOffset / pageByteCount, undefined);
  }
}
