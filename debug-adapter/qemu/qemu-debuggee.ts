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
import type { Pieces } from '../debuggee/pieces';
import type { Stop } from '../debuggee/stop';
import type { Frame, Scope, ThreadId, ThreadInfo, Value } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import type { PageOfBlock } from '../protocol/messages';
import { attachQemu } from './attach-qemu';
import { disassembleCode, settleCount } from './code';
import { FreeRun } from './free-run';
import { PageStates } from './page-states';
import { QemuTimeline } from './qemu-timeline';
import { hostRange } from './ram-blocks';
import { repairGuest, repairText } from './repair';
import type { QemuListener, RunningQemu } from './running-qemu';
import { type CoursePlace, courseFile, ShownCourse } from './shown-course';
import { SnapshotOutput } from './snapshot-output';
import { SnapshotRun, type SnapshotSession } from './snapshot-run';
import { SnapshotTrigger, type Trigger } from './snapshot-trigger';
import { snapshotScope } from './standing';
import { type QemuCommand, startQemu } from './start-qemu';
import { StopConditions } from './stop-conditions';
import { faultState, migration, QemuThreads, vcpuId } from './threads';

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
  readonly #guest: FreeRun;
  /** The snapshot under way, or the last. */
  #snapshot: SnapshotRun | undefined;
  #onEvent: (event: DebuggeeEvent) => void = () => {};
  #isPauseWanted = false;
  #isOver = false;

  private constructor(
    private readonly qemu: RunningQemu,
    private readonly options: QemuDebuggeeOptions,
    private readonly output: SnapshotOutput,
  ) {
    this.#startMs = options.host.now();
    this.pages = new PageStates(qemu.blocks);
    this.#threads = new QemuThreads(qemu);
    this.#timeline = new QemuTimeline(qemu.vcpus);
    this.#course = new ShownCourse(options.course);
    this.#trigger = new SnapshotTrigger(options.when, options.host);
    this.sources = new Map([[courseFile, options.course]]);
    this.#guest = new FreeRun(qemu, this.#threads, this.#trigger, (text) => this.#say(text));
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
      if (options.stopsOnEntry && qemu.isOurs) await debuggee.#guest.lookAtVcpus();
      for (const event of early) debuggee.#tell(event);
      return debuggee;
    } catch (error) {
      output.release();
      throw error;
    }
  }

  async run(request: RunRequest): Promise<Stop> {
    this.#isPauseWanted = false;
    await this.#snapshot?.leave(request);
    this.#guest.forget();
    if (!this.#isInSnapshot) {
      if (request.kind === 'step') throw nothingToStep();
      await this.#guest.letGo();
    }
    for (;;) {
      if (!this.qemu.facts.isAlive) return this.#exited();
      const stop = await (this.#isInSnapshot ? this.#snapshot!.goOn(request) : this.#waitForSnapshot());
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
    // A guest that is not ours goes on as it did: QEMU leaves it still when it has failed a snapshot between freeze and vm_start.
    const isLeftStill = this.#snapshot?.phase === 'failed' && this.qemu.isStill;
    if (!this.qemu.isOurs && (!this.#guest.isLetGo || isLeftStill)) await this.qemu.qmp.execute('cont').catch(() => {});
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
    if (this.#isInSnapshot || this.#trigger.isWanted) {
      throw new DebuggeeError('snapshot-under-way', 'A snapshot is under way: wait for its end, or give it up.');
    }
    if (output !== undefined) this.output.checkIsFor(output);
    this.#trigger.isWanted = true;
  }

  cancelSnapshot(): void {
    if (this.#isInSnapshot) {
      this.#snapshot!.giveUp();
      return;
    }
    if (!this.#trigger.isDue) throw new DebuggeeError('no-snapshot', 'No snapshot is under way.');
    this.#guest.giveUp();
    this.#say('Given up before it began.');
  }

  async repairGuest(): Promise<string> {
    if (this.#isInSnapshot) {
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
    return this.#threads.list(this.#isInSnapshot, this.status().timeNs);
  }

  /** Where a vCPU stands whose registers are known, or a line of the course; of any other thread what the kernel tells. */
  stack(thread: ThreadId): readonly Frame[] {
    const frame = this.#guest.vcpus.frame(thread);
    if (frame) return [frame];
    const info = this.threads().find(({ id }) => id === thread);
    if (!info) return [];
    const at = this.#placeOf(info);
    return [at === undefined ? { kind: 'trap', name: info.state } : this.#course.frame(info.state, at)];
  }

  /** Where in the course a thread is, if that is known. */
  #placeOf({ id, state }: ThreadInfo): CoursePlace | undefined {
    const { standing, phase } = this.#snapshot ?? {};
    if (id === standing?.thread) return standing.at;
    if (state === faultState) return 'write fault';
    return id === migration ? phase : undefined;
  }

  scopes(thread: ThreadId): readonly Scope[] {
    const { standing, registers } = this.#snapshot ?? {};
    const held = registers?.get(thread);
    return [...(standing ? [snapshotScope(standing)] : []), ...(held ? [held] : this.#guest.scopes(thread))];
  }

  names(thread: ThreadId): Names {
    return this.#names(thread, this.pageOfStop());
  }

  readMemory(thread: ThreadId, address: bigint, byteCount: number): Uint8Array {
    return this.#guest.vcpus.readMemory(thread, address, byteCount);
  }

  fetch(): Promise<boolean> {
    return this.#guest.vcpus.fetch();
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

  // biome-ignore lint/correctness/useYield: what is known is one piece
  *disassemble(address: bigint, offset: number, count: number): Pieces<readonly DisassembledInstruction[]> {
    const before = Math.max(0, -offset) + settleCount;
    const code = this.#guest.vcpus.codeAround(address, before, Math.max(0, offset + count));
    return disassembleCode(code, address, offset, count);
  }

  pageAtFreeze({ block, page }: PageOfBlock): Uint8Array {
    const bytes = this.#snapshot?.truth.page(block, page);
    if (!bytes) throw new DebuggeeError('not-known', 'What this page held at the freeze is not known (any more).');
    return Uint8Array.from(bytes);
  }

  writeFaults(): ReadonlyMap<number, number> {
    return new Map();
  }

  timeline(since: TimelineMark | undefined, isStill: boolean): TimelineLook {
    const { timeNs } = this.status();
    this.#noteThreads(timeNs);
    if (this.#isInSnapshot) this.#timeline.noteSent(this.#snapshot!.counts, timeNs);
    return this.#timeline.look(since, isStill, timeNs);
  }

  pageOfStop(): PageOfBlock | undefined {
    return this.#snapshot?.page;
  }

  status(): Status {
    const timeNs = Math.round((this.options.host.now() - this.#startMs) * 1e6);
    const phase = this.#snapshot?.phase ?? 'none';
    const { preparedShare: share } = this.#guest;
    const hostWork = share === undefined ? undefined : { what: 'Mapping memory for a copy of RAM', share };
    return { timeNs, phase, hostWork, instructions: 0, instant: { events: 0, threads: [] } };
  }

  async stateHash(): Promise<bigint> {
    return 0n;
  }

  get #isInSnapshot(): boolean {
    return this.#snapshot?.isUnderWay ?? false;
  }

  async #waitForSnapshot(): Promise<Stop | undefined> {
    const truth = await this.#guest.untilSnapshot(
      () => this.#isPauseWanted,
      () => {
        this.#snapshot = undefined;
      },
    );
    if (truth) {
      try {
        this.#snapshot = await SnapshotRun.begin(this.#session, truth);
      } finally {
        this.#guest.giveUp();
      }
      return undefined;
    }
    return this.#isOver || !this.qemu.facts.isAlive ? this.#exited() : await this.#guest.stop();
  }

  get #session(): SnapshotSession {
    const { qemu, output, pages } = this;
    const debuggee = this;
    return {
      qemu,
      output,
      pages,
      host: this.options.host,
      threads: this.#threads,
      timeline: this.#timeline,
      stops: this.#stops,
      get timeNs() {
        return debuggee.status().timeNs;
      },
      get isPauseWanted() {
        return debuggee.#isPauseWanted;
      },
      names: (thread, place) => this.#names(thread, place),
      noteThreads: (timeNs) => this.#noteThreads(timeNs),
      tell: (event) => this.#tell(event),
    };
  }

  #exited(): Stop {
    return { reason: 'exited', thread: vcpuId(0), exitCode: this.qemu.exitCode };
  }

  #noteThreads(timeNs: number): void {
    const isStill = this.#isInSnapshot ? this.#snapshot!.isFrozen : this.qemu.isStill;
    const isRunning = this.#guest.isLetGo && !isStill;
    this.#timeline.noteThreads(this.threads(), isRunning, timeNs);
  }

  #names(thread: ThreadId, place: PageOfBlock | undefined): Names {
    const { timeNs, phase } = this.status();
    const values: Readonly<Record<string, Value | undefined>> = {
      thread,
      phase,
      time: BigInt(timeNs),
      page: place && BigInt(this.pages.addressOf(place) / pageByteCount),
      address: place && BigInt(this.pages.addressOf(place)),
    };
    return {
      lookup: (name) => (Object.hasOwn(values, name) ? values[name] : this.#guest.vcpus.register(thread, name)),
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

function nothingToStep(): DebuggeeError {
  const advice = 'Take one first: `Freezeframe: Take Snapshot`.';
  const text = `A real QEMU is stepped in its snapshot, and none is under way. ${advice}`;
  return new DebuggeeError('nothing-to-step', text);
}

function cannotWrite(): DebuggeeError {
  const text =
    'Registers and memory of a real QEMU cannot be written from here. Use gdb with QEMU’s own stub (`-gdb`).';
  return new DebuggeeError('cannot-write', text);
}
