import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee, DebuggeeEvent, RunRequest } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import { toBase64 } from '../protocol/base64';
import type { PagesEvent } from '../protocol/messages';
import { Breakpoints } from './breakpoints';
import type { Client } from './client';
import { completions } from './completions';
import { GuestConsole } from './console';
import { dataBreakpointInfo } from './data-breakpoints';
import { badArguments, inWords, isInternal } from './errors';
import { evaluate, monitorLine, setExpression, typedLine } from './evaluate';
import { Frames, type Place } from './frames';
import type { SessionHost } from './freezeframe-session';
import { Jumps } from './jumps';
import type { LaunchConfiguration } from './launch-configuration';
import { ListedSources } from './listed-sources';
import { disassemble, memoryReference, readMemory } from './memory';
import { PageEvents } from './page-events';
import { RunControl } from './run-control';
import { ShownSources } from './shown-sources';
import { exceptionInfo, type Standing, stoppedBody } from './stops';
import { Threads } from './threads';
import { formatVariable, VariableHandles } from './variables';
import { Writes } from './writes';

/** Between two page maps of a running guest: some thirty a second. */
const tickMs = 33;
const firstThread = 'hart0';

/** What a launch says of its client. */
export interface Launch {
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
  readonly listed: ListedSources;
  readonly jumps: Jumps;
  readonly frames: Frames;
  readonly breakpoints: Breakpoints;
  readonly run: RunControl;
  readonly writes: Writes;
  readonly #pages: PageEvents;
  readonly #console: GuestConsole;
  /** Why it stands still. */
  #stop: Stop | undefined;
  #ticks: { stop(): void } | undefined;

  constructor(
    readonly debuggee: Debuggee,
    private readonly configuration: LaunchConfiguration,
    private readonly launch: Launch,
    private readonly host: SessionHost,
    private readonly client: Client,
  ) {
    this.sources = new ShownSources(debuggee.sources, host.sourceRoot);
    this.listed = new ListedSources(debuggee, launch.editorSession);
    this.jumps = new Jumps(this.listed);
    this.frames = new Frames(debuggee, this.threads, this.sources, this.listed);
    this.breakpoints = new Breakpoints(debuggee, this.sources, this.listed, !launch.noDebug, (text, place) => {
      this.send('output', { category: 'console', output: `${text}\n`, ...place });
    });
    this.run = new RunControl(debuggee, {
      onRun: () => this.#onRun(),
      onStop: (stop) => this.#onStop(stop),
      onFailure: (error) => this.#onFailure(error),
    });
    this.#pages = new PageEvents(debuggee);
    this.writes = new Writes(debuggee, () => this.#onWritten());
    this.#console = new GuestConsole({
      bytes: (bytes) => this.send('freezeframe.console', { bytes: toBase64(bytes) }),
      text: (output) => {
        if (configuration.console === 'debugConsole') this.send('output', { category: 'stdout', output });
      },
    });
    this.threads.update(debuggee.threads());
    debuggee.onEvent((event) => this.#onEvent(event));
  }

