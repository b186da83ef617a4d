import { setTimeout as delay } from 'node:timers/promises';
import type { OutputFile } from '../debuggee/host';
import { isEnding, type Phase } from '../debuggee/phase';
import { readable } from './libc';
import { takenByteCountMax } from './packet-pipe';
import { PageStream, type SentPage } from './page-stream';
import { QemuError } from './qemu-error';
import { RamCopy } from './ram-copy';
import type { RunningQemu } from './running-qemu';
import { type ServedFault, ServedFaults } from './served-faults';
import { ToldPhases } from './told-phases';
import { type Passing, type TraceLine, traceEvents } from './trace';

/** Where QEMU is held. */
export type Place =
  /** `line` has been passed; the thread that wrote it, and any other that traces, waits at its next line. */
  | { readonly kind: 'trace'; readonly line: TraceLine; readonly passing: Passing }
  /** Before the stream's first byte, at its first page, or at its first byte behind RAM. */
  | { readonly kind: 'stream'; readonly phase: Phase }
  /** Nothing is traced: QEMU has told that it was there, and is held at the next place at the latest. */
  | { readonly kind: 'told'; readonly phase: Phase }
  | { readonly kind: 'page'; readonly page: SentPage; readonly fault: ServedFault | undefined };

export interface SnapshotCounts {
  pages: number;
  zeroPages: number;
  /** Pages sent for a fault, as far as QEMU was held at pages. */
  faults: number;
  byteCount: number;
}

/** How long nothing may come from a QEMU that is not held by us. */
const silentMs = 60_000;
/** Between two looks at whether QEMU lives. */
const lookMs = 100;
/** QEMU takes longer to fill a wide pipe. */
const againMs = 1;
/** There is more, and QEMU may wait. */
const plentyByteCount = takenByteCountMax / 2;
/** At a stretch. */
const drainMs = 20;

/**
 * A background snapshot of a real QEMU, at whose phases and pages it can be held: `next` lets it go on to the next place.
 * However it ends, and if nobody calls `next` any more, the guest goes on.
 */
export class HeldSnapshot {
  readonly stream: PageStream;
  readonly counts: SnapshotCounts = { pages: 0, zeroPages: 0, faults: 0, byteCount: 0 };
  /** How many pages have been sent, by block. */
  readonly sentCounts = new Map<string, number>();
  /** Blocks that QEMU has armed, by name. */
  readonly armed = new Set<string>();
  readonly faults: ServedFaults;
  /** How it has ended; undefined while it has not. */
  ending: Phase | undefined;
  /** Why the file could not be written. */
  failure: string | undefined;
  readonly #phases: ToldPhases;
  readonly #messageCount: number;
  #held: 'told' | 'page' | undefined;
  /** QEMU cannot write the first byte of the stream. */
  #isFilled = false;
  /** Phases that the stream has told. */
  readonly #entries = new Set<Phase>();
  #isWide = false;
  /** It will be, once the first page is there. */
  #isToWiden = false;
  #refusal: Error | undefined;

  private constructor(
    private readonly qemu: RunningQemu,
    private readonly output: Pick<OutputFile, 'write'>,
    private readonly onSent: (page: SentPage) => void,
    readonly truth: RamCopy,
  ) {
    this.faults = new ServedFaults(qemu.facts);
    this.#phases = new ToldPhases(qemu);
    this.#messageCount = qemu.messages.length;
    this.stream = new PageStream({
      onPage: (block, page, bytes) => this.#onPage(block, page, bytes),
      onBytes: (bytes) => {
        this.counts.byteCount += bytes.length;
        this.failure ??= this.output.write(bytes);
      },
    });
  }

