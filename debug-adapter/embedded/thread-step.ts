import type { VmmThread } from '../simulation/vmm-thread';
import type { StepDepth } from './hart-step';

/** A step of a VMM thread, by its actions and its frames. */
export class ThreadStep {
  readonly #framesAtStart: number;

  constructor(
    private readonly thread: VmmThread,
    private readonly depth: StepDepth,
  ) {
    this.#framesAtStart = thread.depth;
  }

  /** Once the thread has performed an action. */
  hasEnded(thread: VmmThread): boolean {
    if (thread.id !== this.thread.id) return false;
    if (!thread.pending || this.depth === 'into') return true;
    return this.depth === 'over' ? thread.depth <= this.#framesAtStart : thread.depth < this.#framesAtStart;
  }
}
