import { setTimeout as delay } from 'node:timers/promises';
import { type Breakpoints, type Names, noBreakpoints } from '../debuggee/breakpoints';
import {
  type Ability,
  type Debuggee,
  DebuggeeError,
  type DebuggeeEvent,
  type DisassembledInstruction,
  type RunRequest,
  type Status,
} from '../debuggee/debuggee';
import { noGuestSource } from '../debuggee/guest-source';
import type { Host, OutputReservation, OutputSet } from '../debuggee/host';
import { isEnding, type Phase, phases } from '../debuggee/phase';
import type { Pieces } from '../debuggee/pieces';
import type { Stop } from '../debuggee/stop';
import type { Frame, Scope, ThreadId, ThreadInfo, Value } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import type { PageOfBlock } from '../protocol/messages';
import { PageState } from '../protocol/page-states';
import { Activity } from '../protocol/timeline';
import { type TimelineMark as Mark, Timeline } from '../timeline/timeline';
import { attachQemu } from './attach-qemu';
import { disassembleCode } from './code';
import { HeldSnapshot, type Place } from './held-snapshot';
import { PageStates } from './page-states';
import { PausedVcpus } from './paused-vcpus';
import { nextText, type PhasePlace, phaseOf, placeText } from './places';
import type { HostThread } from './process-facts';
import { hostRange } from './ram-blocks';
import type { RamCopy } from './ram-copy';
import type { QemuListener, RunningQemu } from './running-qemu';
import { snapshotReport } from './snapshot-report';
import { type QemuCommand, startQemu } from './start-qemu';
import { faultState, isWriting, stateText, vcpuId } from './thread-text';

/** When the snapshot begins; times are on the wall, from the guest's start. */
export type Trigger = 'start' | 'command' | { readonly ms: number } | { readonly console: string };

export interface QemuDebuggeeOptions {
  /** Either one to start, or the QMP socket of one that runs. */
  readonly qemu: QemuCommand & { readonly qmp?: string | undefined };
  readonly when: Trigger;
  readonly output: string;
  readonly host: Host;
  /** Its user looks at it before its first instruction. */
  readonly stopsOnEntry?: boolean;
}

const mainLoop = 'main loop';
const migration = 'migration';
const pageByteCount = 4096;
/** Between two looks while the guest runs and nothing is held. */
const lookMs = 10;
/** The host's event loop has a turn at least so often. */
const turnMs = 20;
/** Between two looks at the page tables while QEMU runs on. */
const mapMs = 200;
/** Of the console, to find what the snapshot waits for. */
const consoleByteCount = 64 * 1024;

/** The file of the snapshot under way. */
interface Output {
  readonly path: string;
  readonly set: OutputSet;
}

/**
 * A real QEMU, held in its background snapshot. "Stopped" means that QEMU is held: whether the guest stands still then depends
 * on where, and is said. Times are those of the wall, since the start.
 */
export class QemuDebuggee implements Debuggee {
  readonly abilities: ReadonlySet<Ability> = new Set(['registers']);
  readonly sources: ReadonlyMap<string, string> = new Map();
  readonly guestSource = noGuestSource;
  readonly pages: PageStates;
  readonly #startMs: number;
  readonly #timeline = new Timeline();
  readonly #reservation: OutputReservation;
  #breakpoints: Breakpoints = noBreakpoints;
  #onEvent: (event: DebuggeeEvent) => void = () => {};
  #snapshot: HeldSnapshot | undefined;
  #output: Output | undefined;
  /** RAM at the freeze of the snapshot under way, or of the last. */
  #truth: RamCopy | undefined;
  #phase: Phase | 'none' = 'none';
  /** Of the present stop. */
  #page: PageOfBlock | undefined;
  #isGuestLetGo = false;
  /** From the freeze to vm_start. */
  #isFrozen = false;
  #isPauseWanted = false;
  #isSnapshotWanted = false;
  /** The trigger has been pulled once. */
  #isTriggered = false;
  #isGivenUp = false;
  #hasFaulted = false;
  #letGoMs = 0;
  #mappedMs = 0;
  #console = '';
  readonly #vcpus: PausedVcpus;
  /** Threads of QEMU before the snapshot: one that has come since is its migration thread. */
  #threadsBefore: ReadonlySet<number> = new Set();
  #told = { byteCount: 0, pageCount: 0 };
  #isOver = false;

