import type { Breakpoints, Names } from '../debuggee/breakpoints';
import {
  type Ability,
  type Debuggee,
  DebuggeeError,
  type DebuggeeEvent,
  type DisassembledInstruction,
  type PageView,
  type RunRequest,
  type Status,
  type WhenProtected,
} from '../debuggee/debuggee';
import type { GuestSource } from '../debuggee/guest-source';
import type { Host, InputFile } from '../debuggee/host';
import type { Pieces } from '../debuggee/pieces';
import type { Stop } from '../debuggee/stop';
import type { Frame, Scope, ThreadId, ThreadInfo } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import { pageByteCount } from '../emulator/core/guest-core';
import { HartActor } from '../emulator/machine/hart-actor';
import type { DmaWrite, Machine } from '../emulator/machine/machine';
import { hashPlainData } from '../emulator/machine/state-hash';
import type { Snapshot } from '../migration/snapshot';
import { pageFrameNumber } from '../migration/snapshot';
import { defaultSnapshotOptions, type SnapshotOptions } from '../migration/snapshot-options';
import { runMonitorCommand } from '../monitor/monitor';
import type { PageOfBlock } from '../protocol/messages';
import type { Interleaving } from '../simulation/interleaving';
import { type Beginning, mainLoopActorNumber, Vmm } from '../vmm/vmm';
import { correct, type WhatIf } from '../vmm/what-if';
import { debugInfoOf } from './debug-info';
import { checkIsRam, physicalWrites, protectedPage, writeNow, writeProtected } from './debugger-writes';
import { disassembleMemory } from './disassembly';
import { functionEntry } from './function-entry';
import { readPhysical, readVirtual, translate } from './guest-memory';
import { callerAt, frameVariables, hartStack, sourceNames } from './hart-stack';
import { HostTurns } from './host-turns';
import { hartScopes, threadInfo, vmmScopes, vmmStack } from './inspect';
import { kernelSymbols } from './kernel-symbols';
import { MainLoopCommands } from './main-loop-commands';
import { monitored } from './monitored';
import type { Outputs } from './output';
import { Pace } from './pace';
import { pageView } from './page-view';
import { writeRegister } from './registers';
import { resetWithoutImages } from './restore';
import { type CheckpointOptions, RunCheckpoints } from './run-checkpoints';
import { RunLoop, type RunLoopEvents } from './run-loop';
import { Slices } from './slices';
import type { SnapshotTrigger } from './snapshot-trigger';
import { Snapshots } from './snapshots';
import { SourceLines } from './source-lines';
import { StopConditions } from './stop-conditions';
import { mainLoopId, migrationId } from './thread-roles';

export interface EmbeddedOptions {
  readonly machine: Machine;
  readonly trigger: SnapshotTrigger;
  /** Where snapshots go unless the command says otherwise; released with the debuggee. */
  readonly output: Outputs;
  /** How every snapshot is taken. */
  readonly snapshot?: Partial<SnapshotOptions>;
  /** Text of the VMM threads' sources, by file name. */
  readonly sources: ReadonlyMap<string, string>;
  readonly host: Host;
  readonly whatIf?: Partial<WhatIf>;
  /** Compare snapshots with the truth; true unless given. */
  readonly oracle?: boolean;
  /** Of a restored machine. */
  readonly beginning?: Beginning;
  /** Said when the first run begins. */
  readonly greeting?: string | undefined;
  /** How several harts take turns. */
  readonly interleaving?: Interleaving;
  /** A guest that waits for a timer waits as long on the wall; false unless given. */
  readonly pace?: boolean | undefined;
  /** Files that it reads from as long as it lives, closed with it. */
  readonly inputs?: readonly Pick<InputFile, 'close'>[];
  /** Keeps states of its run; none unless given. */
  readonly checkpoints?: CheckpointOptions | undefined;
}

/** The emulated `virt` board with its simulated VMM as a debuggee. */
export class EmbeddedDebuggee implements Debuggee {
  readonly abilities: ReadonlySet<Ability> = new Set(['instructions', 'watch', 'registers', 'write']);
  readonly sources: ReadonlyMap<string, string>;
  readonly guestSource: GuestSource;
  readonly pages: PageView;
  readonly checkpoints: RunCheckpoints | undefined;

