import type { Names } from '../debuggee/breakpoints';
import { DebuggeeError, type DebuggeeEvent, type RunRequest } from '../debuggee/debuggee';
import type { Host } from '../debuggee/host';
import { isEnding, type Phase } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import type { Scope, ThreadId } from '../debuggee/thread';
import type { PageOfBlock } from '../protocol/messages';
import { PageState } from '../protocol/page-states';
import { heldRegisters } from './held-registers';
import { HeldSnapshot, type Place, type SnapshotCounts } from './held-snapshot';
import type { PageStates } from './page-states';
import { type PhasePlace, phaseOf } from './places';
import type { QemuTimeline } from './qemu-timeline';
import type { RamCopy } from './ram-copy';
import { repairAdvice } from './repair';
import type { RunningQemu } from './running-qemu';
import type { ServedFault } from './served-faults';
import type { SnapshotOutput } from './snapshot-output';
import { measured, type Standing, standingText } from './standing';
import { pageAskedFor, type StopConditions } from './stop-conditions';
import { mainLoop, migration, type QemuThreads } from './threads';

/** Whom a snapshot concerns, and who tells of it. */
export interface SnapshotSession {
  readonly qemu: RunningQemu;
  readonly host: Host;
  readonly output: SnapshotOutput;
  readonly pages: PageStates;
  readonly threads: QemuThreads;
  readonly timeline: QemuTimeline;
  readonly stops: StopConditions;
  readonly timeNs: number;
  readonly isPauseWanted: boolean;
  names(thread: ThreadId, place: PageOfBlock | undefined): Names;
  noteThreads(timeNs: number): void;
  tell(event: DebuggeeEvent): void;
}

const pageByteCount = 4096;
const afterSnapshot = 'Let the snapshot end, then pause; their values at the freeze are in its file.';
/** The host's event loop has a turn at least so often. */
const turnMs = 20;
/** Between two looks at the page tables while QEMU runs on. */
const mapMs = 200;

/** A snapshot of a real QEMU, from stop to stop. It is still to be asked when it has ended. */
export class SnapshotRun {
  #phase: Phase = 'setup';
  #isUnderWay = true;
  /** From the freeze to vm_start. */
  #isFrozen = false;
  #isGivenUp = false;
  /** Of the present stop. */
  #page: PageOfBlock | undefined;
  #standing: Standing | undefined;
  /** Of vCPUs, which cannot be stopped. */
  #registers: ReadonlyMap<ThreadId, Scope> = new Map();
  #mappedMs = 0;

  private constructor(
    private readonly session: SnapshotSession,
    private readonly snapshot: HeldSnapshot,
  ) {}

  /** @throws QemuError when QEMU refuses it */
  static async begin(session: SnapshotSession, truth: RamCopy): Promise<SnapshotRun> {
    const { qemu, output, pages, threads, stops } = session;
    stops.beginSnapshot();
    pages.clear();
    threads.note();
    try {
      const file = output.begin();
      const snapshot = await HeldSnapshot.begin(qemu, file, (sent) => pages.sent(sent, session.timeNs), truth);
      session.timeline.beginSnapshot(session.timeNs);
      return new SnapshotRun(session, snapshot);
    } catch (error) {
      output.abandon();
      throw error;
    }
  }

  get phase(): Phase {
    return this.#phase;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  get page(): PageOfBlock | undefined {
    return this.#page;
  }

  get standing(): Standing | undefined {
    return this.#standing;
  }

  get registers(): ReadonlyMap<ThreadId, Scope> {
    return this.#registers;
  }

  /** RAM at the freeze. */
  get truth(): RamCopy {
    return this.snapshot.truth;
  }

  get counts(): SnapshotCounts {
    return this.snapshot.counts;
  }

