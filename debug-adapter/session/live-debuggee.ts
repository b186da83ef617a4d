import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { LaunchConfiguration } from '../configuration/launch-configuration';
import { noBreakpoints } from '../debuggee/breakpoints';
import type { Debuggee, DebuggeeEvent, RunRequest, StepUnit } from '../debuggee/debuggee';
import { type Pieces, whole } from '../debuggee/pieces';
import type { Stop } from '../debuggee/stop';
import { firstOf, type ThreadId } from '../debuggee/thread';
import { toBase64 } from '../protocol/base64';
import type { StopMark } from '../protocol/timeline';
import { Breakpoints } from './breakpoints';
import { Client } from './client';
import { GuestConsole } from './console';
import { inWords, isInternal } from './errors';
import { monitorLine, typedLine } from './evaluate';
import { Frames, type Place } from './frames';
import type { SessionHost } from './freezeframe-session';
import { type Debugged, GdbServer } from './gdb-server';
import { GuestSources } from './guest-sources';
import { Jumps } from './jumps';
import { ListedSources } from './listed-sources';
import { Past } from './past';
import { RunControl } from './run-control';
import { ShownCode } from './shown-code';
import { ShownSources } from './shown-sources';
import { Snapshots } from './snapshots';
import { exceptionInfo, stoppedBody } from './stops';
import { Threads } from './threads';
import { stopMark } from './timeline-events';
import { Values } from './values';
import { VariableHandles } from './variables';
import { Views } from './views';
import { Writes } from './writes';

/** Between two page maps of a running guest: some thirty a second. */
const tickMs = 33;

/** What a launch says besides the configuration. */
export interface Launch {
  /** All that it was given, to launch the same again. */
  readonly arguments: object;
  /** It will not stop anywhere. */
  readonly noDebug: boolean;
  /** VS Code's id of the session. */
  readonly editorSession: string | undefined;
}

/** A launched debuggee and all that a client has been told about it. */
export class LiveDebuggee {
  readonly threads = new Threads();
  readonly variables = new VariableHandles();
  readonly sources: ShownSources;
  readonly guestSources: GuestSources;
  readonly listed: ListedSources;
  readonly jumps: Jumps;
  readonly frames: Frames;
  readonly breakpoints: Breakpoints;
  readonly run: RunControl;
  readonly writes: Writes;
  readonly past: Past;
  readonly values: Values;
  readonly code: ShownCode;
  readonly snapshots: Snapshots;
  readonly views: Views;
  readonly #console: GuestConsole;
  readonly #gdb: GdbServer;
  /** Why it stands still. */
  #stop: Stop | undefined;
  /** That the client was told of last. */
  #stoppedThread: ThreadId | undefined;
  #ticks: readonly { stop(): void }[] = [];

  constructor(
    readonly debuggee: Debuggee,
    private readonly configuration: LaunchConfiguration,
    readonly launch: Launch,
    private readonly host: SessionHost,
    private client: Client,
  ) {
    this.sources = new ShownSources(debuggee.sources, host.sourceRoot);
    this.guestSources = new GuestSources(debuggee.guestSource, host.files, configuration.sourceMap);
    this.listed = new ListedSources(debuggee, launch.editorSession);
    this.jumps = new Jumps(this.listed, this.guestSources);
    this.frames = new Frames(debuggee, this.threads, this.sources, this.guestSources, this.listed);
    const { sources, guestSources, listed } = this;
    this.breakpoints = new Breakpoints(debuggee, { sources, guestSources, listed }, !launch.noDebug, (text, place) => {
      this.send('output', { category: 'console', output: `${text}\n`, ...place });
    });
    this.run = new RunControl(debuggee, {
      onRun: () => this.#onRun(),
      onStop: (stop) => this.#onStop(stop),
      onFailure: (error) => this.#onFailure(error),
    });
    this.past = new Past(debuggee, this);
    this.values = new Values(debuggee, this);
    this.code = new ShownCode(debuggee, this);
    this.snapshots = new Snapshots(debuggee, this);
    this.views = new Views(debuggee, this.#forViews());
    this.writes = new Writes(
      debuggee,
      () => this.run.isRunning,
      () => this.onWritten(),
    );
    this.#console = new GuestConsole({
      bytes: (bytes) => this.send('freezeframe.console', { bytes: toBase64(bytes) }),
      text: (output) => {
        if (configuration.console === 'debugConsole') this.send('output', { category: 'stdout', output });
      },
    });
    this.#gdb = new GdbServer(this.#forGdb(), host.listenForGdb);
    this.threads.update(debuggee.threads());
    debuggee.onEvent((event) => this.#onEvent(event));
  }