  readonly #machine: Machine;
  readonly #host: Host;
  readonly #turns: HostTurns;
  readonly #inputs: Pick<InputFile, 'close'>[];
  readonly #lines: SourceLines;
  readonly #stops: StopConditions;
  readonly #loop: RunLoop;
  readonly #commands: MainLoopCommands;
  readonly #snapshots: Snapshots;
  #greeting: string | undefined;
  #listener: (event: DebuggeeEvent) => void = () => {};
  readonly #slices: Slices;
  /** Whose stack was asked for last: code is shown as its page tables have it. */
  #hartInView = 0;

  constructor(options: EmbeddedOptions) {
    const {
      machine,
      trigger,
      output,
      snapshot = {},
      sources,
      host,
      whatIf,
      oracle = true,
      beginning,
      greeting,
      interleaving,
      pace = false,
      checkpoints,
      inputs = [],
    } = options;
    this.#inputs = [...inputs];
    this.#machine = machine;
    machine.symbols.addLater(kernelSymbols(machine));
    this.#host = host;
    this.#turns = new HostTurns(host);
    this.#greeting = greeting;
    this.sources = sources;
    this.guestSource = debugInfoOf(machine);
    this.#lines = new SourceLines(sources);
    this.#stops = new StopConditions(this.#lines);
    const events: RunLoopEvents = {
      onPhase: (phase, thread, timeNs) => {
        if (phase === 'completed' || phase === 'failed') this.#snapshots.tellEnding();
        this.#listener({ kind: 'phase', phase, thread, timeNs });
      },
      onThreads: () => this.#listener({ kind: 'threads' }),
      onQmpEvent: (event, timeNs) => {
        if (this.#snapshots.showsEvents) this.#listener({ kind: 'qmp', ...event, timeNs });
        if (event.event === 'RESET' && machine.loaded.length === 0) {
          this.#listener({ kind: 'message', severity: 'info', text: resetWithoutImages });
        }
      },
      onConsole: (bytes) => this.#listener({ kind: 'console', bytes }),
      onTrigger: (timeNs) => this.#takeTriggered(timeNs),
    };
    const vmm = new Vmm(machine, { ...correct, ...whatIf }, beginning, interleaving);
    this.#loop = new RunLoop(vmm, this.#stops, trigger, events);
    this.#commands = new MainLoopCommands(this.#loop);
    this.#snapshots = new Snapshots({
      loop: this.#loop,
      commands: this.#commands,
      host,
      output,
      settings: { ...defaultSnapshotOptions, ...snapshot },
      isChecked: oracle,
      threadOf: (actor) => this.#threadOfActor(actor),
      onEnding: (ending) => this.#listener({ kind: 'message', ...ending }),
    });
    this.pages = pageView(
      machine,
      vmm.pageMap,
      (actor) => this.#threadOfActor(actor),
      (page) => this.#snapshots.whyLeaked(page),
    );
    if (checkpoints) {
      this.checkpoints = new RunCheckpoints({
        machine,
        loop: this.#loop,
        others: [this.#commands, this.#snapshots],
        leaves: [host, this.#lines],
        options: checkpoints,
        now: () => host.now(),
        turns: this.#turns,
        onNewCourse: () => {
          this.#snapshots.takeNewCourse();
        },
      });
    }
    this.#slices = new Slices({
      loop: this.#loop,
      host,
      pace: pace ? new Pace() : undefined,
      checkpoints: this.checkpoints,
      work: () => this.#snapshots.work(),
    });
  }

  async run(request: RunRequest): Promise<Stop> {
    if (this.#loop.ending) return this.#loop.ending;
    this.#greet();
    const stop = await this.#slices.run(request);
    if (stop.reason === 'exited' || stop.reason === 'guest-error') this.#loop.ending = stop;
    if (stop.reason === 'exited') this.#snapshots.abandon();
    return stop;
  }

  pause(): void {
    this.#slices.pause();
  }

  async dispose(): Promise<void> {
    this.#slices.end();
    for (const input of this.#inputs.splice(0)) input.close();
    await this.#snapshots.end();
  }

  setBreakpoints(breakpoints: Breakpoints): void {
    this.#stops.set(breakpoints);
    this.#loop.placeBreakpoints();
  }

  breakableLine(file: string, line: number): number | undefined {
    return this.#lines.breakableLine(file, line);
  }

  symbolAddress(name: string): bigint | undefined {
    return this.#machine.symbols.addressOf(name);
  }

  functionEntry(address: bigint): bigint {
    return functionEntry(this.#machine, address);
  }

  nearestSymbol(address: bigint): { readonly name: string; readonly offset: number } | undefined {
    return this.#machine.symbols.nearest(address);
  }

  symbolNames(prefix: string, countMax: number): readonly string[] {
    return this.#machine.symbols.namesWith(prefix, countMax);
  }

  takeSnapshot(output?: string): void {
    this.#snapshots.take(this.#loop.timeNs, output);
    this.#slices.rouse();
  }

  /** The snapshot under way, or the last one. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshots.current;
  }

  get isTakingSnapshot(): boolean {
    return this.#snapshots.isUnderWay;
  }

  cancelSnapshot(): void {
    this.#snapshots.cancel();
    this.#slices.rouse();
  }

  async monitor(line: string): Promise<string> {
    const answer = runMonitorCommand(monitored(this.#loop, this.#commands, this.#snapshots), line);
    this.#slices.rouse();
    return answer;
  }

  consoleInput(bytes: Uint8Array): void {
    this.#commands.typeAtConsole(bytes);
    this.#slices.rouse();
  }

  onEvent(listener: (event: DebuggeeEvent) => void): void {
    this.#listener = listener;
  }

  threads(): readonly ThreadInfo[] {
    const { vmm, mainLoop, migration } = this.#loop;
    const threads = [...vmm.harts, mainLoop, ...(migration ? [migration] : [])];
    return threads.map((thread) => threadInfo(thread, this.#loop.progressOf(thread.id)));
  }

  stack(thread: ThreadId): readonly Frame[] {
    const actor = this.#loop.thread(thread);
    if (!actor) return [];
    if (actor instanceof HartActor) this.#hartInView = actor.index;
    return actor instanceof HartActor ? hartStack(this.#machine, actor.index) : vmmStack(actor, this.#lines);
  }

  scopes(thread: ThreadId, frame = 0): readonly Scope[] {
    const actor = this.#loop.thread(thread);
    if (!actor) return [];
    if (actor instanceof HartActor)
      return hartScopes(
        this.#machine,
        actor,
        {
          locals: frameVariables(this.#machine, actor.index, frame),
          globals: sourceNames(this.#machine, actor.index, frame).globals(),
        },
        callerAt(this.#machine, actor.index, frame),
      );
    const { phase, timeNs } = this.#loop;
    const locals = this.#loop.localsOf(thread, frame);
    return vmmScopes(actor, { pages: this.pages.blocks[0], snapshot: this.snapshot, phase, timeNs, locals });
  }

  names(thread: ThreadId, frame = 0): Names {
    return this.#loop.namesFor(thread, undefined, frame);
  }

  readMemory(thread: ThreadId, address: bigint, byteCount: number): Uint8Array {
    return readVirtual(this.#machine, this.#hartOf(thread), address, byteCount);
  }

  physicalAddress(thread: ThreadId, address: bigint): number | undefined {
    return translate(this.#machine, this.#hartOf(thread), address);
  }

  readPhysicalMemory(address: number, byteCount: number): Uint8Array {
    return readPhysical(this.#machine, address, byteCount);
  }

  setRegister(thread: ThreadId, name: string, value: bigint): bigint {
    const { core } = this.#machine;
    const hart = this.#loop.vmm.harts[this.#hartOf(thread)]!;
    const written = writeRegister(core, hart.index, name, value);
    if (written === undefined) {
      throw new DebuggeeError('no-register', `\`${name}\` is not a register that can be written.`);
    }
    // An interrupt may be enabled now that ends a WFI.
    hart.pokeAt(this.#loop.timeNs);
    return written;
  }

  writeMemory(thread: ThreadId, address: bigint, bytes: Uint8Array, whenProtected: WhenProtected): void {
    this.#write(physicalWrites(this.#machine, this.#hartOf(thread), address, bytes), whenProtected);
  }

  writePhysicalMemory(address: number, bytes: Uint8Array, whenProtected: WhenProtected): void {
    this.#write([{ address, bytes }], whenProtected);
  }

  disassemble(address: bigint, instructionOffset: number, count: number): Pieces<readonly DisassembledInstruction[]> {
    return disassembleMemory(this.#machine, this.#hartInView, address, instructionOffset, count);
  }

  pageAtFreeze({ block, page }: PageOfBlock): Uint8Array {
    const { address } = this.pages.info(page, block);
    if (block === this.pages.blocks[0].block.name) return this.#snapshots.atFreeze(page);
    return this.readPhysicalMemory(Number(address), pageByteCount).slice();
  }

  writeFaults(pc: bigint): ReadonlyMap<number, number> {
    const faults = this.#loop.vmm.writeFaults.at(pc);
    return new Map([...faults].map(([page, count]) => [pageFrameNumber(page), count]));
  }

  pageOfStop(stop: Stop): PageOfBlock | undefined {
    if (stop.reason === 'write-fault') return this.pages.at(stop.fault.physicalAddress);
    if (stop.reason === 'data-breakpoint') return this.pages.at(stop.access.physicalAddress);
    const actor = this.#loop.thread(stop.thread);
    if (actor instanceof HartActor) {
      const pc = translate(this.#machine, actor.index, this.#machine.core.pc.get(actor.index));
      return pc === undefined ? undefined : this.pages.at(pc);
    }
    if (stop.thread !== migrationId || !this.snapshot || this.status().phase !== 'save') return undefined;
    const { block, page } = this.snapshot.ram.scanPosition;
    return { block: this.snapshot.ram.blocks[block]!.name, page };
  }

  status(): Status {
    const { timeNs, phase, vmm, instant } = this.#loop;
    const instructions = vmm.harts.reduce((sum, hart) => sum + hart.instructionCount, 0);
    return { timeNs, phase, hostWork: this.#snapshots.hostWork, instructions, instant };
  }

  async stateHash(): Promise<bigint> {
    return hashPlainData(await this.#turns.all(this.#machine.stateHashInPieces()), {
      threads: this.threads().map(({ id, timeNs, progress }) => ({ id, timeNs, progress })),
      phase: this.#loop.phase,
      pages: this.#host.sha256().update(this.#machine.core.pages.states).digest(),
      streamByteCount: this.snapshot?.file.byteCount ?? 0,
    });
  }

  timeline(since: TimelineMark | undefined, isStill: boolean): TimelineLook {
    return this.#loop.recorder.look(since, this.#loop.timeNs, isStill);
  }

  #greet(): void {
    if (this.#greeting === undefined) return;
    this.#listener({ kind: 'message', severity: 'info', text: this.#greeting });
    this.#greeting = undefined;
  }

  /** Nobody waits for an answer here, so what goes wrong is said. */
  #takeTriggered(timeNs: number): void {
    try {
      this.#snapshots.take(timeNs);
    } catch (error) {
      if (!(error instanceof DebuggeeError)) throw error;
      this.#listener({ kind: 'message', severity: 'error', text: error.message });
    }
  }

  #write(writes: readonly DmaWrite[], whenProtected: WhenProtected): void {
    const { vmm, timeNs } = this.#loop;
    checkIsRam(this.#machine, writes);
    const page = protectedPage(this.#machine, writes);
    if (page === undefined) writeNow(this.#machine, writes, timeNs);
    else if (whenProtected === 'refuse') throw writeProtected(vmm, page);
    else this.#commands.write(writes);
  }

  #hartOf(thread: ThreadId): number {
    const actor = this.#loop.thread(thread);
    return actor instanceof HartActor ? actor.index : 0;
  }

  #threadOfActor(actor: number): ThreadId {
    if (actor === mainLoopActorNumber) return mainLoopId;
    return this.#loop.vmm.harts[actor]?.id ?? migrationId;
  }
}
