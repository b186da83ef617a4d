import type { ThreadId } from '../debuggee/thread';
import type { HostThread } from './process-facts';

export const faultState = 'waits in a write fault';

export function vcpuId(index: number): ThreadId {
  return `vCPU ${index}`;
}

/** What the kernel tells of a thread. */
export function stateText(thread: HostThread | undefined): string {
  if (!thread) return 'not to be seen';
  if (thread.isFaulting) return faultState;
  if (isWriting(thread)) return `held in write() (${thread.wchan})`;
  return thread.wchan === '' ? 'running' : `in the kernel: ${thread.wchan}`;
}

export function isWriting({ wchan }: HostThread): boolean {
  return /pipe_write/.test(wchan);
}