  /** If the configuration says so. @throws SessionError */
  async listenForGdb(): Promise<void> {
    const { gdb } = this.configuration;
    if (gdb !== undefined) this.#tell(await this.#gdb.listen(gdb));
  }

  /** The client has said all that it wanted to say before the first instruction. */
  begin(): void {
    const { history } = this.debuggee;
    // A gdb that has come already finds the guest where it begins.
    if (this.run.isRunning) return;
    const isToRun = (!this.configuration.stopOnEntry || this.launch.noDebug) && !this.#gdb.isConnected;
    if (isToRun && history?.isRecorded && !this.launch.noDebug) this.past.replay();
    else if (isToRun) this.run.start({ kind: 'continue' });
    else {
      this.run.stay();
      Promise.resolve().then(() => this.#onStop({ reason: 'entry', thread: this.#firstThread }));
    }
  }

  /** The client goes, the guest stays: as it is, or running free of breakpoints. */
  detach(isSuspended: boolean): void {
    this.views.endProgress();
    this.client = new Client(() => {});
    this.debuggee.setBreakpoints(noBreakpoints);
    if (isSuspended) this.run.pause();
    else if (!this.run.isRunning) this.run.start({ kind: 'continue' });
  }

  /** Another client comes. */
  attach(client: Client): void {
    this.client = client;
  }

  /** It has said all that it wanted to say first, and hears where the guest stands, if it does. */
  resume(): void {
    const stop = this.#stop;
    if (this.run.isRunning || !stop) return;
    Promise.resolve().then(() => this.#tellStop(stop));
  }

  /** The guest that this one takes the place of has the breakpoints. */
  takeOver({ breakpoints }: LiveDebuggee): void {
    for (const breakpoint of whole(this.breakpoints.takeOver(breakpoints))) {
      this.send('breakpoint', { reason: 'changed', breakpoint });
    }
    this.views.showAll();
  }

  /** While it runs its values can be read, between two slices of the run. */
  get isReadable(): boolean {
    return !this.run.isRunning || this.configuration.refreshPerSecond > 0;
  }

  async end(): Promise<void> {
    for (const tick of this.#ticks) tick.stop();
    this.views.endProgress();
    this.#gdb.end();
    await this.run.end();
  }

  continue({ threadId, singleThread = false }: Dap.ContinueArguments): { allThreadsContinued: boolean } {
    this.run.start({ kind: 'continue', ...(singleThread && { only: this.threads.id(threadId) }) });
    return { allThreadsContinued: !singleThread };
  }

  /** What gdb does, the client learns of. */
  #forGdb(): Debugged {
    const { debuggee, run, breakpoints, writes } = this;
    const live = this;
    return {
      debuggee,
      get isRunning() {
        return run.isRunning;
      },
      get stop() {
        return live.#stop;
      },
      run: (request) => {
        run.start(request);
        this.tellContinued();
      },
      back: (request) => this.past.go(request),
      pause: () => run.pause(),
      setPoints: (points) => breakpoints.setOfGdb(points),
      setRegister: (thread, name, value) => void writes.setRegister(thread, name, value),
      writeMemory: (thread, address, bytes) => writes.write(thread, address, bytes),
      monitor: (line) => this.#monitor(line),
      kill: () => this.tellTerminated(),
      tell: (text) => this.#tell(`${text}\n`),
      onFailure: (error) => this.#tellFailure(error),
    };
  }

  #tell(output: string): void {
    this.send('output', { category: 'console', output });
  }

  tellTerminated(): void {
    this.send('terminated');
  }

  tellContinued(): void {
    this.send('continued', { threadId: this.threads.number(this.thread), allThreadsContinued: true });
  }

  listThreads(): Dap.ThreadsResponse['body'] {
    return { threads: this.threads.list(this.#stoppedThread) };
  }

  step(args: Dap.NextArguments, depth: (RunRequest & { kind: 'step' })['depth']): void {
    const { threadId, singleThread } = args;
    const thread = this.threads.id(threadId);
    this.run.start({ kind: 'step', thread, depth, unit: this.unitOf(args), ...(singleThread && { only: thread }) });
  }

  /** By instruction where the client says so, as the Disassembly view does, or shows a listing. */
  unitOf({ threadId, granularity }: Dap.NextArguments): StepUnit {
    if (granularity === 'instruction' || this.run.isRunning) return 'instruction';
    return this.frames.isAtSource(this.threads.id(threadId)) ? 'line' : 'instruction';
  }

  /** A hart goes on elsewhere: it stands there now. */
  jump({ threadId, targetId }: Dap.GotoArguments): void {
    const thread = this.threads.id(threadId);
    this.debuggee.setRegister(thread, 'pc', this.jumps.address(targetId));
    this.frames.clear();
    this.variables.clear();
    Promise.resolve().then(() => this.#sendStopped(thread, { reason: 'goto', allThreadsStopped: true }));
  }

  exceptionInfo(): Dap.ExceptionInfoResponse['body'] {
    return exceptionInfo(this.#stop);
  }

  /** A line of the debug console that is meant for the guest's console; undefined when it is none. */
  typeLine(args: Dap.EvaluateArguments): Dap.EvaluateResponse['body'] | undefined {
    const bytes = typedLine(args);
    if (!bytes) return undefined;
    this.type(bytes);
    return { result: '', variablesReference: 0 };
  }

  /** A line of the debug console that is meant for QEMU's monitor; undefined when it is none. */
  monitor(args: Dap.EvaluateArguments): Promise<Dap.EvaluateResponse['body']> | undefined {
    const line = monitorLine(args);
    return line === undefined ? undefined : this.#monitor(line).then((result) => ({ result, variablesReference: 0 }));
  }

  /** A guest that is emulated here has its gdb stub here, too. */
  #monitor(line: string): Promise<string> {
    const [command, device] = line.trim().split(/\s+/);
    const isOurs = command === 'gdbserver' && this.debuggee.abilities.has('instructions');
    return isOurs ? this.#gdb.listen(device) : this.debuggee.monitor(line);
  }

  type(bytes: Uint8Array): Record<string, never> {
    this.debuggee.consoleInput(bytes);
    return {};
  }

  readMemory(args: Dap.ReadMemoryArguments): Pieces<Dap.ReadMemoryResponse['body']> {
    return this.views.readMemory(this.thread, args);
  }

  writeMemory(args: Dap.WriteMemoryArguments): Pieces<Dap.WriteMemoryResponse['body']> {
    return this.writes.writeMemory(this.thread, args);
  }

  #forViews() {
    const live = this;
    return {
      get client() {
        return live.client;
      },
      get isRunning() {
        return live.run.isRunning;
      },
      get stop() {
        return live.#stop;
      },
      get stopMark() {
        return live.#stopMark;
      },
    };
  }

  /** Undefined while the guest runs. */
  get #stopMark(): StopMark | undefined {
    if (this.run.isRunning) return undefined;
    const stop = this.#stop;
    const told = stop && stoppedBody(stop, this.threads, this.breakpoints);
    return stopMark(this.debuggee, stop, told?.description);
  }

  /** Clients select a thread when it stops: it is told of again, without news of the others. */
  selectThread(thread: string): Record<string, never> {
    const wait = this.threads.waitOf(this.threads.known(thread));
    const description = wait === undefined ? 'Selected' : `Selected, ${wait}`;
    Promise.resolve().then(() => this.#sendStopped(thread, { reason: 'pause', description, allThreadsStopped: false }));
    return {};
  }

  /** From whose point of view what names no frame is looked at. */
  get thread(): ThreadId {
    return this.#stop?.thread ?? this.#firstThread;
  }

  get #firstThread(): string {
    return firstOf('hart', this.debuggee.threads());
  }

  /** Of a request that may name a frame. */
  placeOf({ frameId }: { readonly frameId?: number }): Place {
    // Frames are of a stop; while the guest runs, a thread is all there is.
    return frameId && !this.run.isRunning ? this.frames.place(frameId) : { thread: this.thread, index: 0 };
  }

  private send(event: string, body?: unknown): void {
    this.client.send(event, body);
  }

  /** Registers or memory have changed by the user's doing. */
  onWritten(): void {
    this.views.showChanges();
    this.client.invalidate('stacks', 'variables');
  }

  /** For who wants to see values change under his eyes. */
  #refresh(): void {
    this.views.showMemory();
    this.client.invalidate('variables');
  }

  #onRun(): void {
    this.frames.clear();
    this.variables.clear();
    const tick = this.host.every(tickMs, () => {
      this.#console.flush();
      this.views.tick();
    });
    const { refreshPerSecond } = this.configuration;
    const refreshes = refreshPerSecond > 0 ? [this.host.every(1000 / refreshPerSecond, () => this.#refresh())] : [];
    this.#ticks = [tick, ...refreshes];
  }

  #onStop(stop: Stop): void {
    for (const tick of this.#ticks) tick.stop();
    this.views.endProgress();
    // The end of a run that can go back is a place to stand at, once.
    const isOver = stop.reason === 'exited' && (!this.#standsAtEnd || this.#stop?.reason === 'exited');
    this.#stop = stop;
    this.#console.flush();
    this.#tellThreads();
    this.views.showChanges();
    if (isOver) this.#onExit(stop.exitCode);
    else this.#tellStop(stop);
    this.#gdb.onStop(stop, { text: stoppedBody(stop, this.threads, this.breakpoints).text, isOver });
  }

  get #standsAtEnd(): boolean {
    return this.debuggee.history !== undefined && !this.launch.noDebug;
  }

  #tellThreads(): void {
    const { started, exited } = this.threads.update(this.debuggee.threads());
    for (const threadId of exited) this.send('thread', { reason: 'exited', threadId });
    for (const threadId of started) this.send('thread', { reason: 'started', threadId });
  }

  #tellStop(stop: Stop): void {
    this.#sendStopped(stop.thread, stoppedBody(stop, this.threads, this.breakpoints));
  }