  private constructor(
    private readonly qemu: RunningQemu,
    private readonly options: QemuDebuggeeOptions,
    reservation: OutputReservation,
  ) {
    this.#reservation = reservation;
    this.#startMs = options.host.now();
    this.pages = new PageStates(qemu.blocks);
    this.#vcpus = new PausedVcpus(qemu);
    for (const { index } of qemu.vcpus) this.#timeline.lane(vcpuId(index));
    if (qemu.isOurs) return;
    this.#isGuestLetGo = true;
    this.#letGoMs = this.#startMs;
  }

  /** The guest of one that is started stands before its first instruction. @throws DebuggeeError that says what is missing and what to do */
  static async start(options: QemuDebuggeeOptions): Promise<QemuDebuggee> {
    const { qemu: wanted, host, output } = options;
    const reservation = reserve(host, output);
    const early: DebuggeeEvent[] = [];
    let emit = (event: DebuggeeEvent): void => void early.push(event);
    try {
      const listener: QemuListener = {
        onConsole: (bytes) => emit({ kind: 'console', bytes: Uint8Array.from(bytes) }),
        onMessage: (text) => emit({ kind: 'message', severity: 'info', text }),
        onQmpEvent: ({ event, data }) => emit({ kind: 'qmp', event, timeNs: 0, ...(data && { data }) }),
      };
      const qemu = await (wanted.qmp === undefined
        ? startQemu({ ...wanted, args: [...wanted.args, '-S'] }, listener)
        : attachQemu(wanted.qmp, listener));
      const debuggee = new QemuDebuggee(qemu, options, reservation);
      emit = (event) => debuggee.#tell(event);
      if (options.stopsOnEntry && qemu.isOurs) await debuggee.#lookAtVcpus();
      for (const event of early) debuggee.#tell(event);
      return debuggee;
    } catch (error) {
      reservation.release();
      throw error;
    }
  }

  async run(request: RunRequest): Promise<Stop> {
    this.#isPauseWanted = false;
    this.#page = undefined;
    this.#vcpus.forget();
    if (!this.#snapshot && request.kind === 'step') {
      const advice = 'Take one first: `Freezeframe: Take Snapshot`.';
      throw new DebuggeeError(
        'nothing-to-step',
        `A real QEMU is stepped in its snapshot, and none is under way. ${advice}`,
      );
    }
    await this.#letGuestGo();
    for (;;) {
      if (!this.qemu.facts.isAlive) return this.#exited();
      const snapshot = this.#snapshot;
      const stop = snapshot ? await this.#unlessRefused(snapshot, request) : await this.#waitForSnapshot();
      if (stop) return stop;
    }
  }

  pause(): void {
    this.#isPauseWanted = true;
  }

  async dispose(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isPauseWanted = true;
    this.#output?.set.abandon();
    this.#reservation.release();
    await this.#snapshot?.close();
    // A guest that is not ours goes on as it did.
    if (!this.qemu.isOurs && !this.#isGuestLetGo) await this.qemu.qmp.execute('cont').catch(() => {});
    await this.qemu.close();
  }

  setBreakpoints(breakpoints: Breakpoints): void {
    this.#breakpoints = breakpoints;
  }

  breakableLine(): undefined {
    return undefined;
  }

  symbolAddress(): undefined {
    return undefined;
  }

  symbolNames(): readonly string[] {
    return [];
  }

  nearestSymbol(): undefined {
    return undefined;
  }

  takeSnapshot(output?: string): void {
    if (this.#snapshot || this.#isSnapshotWanted) {
      throw new DebuggeeError('snapshot-under-way', 'A snapshot is under way: wait for its end, or give it up.');
    }
    if (output !== undefined && !this.#reservation.isFor(output)) {
      const advice = 'Give `snapshot.output` in the launch configuration.';
      throw new DebuggeeError(
        'output-not-writable',
        `The snapshot of a real QEMU goes to ${this.options.output}. ${advice}`,
      );
    }
    this.#isSnapshotWanted = true;
  }

  /** QEMU goes on with it: one that was cancelled leaves a dead guest before 8.1. Its file is not kept. */
  cancelSnapshot(): void {
    if (!this.#snapshot) throw new DebuggeeError('no-snapshot', 'No snapshot is under way.');
    this.#isGivenUp = true;
    this.#snapshot.widen();
    this.#tell({
      kind: 'message',
      severity: 'info',
      text: 'Given up: QEMU sends the rest, which nobody keeps. (Cancelled, QEMU before 8.1 would leave a dead guest.)',
    });
  }

