import type { Bus } from '../../debug-adapter/emulator/core/bus';
import { type GuestCore, pageByteCount, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createGuestCore } from '../../debug-adapter/emulator/core/wasm-guest-core';
import { QemuFile } from '../../debug-adapter/migration/qemu-file';
import { RamState } from '../../debug-adapter/migration/ram-state';
import { VmstateStream } from '../../debug-adapter/migration/vmstate-stream';
import { StreamReader } from '../../debug-adapter/vmstate/stream-reader';
import { coreModule } from '../core/guest';

const ramByteCount = 2 ** 30;
const pageCount = ramByteCount / pageByteCount;
const rounds = 5;
/** Of eight pages, this many are zero. */
const zeroPagesOfEight = 2;
/** As a file comes in. */
const chunkByteCount = 64 * 1024;

/**
 * How fast RAM turns into a stream and back, on one core, with neither a disk nor the simulation of the threads: finding
 * zero pages, records, a flush after each page; and records out of chunks.
 */
export function benchStream(say: (line: string) => void): void {
  const core = ramOfPages();
  let [writeMs, readMs] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    let pages = 0;
    const buffer = new ChunkBuffer((bytes) => reader.push(bytes));
    const reader = new StreamReader({
      layoutOf: () => undefined,
      onRecord: ({ kind }) => {
        if (kind === 'ramPage' || kind === 'zeroPage') pages++;
      },
    });
    // The reader reads what the writer has just written, so that neither needs a gigabyte more.
    const total = timed(() => {
      writeRam(core, (bytes) => buffer.push(bytes));
      buffer.flush();
    });
    writeMs = Math.min(writeMs, total - buffer.readMs);
    readMs = Math.min(readMs, buffer.readMs);
    if (pages !== pageCount) throw new Error(`${pages} pages of ${pageCount} came back`);
  }
  const rate = (ms: number) =>
    `${(ramByteCount / ms / 1e6).toFixed(2)} GB/s, ${(pageCount / ms).toFixed(0)} thousand pages/s`;
  say(`\n1 GiB of RAM as a stream, ${zeroPagesOfEight} of 8 pages zero, best of ${rounds} (goal: 2 GB/s)`);
  say(`written ${rate(writeMs)}; read ${rate(readMs)}`);
}

function ramOfPages(): GuestCore {
  const bus: Bus = { read: () => 'fault', write: () => 'fault', fetch: () => undefined };
  const core = createGuestCore(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction: 10 }, bus);
  const { ram } = core;
  for (let page = 0; page < pageCount; page++) {
    // The last byte: the most that has to be looked at before a page is known not to be zero.
    if (page % 8 >= zeroPagesOfEight) ram[(page + 1) * pageByteCount - 1] = 1;
  }
  return core;
}

function writeRam(core: GuestCore, write: (bytes: Uint8Array) => void): void {
  const block = {
    name: 'ram',
    address: ramBase,
    bytes: core.ram,
    writable: true,
    isZero: (page: number) => core.isZero(page),
    write: (offset: number, bytes: Uint8Array) => core.writeRam(offset, bytes),
  };
  const file = new QemuFile({
    write: (bytes) => {
      write(bytes);
      return undefined;
    },
  });
  const ram = new RamState([block]);
  const stream = new VmstateStream(file, ram, new Set());
  stream.writeHeader();
  stream.writeRamSetup();
  stream.beginRamSection('part');
  for (let at = ram.findDirty(); at; at = ram.findDirty()) {
    ram.clearDirty(at);
    if (block.isZero(at.page)) stream.writeZeroPage(at);
    else stream.writePage(at);
    file.flush();
  }
  stream.endRamSection();
  file.flush();
}

/** Hands on whole chunks, and times who takes them. */
class ChunkBuffer {
  readMs = 0;
  readonly #bytes = new Uint8Array(chunkByteCount);
  #length = 0;

  constructor(private readonly take: (bytes: Uint8Array) => void) {}

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + chunkByteCount - this.#length);
      this.#bytes.set(piece, this.#length);
      this.#length += piece.length;
      at += piece.length;
      if (this.#length < chunkByteCount) continue;
      this.readMs += timed(() => this.take(this.#bytes));
      this.#length = 0;
    }
  }

  flush(): void {
    this.readMs += timed(() => this.take(this.#bytes.subarray(0, this.#length)));
    this.#length = 0;
  }
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
