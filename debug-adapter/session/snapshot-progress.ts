import type { Debuggee } from '../debuggee/debuggee';
import { type Phase, phases } from '../debuggee/phase';
import { countPages, PageState } from '../protocol/page-states';
import type { Client } from './client';

const endings: ReadonlySet<Phase | 'none'> = new Set(['completed', 'failed', 'cancelled']);

/** A snapshot under way as a client shows something that takes time: with its phase, its share, and a way to cancel it. */
export class SnapshotProgress {
  #count = 0;
  #shown: { readonly progressId: string; message: string } | undefined;

  constructor(private readonly debuggee: Debuggee) {}

  enter(phase: Phase, client: Client): void {
    if (phase === 'setup') {
      const progressId = `snapshot-${++this.#count}`;
      this.#shown = { progressId, message: '' };
      client.progress('progressStart', { progressId, title: 'Snapshot', cancellable: true, percentage: 0 });
    }
    if (endings.has(phase)) this.end(client);
    else this.update(client);
  }

  /** Time has passed. */
  update(client: Client): void {
    if (!this.#shown) return;
    const { phase } = this.debuggee.status();
    const label = phases.find(({ id }) => id === phase)?.label.split(':')[0];
    const percentage = this.#percentage;
    const message = `${label}, ${percentage} % of RAM saved`;
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
    const { states } = this.debuggee.pages;
    const counts = countPages(states);
    const open = counts[PageState.Untracked]! + counts[PageState.Protected]! + counts[PageState.Faulting]!;
    return Math.floor(((states.length - open) / states.length) * 100);
  }
}