  async monitor(line: string): Promise<string> {
    return (await this.qemu.qmp.human(line)).trimEnd();
  }

  consoleInput(bytes: Uint8Array): void {
    this.qemu.type(bytes);
  }

  onEvent(listener: (event: DebuggeeEvent) => void): void {
    this.#onEvent = listener;
  }

  threads(): readonly ThreadInfo[] {
    const { timeNs } = this.status();
    const info = (id: ThreadId, kind: ThreadInfo['kind'], thread: HostThread | undefined): ThreadInfo => ({
      id,
      kind,
      state: stateText(thread),
      isBlocked: thread !== undefined && (thread.isFaulting || isWriting(thread)),
      timeNs,
      progress: 0,
    });
    const all = this.qemu.facts.isAlive ? this.qemu.facts.threads() : [];
    const byTid = new Map(all.map((thread) => [thread.tid, thread]));
    const saver = this.#snapshot && all.find(({ tid }) => !this.#threadsBefore.has(tid));
    return [
      ...this.qemu.vcpus.map(({ index, tid }) => info(vcpuId(index), 'hart', byTid.get(tid))),
      info(mainLoop, 'vmm', byTid.get(this.qemu.pid)),
      ...(this.#snapshot ? [info(migration, 'vmm', saver)] : []),
      ...this.qemu.iothreads.map(({ id, tid }) => info(`iothread ${id}`, 'vmm', byTid.get(tid))),
    ];
  }

  /** Of a vCPU whose registers are known, where it stands; of any other thread what the kernel tells. */
  stack(thread: ThreadId): readonly Frame[] {
    const frame = this.#vcpus.frame(thread);
    if (frame) return [frame];
    const info = this.threads().find(({ id }) => id === thread);
    return info ? [{ kind: 'trap', name: info.state }] : [];
  }

  scopes(thread: ThreadId): readonly Scope[] {
    return this.#vcpus.scopes(thread);
  }

  names(thread: ThreadId): Names {
    return this.#names(thread, this.#page);
  }

  /** What has been read of it. */
  readMemory(thread: ThreadId, address: bigint, byteCount: number): Uint8Array {
    return this.#vcpus.codeAt(thread, address, byteCount);
  }

  physicalAddress(): undefined {
    return undefined;
  }

  readPhysicalMemory(address: number, byteCount: number): Uint8Array {
    const place = this.pages.at(address);
    const block = place && this.qemu.blocks.find(({ name }) => name === place.block);
    const range = block && hostRange(block);
    if (!range) return new Uint8Array(0);
    const offset = address - Number(block.address!);
    const count = Math.min(byteCount, range.byteCount - offset);
    return this.qemu.facts.readMemory({ start: range.start + BigInt(offset), byteCount: count });
  }

  setRegister(): bigint {
    throw cannotWrite();
  }

  writeMemory(): void {
    throw cannotWrite();
  }

  writePhysicalMemory(): void {
    throw cannotWrite();
  }

  // biome-ignore lint/correctness/useYield: what is known has been read, and is one piece
  *disassemble(address: bigint, offset: number, count: number): Pieces<readonly DisassembledInstruction[]> {
    const code = this.#vcpus.codeAround(address);
    return disassembleCode(code, address, offset, count);
  }

  pageAtFreeze({ block, page }: PageOfBlock): Uint8Array {
    const bytes = this.#truth?.page(block, page);
    if (!bytes) throw new DebuggeeError('not-known', 'What this page held at the freeze is not known (any more).');
    return Uint8Array.from(bytes);
  }

  writeFaults(): ReadonlyMap<number, number> {
    return new Map();
  }

  timeline(since: TimelineMark | undefined, isStill: boolean): TimelineLook {
    const { timeNs } = this.status();
    this.#noteThreads(timeNs);
    this.#noteSent(timeNs);
    return this.#timeline.update(since as Mark | undefined, { timeNs, hasDetail: isStill });
  }

  pageOfStop(): PageOfBlock | undefined {
    return this.#page;
  }

  status(): Status {
    const timeNs = Math.round((this.options.host.now() - this.#startMs) * 1e6);
    return { timeNs, phase: this.#phase, instructions: 0, instant: { events: 0, threads: [] } };
  }

  stateHash(): bigint {
    return 0n;
  }

  // ---- Without a snapshot: the guest runs ----

  async #letGuestGo(): Promise<void> {
    if (this.#isGuestLetGo || this.#snapshot) return;
    await this.qemu.qmp.execute('cont');
    this.#isGuestLetGo = true;
    if (this.#letGoMs === 0) this.#letGoMs = this.options.host.now();
  }

  async #waitForSnapshot(): Promise<Stop | undefined> {
    while (!this.#isPauseWanted && this.qemu.facts.isAlive) {
      if (this.#isSnapshotWanted || this.#isDue) {
        await this.#begin();
        return undefined;
      }
      await delay(lookMs);
    }
    if (this.#isOver || !this.qemu.facts.isAlive) return this.#exited();
    const [faulting] = this.qemu.facts.threads().filter(({ isFaulting }) => isFaulting);
    if (faulting) return this.#leftInFault(faulting);
    await this.qemu.qmp.execute('stop');
    this.#isGuestLetGo = false;
    await this.#lookAtVcpus();
    return { reason: 'pause', thread: vcpuId(0) };
  }

  /** To stop it would hang the main loop too. */
  #leftInFault(faulting: HostThread): Stop {
    const thread = this.#nameOf(faulting);
    const advice = `\`freezeframe repair ${this.qemu.pid}\` revives the guest if nobody does.`;
    this.#say(`Not stopped: ${thread} waits in a write fault, and QEMU would hang with it. ${advice}`);
    return { reason: 'pause', thread };
  }

  async #lookAtVcpus(): Promise<void> {
    const failure = await this.#vcpus.look();
    if (failure) this.#say(`Registers cannot be shown: ${failure}`);
  }

  get #isDue(): boolean {
    const { when, host } = this.options;
    if (this.#isTriggered || when === 'command') return false;
    if (when === 'start') return true;
    if ('ms' in when) return host.now() - this.#letGoMs >= when.ms;
    return this.#console.includes(when.console);
  }

  async #begin(): Promise<void> {
    this.#isSnapshotWanted = false;
    this.#isTriggered = true;
    this.#isGivenUp = false;
    this.#hasFaulted = false;
    this.#told = { byteCount: 0, pageCount: 0 };
    this.pages.clear();
    this.#threadsBefore = new Set(this.qemu.facts.threads().map(({ tid }) => tid));
    const set = this.#reservation.begin();
    this.#output = { path: this.options.output, set };
    try {
      this.#snapshot = await HeldSnapshot.begin(this.qemu, set.create(this.options.output), (sent) =>
        this.#onSent(sent),
      );
    } catch (error) {
      set.abandon();
      throw error;
    }
    this.#truth = this.#snapshot.truth;
    this.#timeline.beginSnapshot(this.status().timeNs);
  }

  // ---- With one: from place to place ----

  /** @throws DebuggeeError when QEMU has not begun it */
  async #unlessRefused(snapshot: HeldSnapshot, request: RunRequest): Promise<Stop | undefined> {
    try {
      return await this.#goOn(snapshot, request);
    } catch (error) {
      if (!snapshot.isRefused) throw error;
      this.#snapshot = undefined;
      this.#output?.set.abandon();
      this.#output = undefined;
      await snapshot.close();
      throw error;
    }
  }

