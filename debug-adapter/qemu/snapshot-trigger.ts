import type { Host } from '../debuggee/host';

/** When the snapshot begins; times are on the wall, from the guest's start. */
export type Trigger = 'start' | 'command' | { readonly ms: number } | { readonly console: string };

/** Of the console, to find what the snapshot waits for. */
const consoleLengthMax = 64 * 1024;

/** Begins a snapshot once by itself, or whenever it is wanted. */
export class SnapshotTrigger {
  isWanted = false;
  #isPulled = false;
  #startMs: number | undefined;
  #console = '';

  constructor(
    private readonly when: Trigger,
    private readonly host: Pick<Host, 'now'>,
  ) {}

  /** The guest runs; the first time counts. */
  guestRuns(): void {
    this.#startMs ??= this.host.now();
  }

  guestPrints(bytes: Uint8Array): void {
    this.#console = (this.#console + Buffer.from(bytes).toString('latin1')).slice(-consoleLengthMax);
  }

  get isDue(): boolean {
    return this.isWanted || (!this.#isPulled && this.#isReady);
  }

  /** A snapshot begins. */
  pull(): void {
    this.isWanted = false;
    this.#isPulled = true;
  }

  get #isReady(): boolean {
    const { when } = this;
    if (when === 'command') return false;
    if (when === 'start') return true;
    if ('console' in when) return this.#console.includes(when.console);
    return this.#startMs !== undefined && this.host.now() - this.#startMs >= when.ms;
  }
}
