import { closeSync } from 'node:fs';
import * as koffi from 'koffi';
import { QemuError } from './qemu-error';

/** The calls that Node lacks. Numbers and structures are those of 64-bit little-endian Linux. */
if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
  throw new QemuError('needs-linux', 'Debugging a real QEMU needs Linux on x86-64 or arm64.');
}
const libc = koffi.load('libc.so.6');
const call = {
  pipe2: libc.func('int pipe2(_Out_ int *fds, int flags)'),
  fcntl: libc.func('int fcntl(int fd, int command, ...)'),
  poll: libc.func('int poll(void *fds, ulong count, int ms)'),
  tee: libc.func('long tee(int from, int to, size_t byteCount, uint flags)'),
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  connect: libc.func('int connect(int fd, void *address, uint byteCount)'),
  sendmsg: libc.func('long sendmsg(int fd, void *message, int flags)'),
  getsockopt: libc.func('int getsockopt(int fd, int level, int name, void *value, void *byteCount)'),
  madvise: libc.func('int madvise(void *address, size_t byteCount, int advice)'),
  ioctl: libc.func('int ioctl(int fd, ulong request, void *argument)'),
  syscall: libc.func('long syscall(long number, ...)'),
};

/** Of a call of the kernel's. */
export class SystemError extends Error {
  constructor(
    readonly what: string,
    readonly errno: number,
  ) {
    super(`${what}: ${errnoNames.get(errno) ?? `errno ${errno}`}`);
  }

  /** `ENOENT`. */
  get code(): string {
    return errnoNames.get(this.errno) ?? `errno ${this.errno}`;
  }

  get isBusy(): boolean {
    return this.errno === koffi.os.errno.EBUSY;
  }
}

const errnoNames = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value as number, name]));

function checked(what: string, result: number | bigint): number {
  if (result < 0) throw new SystemError(what, koffi.errno());
  return Number(result);
}

/** 64-bit words one behind the other, as a C structure. */
function structure(...words: readonly (number | bigint)[]): Buffer {
  return Buffer.from(BigUint64Array.from(words, BigInt).buffer);
}

const openFlags = { nonBlock: 0o4000, direct: 0o40000, closeOnExec: 0o2000000 };
const fileControl = { getFlags: 3, setFlags: 4, setPipeSize: 1031 };

export function pipe(): readonly [readFd: number, writeFd: number] {
  const fds = [0, 0];
  checked('pipe2', call.pipe2(fds, openFlags.closeOnExec));
  return [fds[0]!, fds[1]!];
}

export function setPipeSize(fd: number, byteCount: number): void {
  checked('F_SETPIPE_SZ', call.fcntl(fd, fileControl.setPipeSize, 'int', byteCount));
}

/** `nonBlock`: reads and writes do not wait. `direct`: a pipe keeps what each write() brought apart, up to 4096 bytes. */
export function setFileFlag(fd: number, flag: 'nonBlock' | 'direct', isSet: boolean): void {
  const flags = checked('F_GETFL', call.fcntl(fd, fileControl.getFlags));
  const changed = isSet ? flags | openFlags[flag] : flags & ~openFlags[flag];
  checked('F_SETFL', call.fcntl(fd, fileControl.setFlags, 'int', changed));
}

/** Copies what lies in a pipe into another one. @returns bytes; 0 at the end; undefined when there are none now */
export function peekInto(readFd: number, writeFd: number, byteCount: number): number | undefined {
  const count = call.tee(readFd, writeFd, byteCount, 2 /* SPLICE_F_NONBLOCK */);
  if (count < 0 && koffi.errno() === koffi.os.errno.EAGAIN) return undefined;
  return checked('tee', count);
}

/** Resolves when one of the files can be read, or has ended, or after `ms`. */
export function readable(fds: readonly number[], ms: number): Promise<void> {
  const list = Buffer.alloc(fds.length * 8);
  for (const [index, fd] of fds.entries()) {
    list.writeInt32LE(fd, index * 8);
    list.writeInt16LE(1 /* POLLIN */, index * 8 + 4);
  }
  return new Promise((resolve) => call.poll.async(list, fds.length, ms, () => resolve()));
}

/** A connected descriptor of our own, on which descriptors can be sent. @throws SystemError */
export function connectUnix(path: string): number {
  const fd = checked('socket', call.socket(1 /* AF_UNIX */, 1 /* SOCK_STREAM */ | openFlags.closeOnExec, 0));
  const address = Buffer.alloc(110);
  address.writeUInt16LE(1, 0);
  address.write(path, 2, 107);
  if (call.connect(fd, address, address.length) === 0) return fd;
  const errno = koffi.errno();
  closeSync(fd);
  throw new SystemError('connect', errno);
}

/** The process that has made the socket at the other end. */
export function peerPid(socketFd: number): number {
  const credentials = Buffer.alloc(12);
  const byteCount = Buffer.from(Uint32Array.of(credentials.length).buffer);
  checked('SO_PEERCRED', call.getsockopt(socketFd, 1 /* SOL_SOCKET */, 17, credentials, byteCount));
  return credentials.readInt32LE(0);
}