  async #goOn(snapshot: HeldSnapshot, request: RunRequest): Promise<Stop | undefined> {
    if (this.#wantsPages(request)) await snapshot.narrow();
    else snapshot.widen();
    const turn = this.options.host.now();
    let lastTurn = turn;
    for (;;) {
      const place = await snapshot.next(() => {
        this.#refreshMap(false);
        return this.#isPauseWanted;
      });
      if (!place) break;
      const stop = place.kind === 'page' ? this.#atPage(place, request) : await this.#atPhase(snapshot, place, request);
      if (stop) return stop;
      if (this.#snapshot !== snapshot) return undefined;
      if (this.options.host.now() - lastTurn > turnMs) {
        await this.options.host.nextTurn();
        lastTurn = this.options.host.now();
      }
    }
    this.#refreshMap(true);
    return { reason: 'pause', thread: migration };
  }

  #wantsPages(request: RunRequest): boolean {
    if (this.#isGivenUp) return false;
    const isStep = request.kind === 'step' || request.until === 'write-fault';
    const faults = this.#breakpoints.writeFaults.filter(({ firstOnly }) => !(firstOnly && this.#hasFaulted));
    return isStep || faults.length > 0;
  }

  #atPage({ page: sent, fault }: Place & { kind: 'page' }, request: RunRequest): Stop | undefined {
    const { block, page, isZero } = sent;
    const place = { block, page };
    const { timeNs } = this.status();
    const isFirst = !this.#hasFaulted;
    const thread = fault ? this.#nameOf(fault.waiting[0]) : migration;
    if (fault) {
      this.#hasFaulted = true;
      this.pages.set(place, PageState.Faulting, timeNs, thread);
    }
    const names = this.#names(thread, place);
    const hits = fault
      ? this.#breakpoints.writeFaults.filter((each) => (isFirst || !each.firstOnly) && isMet(each.condition, names))
      : [];
    const isWanted = request.kind === 'step' || (fault && request.until === 'write-fault') || hits.length > 0;
    if (!isWanted && !this.#isPauseWanted) return undefined;
    this.#page = place;
    this.#refreshMap(true);
    if (request.kind === 'step' && hits.length === 0) {
      const ahead = this.#snapshot?.pagesAhead(sent);
      const why = isZero ? 'zero' : fault ? `for ${thread}` : 'scan';
      const lead = ahead === undefined ? '' : `; QEMU is ${ahead} ${ahead === 1 ? 'page' : 'pages'} ahead`;
      this.#say(`Page 0x${page.toString(16)} of ${block}, ${why}${lead}.`);
    }
    if (!fault || (request.kind === 'step' && hits.length === 0)) {
      return { reason: request.kind === 'step' ? 'step' : 'pause', thread: migration };
    }
    const physicalAddress =
      Number(this.qemu.blocks.find(({ name }) => name === block)?.address ?? 0n) + page * pageByteCount;
    return {
      reason: 'write-fault',
      thread,
      fault: { page: physicalAddress / pageByteCount, physicalAddress, timeNs },
    };
  }

  async #atPhase(snapshot: HeldSnapshot, place: PhasePlace, request: RunRequest): Promise<Stop | undefined> {
    const phase = phaseOf(place);
    const { timeNs } = this.status();
    const thread = phase === 'vm-start-bh' ? mainLoop : migration;
    if (phase !== undefined) {
      if (isEnding(phase)) await this.#end(snapshot, phase);
      if (thread === migration) this.#phase = phase;
      this.#noteThreads(timeNs);
      if (phase === 'vm-stop') this.#isFrozen = true;
      else if (phase === 'vm-start-bh' || isEnding(phase)) this.#isFrozen = false;
      this.#noteThreads(timeNs);
      const label = phases.find(({ id }) => id === phase)!.label.split(':')[0]!;
      this.#timeline.enterPhase({ phase, label, thread }, timeNs);
      this.#tell({ kind: 'phase', phase, thread, timeNs });
      if (phase === 'vm-start-bh') this.#timeline.endPhase(thread, timeNs);
    }
    const names = this.#names(thread, undefined);
    const isHit = this.#breakpoints.phases.some((each) => each.phase === phase && isMet(each.condition, names));
    const isWanted = isHit || (phase !== undefined && request.kind === 'continue' && request.until === 'phase');
    if (!isWanted && request.kind !== 'step' && !this.#isPauseWanted) return undefined;
    const text = await this.#standing(place);
    this.#refreshMap(true);
    this.#say(text);
    // The migration thread is gone when all is over.
    const there = this.#snapshot ? thread : mainLoop;
    if (isWanted) return { reason: 'phase', thread: there, phase: phase!, text };
    return { reason: request.kind === 'step' ? 'step' : 'pause', thread: there };
  }

  /** Where it is held, and what that means for guest and monitor: measured, not concluded. */
  async #standing(place: PhasePlace): Promise<string> {
    const runs = await this.qemu.isGuestRunning();
    const answers = (await this.qemu.runState()) !== undefined;
    const counts = this.qemu.blocks.map(({ name }) => this.#snapshot?.protectedPageCount(name) ?? 0);
    const isProtected = counts.reduce((sum, count) => sum + count, 0);
    const held = this.#snapshot ? 'QEMU is held behind' : 'QEMU has come to';
    const passed = place.kind === 'trace' ? ` (${place.line.text})` : '';
    const guest = `the guest ${runs ? 'runs' : 'stands still'}, QMP ${answers ? 'answers' : 'does not answer'}`;
    const now = `${guest}, ${isProtected.toLocaleString('en-US')} pages are protected.`;
    const next = nextText(place);
    return `${held} ${placeText(place)}${passed}: ${now}${next && ` Next: ${next}.`}`;
  }

  async #end(snapshot: HeldSnapshot, phase: Phase): Promise<void> {
    await snapshot.finish();
    await snapshot.close();
    this.#refreshMap(true);
    this.#snapshot = undefined;
    const { set, path } = this.#output!;
    this.#output = undefined;
    for (const { block, page } of snapshot.truth.badPages) {
      this.pages.set({ block, page }, PageState.Leaked, this.status().timeNs);
    }
    const isKept = phase === 'completed' && !this.#isGivenUp && snapshot.failure === undefined;
    const failed = isKept ? await set.commit() : snapshot.failure;
    set.abandon();
    const report = snapshotReport(snapshot, { path: isKept ? path : undefined, failed });
    const text = [report.title, ...report.facts.map(({ name, value }) => `${name}: ${value}`)].join('\n');
    const severity = report.outcome === 'written' || this.#isGivenUp ? 'info' : 'error';
    this.#tell({ kind: 'message', severity, text, report });
    if (phase !== 'completed') this.#tellDeath();
  }