  /**
   * @param truth to copy RAM into; it may have been prepared
   * @throws QemuError when QEMU refuses it
   */
  static async begin(
    qemu: RunningQemu,
    output: Pick<OutputFile, 'write'>,
    onSent: (page: SentPage) => void = () => {},
    truth = new RamCopy(qemu.facts),
  ): Promise<HeldSnapshot> {
    const snapshot = new HeldSnapshot(qemu, output, onSent, truth);
    try {
      await qemu.prepareSnapshot(snapshot.stream.pipe.readFd);
      await qemu.qmp.execute('getfd', { fdname: 'freezeframe' }, { fd: snapshot.stream.pipe.writeFd });
      await truth.prepare(qemu.blocks, () => false);
      await snapshot.#phases.begin();
      await qemu.stopPump();
      snapshot.stream.pipe.fill();
      snapshot.#isFilled = true;
      // It may be held before it answers.
      qemu.qmp.execute('migrate', { uri: 'fd:freezeframe' }).catch((error) => snapshot.#refuse(error));
      return snapshot;
    } catch (error) {
      await qemu.tidyUp(traceEvents);
      snapshot.stream.pipe.close();
      throw error;
    }
  }

  /**
   * Lets QEMU go on to the next place; undefined when there is none any more.
   *
   * @param isEnough asked while QEMU goes on: undefined, too, when it says so
   */
  async next(isEnough: () => boolean = () => false): Promise<Place | undefined> {
    this.#release();
    if (this.#isToWiden) this.widen();
    let silentSince = performance.now();
    for (let { byteCount } = this.counts; ; ) {
      const place = await this.#look();
      if (place) return place;
      if (this.isOver || isEnough()) return undefined;
      if (this.#refusal) throw this.#refusal;
      this.#checkLives();
      // At full speed much comes between two places.
      if (this.counts.byteCount !== byteCount) {
        byteCount = this.counts.byteCount;
        silentSince = performance.now();
      }
      if (performance.now() - silentSince > silentMs) {
        throw new QemuError('silent', `QEMU has neither traced nor sent anything for ${silentMs / 1000} s.`);
      }
      await this.#somethingNew();
      if (this.#isWide) this.faults.follow();
    }
  }

  /** Wide, the pipe has room: to be woken for each page would cost more than the page. */
  async #somethingNew(): Promise<void> {
    const { pipe, hasEnded } = this.qemu.tracePipe;
    const trace = hasEnded ? [] : [pipe.readFd];
    const stream = this.#isFilled ? [] : [this.stream.pipe.readFd];
    const { isTraced } = this.#phases;
    if (!this.#isWide) await readable([...trace, ...stream], isTraced ? lookMs : againMs);
    // Among the pages there is no trace, and a timer wakes us sooner.
    else if (this.counts.pages > 0 || !isTraced) await delay(againMs);
    else await readable(trace, againMs);
  }

  /** Lets QEMU run on: it is held at no page any more, at phases still, of which the first page is one. */
  widen(): void {
    this.#isToWiden = !this.#entries.has('save');
    if (this.#isToWiden || this.#isWide) return;
    // It may have been held for long, and nobody looks for more from here on.
    this.faults.look();
    this.faults.end();
    if (this.#held === 'page') this.#held = undefined;
    this.#isWide = true;
    this.stream.pipe.widen();
  }

  /** From now on QEMU is held at pages again; what it has written until then has passed. */
  async narrow(): Promise<void> {
    this.#isToWiden = false;
    if (!this.#isWide) return;
    this.#isWide = false;
    let end = performance.now() + drainMs;
    while (!this.stream.hasEnded && !this.stream.pipe.narrow()) {
      // At once: a moment later QEMU has filled it again.
      if (this.stream.drain() > 0 && performance.now() < end) continue;
      await delay(againMs);
      end = performance.now() + drainMs;
    }
    this.stream.drain();
    this.faults.forget();
  }

  /** What the guest has written to them is not in the stream. */
  get disks(): readonly string[] {
    return this.qemu.disks;
  }

  /** What QEMU has printed since it began. */
  get said(): readonly string[] {
    return this.qemu.messages.slice(this.#messageCount);
  }

  /** It has ended, but for what is in the pipe. */
  async finish(): Promise<void> {
    this.#release();
    while (!this.stream.hasEnded && this.qemu.facts.isAlive) if (this.stream.drain() === 0) await delay(againMs);
  }

  /** QEMU has not begun it; `next` says why. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  get isOver(): boolean {
    return this.ending !== undefined && this.stream.hasEnded;
  }

  /** Of one block, by the kernel's page tables; undefined where the block is not known. */
  protectedPageCount(block: string): number | undefined {
    const range = this.qemu.hostRangeOf(block);
    return range && this.qemu.facts.protectedPageCount(range);
  }

  /**
   * By how many pages of its block QEMU is ahead of the page that is held: their protection is lifted, though they have not
   * been taken. Undefined for a block that is not protected.
   */
  pagesAhead({ block, isZero }: SentPage): number | undefined {
    const range = this.armed.has(block) ? this.qemu.hostRangeOf(block) : undefined;
    if (!range) return undefined;
    const takenCount = (this.sentCounts.get(block) ?? 0) - (isZero ? 1 : 0);
    return range.byteCount / 4096 - this.qemu.facts.protectedPageCount(range) - takenCount;
  }

  /** What is held goes on; QEMU is as it was before the snapshot, when that has ended. */
  async close(): Promise<void> {
    await this.truth.giveUp();
    this.#phases.end();
    this.#release();
    const isOver = this.ending !== undefined || this.isRefused;
    // One of ours is about to be ended.
    if (isOver || !this.qemu.isOurs) await this.qemu.tidyUp(traceEvents);
    this.stream.pipe.close();
  }

  #release(): void {
    if (this.#held === 'told') {
      // It may have been held for long: what comes to wait does so behind this.
      this.faults.look();
      if (this.#isFilled) this.stream.pipe.take();
      this.#isFilled = false;
      this.#phases.take();
    }
    this.faults.end();
    if (this.#held === 'page') this.stream.pass();
    this.#held = undefined;
  }

  /**
   * The stream and the trace are two pipes. What is known of their order: a snapshot's tail is written when its last block has
   * been disarmed, and before its end is traced.
   */
  async #look(): Promise<Place | undefined> {
    const first = this.#phases.look()?.passing;
    if (!this.#phases.isTraced && !this.#isFilled && this.#hasEnteredHead()) return { kind: 'told', phase: 'head' };
    if (first && !isEnd(first)) return await this.#passed();
    if (this.#isFilled) return undefined;
    let page: SentPage | undefined;
    if (this.#isWide) this.#drain(first !== undefined);
    else page = this.stream.look();
    if (this.#streamPhase(page !== undefined)) await this.#phases.settle();
    const second = this.#phases.look()?.passing;
    if (this.#isWide && second && isEnd(second)) this.#drain(true);
    const phase = this.#streamPhase(page !== undefined);
    if (phase && (!second || isEnd(second))) return await this.#entered(phase);
    if (second) return await this.#passed();
    return page && (await this.#heldAt(page));
  }

  /** What is there: all of it, or as much as others can wait for. To read what is little keeps QEMU from writing more. */
  #drain(isLast: boolean): void {
    const end = performance.now() + drainMs;
    for (let byteCount = plentyByteCount; byteCount > 0; ) {
      byteCount = this.stream.drain();
      if (!isLast && (byteCount < plentyByteCount || performance.now() > end)) return;
    }
  }

  async #passed(): Promise<Place> {
    const { passing, line } = this.#phases.look()!;
    await this.#note(passing);
    this.faults.look();
    this.#held = 'told';
    if (line) return { kind: 'trace', line, passing };
    const { phase } = passing as Passing & { kind: 'phase' };
    return { kind: this.#isFilled ? 'stream' : 'told', phase };
  }

  async #heldAt(page: SentPage): Promise<Place> {
    this.#held = 'page';
    const fault = page.isZero ? undefined : await this.faults.serve();
    if (page.isZero && this.armed.has(page.block)) this.faults.passZeroPage();
    if (fault) this.counts.faults++;
    return { kind: 'page', page, fault };
  }

  /** It is in the stream before QEMU tells that it is active. */
  #hasEnteredHead(): boolean {
    if (this.#entries.has('head')) return false;
    this.stream.look();
    if (this.counts.byteCount > 0) this.#entries.add('head');
    return this.#entries.has('head');
  }

  /** A phase that only the stream tells, and that has not been told. */
  #streamPhase(isPage: boolean): Phase | undefined {
    if (isPage && !this.#entries.has('save')) return 'save';
    return this.stream.isInTail && !this.#entries.has('append-stash') ? 'append-stash' : undefined;
  }

  async #entered(phase: Phase): Promise<Place> {
    this.#entries.add(phase);
    if (phase === 'save' && !this.#phases.isTraced) await this.#copyProtected();
    return { kind: 'stream', phase };
  }

  /** The guest runs, or waits for us to go on. */
  async #copyProtected(): Promise<void> {
    for (const block of this.qemu.blocks) {
      if (!this.protectedPageCount(block.name)) continue;
      this.armed.add(block.name);
      await this.truth.addProtected(block);
    }
  }

  async #note(passing: Passing): Promise<void> {
    if (passing.kind === 'armed') {
      this.qemu.placeBlock(passing.block, passing.host, passing.byteCount);
      this.armed.add(passing.block);
      // The VM stands still until the last block is armed, and QEMU is held: what is there now must be in the stream.
      for (const block of this.qemu.blocks) await this.truth.add(block);
    }
    if (isEnd(passing)) {
      this.ending = passing.phase;
      this.stream.pipe.closeWriter();
    }
  }

  #onPage(block: string, page: number, bytes: Uint8Array | undefined): void {
    this.counts.pages++;
    if (!bytes) this.counts.zeroPages++;
    this.sentCounts.set(block, (this.sentCounts.get(block) ?? 0) + 1);
    this.truth.compare(block, page, bytes);
    this.onSent({ block, page, isZero: bytes === undefined });
  }

  #refuse(error: unknown): void {
    if (error instanceof QemuError && error.code === 'qmp-refused') this.#refusal = error;
  }

  #checkLives(): void {
    if (!this.qemu.facts.isAlive) throw this.qemu.hasEnded();
  }
}

function isEnd(passing: Passing): passing is Passing & { kind: 'phase' } {
  return passing.kind === 'phase' && isEnding(passing.phase);
}
