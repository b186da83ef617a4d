import { setTimeout as delay } from 'node:timers/promises';
import type { Breakpoints, Names } from '../debuggee/breakpoints';
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
import type { Host } from '../debuggee/host';
import { isEnding, type Phase } from '../debuggee/phase';
import type { Pieces } from '../debuggee/pieces';
import type { Stop } from '../debuggee/stop';
import type { Frame, Scope, ThreadId, ThreadInfo, Value } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import type { PageOfBlock } from '../protocol/messages';
import { PageState } from '../protocol/page-states';
import { attachQemu } from './attach-qemu';
import { disassembleCode } from './code';
import { heldRegisters } from './held-registers';
import { HeldSnapshot, type Place } from './held-snapshot';
import { PageStates } from './page-states';
import type { SentPage } from './page-stream';
import { PausedVcpus } from './paused-vcpus';
import { type PhasePlace, phaseOf } from './places';
import type { HostThread } from './process-facts';
import { QemuTimeline } from './qemu-timeline';
import { hostRange } from './ram-blocks';
import { RamCopy } from './ram-copy';
import { repairGuest, repairText } from './repair';
import type { QemuListener, RunningQemu } from './running-qemu';
import { type CoursePlace, courseFile, ShownCourse } from './shown-course';
import { SnapshotOutput } from './snapshot-output';
import { SnapshotTrigger, type Trigger } from './snapshot-trigger';
import { measured, type Standing, snapshotScope, standingText } from './standing';
import { type QemuCommand, startQemu } from './start-qemu';
import { pageAskedFor, StopConditions } from './stop-conditions';
import { faultState, mainLoop, migration, QemuThreads, vcpuId } from './threads';

export interface QemuDebuggeeOptions {
  /** Either one to start, or the QMP socket of one that runs. */
  readonly qemu: QemuCommand & { readonly qmp?: string | undefined };
  readonly when: Trigger;
  readonly output: string;
  readonly host: Host;
  /** The text of `courseFile`. */
  readonly course: string;
  /** Its user looks at it before its first instruction. */
  readonly stopsOnEntry?: boolean;
}

const pageByteCount = 4096;
const afterSnapshot = 'Let the snapshot end, then pause; their values at the freeze are in its file.';
/** Between two looks while the guest runs and nothing is held. */
const lookMs = 10;
/** The host's event loop has a turn at least so often. */
const turnMs = 20;
/** Between two looks at the page tables while QEMU runs on. */
const mapMs = 200;

/**
 * A real QEMU, held in its background snapshot. "Stopped" means that QEMU is held: whether the guest stands still then depends
 * on where, and is said. Times are those of the wall, since the start.
 */
export class QemuDebuggee implements Debuggee {
  readonly abilities: ReadonlySet<Ability> = new Set(['registers', 'until-page']);
  readonly sources: ReadonlyMap<string, string>;
  readonly guestSource = noGuestSource;
  readonly pages: PageStates;
  readonly #startMs: number;
  readonly #threads: QemuThreads;
  readonly #timeline: QemuTimeline;
  readonly #course: ShownCourse;
  readonly #stops = new StopConditions();
  readonly #trigger: SnapshotTrigger;
  #onEvent: (event: DebuggeeEvent) => void = () => {};
  #snapshot: HeldSnapshot | undefined;
  /** RAM at the freeze of the snapshot under way, or of the last. */
  #truth: RamCopy | undefined;
  /** Of the snapshot that is about to begin. */
  #nextTruth: RamCopy | undefined;
  #phase: Phase | 'none' = 'none';
  /** Of the present stop. */
  #page: PageOfBlock | undefined;
  /** The same, in a snapshot or at its end. */
  #standing: Standing | undefined;
  /** Of vCPUs that cannot be stopped. */
  #heldRegisters: ReadonlyMap<ThreadId, Scope> = new Map();
  #isGuestLetGo = false;
  /** From the freeze to vm_start. */
  #isFrozen = false;
  #isPauseWanted = false;
  #isGivenUp = false;
  #mappedMs = 0;
  readonly #vcpus: PausedVcpus;
  #isOver = false;