  /** QEMU before 8.1 goes on tracking when a snapshot has come to nothing. */
  #tellDeath(): void {
    if (!this.qemu.facts.userfault()) return;
    const advice = `\`freezeframe repair ${this.qemu.pid}\` revives the guest.`;
    const text = `QEMU has left RAM protected: a vCPU that writes to it sleeps for ever. ${advice}`;
    this.#tell({ kind: 'message', severity: 'error', text });
  }

  #exited(): Stop {
    return { reason: 'exited', thread: vcpuId(0), exitCode: this.qemu.exitCode };
  }

  // ---- What is known meanwhile ----

  #onSent({ block, page, isZero }: PageOfBlock & { readonly isZero: boolean }): void {
    const state = this.pages.of(block)?.states[page];
    const copied = state === PageState.Faulting ? PageState.CopiedFault : PageState.CopiedScan;
    this.pages.set({ block, page }, isZero ? PageState.Zero : copied, this.status().timeNs);
  }

  /** By the kernel's page tables. */
  #refreshMap(isWanted: boolean): void {
    const now = this.options.host.now();
    if (!this.#snapshot || (!isWanted && now - this.#mappedMs < mapMs)) return;
    this.#mappedMs = now;
    const { timeNs } = this.status();
    for (const name of this.#snapshot.armed) {
      const range = this.qemu.hostRangeOf(name);
      const pages = this.pages.of(name);
      if (!range || !pages) continue;
      const isProtected = new Uint8Array(pages.states.length);
      for (const { start, byteCount } of this.qemu.facts.protectedRanges(range)) {
        const first = Number(start - range.start) / pageByteCount;
        isProtected.fill(1, first, first + byteCount / pageByteCount);
      }
      this.pages.protect(name, isProtected, timeNs);
    }
  }

  #noteThreads(timeNs: number): void {
    const threads = this.threads();
    for (const { index } of this.qemu.vcpus) {
      const id = vcpuId(index);
      const isFaulting = threads.find((each) => each.id === id)?.state === faultState;
      const lane = this.#timeline.lane(id);
      const isRunning = this.#isGuestLetGo && !this.#isFrozen;
      const activity = isFaulting ? Activity.InFault : isRunning ? Activity.Running : Activity.Stopped;
      this.#timeline.become(lane, activity, timeNs);
      lane.count(timeNs);
    }
  }

  #noteSent(timeNs: number): void {
    const counts = this.#snapshot?.counts;
    if (!counts) return;
    const { byteCount, pageCount } = this.#told;
    this.#timeline.sent(timeNs, counts.byteCount - byteCount, counts.pages - pageCount);
    this.#told = { byteCount: counts.byteCount, pageCount: counts.pages };
  }

  #names(thread: ThreadId, place: PageOfBlock | undefined): Names {
    const { timeNs } = this.status();
    const values: Readonly<Record<string, Value | undefined>> = {
      thread,
      phase: this.#phase,
      time: BigInt(timeNs),
      page: place && BigInt(this.#physical(place) / pageByteCount),
      address: place && BigInt(this.#physical(place)),
    };
    return {
      lookup: (name) => (Object.hasOwn(values, name) ? values[name] : this.#vcpus.register(thread, name)),
      symbolAddress: () => undefined,
      readMemory: (address, byteCount) => this.readMemory(thread, address, byteCount),
    };
  }

  #physical({ block, page }: PageOfBlock): number {
    return Number(this.qemu.blocks.find(({ name }) => name === block)?.address ?? 0n) + page * pageByteCount;
  }

  #nameOf(thread: HostThread | undefined): ThreadId {
    const vcpu = this.qemu.vcpus.find(({ tid }) => tid === thread?.tid);
    return vcpu ? vcpuId(vcpu.index) : mainLoop;
  }

  #say(text: string): void {
    this.#tell({ kind: 'message', severity: 'info', text });
  }

  #tell(event: DebuggeeEvent): void {
    if (event.kind === 'console') {
      this.#console = (this.#console + Buffer.from(event.bytes).toString('latin1')).slice(-consoleByteCount);
    }
    this.#onEvent(event.kind === 'qmp' ? { ...event, timeNs: this.status().timeNs } : event);
  }
}

/** One that throws stops rather than hides. */
function isMet(condition: Breakpoints['phases'][number]['condition'], names: Names): boolean {
  try {
    return condition?.(names) ?? true;
  } catch {
    return true;
  }
}

function reserve(host: Host, output: string): OutputReservation {
  try {
    return host.reserveOutput([output], []);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = 'Choose another file in `snapshot.output` of the launch configuration.';
    throw new DebuggeeError('output-not-writable', `The snapshot cannot be written to ${output}: ${reason}. ${advice}`);
  }
}

function cannotWrite(): DebuggeeError {
  const text = 'Registers and memory of a real QEMU cannot be written here: its `monitor` can, and gdb.';
  return new DebuggeeError('cannot-write', text);
}