  /** It is about to go on. @throws DebuggeeError for a page that QEMU sends no more */
  async leave(request: RunRequest): Promise<void> {
    const until = pageAskedFor(request);
    if (until && this.#isUnderWay) await this.#checkComes(until);
    this.#page = undefined;
    this.#standing = undefined;
    this.#registers = new Map();
  }

  /** Undefined where it has ended, and stops nowhere. @throws DebuggeeError when QEMU has not begun it */
  async goOn(request: RunRequest): Promise<Stop | undefined> {
    try {
      return await this.#goOn(request);
    } catch (error) {
      if (!this.snapshot.isRefused) throw error;
      this.#isUnderWay = false;
      this.session.output.abandon();
      await this.snapshot.close();
      throw error;
    }
  }

  /** QEMU goes on with it: one that was cancelled leaves a dead guest before 8.1. Its file is not kept. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.snapshot.widen();
    this.#say(
      'Given up: QEMU sends the rest, which nobody keeps. (Cancelled, QEMU before 8.1 would leave a dead guest.)',
    );
  }

  async close(): Promise<void> {
    if (this.#isUnderWay) await this.snapshot.close();
  }

  async #goOn(request: RunRequest): Promise<Stop | undefined> {
    const { snapshot, session } = this;
    const { host } = session;
    if (!this.#isGivenUp && session.stops.needPages(request)) await snapshot.narrow();
    else snapshot.widen();
    for (let lastTurn = host.now(); ; ) {
      const place = await snapshot.next(() => {
        this.#refreshMap(false);
        return session.isPauseWanted;
      });
      if (!place) break;
      const stop = await (place.kind === 'page' ? this.#atPage(place, request) : this.#atPhase(place, request));
      if (stop || !this.#isUnderWay) return stop;
      if (host.now() - lastTurn > turnMs) {
        await host.nextTurn();
        lastTurn = host.now();
      }
    }
    this.#refreshMap(true);
    await this.#stand({ thread: migration, at: this.#phase, place: this.#phase });
    return { reason: 'pause', thread: migration };
  }

  async #checkComes(of: PageOfBlock): Promise<void> {
    const { pages } = this.session;
    await this.snapshot.narrow();
    const isHeld = this.#page?.block === of.block && this.#page.page === of.page;
    if (!isHeld && !pages.isSent(of)) return;
    const { address } = pages.info(of.page, of.block);
    throw new DebuggeeError('page-sent', `The page at ${address} has been sent, and QEMU sends each page once.`);
  }

  async #atPage({ page: sent, fault }: Place & { kind: 'page' }, request: RunRequest): Promise<Stop | undefined> {
    const { session } = this;
    const { timeNs } = session;
    const { block, page } = sent;
    const place = { block, page };
    const thread = fault ? session.threads.nameOf(fault.waiting[0]) : migration;
    if (fault) this.#noteFault(place, thread, fault, timeNs);
    const hit = session.stops.atPage(place, fault !== undefined, request, () => session.names(thread, place));
    if (!hit.isStop && !session.isPauseWanted) return undefined;
    this.#page = place;
    this.#refreshMap(true);
    if (hit.isAskedFor && !hit.isBreakpoint) this.#sayPage(sent, fault && thread);
    const physicalAddress = session.pages.addressOf(place);
    const physicalPage = physicalAddress / pageByteCount;
    const isAtFault = fault !== undefined && (request.kind !== 'step' || hit.isBreakpoint);
    const at = isAtFault ? ({ thread, at: 'write fault' } as const) : ({ thread: migration, at: 'save' } as const);
    await this.#stand({ ...at, place: 'save', page: physicalPage, waited: fault?.waited });
    if (!isAtFault) return { reason: request.kind === 'step' ? 'step' : 'pause', thread: migration };
    return { reason: 'write-fault', thread, fault: { page: physicalPage, physicalAddress, timeNs } };
  }

  #noteFault(place: PageOfBlock, thread: ThreadId, { waited }: ServedFault, timeNs: number): void {
    const { pages, timeline } = this.session;
    pages.set(place, PageState.Faulting, timeNs, thread);
    const sinceNs = timeNs - Math.round((waited?.leastMs ?? 0) * 1e6);
    if (place.block === pages.blocks[0].block.name) timeline.noteFault(thread, place.page, sinceNs, timeNs);
  }

  /** @param faulting for whose fault it is sent */
  #sayPage(sent: (Place & { kind: 'page' })['page'], faulting: ThreadId | undefined): void {
    const ahead = this.snapshot.pagesAhead(sent);
    const why = sent.isZero ? 'zero' : faulting === undefined ? 'scan' : `for ${faulting}`;
    const lead = ahead === undefined ? '' : `; QEMU is ${ahead} ${ahead === 1 ? 'page' : 'pages'} ahead`;
    this.#say(`Page 0x${sent.page.toString(16)} of ${sent.block}, ${why}${lead}.`);
  }

