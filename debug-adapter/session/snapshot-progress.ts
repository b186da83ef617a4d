import type { Debuggee } from '../debuggee/debuggee';
import { isEnding, phases } from '../debuggee/phase';
import { PageState } from '../protocol/page-states';
import type { Client } from './client';

/**
 * A snapshot under way as a client shows something that takes time: with its phase, its share, and a way to cancel it. At a
 * stop nothing is under way: a client would show somebody at work.
 */
export class SnapshotProgress {
  #count = 0;
  #shown: { readonly progressId: string; message: string } | undefined;

  constructor(private readonly debuggee: Debuggee) {}

  /** The guest runs, and time has passed. */
  update(client: Client): void {
    const { phase, hostWork } = this.debuggee.status();
    if (!hostWork && (phase === 'none' || isEnding(phase))) {
      this.end(client);
      return;
    }
    const percentage = hostWork ? Math.floor(hostWork.share * 100) : this.#percentage;
    if (!this.#shown) {
      const progressId = `snapshot-${++this.#count}`;
      this.#shown = { progressId, message: '' };
      client.progress('progressStart', { progressId, title: 'Snapshot', cancellable: true, percentage });
    }
    const label = phases.find(({ id }) => id === phase)?.label.split(':')[0];
    const message = hostWork ? `${hostWork.what}, ${percentage} %` : `${label}, ${percentage} % of RAM saved`;
    if (message === this.#shown.message) return;
    this.#shown.message = message;
    client.progress('progressUpdate', { progressId: this.#shown.progressId, message, percentage });
  }

  end(client: Client): void {
    if (this.#shown) client.progress('progressEnd', { progressId: this.#shown.progressId });
    this.#shown = undefined;
  }

  /** The client's user gives it up. False: it is over. */
  cancel(progressId: string): boolean {
    if (this.#shown?.progressId !== progressId) return false;
    this.debuggee.cancelSnapshot();
    return true;
  }

  get #percentage(): number {
    const [ram] = this.debuggee.pages.blocks;
    const counts = ram.counts();
    const { pageCount } = ram.block;
    const open = counts[PageState.Untracked]! + counts[PageState.Protected]! + counts[PageState.Faulting]!;
    return Math.floor(((pageCount - open) / pageCount) * 100);
  }
}
