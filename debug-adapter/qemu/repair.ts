import { closeSync } from 'node:fs';
import { type AddressRange, liftWriteProtection, SystemError, shareFd, unregister } from './libc';
import { ProcessFacts } from './process-facts';
import { QemuError } from './qemu-error';

export interface Repair {
  readonly pageCount: number;
  /** Threads that waited in a write fault, and do no more. */
  readonly wokenCount: number;
}

export function repairAdvice(pid: number): string {
  return `\`Freezeframe: Repair Guest\` revives it, as does \`freezeframe repair ${pid}\`.`;
}

export function repairText(pid: number, { pageCount, wokenCount }: Repair): string {
  const threads = wokenCount === 1 ? '1 thread that waited in a write fault goes' : `${wokenCount} threads go`;
  return `${pageCount} pages of process ${pid} are no longer protected; ${threads} on.`;
}

/** A thread that saves a snapshot and waits for its reader sleeps in one of these. */
const writesInto = /pipe_write|sock_alloc_send|unix_stream|sk_stream_wait|tcp_sendmsg|wait_for_space/;
/** Within so long a snapshot that is under way saves a page. */
const watchMs = 300;

/**
 * Gives back its life to a guest whose snapshot has failed or was cancelled (QEMU before 8.1): its pages are still protected,
 * and a vCPU that writes to one sleeps for ever. By QEMU's own userfaultfd, which it has not closed.
 *
 * @param force even where a snapshot seems to be under way, which will be wrong then
 * @throws QemuError
 */
export async function repairGuest(pid: number, force: boolean): Promise<Repair> {
  const facts = new ProcessFacts(pid);
  try {
    if (!facts.isAlive) throw nothing(`There is no process ${pid}.`);
    facts.checkAccess();
    const [userfault] = facts.userfaults();
    if (!userfault) throw nothing(`Process ${pid} has no userfaultfd: nothing in it is protected.`);
    const ranges = facts.registeredRanges();
    if (ranges.length === 0) throw nothing(`No memory of process ${pid} is protected against writes.`);
    if (!force) await checkIsLeft(facts, ranges);
    const waiting = () => facts.threads().filter(({ isFaulting }) => isFaulting).length;
    const before = waiting();
    const pageCount = protectedCount(facts, ranges);
    onUserfaults(facts, ranges, (fd, range) => {
      liftWriteProtection(fd, range);
      unregister(fd, range);
    });
    return { pageCount, wokenCount: before - waiting() };
  } finally {
    facts.close();
  }
}

/** @throws QemuError when a snapshot seems to be under way */
async function checkIsLeft(facts: ProcessFacts, ranges: readonly AddressRange[]): Promise<void> {
  const before = protectedCount(facts, ranges);
  await new Promise((resolve) => setTimeout(resolve, watchMs));
  const writer = facts.threads().find(({ wchan }) => writesInto.test(wchan));
  const text = writer
    ? `thread ${writer.tid} waits for the reader of its stream (${writer.wchan})`
    : `${before - protectedCount(facts, ranges)} pages were saved in ${watchMs} ms`;
  if (!writer && protectedCount(facts, ranges) === before) return;
  const advice =
    'Let it end, or cancel it first. `freezeframe repair --force` lifts the protection all the same; the snapshot is wrong then.';
  throw new QemuError('snapshot-under-way', `Process ${facts.pid} is in the midst of a snapshot: ${text}. ${advice}`);
}

/**
 * What if somebody lifts the protection in the midst of a snapshot? QEMU does not notice: it says `completed` of a file with
 * the guest's later writes. An experiment, on a guest whose snapshot is of no use then.
 */
export function liftProtectionMidway(facts: ProcessFacts): void {
  // Registered they stay: QEMU lifts it page by page, and must not fail.
  onUserfaults(facts, facts.registeredRanges(), liftWriteProtection);
}

function onUserfaults(
  facts: ProcessFacts,
  ranges: readonly AddressRange[],
  act: (fd: number, range: AddressRange) => void,
): void {
  const fds = facts.userfaults().map(({ fd }) => fd);
  for (const fd of fds) {
    const own = shared(facts.pid, fd);
    try {
      for (const range of ranges) {
        try {
          act(own, range);
        } catch (error) {
          // With several, a range is of one of them.
          if (!(error instanceof SystemError) || fds.length === 1) throw error;
        }
      }
    } finally {
      closeSync(own);
    }
  }
}

function shared(pid: number, fd: number): number {
  try {
    return shareFd(pid, fd);
  } catch (error) {
    const advice =
      'Run this as root, or as the user who has started it with `kernel.yama.ptrace_scope` 0; Linux 5.6 or newer.';
    throw new QemuError(
      'no-permission',
      `The userfaultfd of process ${pid} cannot be had (${String(error)}). ${advice}`,
    );
  }
}

function protectedCount(facts: ProcessFacts, ranges: readonly AddressRange[]): number {
  return ranges.reduce((sum, range) => sum + facts.protectedPageCount(range), 0);
}

function nothing(text: string): QemuError {
  return new QemuError('nothing-to-repair', text);
}