  async #atPhase(place: PhasePlace, request: RunRequest): Promise<Stop | undefined> {
    const { session } = this;
    const phase = phaseOf(place);
    const thread = phase === 'vm-start-bh' ? mainLoop : migration;
    if (phase !== undefined) await this.#enter(phase, thread);
    // Who has given it up wants to see no more than its end.
    const isShown = phase !== undefined && (!this.#isGivenUp || isEnding(phase));
    const isWanted = isShown && session.stops.stopsAtPhase(phase, request, () => session.names(thread, undefined));
    if (!isWanted && request.kind !== 'step' && !session.isPauseWanted) return undefined;
    // The migration thread is gone when all is over.
    const there = this.#isUnderWay ? thread : mainLoop;
    const standing = await this.#stand({ thread: there, at: phase ?? this.#phase, place });
    const text = standingText(standing, this.#isUnderWay);
    this.#refreshMap(true);
    this.#say(text);
    if (isWanted) return { reason: 'phase', thread: there, phase, text };
    return { reason: request.kind === 'step' ? 'step' : 'pause', thread: there };
  }

  async #enter(phase: Phase, thread: ThreadId): Promise<void> {
    const { session } = this;
    const { timeNs } = session;
    if (isEnding(phase)) await this.#end(phase);
    if (thread === migration) this.#phase = phase;
    session.noteThreads(timeNs);
    if (phase === 'vm-stop') this.#isFrozen = true;
    else if (phase === 'vm-start-bh' || isEnding(phase)) this.#isFrozen = false;
    session.noteThreads(timeNs);
    session.timeline.enterPhase(phase, thread, timeNs);
    session.tell({ kind: 'phase', phase, thread, timeNs });
  }

  async #stand<Where extends Pick<Standing, 'thread' | 'at' | 'place' | 'page' | 'waited'>>(
    where: Where,
  ): Promise<Where & Standing> {
    const { qemu } = this.session;
    const isTraced = typeof where.place === 'object' && where.place.kind === 'trace';
    const standing = { ...where, ...(await measured(qemu, isTraced && this.#isUnderWay)), counts: this.counts };
    if (this.#isUnderWay) this.#registers = await heldRegisters(qemu, standing.isAnswering, afterSnapshot);
    // From here on it may be held for long.
    this.snapshot.faults.look();
    this.#standing = standing;
    return standing;
  }

  async #end(phase: Phase): Promise<void> {
    const { snapshot, session } = this;
    await snapshot.finish();
    await snapshot.close();
    this.#refreshMap(true);
    this.#isUnderWay = false;
    for (const { block, page } of snapshot.truth.badPages) {
      session.pages.set({ block, page }, PageState.Leaked, session.timeNs);
    }
    session.tell(await session.output.end(snapshot, this.#isGivenUp));
    if (phase !== 'completed') this.#tellDeath();
  }

  /** QEMU before 8.1 goes on tracking when a snapshot has come to nothing. */
  #tellDeath(): void {
    const { qemu } = this.session;
    if (qemu.facts.registeredRanges().length === 0) return;
    const text = `QEMU has left RAM protected: a vCPU that writes to it sleeps for ever. ${repairAdvice(qemu.pid)}`;
    this.session.tell({ kind: 'message', severity: 'error', text });
  }

  /** By the kernel's page tables. */
  #refreshMap(isWanted: boolean): void {
    const { host, pages, qemu } = this.session;
    const now = host.now();
    if (!this.#isUnderWay || (!isWanted && now - this.#mappedMs < mapMs)) return;
    this.#mappedMs = now;
    pages.refresh(qemu, this.snapshot.armed, this.session.timeNs);
  }

  #say(text: string): void {
    this.session.tell({ kind: 'message', severity: 'info', text });
  }
}