  /** The first page map. */
  announce(): void {
    this.send('freezeframe.pages', this.#pages.all(true));
  }

  /** The client has said all that it wanted to say before the first instruction. */
  begin(): void {
    if (!this.configuration.stopOnEntry || this.launch.noDebug) this.run.start({ kind: 'continue' });
    else Promise.resolve().then(() => this.#onStop({ reason: 'entry', thread: firstThread }));
  }

  async end(): Promise<void> {
    this.#ticks?.stop();
    await this.run.end();
  }

  continue({ threadId, singleThread = false }: Dap.ContinueArguments): { allThreadsContinued: boolean } {
    this.run.start({ kind: 'continue', ...(singleThread && { only: this.threads.id(threadId) }) });
    return { allThreadsContinued: !singleThread };
  }

  runToNext(event: unknown): Record<string, never> {
    if (event !== 'phase' && event !== 'write-fault') {
      throw badArguments('freezeframe.runToNext', '`event` is neither "phase" nor "write-fault"');
    }
    // Behind the answer: no client knows that this request lets the threads run.
    Promise.resolve().then(() =>
      this.send('continued', { threadId: this.threads.number(this.#thread), allThreadsContinued: true }),
    );
    this.run.start({ kind: 'continue', until: event });
    return {};
  }

  listThreads(): Dap.ThreadsResponse['body'] {
    return { threads: this.threads.list() };
  }

  step({ threadId, singleThread }: Dap.NextArguments, depth: (RunRequest & { kind: 'step' })['depth']): void {
    const thread = this.threads.id(threadId);
    this.run.start({ kind: 'step', thread, depth, ...(singleThread && { only: thread }) });
  }

  /** A hart goes on elsewhere: it stands there now. */
  jump({ threadId, targetId }: Dap.GotoArguments): void {
    const thread = this.threads.id(threadId);
    this.debuggee.setRegister(thread, 'pc', this.jumps.address(targetId));
    this.frames.clear();
    this.variables.clear();
    Promise.resolve().then(() => this.send('stopped', { reason: 'goto', threadId, allThreadsStopped: true }));
  }

  exceptionInfo(): Dap.ExceptionInfoResponse['body'] {
    return exceptionInfo(this.#stop);
  }

  scopes({ frameId }: Dap.ScopesArguments): Dap.ScopesResponse['body'] {
    const { thread, index } = this.frames.place(frameId);
    return { scopes: this.debuggee.scopes(thread, index).map((scope) => this.variables.scope(scope, thread, frameId)) };
  }

  evaluate(args: Dap.EvaluateArguments): Dap.EvaluateResponse['body'] {
    return evaluate(this.debuggee, this.#placeOf(args), args, this);
  }

  async completions(args: Dap.CompletionsArguments): Promise<Dap.CompletionsResponse['body']> {
    return { targets: await completions(this.debuggee, this.#placeOf(args), args) };
  }

  setExpression(args: Dap.SetExpressionArguments): Dap.SetExpressionResponse['body'] {
    return setExpression(this.debuggee, this.#placeOf(args), args, this);
  }

  setVariable(args: Dap.SetVariableArguments): Dap.SetVariableResponse['body'] {
    const { thread, variable } = this.variables.register(args);
    setExpression(this.debuggee, { thread, index: 0 }, { expression: `$${args.name}`, value: args.value }, this);
    const value = this.debuggee.names(thread).lookup(args.name) as bigint;
    return {
      value: formatVariable({ ...variable, value }, args.format?.hex ?? false),
      memoryReference: memoryReference(value),
    };
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
    return line === undefined
      ? undefined
      : this.debuggee.monitor(line).then((result) => ({ result, variablesReference: 0 }));
  }

  type(bytes: Uint8Array): Record<string, never> {
    this.debuggee.consoleInput(bytes);
    return {};
  }

  takeSnapshot(output: unknown): Record<string, never> {
    if (output !== undefined && typeof output !== 'string')
      throw badArguments('freezeframe.takeSnapshot', '`output` is no path');
    this.debuggee.takeSnapshot(output);
    return {};
  }

  cancelSnapshot(): Record<string, never> {
    this.debuggee.cancelSnapshot();
    return {};
  }

  /** Of a register in Variables: of the memory it points to. */
  dataBreakpointInfo(args: Dap.DataBreakpointInfoArguments): Dap.DataBreakpointInfoResponse['body'] {
    const { name, variablesReference } = args;
    const thread = variablesReference ? this.variables.registersOf(variablesReference) : this.#placeOf(args).thread;
    if (thread === undefined) return { dataId: null, description: `${name} does not lie in guest memory` };
    return dataBreakpointInfo(this.debuggee, thread, args);
  }

  readMemory(args: Dap.ReadMemoryArguments): Dap.ReadMemoryResponse['body'] {
    return readMemory(this.debuggee, this.#thread, args);
  }

  writeMemory(args: Dap.WriteMemoryArguments): Dap.WriteMemoryResponse['body'] {
    return this.writes.writeMemory(this.#thread, args);
  }

  disassemble(args: Dap.DisassembleArguments): Dap.DisassembleResponse['body'] {
    return disassemble(this.debuggee, args);
  }

  source(source: Dap.Source): Dap.SourceResponse['body'] {
    const listing = this.listed.listingOf(source);
    if (listing) return { content: listing.text, mimeType: 'text/x-asm' };
    return { content: this.sources.text(source), mimeType: 'text/typescript' };
  }

  pageMap(): PagesEvent {
    return this.#pages.all(!this.run.isRunning);
  }

  get #thread(): string {
    return this.#stop?.thread ?? firstThread;
  }

  /** Of a request that may name a frame. */
  #placeOf({ frameId }: { readonly frameId?: number }): Place {
    return frameId ? this.frames.place(frameId) : { thread: this.#thread, index: 0 };
  }

  private send(event: string, body?: unknown): void {
    this.client.send(event, body);
  }

  /** Registers or memory have changed by the user's doing. */
  #onWritten(): void {
    this.send('freezeframe.pages', this.#pages.changes(true));
    this.client.invalidate('stacks', 'variables');
  }

  #onRun(): void {
    this.frames.clear();
    this.variables.clear();
    this.#ticks = this.host.every(tickMs, () => {
      this.#console.flush();
      this.send('freezeframe.pages', this.#pages.changes(false));
    });
  }

  #onStop(stop: Stop): void {
    this.#ticks?.stop();
    this.#stop = stop;
    this.#console.flush();
    this.#tellThreads();
    this.send('freezeframe.pages', this.#pages.changes(true));
    if (stop.reason === 'exited') this.#onExit(stop.exitCode);
    else this.#tellStop(stop);
  }

  #tellThreads(): void {
    const { started, exited } = this.threads.update(this.debuggee.threads());
    for (const threadId of exited) this.send('thread', { reason: 'exited', threadId });
    for (const threadId of started) this.send('thread', { reason: 'started', threadId });
  }

  #tellStop(stop: Standing): void {
    this.send('stopped', stoppedBody(stop, this.threads, this.breakpoints));
  }

  #onExit(exitCode: number): void {
    this.send('exited', { exitCode });
    this.send('terminated');
  }

  /** A run has failed: said, and where it stands now is shown. */
  #onFailure(error: unknown): void {
    this.send('output', { category: 'important', output: `${inWords(error).text}\n` });
    if (isInternal(error) && error instanceof Error)
      this.send('output', { category: 'stderr', output: `${error.stack}\n` });
    this.#onStop({ reason: 'pause', thread: this.#thread });
  }

  #onEvent(event: DebuggeeEvent): void {
    if (event.kind === 'console') {
      this.#console.push(event.bytes);
      return;
    }
    // What the guest has printed before comes before.
    this.#console.flush();
    if (event.kind === 'threads') this.#tellThreads();
    else if (event.kind === 'qmp') this.send('output', { category: 'console', output: qmpLine(event) });
    else if (event.kind === 'phase') {
      const { phase, thread, timeNs } = event;
      this.send('freezeframe.phase', { phase, thread, timeNs });
    } else {
      // VS Code shows `console` in the yellow of a warning.
      const category = event.severity === 'error' ? 'important' : 'stdout';
      this.send('output', { category, output: `${event.text}\n` });
      if (event.report) this.send('freezeframe.snapshot', event.report);
    }
  }
}

/** As `qmp-shell` would show it, with the virtual time. */
function qmpLine({ event, data, timeNs }: Extract<DebuggeeEvent, { kind: 'qmp' }>): string {
  return `${(timeNs / 1e6).toFixed(3)} ms  ${event}${data ? ` ${JSON.stringify(data)}` : ''}\n`;
}