  private constructor(
    private readonly qemu: RunningQemu,
    private readonly options: QemuDebuggeeOptions,
    private readonly output: SnapshotOutput,
  ) {
    this.#startMs = options.host.now();
    this.pages = new PageStates(qemu.blocks);
    this.#vcpus = new PausedVcpus(qemu);
    this.#threads = new QemuThreads(qemu);
    this.#timeline = new QemuTimeline(qemu.vcpus);
    this.#course = new ShownCourse(options.course);
    this.#trigger = new SnapshotTrigger(options.when, options.host);
    this.sources = new Map([[courseFile, options.course]]);
    if (qemu.isOurs) return;
    this.#isGuestLetGo = true;
    this.#trigger.guestRuns();
  }

  /** The guest of one that is started stands before its first instruction. @throws DebuggeeError that says what is missing and what to do */
  static async start(options: QemuDebuggeeOptions): Promise<QemuDebuggee> {
    const { qemu: wanted, host } = options;
    const output = new SnapshotOutput(host, options.output);
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
      const debuggee = new QemuDebuggee(qemu, options, output);
      emit = (event) => debuggee.#tell(event);
      if (options.stopsOnEntry && qemu.isOurs) await debuggee.#lookAtVcpus();
      for (const event of early) debuggee.#tell(event);
      return debuggee;
    } catch (error) {
      output.release();
      throw error;
    }
  }

  async run(request: RunRequest): Promise<Stop> {
    this.#isPauseWanted = false;
    const until = pageAskedFor(request);
    if (until && this.#snapshot) await this.#checkComes(this.#snapshot, until);
    this.#page = undefined;
    this.#standing = undefined;
    this.#heldRegisters = new Map();
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
    this.output.release();
    await this.#snapshot?.close();
    // A guest that is not ours goes on as it did.
    if (!this.qemu.isOurs && !this.#isGuestLetGo) await this.qemu.qmp.execute('cont').catch(() => {});
    await this.qemu.close();
  }

  setBreakpoints(breakpoints: Breakpoints): void {
    this.#stops.set(breakpoints);
  }

  breakableLine(): undefined {
    return undefined;
  }

  symbolAddress(): undefined {
    return undefined;
  }

  functionEntry(address: bigint): bigint {
    return address;
  }

  symbolNames(): readonly string[] {
    return [];
  }

  nearestSymbol(): undefined {
    return undefined;
  }

  takeSnapshot(output?: string): void {
    if (this.#snapshot || this.#trigger.isWanted) {
      throw new DebuggeeError('snapshot-under-way', 'A snapshot is under way: wait for its end, or give it up.');
    }
    if (output !== undefined) this.output.checkIsFor(output);
    this.#trigger.isWanted = true;
  }

  /** QEMU goes on with it: one that was cancelled leaves a dead guest before 8.1. Its file is not kept. */
  cancelSnapshot(): void {
    if (!this.#snapshot) {
      if (!this.#trigger.isDue) throw new DebuggeeError('no-snapshot', 'No snapshot is under way.');
      this.#trigger.pull();
      this.#nextTruth = undefined;
      this.#tell({ kind: 'message', severity: 'info', text: 'Given up before it began.' });
      return;
    }
    this.#isGivenUp = true;
    this.#snapshot.widen();
    this.#tell({
      kind: 'message',
      severity: 'info',
      text: 'Given up: QEMU sends the rest, which nobody keeps. (Cancelled, QEMU before 8.1 would leave a dead guest.)',
    });
  }

  async repairGuest(): Promise<string> {
    if (this.#snapshot) {
      throw new DebuggeeError('snapshot-under-way', 'A snapshot is under way: let it end, or give it up.');
    }
    const repair = await repairGuest(this.qemu.pid, false);
    // No page is protected any more, and those that were sent have come to nothing.
    this.pages.clear();
    return repairText(this.qemu.pid, repair);
  }

  /** What sleeps in a write fault heeds no other signal. */
  killQemu(): void {
    if (this.qemu.facts.isAlive) process.kill(this.qemu.pid, 'SIGKILL');
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
    return this.#threads.list(this.#snapshot !== undefined, this.status().timeNs);
  }

  /** Where a vCPU stands whose registers are known, or a line of the course; of any other thread what the kernel tells. */
  stack(thread: ThreadId): readonly Frame[] {
    const frame = this.#vcpus.frame(thread);
    if (frame) return [frame];
    const info = this.threads().find(({ id }) => id === thread);
    if (!info) return [];
    const at = this.#placeOf(info);
    return [at === undefined ? { kind: 'trap', name: info.state } : this.#course.frame(info.state, at)];
  }

  /** Where in the course a thread is, if that is known. */
  #placeOf({ id, state }: ThreadInfo): CoursePlace | undefined {
    if (id === this.#standing?.thread) return this.#standing.at;
    if (state === faultState) return 'write fault';
    return id === migration && this.#phase !== 'none' ? this.#phase : undefined;
  }

  scopes(thread: ThreadId): readonly Scope[] {
    const held = this.#heldRegisters.get(thread);
    return [
      ...(this.#standing ? [snapshotScope(this.#standing)] : []),
      ...(held ? [held] : this.#vcpus.scopes(thread)),
    ];
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
    if (this.#snapshot) this.#timeline.noteSent(this.#snapshot.counts, timeNs);
    return this.#timeline.look(since, isStill, timeNs);
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
    this.#trigger.guestRuns();
  }

  async #waitForSnapshot(): Promise<Stop | undefined> {
    while (!this.#isPauseWanted && this.qemu.facts.isAlive) {
      if (!this.#trigger.isDue) await delay(lookMs);
      else if (await this.#isPrepared()) {
        await this.#begin();
        return undefined;
      }
    }
    if (this.#isOver || !this.qemu.facts.isAlive) return this.#exited();
    const [faulting] = this.qemu.facts.threads().filter(({ isFaulting }) => isFaulting);
    if (faulting) return await this.#leftInFault(faulting);
    await this.qemu.qmp.execute('stop');
    this.#isGuestLetGo = false;
    await this.#lookAtVcpus();
    return { reason: 'pause', thread: vcpuId(0) };
  }

  /** To stop it would hang the main loop too. */
  async #leftInFault(faulting: HostThread): Promise<Stop> {
    const thread = this.#threads.nameOf(faulting);
    const isAnswering = (await this.qemu.runState()) !== undefined;
    this.#heldRegisters = await heldRegisters(this.qemu, isAnswering, 'Repair the guest, then pause.');
    this.#say(`Not stopped: ${thread} waits in a write fault, and QEMU would hang with it. ${this.#repairAdvice}`);
    return { reason: 'pause', thread };
  }

  async #lookAtVcpus(): Promise<void> {
    const failure = await this.#vcpus.look();
    if (failure) this.#say(`Registers cannot be shown: ${failure}`);
  }

  /** Memory for a copy of all RAM takes long to map: a pause does not wait for it. */
  #isPrepared(): Promise<boolean> {
    // There is no room for two of them.
    this.#truth = undefined;
    this.#nextTruth ??= new RamCopy(this.qemu.facts);
    return this.#nextTruth.prepare(this.qemu.blocks, () => this.#isPauseWanted || !this.#trigger.isDue);
  }

  async #begin(): Promise<void> {
    this.#trigger.pull();
    this.#stops.beginSnapshot();
    this.#isGivenUp = false;
    this.#phase = 'setup';
    this.pages.clear();
    this.#threads.note();
    const onSent = (sent: SentPage) => this.pages.sent(sent, this.status().timeNs);
    const truth = this.#nextTruth;
    this.#nextTruth = undefined;
    try {
      this.#snapshot = await HeldSnapshot.begin(this.qemu, this.output.begin(), onSent, truth);
    } catch (error) {
      this.output.abandon();
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
      this.output.abandon();
      await snapshot.close();
      throw error;
    }
  }

  async #goOn(snapshot: HeldSnapshot, request: RunRequest): Promise<Stop | undefined> {
    if (!this.#isGivenUp && this.#stops.needPages(request)) await snapshot.narrow();
    else snapshot.widen();
    const turn = this.options.host.now();
    let lastTurn = turn;
    for (;;) {
      const place = await snapshot.next(() => {
        this.#refreshMap(false);
        return this.#isPauseWanted;
      });
      if (!place) break;
      const stop = await (place.kind === 'page'
        ? this.#atPage(snapshot, place, request)
        : this.#atPhase(snapshot, place, request));
      if (stop) return stop;
      if (this.#snapshot !== snapshot) return undefined;
      if (this.options.host.now() - lastTurn > turnMs) {
        await this.options.host.nextTurn();
        lastTurn = this.options.host.now();
      }
    }
    this.#refreshMap(true);
    const at = this.#phase as Phase;
    await this.#stand(snapshot, { thread: migration, at, place: at });
    return { reason: 'pause', thread: migration };
  }

  /** @throws DebuggeeError for a page that QEMU sends no more */
  async #checkComes(snapshot: HeldSnapshot, of: PageOfBlock): Promise<void> {
    await snapshot.narrow();
    const isHeld = this.#page?.block === of.block && this.#page.page === of.page;
    if (!isHeld && !this.pages.isSent(of)) return;
    const { address } = this.pages.info(of.page, of.block);
    throw new DebuggeeError('page-sent', `The page at ${address} has been sent, and QEMU sends each page once.`);
  }

  async #atPage(
    snapshot: HeldSnapshot,
    { page: sent, fault }: Place & { kind: 'page' },
    request: RunRequest,
  ): Promise<Stop | undefined> {
    const { block, page, isZero } = sent;
    const place = { block, page };
    const { timeNs } = this.status();
    const thread = fault ? this.#threads.nameOf(fault.waiting[0]) : migration;
    if (fault) this.pages.set(place, PageState.Faulting, timeNs, thread);
    const hit = this.#stops.atPage(place, fault !== undefined, request, () => this.#names(thread, place));
    if (!hit.isStop && !this.#isPauseWanted) return undefined;
    this.#page = place;
    this.#refreshMap(true);
    if (hit.isAskedFor && !hit.isBreakpoint) {
      const ahead = snapshot.pagesAhead(sent);
      const why = isZero ? 'zero' : fault ? `for ${thread}` : 'scan';
      const lead = ahead === undefined ? '' : `; QEMU is ${ahead} ${ahead === 1 ? 'page' : 'pages'} ahead`;
      this.#say(`Page 0x${page.toString(16)} of ${block}, ${why}${lead}.`);
    }
    const physicalAddress = this.pages.addressOf(place);
    const physicalPage = physicalAddress / pageByteCount;
    const isAtFault = fault !== undefined && (request.kind !== 'step' || hit.isBreakpoint);
    const at = isAtFault ? ({ thread, at: 'write fault' } as const) : ({ thread: migration, at: 'save' } as const);
    await this.#stand(snapshot, { ...at, place: 'save', page: physicalPage, waited: fault?.waited });
    if (!isAtFault) return { reason: request.kind === 'step' ? 'step' : 'pause', thread: migration };
    return { reason: 'write-fault', thread, fault: { page: physicalPage, physicalAddress, timeNs } };
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
      this.#timeline.enterPhase(phase, thread, timeNs);
      this.#tell({ kind: 'phase', phase, thread, timeNs });
    }
    const names = (): Names => this.#names(thread, undefined);
    const isWanted = phase !== undefined && this.#stops.stopsAtPhase(phase, request, names);
    if (!isWanted && request.kind !== 'step' && !this.#isPauseWanted) return undefined;
    // The migration thread is gone when all is over.
    const there = this.#snapshot ? thread : mainLoop;
    const at = phase ?? (this.#phase as Phase);
    const text = standingText(await this.#stand(snapshot, { thread: there, at, place }), this.#snapshot !== undefined);
    this.#refreshMap(true);
    this.#say(text);
    if (isWanted) return { reason: 'phase', thread: there, phase, text };
    return { reason: request.kind === 'step' ? 'step' : 'pause', thread: there };
  }

  async #stand<Where extends Pick<Standing, 'thread' | 'at' | 'place' | 'page' | 'waited'>>(
    snapshot: HeldSnapshot,
    where: Where,
  ): Promise<Where & Standing> {
    const isTraced = typeof where.place === 'object' && where.place.kind === 'trace';
    const isHeld = isTraced && this.#snapshot !== undefined;
    const standing = { ...where, ...(await measured(this.qemu, isHeld)), counts: snapshot.counts };
    if (this.#snapshot) this.#heldRegisters = await heldRegisters(this.qemu, standing.isAnswering, afterSnapshot);
    // From here on it may be held for long.
    snapshot.lookAtFaults();
    this.#standing = standing;
    return standing;
  }

  async #end(snapshot: HeldSnapshot, phase: Phase): Promise<void> {
    await snapshot.finish();
    await snapshot.close();
    this.#refreshMap(true);
    this.#snapshot = undefined;
    for (const { block, page } of snapshot.truth.badPages) {
      this.pages.set({ block, page }, PageState.Leaked, this.status().timeNs);
    }
    this.#tell(await this.output.end(snapshot, this.#isGivenUp));
    if (phase !== 'completed') this.#tellDeath();
  }

  /** QEMU before 8.1 goes on tracking when a snapshot has come to nothing. */
  #tellDeath(): void {
    if (!this.qemu.facts.userfault()) return;
    const text = `QEMU has left RAM protected: a vCPU that writes to it sleeps for ever. ${this.#repairAdvice}`;
    this.#tell({ kind: 'message', severity: 'error', text });
  }

  get #repairAdvice(): string {
    return `\`Freezeframe: Repair Guest\` revives it, as does \`freezeframe repair ${this.qemu.pid}\`.`;
  }

  #exited(): Stop {
    return { reason: 'exited', thread: vcpuId(0), exitCode: this.qemu.exitCode };
  }

  // ---- What is known meanwhile ----

  /** By the kernel's page tables. */
  #refreshMap(isWanted: boolean): void {
    const now = this.options.host.now();
    if (!this.#snapshot || (!isWanted && now - this.#mappedMs < mapMs)) return;
    this.#mappedMs = now;
    this.pages.refresh(this.qemu, this.#snapshot.armed, this.status().timeNs);
  }

  #noteThreads(timeNs: number): void {
    this.#timeline.noteThreads(this.threads(), this.#isGuestLetGo && !this.#isFrozen, timeNs);
  }

  #names(thread: ThreadId, place: PageOfBlock | undefined): Names {
    const { timeNs } = this.status();
    const values: Readonly<Record<string, Value | undefined>> = {
      thread,
      phase: this.#phase,
      time: BigInt(timeNs),
      page: place && BigInt(this.pages.addressOf(place) / pageByteCount),
      address: place && BigInt(this.pages.addressOf(place)),
    };
    return {
      lookup: (name) => (Object.hasOwn(values, name) ? values[name] : this.#vcpus.register(thread, name)),
      symbolAddress: () => undefined,
      readMemory: (address, byteCount) => this.readMemory(thread, address, byteCount),
    };
  }

  #say(text: string): void {
    this.#tell({ kind: 'message', severity: 'info', text });
  }

  #tell(event: DebuggeeEvent): void {
    if (event.kind === 'console') this.#trigger.guestPrints(event.bytes);
    this.#onEvent(event.kind === 'qmp' ? { ...event, timeNs: this.status().timeNs } : event);
  }
}

function cannotWrite(): DebuggeeError {
  const text = 'Registers and memory of a real QEMU cannot be written here: its `monitor` can, and gdb.';
  return new DebuggeeError('cannot-write', text);
}
