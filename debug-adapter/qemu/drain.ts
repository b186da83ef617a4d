import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Waits for the end of our life line, then takes the stream; anew, for our own descriptor does not block. */
const script = 'cat <&3 >/dev/null; exec cat /proc/self/fd/4 >/dev/null';

/**
 * A process that takes what QEMU still writes when we are gone, however we went: so its snapshot comes to an end and the
 * guest lives. Without it every write to a page not yet saved would wait for ever.
 */
export class Drain {
  private constructor(private readonly child: ChildProcess) {}

  static async start(readFd: number): Promise<Drain> {
    const child = spawn('sh', ['-c', script], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', readFd],
    });
    child.unref();
    await once(child, 'spawn');
    return new Drain(child);
  }

  /** It takes what is left, and ends when QEMU has closed its end. */
  release(): void {
    for (const stream of this.child.stdio) stream?.destroy();
  }
}
