import { closeSync, openSync, read, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { type AddressRange, nonzeroRanges, SystemError, writeProtectedRanges, writtenRanges } from './libc';
import { QemuError } from './qemu-error';

export interface HostThread {
  readonly tid: number;
  readonly name: string;
  /** The function of the kernel in which it sleeps; empty while it runs. */
  readonly wchan: string;
  /** It waits in a write to a protected page. */
  readonly isFaulting: boolean;
}

/** Of a userfaultfd: write faults that QEMU has not fetched yet, and those that it has fetched and not resolved. */
export interface UserfaultCounts {
  readonly fd: number;
  readonly pending: number;
  readonly fetched: number;
}

const pageByteCount = 4096;
const hugePageByteCount = 2 << 20;
/**
 * What is copied at a time, by so many threads: the guest stands still meanwhile, and leaves its processors to us. To map
 * as much memory takes some 50 ms.
 */
const pieceByteCount = 16 << 20;
const copyLaneCount = 2;
/** Of /proc/PID/pagemap: the page is write-protected by a userfaultfd. */
const writeProtectedBit = 57n;

const readAsync = promisify(read);

/** What the kernel tells of a process from outside it. */
export class ProcessFacts {
  #pagemapFd: number | undefined;
  #memoryFd: number | undefined;
  #userfaultFd: number | undefined;
  #canScan = true;

  constructor(readonly pid: number) {}

  get isAlive(): boolean {
    try {
      // A child that has ended and has not been waited for is a zombie.
      return !/^State:\s+[ZX]/m.test(this.#read('status'));
    } catch {
      return false;
    }
  }

  threads(): readonly HostThread[] {
    return readdirSync(`/proc/${this.pid}/task`).flatMap((tid) => {
      try {
        const wchan = this.#read(`task/${tid}/wchan`);
        const isFaulting = wchan === 'handle_userfault';
        const name = this.#read(`task/${tid}/comm`).trimEnd();
        return [{ tid: Number(tid), name, wchan: wchan === '0' ? '' : wchan, isFaulting }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
  }

  /** How long a thread has run so far, in ns: whether a vCPU moves. */
  runTimeNs(tid: number): number {
    return Number(this.#read(`task/${tid}/schedstat`).split(' ')[0]);
  }

  /**
   * Undefined without a userfaultfd: before the arming and when tracking has stopped.
   *
   * @param leftOver of snapshots before: QEMU never closes those
   */
  userfault(leftOver: readonly UserfaultCounts[] = []): UserfaultCounts | undefined {
    const isLeftOver = (fd: number): boolean => leftOver.some((each) => each.fd === fd);
    const known = this.#userfaultFd;
    if (known !== undefined && !isLeftOver(known)) {
      const counts = this.#countsOf(known);
      if (counts) return counts;
      this.#userfaultFd = undefined;
    }
    const counts = this.userfaults().find(({ fd }) => !isLeftOver(fd));
    this.#userfaultFd = counts?.fd;
    return counts;
  }

  /** All that the process has: a failed snapshot leaves its own. */
  userfaults(): readonly UserfaultCounts[] {
    return readdirSync(`/proc/${this.pid}/fd`).flatMap((fd) => {
      const counts = this.#linkOf(fd) === 'anon_inode:[userfaultfd]' ? this.#countsOf(Number(fd)) : undefined;
      return counts ? [counts] : [];
    });
  }

  /** Descriptors that are this file. */
  descriptorsOf(target: string): readonly number[] {
    const fds = readdirSync(`/proc/${this.pid}/fd`);
    return fds.filter((fd) => this.#linkOf(fd) === target).map(Number);
  }

  /** Memory that a userfaultfd has been asked to protect against writes. */
  registeredRanges(): readonly AddressRange[] {
    const ranges: AddressRange[] = [];
    let range: AddressRange | undefined;
    for (const line of this.#read('smaps').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line) ?? [];
      if (from !== undefined) {
        const start = BigInt(`0x${from}`);
        range = { start, byteCount: Number(BigInt(`0x${to}`) - start) };
      } else if (range && /^VmFlags:.*\buw\b/.test(line)) ranges.push(range);
    }
    return ranges;
  }

  /** In their order. By PAGEMAP_SCAN, or where the kernel is older than 6.7 entry by entry. */
  protectedRanges(range: AddressRange): readonly AddressRange[] {
    return this.#scanned((pagemapFd) => writeProtectedRanges(pagemapFd, range)) ?? this.readProtectedRanges(range);
  }

  protectedPageCount(range: AddressRange): number {
    return this.protectedRanges(range).reduce((sum, { byteCount }) => sum + byteCount / pageByteCount, 0);
  }

  /** As `protectedRanges`, on any kernel. */
  readProtectedRanges({ start, byteCount }: AddressRange): readonly AddressRange[] {
    this.#pagemapFd ??= this.#open('pagemap');
    const pageCount = byteCount / pageByteCount;
    const entries = new BigUint64Array(pageCount);
    readAll(this.#pagemapFd, new Uint8Array(entries.buffer), Number(start / 4096n) * 8);
    const ranges: AddressRange[] = [];
    for (let page = 0; page < pageCount; ) {
      const first = page;
      while (page < pageCount && (entries[page]! >> writeProtectedBit) & 1n) page++;
      const count = page - first;
      if (count > 0) ranges.push({ start: start + BigInt(first * 4096), byteCount: count * pageByteCount });
      else page++;
    }
    return ranges;
  }

  /** @throws QemuError when we may not look at it */
  checkAccess(): void {
    this.#pagemapFd ??= this.#open('pagemap');
    this.#memoryFd ??= this.#open('mem');
  }

  /** Memory behind the back of the process: a guest that stands still in a write fault does not matter. */
  readMemory({ start, byteCount }: AddressRange): Buffer {
    this.#memoryFd ??= this.#open('mem');
    const bytes = Buffer.allocUnsafeSlow(byteCount);
    readAll(this.#memoryFd, bytes, start);
    return bytes;
  }

  /**
   * The same, of much, into zeros, while nobody changes it: what nobody has written to yet is known to be zero, and takes
   * neither time nor room, where it is large. Other work has its turns meanwhile.
   *
   * @param isGivenUp asked now and then: what is not read yet is left out
   */
  async copyMemory(range: AddressRange, bytes: Buffer, isGivenUp = () => false): Promise<void> {
    this.#memoryFd ??= this.#open('mem');
    const fd = this.#memoryFd;
    const pieces = this.writtenPieces(range);
    const lane = async (): Promise<void> => {
      for (let piece = pieces.next(); !piece.done && !isGivenUp(); piece = pieces.next()) {
        const [from, to] = piece.value;
        await readWhole(fd, bytes.subarray(from, to), range.start + BigInt(from));
      }
    };
    await Promise.all(Array.from({ length: copyLaneCount }, lane));
  }

  /** What has been written of a range, in pieces: from and to, as offsets in it. */
  *writtenPieces(range: AddressRange): Generator<readonly [from: number, to: number]> {
    for (const { start, byteCount } of this.#writtenRanges(range)) {
      const first = Number(start - range.start);
      const end = first + byteCount;
      for (let from = first; from < end; from += pieceByteCount) yield [from, Math.min(end, from + pieceByteCount)];
    }
  }

  /** Where something else than zeros may be, as far as the kernel tells, without small gaps. */
  #writtenRanges(range: AddressRange): readonly AddressRange[] {
    // Of memory that others share, what has not been mapped here may have been written there.
    const isAnonymous = this.#isAnonymous(range);
    const written = this.#scanned((pagemapFd) =>
      isAnonymous ? writtenRanges(pagemapFd, range) : nonzeroRanges(pagemapFd, range),
    );
    if (!written) return [range];
    const joined: AddressRange[] = [];
    for (const { start, byteCount } of written) {
      const last = joined.at(-1);
      const gap = last && Number(start - last.start) - last.byteCount;
      if (gap === undefined || gap >= hugePageByteCount) joined.push({ start, byteCount });
      else joined[joined.length - 1] = { start: last!.start, byteCount: last!.byteCount + gap + byteCount };
    }
    return joined;
  }

  /** All of it is the process's own, and of no file. */
  #isAnonymous({ start, byteCount }: AddressRange): boolean {
    return this.#read('maps')
      .split('\n')
      .some((line) => {
        const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) ...p 0+ 00:00 0\b/.exec(line) ?? [];
        return from !== undefined && BigInt(`0x${from}`) <= start && BigInt(`0x${to}`) >= start + BigInt(byteCount);
      });
  }

  /** Undefined where the kernel is older than 6.7. */
  #scanned(scan: (pagemapFd: number) => Iterable<AddressRange>): readonly AddressRange[] | undefined {
    this.#pagemapFd ??= this.#open('pagemap');
    try {
      return this.#canScan ? [...scan(this.#pagemapFd)] : undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#canScan = false;
      return undefined;
    }
  }

  close(): void {
    for (const fd of [this.#pagemapFd, this.#memoryFd]) if (fd !== undefined) closeSync(fd);
    this.#pagemapFd = this.#memoryFd = undefined;
  }

  #read(path: string): string {
    return readFileSync(`/proc/${this.pid}/${path}`, 'utf8');
  }

  #open(name: string): number {
    try {
      return openSync(`/proc/${this.pid}/${name}`, 'r');
    } catch (error) {
      throw new QemuError('no-permission', noPermission(this.pid, name, error));
    }
  }

  #linkOf(fd: string): string {
    try {
      return readlinkSync(`/proc/${this.pid}/fd/${fd}`);
    } catch {
      return '';
    }
  }

  #countsOf(fd: number): UserfaultCounts | undefined {
    try {
      const [, pending, total] = /^pending:\s*(\d+)\s+total:\s*(\d+)/m.exec(this.#read(`fdinfo/${fd}`)) ?? [];
      if (total === undefined) return undefined;
      return { fd, pending: Number(pending), fetched: Number(total) - Number(pending) };
    } catch {
      return undefined;
    }
  }
}

function noPermission(pid: number, name: string, error: unknown): string {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  const advice = 'Run as the user who has started it, with `kernel.yama.ptrace_scope` 0, or as root.';
  return `The memory of process ${pid} cannot be looked at (/proc/${pid}/${name}: ${reason}). ${advice}`;
}

async function readWhole(fd: number, bytes: Uint8Array, position: bigint): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const place = (position + BigInt(at)) as unknown as number;
    const { bytesRead } = await readAsync(fd, bytes, at, bytes.length - at, place);
    if (bytesRead === 0) throw new Error(`only ${at} of ${bytes.length} bytes can be read`);
    at += bytesRead;
  }
}

function readAll(fd: number, bytes: Uint8Array, position: number | bigint): void {
  for (let at = 0; at < bytes.length; ) {
    const place = typeof position === 'bigint' ? position + BigInt(at) : position + at;
    const count = readSync(fd, bytes, at, bytes.length - at, place as number);
    if (count === 0) throw new Error(`only ${at} of ${bytes.length} bytes can be read`);
    at += count;
  }
}
