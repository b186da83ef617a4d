import type { Routine } from '../simulation/actions';
import { Signal } from '../simulation/signal';

/** Work for the main loop's thread: QEMU's bottom halves, and events from outside that it polls for. */
export interface MainLoopWork {
  /** The function's name as a stack frame shows it. */
  readonly name: string;
  readonly body: () => Routine;
}

/** What the main loop polls. Whoever schedules wakes it. */
export class MainLoopQueue {
  readonly signal = new Signal();
  private readonly _work: MainLoopWork[] = [];

  schedule(work: MainLoopWork, timeNs: number): void {
    this._work.push(work);
    this.signal.notify(timeNs);
  }

  get isEmpty(): boolean {
    return this._work.length === 0;
  }

  take(): MainLoopWork | undefined {
    return this._work.shift();
  }
}
