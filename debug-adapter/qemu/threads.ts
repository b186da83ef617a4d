import type { ThreadId, ThreadInfo, ThreadRole } from '../debuggee/thread';
import type { HostThread } from './process-facts';
import type { RunningQemu } from './running-qemu';

export const mainLoop = 'main loop';
export const migration = 'migration';
export const faultState = 'waits in a write fault';

export function vcpuId(index: number): ThreadId {
  return `vCPU ${index}`;
}

/** The threads of a real QEMU by their roles. */
export class QemuThreads {
  /** Those before the snapshot: one that has come since is its migration thread. */
  #before: ReadonlySet<number> = new Set();

  constructor(private readonly qemu: RunningQemu) {}

  /** A snapshot is about to begin. */
  note(): void {
    this.#before = new Set(this.qemu.facts.threads().map(({ tid }) => tid));
  }

  list(isSnapshotUnderWay: boolean, timeNs: number): readonly ThreadInfo[] {
    const info = (id: ThreadId, role: ThreadRole, thread: HostThread | undefined): ThreadInfo => ({
      id,
      role,
      state: stateText(thread),
      // One that is held waits for us.
      isBlocked: thread?.isFaulting ?? false,
      timeNs,
      progress: 0,
    });
    const all = this.qemu.facts.isAlive ? this.qemu.facts.threads() : [];
    const byTid = new Map(all.map((thread) => [thread.tid, thread]));
    const saver = isSnapshotUnderWay ? all.find(({ tid }) => !this.#before.has(tid)) : undefined;
    return [
      ...this.qemu.vcpus.map(({ index, tid }) => info(vcpuId(index), 'hart', byTid.get(tid))),
      info(mainLoop, 'main-loop', byTid.get(this.qemu.pid)),
      ...(isSnapshotUnderWay ? [info(migration, 'migration', saver)] : []),
      ...this.qemu.iothreads.map(({ id, tid }) => info(`iothread ${id}`, 'other', byTid.get(tid))),
    ];
  }

  /** Of one that waits in a write fault: all but the vCPUs' are the main loop's. */
  nameOf(thread: HostThread | undefined): ThreadId {
    const vcpu = this.qemu.vcpus.find(({ tid }) => tid === thread?.tid);
    return vcpu ? vcpuId(vcpu.index) : mainLoop;
  }
}

/** What the kernel tells of a thread. */
function stateText(thread: HostThread | undefined): string {
  if (!thread) return 'not to be seen';
  if (thread.isFaulting) return faultState;
  if (isWriting(thread)) return `held in write() (${thread.wchan})`;
  return thread.wchan === '' ? 'running' : `in the kernel: ${thread.wchan}`;
}

/** Into the trace or the stream: QEMU is held there. */
export function isWriting({ wchan }: HostThread): boolean {
  return /pipe_write/.test(wchan);
}