/** Bytes with a descriptor attached (SCM_RIGHTS). */
export function sendWithFd(socketFd: number, bytes: Buffer, fd: number): void {
  // cmsghdr: length, level SOL_SOCKET and type SCM_RIGHTS, the descriptor.
  const control = structure(20, 0x1_0000_0001, fd);
  const vector = structure(koffi.address(bytes), bytes.length);
  const message = structure(0, 0, koffi.address(vector), 1, koffi.address(control), 24, 0);
  checked('sendmsg', call.sendmsg(socketFd, message, 0));
}

export interface AddressRange {
  readonly start: bigint;
  readonly byteCount: number;
}

const pageIs = { written: 2, present: 8, swapped: 16, zero: 32 };
const runCountMax = 4096;
const runs = Buffer.alloc(24 * runCountMax);

/** Ranges of pages that a userfaultfd protects against writes in another process. @throws SystemError as `scan` */
export function writeProtectedRanges(pagemapFd: number, range: AddressRange): Iterable<AddressRange> {
  const anyOf = pageIs.present | pageIs.swapped;
  return scan(pagemapFd, range, { inverted: pageIs.written, all: pageIs.written, anyOf });
}

/** Ranges that the kernel has mapped, but not to its page of zeros: somebody has written to them. @throws SystemError as `scan` */
export function writtenRanges(pagemapFd: number, range: AddressRange): Iterable<AddressRange> {
  const anyOf = pageIs.present | pageIs.swapped;
  return scan(pagemapFd, range, { inverted: pageIs.zero, all: pageIs.zero, anyOf });
}

/** All that the kernel has not mapped to its page of zeros. @throws SystemError as `scan` */
export function nonzeroRanges(pagemapFd: number, range: AddressRange): Iterable<AddressRange> {
  return scan(pagemapFd, range, { inverted: pageIs.zero, all: pageIs.zero, anyOf: 0 });
}

/**
 * Ranges of pages of another process that are all of these, and any of those: PAGEMAP_SCAN of Linux 6.7.
 *
 * @throws SystemError ENOTTY where the kernel does not have it
 */
function* scan(
  pagemapFd: number,
  { start, byteCount }: AddressRange,
  { inverted, all, anyOf }: { readonly inverted: number; readonly all: number; readonly anyOf: number },
): Generator<AddressRange> {
  const end = start + BigInt(byteCount);
  for (let from = start; from < end; ) {
    // struct pm_scan_arg: what is asked for is present or swapped, and not written.
    const argument = structure(
      ...[96, 0, from, end, 0, koffi.address(runs), runCountMax, 0],
      ...[inverted, all, anyOf, all],
    );
    const count = checked('PAGEMAP_SCAN', call.ioctl(pagemapFd, 0xc0606610, argument));
    // `walk_end` cannot be relied on: Linux 6.18 leaves it behind when there are more than 512 ranges.
    from = count < runCountMax ? end : runs.readBigUInt64LE(count * 24 - 16);
    for (let at = 0; at < count * 24; at += 24) {
      const first = runs.readBigUInt64LE(at);
      yield { start: first, byteCount: Number(runs.readBigUInt64LE(at + 8) - first) };
    }
  }
}

/** Asks the kernel for huge pages behind `bytes`. */
export function preferHugePages(bytes: Buffer): Promise<void> {
  return advise(bytes, 14 /* MADV_HUGEPAGE */);
}

/** Maps memory of ours before it is written to. Where the kernel cannot (Linux before 5.14), the first write does. */
export function populate(bytes: Buffer): Promise<void> {
  return advise(bytes, 23 /* MADV_POPULATE_WRITE */);
}

function advise(bytes: Buffer, advice: number): Promise<void> {
  const address = koffi.address(bytes);
  const first = address - (address % 4096n);
  return new Promise((resolve) =>
    // Nothing is taken from `bytes` meanwhile.
    call.madvise.async(first, Number(address - first) + bytes.length, advice, () => resolve(void bytes)),
  );
}

/** Another process's open file, shared with it: what is set on it here holds there. @throws SystemError */
export function shareFd(pid: number, fd: number): number {
  const pidFd = checked('pidfd_open', call.syscall(434, 'int', pid, 'uint', 0));
  try {
    return checked('pidfd_getfd', call.syscall(438, 'int', pidFd, 'int', fd, 'uint', 0));
  } finally {
    closeSync(pidFd);
  }
}

/** Lifts a userfaultfd's protection of a range, and wakes who waits at it. @throws SystemError */
export function liftWriteProtection(userfaultFd: number, { start, byteCount }: AddressRange): void {
  checked('UFFDIO_WRITEPROTECT', call.ioctl(userfaultFd, 0xc018aa06, structure(start, byteCount, 0)));
}

/** Has a userfaultfd forget a range. @throws SystemError */
export function unregister(userfaultFd: number, { start, byteCount }: AddressRange): void {
  checked('UFFDIO_UNREGISTER', call.ioctl(userfaultFd, 0x8010aa01, structure(start, byteCount)));
}
