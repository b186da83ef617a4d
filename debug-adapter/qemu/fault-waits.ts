/** On the wall: it was no shorter and no longer. */
export interface Wait {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** When a thread came to wait: behind the last look at which it did not, before the first at which it did. */
interface Coming {
  readonly afterMs: number;
  readonly byMs: number;
}

/**
 * How long threads wait in write faults, as it can be seen from outside: by looks. The kernel does not tell when one began.
 * A wait lasts while QEMU is held, too.
 */
export class FaultWaits {
  /** Upper bounds of those that are over, in their order. */
  readonly mostMs: number[] = [];
  /** When the last look began. */
  lookedMs: number;
  readonly #coming = new Map<number, Coming>();

  constructor(private readonly now: () => number) {
    this.lookedMs = now();
  }

  /** @param read tells the threads that wait in a write fault; it takes a while */
  look(read: () => readonly number[]): void {
    const beganMs = this.now();
    const waiting = this.follow(read);
    const byMs = this.now();
    for (const tid of waiting) {
      if (!this.#coming.has(tid)) this.#coming.set(tid, { afterMs: this.lookedMs, byMs });
    }
    this.lookedMs = beganMs;
  }

  /** Looks only whether those still wait that did. Of one that waits anew by then both waits are told as one. */
  follow(read: () => readonly number[]): readonly number[] {
    const waiting = read();
    for (const tid of this.#coming.keys()) if (!waiting.includes(tid)) this.#isOver(tid);
    return waiting;
  }

  /** Somebody has been seen to wait, and not to go. */
  get isAny(): boolean {
    return this.#coming.size > 0;
  }

  /** Of these threads, of whom any may be meant; undefined for none that has been seen. */
  of(tids: readonly number[]): Wait | undefined {
    const all = tids.flatMap((tid) => this.#coming.get(tid) ?? []);
    if (all.length === 0) return undefined;
    const nowMs = this.now();
    return {
      leastMs: nowMs - Math.max(...all.map(({ byMs }) => byMs)),
      mostMs: nowMs - Math.min(...all.map(({ afterMs }) => afterMs)),
    };
  }

  /** The fault of one of these threads is over; others have just been looked for. */
  end(tids: readonly number[]): void {
    if (tids.length > 1) this.forget();
    else for (const tid of tids) this.#isOver(tid);
  }

  /** Any fault may be over, and another one have begun: a thread that still waits does so since now at the latest. */
  forget(): void {
    const byMs = this.now();
    for (const [tid, { afterMs }] of this.#coming) this.#coming.set(tid, { afterMs, byMs });
  }

  #isOver(tid: number): void {
    const coming = this.#coming.get(tid);
    if (coming) this.mostMs.push(this.now() - coming.afterMs);
    this.#coming.delete(tid);
  }
}

/** For a summary; there are some. */
export function waitsText({ mostMs }: FaultWaits): string {
  const sorted = [...mostMs].sort((a, b) => a - b);
  const percentile = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
  const [p50, p99, longest] = [percentile(50), percentile(99), sorted.at(-1)!].map(milliseconds);
  return `at most ${p50} (p50), ${p99} (p99), ${longest} (longest) of wall time, including while held`;
}

/** For a stop: both bounds are to be seen in a narrow side bar. */
export function waitText({ leastMs, mostMs }: Wait): string {
  const [least, most] = [leastMs, mostMs].map(inDigits);
  return `${least === most ? most : `${least} to ${most}`} ms of wall time`;
}

function milliseconds(ms: number): string {
  return `${inDigits(ms)} ms`;
}

function inDigits(ms: number): string {
  const digits = ms < 10 ? 1 : 0;
  return ms.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