  #sendStopped(thread: ThreadId, body: Dap.StoppedEvent['body']): void {
    this.#stoppedThread = thread;
    this.send('stopped', { ...body, threadId: this.threads.number(thread) });
  }

  #onExit(exitCode: number): void {
    this.send('exited', { exitCode });
    this.tellTerminated();
  }

  /** A run has failed: said, and where it stands now is shown. */
  #onFailure(error: unknown): void {
    this.#tellFailure(error);
    this.#onStop({ reason: 'pause', thread: this.thread });
  }

  #tellFailure(error: unknown): void {
    this.send('output', { category: 'important', output: `${inWords(error).text}\n` });
    if (isInternal(error) && error instanceof Error)
      this.send('output', { category: 'stderr', output: `${error.stack}\n` });
  }

  #onEvent(event: DebuggeeEvent): void {
    if (event.kind === 'console') {
      this.#console.push(event.bytes);
      return;
    }
    // What the guest has printed before comes before.
    this.#console.flush();
    if (event.kind === 'threads') this.#tellThreads();
    else if (event.kind === 'qmp') this.send('output', { category: 'console', output: this.#qmpLine(event) });
    else if (event.kind === 'phase') {
      const { phase, thread, timeNs } = event;
      this.send('freezeframe.phase', { phase, thread, timeNs });
    } else {
      // VS Code shows `console` in the yellow of a warning.
      const isError = event.kind === 'replayed' ? !event.isSame : event.severity === 'error';
      const text = isError ? this.client.styled(event.text, 'error') : event.text;
      this.send('output', { category: isError ? 'important' : 'stdout', output: `${text}\n` });
      if (event.kind === 'message' && event.report) this.send('freezeframe.snapshot', event.report);
    }
  }

  /** As `qmp-shell` would show it, with the virtual time. */
  #qmpLine({ event, data, timeNs }: Extract<DebuggeeEvent, { kind: 'qmp' }>): string {
    const time = this.client.styled(`${(timeNs / 1e6).toFixed(3)} ms`, 'faint');
    return `${time}  ${event}${data ? ` ${JSON.stringify(data)}` : ''}\n`;
  }
}
