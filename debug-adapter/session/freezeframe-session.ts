import { DebugSession, Event, InitializedEvent, OutputEvent, Response, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type LaunchConfiguration, parseLaunchConfiguration } from '../configuration/launch-configuration';
import type { Debuggee } from '../debuggee/debuggee';
import { isPieces, type Pieces } from '../debuggee/pieces';
import type { Listen } from '../gdb-stub/connection';
import { fromBase64, toBase64 } from '../protocol/base64';
import { checkArguments } from './arguments';
import { capabilities, lacking, shelfCapabilities } from './capabilities';
import { Client } from './client';
import {
  alreadyLaunched,
  badArguments,
  cancelled,
  hasEnded,
  inWords,
  isInternal,
  nothingToAttachTo,
  notLaunched,
  notStopped,
  unknownRequest,
} from './errors';
import { fetched } from './fetched';
import type { GuestShelf } from './guest-shelf';
import type { ClientFiles } from './guest-sources';
import { LiveDebuggee } from './live-debuggee';
import { filterPages } from './page-search';
import { Positions } from './positions';
import { RequestOrder } from './request-order';
import type { Handlers } from './requests';
import { isAboutThePast } from './time-travel';

type LaunchArguments = Dap.LaunchRequestArguments & { readonly __sessionId?: string; readonly token?: unknown };

/** What a session needs from the program around it. */
export interface SessionHost {
  /** Where guests can outlive their sessions: in a server, for whose use a client must know its token. */
  readonly shelf?: GuestShelf;
  launch(configuration: LaunchConfiguration): Promise<Debuggee>;
  /** Folder with the shown sources; undefined where there are no files: clients then ask for their texts. */
  readonly sourceRoot: string | undefined;
  /** Where clients find the guest's sources. */
  readonly files: ClientFiles;
  /** Resolves after the event loop has had a turn. */
  nextTurn(): Promise<void>;
  /** Where gdb can come from elsewhere; undefined in a browser. */
  readonly listenForGdb?: Listen;
  /** Calls back every so many milliseconds of wall time. */
  every(ms: number, callback: () => void): { stop(): void };
}

/**
 * Requests by which a user acts: that they fail deserves a notification. Other answers are shown where they were asked
 * for (a launch's in a dialog, an expression's beside it).
 */
const userActions: ReadonlySet<string> = new Set([
  'continue',
  'pause',
  'next',
  'stepIn',
  'stepOut',
  'stepBack',
  'reverseContinue',
  'terminate',
]);
/** What is answered as soon as there is a guest. */
const views = new Set(['freezeframe.pageMap', 'freezeframe.timeline']);

/**
 * A debug session over the Debug Adapter Protocol.
 *
 * ```
 *   client                      session
 *     │ ── initialize ───────────► │
 *     │ ── launch ───────────────► │  builds the debuggee
 *     │ ◄── initialized, response ─│
 *     │ ── set…Breakpoints ──────► │
 *     │ ── configurationDone ────► │  runs, or stands at the entry
 *     │ ◄──────────────── stopped ─│
 * ```
 */
export class FreezeframeSession extends DebugSession {
  readonly #handlers: Handlers;
  #live: LiveDebuggee | undefined;
  #client = new Client((event, body) => this.sendEvent(new Event(event, this.#positions.toClient(event, body))));
  #positions = new Positions({});
  /** Told when there is a guest, or will never be. */
  readonly #waitingForGuest: (() => void)[] = [];
  #request = 0;
  readonly #order = new RequestOrder(() => this.#live?.debuggee.history?.interrupt());
  /** Those that have not been answered and may be cancelled. */
  readonly #open = new Set<number>();
  readonly #cancelled = new Set<number>();
  #isLaunching = false;
  #isConfigured = false;
  #isAttached = false;
  #isOver = false;

  constructor(private readonly host: SessionHost) {
    super();
    this.#handlers = {
      initialize: (args) => this.#initialize(args),
      launch: (args) => this.#launch(args),
      attach: (args) => this.#attach(args),
      restart: (args) => this.#restart(args),
      cancel: (args) => this.#cancel(args),
      configurationDone: () => this.#configurationDone(),

      setBreakpoints: (args) => this.#any.breakpoints.setLines(args),
      setFunctionBreakpoints: (args) => this.#any.breakpoints.setFunctions(args),
      setInstructionBreakpoints: (args) => this.#any.breakpoints.setInstructions(args),
      setExceptionBreakpoints: (args) => this.#any.breakpoints.setExceptions(args),
      dataBreakpointInfo: (args) => this.#still.values.dataBreakpointInfo(args),
      setDataBreakpoints: (args) => this.#any.breakpoints.setData(args),
      breakpointLocations: (args) => ({ breakpoints: this.#any.breakpoints.locations(args) }),
      exceptionInfo: () => this.#still.exceptionInfo(),

      threads: () => this.#any.listThreads(),
      stackTrace: (args) => this.#still.frames.stack(args),
      scopes: (args) => this.#still.values.scopes(args),
      variables: (args) => this.#still.values.variables(args),
      evaluate: (args) =>
        this.#any.typeLine(args) ??
        this.#any.monitor(args) ??
        this.#any.snapshots.runUntilPage(args) ??
        (isAboutThePast(args) ? this.#still.past.evaluate(args) : undefined) ??
        fetched(this.#readable.debuggee, () => this.#readable.values.evaluate(args)),
      completions: (args) => this.#still.values.completions(args),
      setVariable: (args) => this.#still.values.setVariable(args),
      setExpression: (args) => this.#still.values.setExpression(args),
      readMemory: (args) => fetched(this.#readable.debuggee, () => this.#readable.readMemory(args)),
      writeMemory: (args) => this.#still.writeMemory(args),
      disassemble: (args) => fetched(this.#still.debuggee, () => this.#still.code.disassemble(args)),
      source: ({ source, sourceReference }) => this.#any.code.source({ ...source, sourceReference }),
      loadedSources: () => this.#any.code.loadedSources(),

      continue: (args) => this.#any.continue(args),
      pause: () => this.#any.run.pause(),
      gotoTargets: (args) => this.#still.jumps.targets(args),
      goto: (args) => this.#still.jump(args),
      next: (args) => this.#any.step(args, 'over'),
      stepIn: (args) => this.#any.step(args, 'into'),
      stepOut: (args) => this.#any.step(args, 'out'),
      stepBack: (args) => this.#still.past.stepBack(args),
      reverseContinue: () => this.#still.past.reverseContinue(),
      terminate: () => this.#terminate(),
      disconnect: (args) => this.#disconnect(args),

      'freezeframe.pageMap': (args) => this.#any.views.pageMap(args),
      'freezeframe.timeline': (args) => this.#any.views.timeline(args),
      'freezeframe.selectThread': ({ thread }) => this.#still.selectThread(thread),
      'freezeframe.pageInfo': ({ page, block }) => this.#any.debuggee.pages.info(page, block),
      'freezeframe.pageAtFreeze': (of) => ({ bytes: toBase64(this.#any.debuggee.pageAtFreeze(of)) }),
      'freezeframe.listingOf': ({ address }) =>
        fetched(this.#still.debuggee, () => this.#still.code.listingOf(address)),
      'freezeframe.findPage': (args) => this.#any.snapshots.findPage(args),
      'freezeframe.filterPages': (args) => filterPages(this.#any.debuggee.pages, args ?? {}),
      'freezeframe.listingHints': ({ source }) => this.#still.code.listingHints(source),
      'freezeframe.consoleInput': ({ bytes }) => this.#any.type(decoded(bytes)),
      'freezeframe.runToNext': (args) => this.#any.snapshots.runToNext(args?.event),
      'freezeframe.stepBack': (args) => this.#still.past.stepBackBy(args),
      'freezeframe.lastWriter': (args) => this.#still.past.lastWriter(args),
      'freezeframe.goToWrite': () => this.#still.past.goToWrite(),
      'freezeframe.mark': ({ name }) => this.#still.past.mark(name),
      'freezeframe.places': () => this.#any.past.places(),
      'freezeframe.record': (args) => this.#still.past.record(args?.folder),
      'freezeframe.takeSnapshot': (args) => this.#any.snapshots.take(args?.output),
      'freezeframe.cancelSnapshot': () => this.#any.snapshots.cancel(),
      'freezeframe.repairGuest': () => this.#any.snapshots.repairGuest(),
      'freezeframe.killQemu': () => this.#any.snapshots.killQemu(),
    };
  }

  protected override dispatchRequest(request: Dap.Request): void {
    const { command, seq } = request;
    this.#open.add(seq);
    const begin = () => this.#order.add(command, () => this.#perform(request));
    // They may open before there is a guest, whom others wait for.
    if (views.has(command) && !this.#live && !this.#isOver) this.#waitingForGuest.push(begin);
    else begin();
  }

  /** @returns when it has been answered, if it takes several turns */
  #perform(request: Dap.Request): Promise<void> | undefined {
    const { command, seq } = request;
    const response: Dap.Response = new Response(request);
    const close = (): void => {
      this.#open.delete(seq);
      this.#cancelled.delete(seq);
    };
    const fail = (error: unknown): void => {
      close();
      this.#refuse(response, error);
    };
    const answer = (body: unknown): void => {
      close();
      if (body !== undefined) response.body = this.#positions.toClient(command, body);
      this.sendResponse(response);
    };
    try {
      if (!Object.hasOwn(this.#handlers, command)) throw unknownRequest(command);
      this.#checkWanted(seq);
      checkArguments(command as keyof Handlers, request.arguments);
      const handle = this.#handlers[command as keyof Handlers] as (args: unknown) => unknown;
      this.#request = seq;
      const result = handle(this.#positions.fromClient(command, request.arguments ?? {}));
      // What is done with its first piece is answered at once.
      const first = isPieces(result) ? result.next() : { done: true, value: result };
      if (!first.done) return this.#rest(result as Pieces<unknown>, seq).then(answer, fail);
      if (first.value instanceof Promise) {
        const over = first.value.then(answer, fail);
        // What waits for a QEMU's answer keeps nobody waiting: it may come only when the guest goes on.
        return this.#live?.views.isOnJourney ? over : undefined;
      }
      answer(first.value);
    } catch (error) {
      fail(error);
    }
    return undefined;
  }

  /** Others have their turn between two pieces. */
  async #rest(pieces: Pieces<unknown>, request: number): Promise<unknown> {
    for (;;) {
      await this.host.nextTurn();
      if (this.#isOver) throw hasEnded();
      this.#checkWanted(request);
      const { done, value } = pieces.next();
      if (done) return value;
    }
  }

  /** @throws SessionError when the client has cancelled it */
  #checkWanted(request: number): void {
    if (this.#cancelled.delete(request)) throw cancelled();
  }

  /** The client is gone, or has said goodbye. */
  override shutdown(): void {
    void this.#end().finally(() => super.shutdown());
  }

  /** What may be asked at any time. */
  get #any(): LiveDebuggee {
    if (this.#isOver) throw hasEnded();
    if (!this.#live) throw notLaunched();
    return this.#live;
  }

  /** What may be asked only while the debuggee stands still. */
  get #still(): LiveDebuggee {
    const live = this.#any;
    if (live.run.isRunning) throw notStopped();
    return live;
  }

  #initialize(args: Dap.InitializeRequestArguments): Dap.Capabilities {
    const { pathFormat } = args;
    if (pathFormat !== undefined && pathFormat !== 'path')
      throw badArguments('initialize', 'paths are paths, not URIs');
    this.#client = new Client(this.#client.send, args);
    this.#positions = new Positions(args);
    return this.host.shelf ? { ...capabilities, ...shelfCapabilities } : capabilities;
  }

  async #launch(args: LaunchArguments): Promise<void> {
    if (this.#live || this.#isLaunching) throw alreadyLaunched();
    this.host.shelf?.check(args.token);
    this.#isLaunching = true;
    try {
      this.#live = await this.#build(args, parseLaunchConfiguration(args), this.#request);
    } finally {
      this.#isLaunching = false;
    }
    const without = lacking(this.#live.debuggee);
    if (without) this.#client.send('capabilities', { capabilities: without });
    this.sendEvent(new InitializedEvent());
    this.#tellWaiting();
    if (this.#isConfigured) this.#live.begin();
  }

  async #build(args: LaunchArguments, configuration: LaunchConfiguration, request: number): Promise<LiveDebuggee> {
    const debuggee = await this.host.launch(configuration);
    if (this.#isOver || this.#cancelled.delete(request)) {
      await debuggee.dispose();
      throw this.#isOver ? hasEnded() : cancelled();
    }
    const launch = { arguments: args, noDebug: args.noDebug === true, editorSession: args.__sessionId };
    const live = new LiveDebuggee(debuggee, configuration, launch, this.host, this.#client);
    try {
      await live.listenForGdb();
    } catch (error) {
      await live.end();
      throw error;
    }
    return live;
  }

  /** To a real QEMU, or to a guest that an earlier session has left behind. */
  #attach(args: Dap.AttachRequestArguments & { token?: unknown; qemu?: unknown }): void | Promise<void> {
    const { token, qemu } = args;
    if (qemu !== undefined) return this.#launch(args);
    if (this.#live || this.#isLaunching) throw alreadyLaunched();
    const { shelf } = this.host;
    if (!shelf) throw nothingToAttachTo();
    shelf.check(token);
    const live = shelf.take();
    this.#live = live;
    this.#isAttached = true;
    live.attach(this.#client);
    Promise.resolve().then(() => {
      this.sendEvent(new InitializedEvent());
      this.#tellWaiting();
      if (this.#isConfigured) live.resume();
    });
  }

  /** The guest anew, from the same configuration or another; breakpoints stay. */
  async #restart({ arguments: given }: Dap.RestartArguments): Promise<void> {
    const before = this.#any;
    const request = this.#request;
    const args: LaunchArguments = { ...before.launch.arguments, ...given };
    const configuration = parseLaunchConfiguration(args);
    this.#isLaunching = true;
    this.#live = undefined;
    try {
      // First: both may have the same output, which is one guest's at a time.
      await before.end();
      const live = await this.#build(args, configuration, request);
      live.takeOver(before);
      this.#live = live;
      Promise.resolve().then(() => live.begin());
    } catch (error) {
      if (!this.#isOver) this.#terminate();
      throw error;
    } finally {
      this.#isLaunching = false;
    }
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    for (const tell of this.#waitingForGuest.splice(0)) tell();
  }

  /** A request that is under way, or what a progress event has told of. */
  #cancel({ requestId, progressId }: Dap.CancelArguments): void {
    if (requestId !== undefined && this.#open.has(requestId)) this.#cancelled.add(requestId);
    if (progressId !== undefined) this.#any.views.cancelProgress(progressId);
  }

  #configurationDone(): void {
    if (this.#isConfigured) return;
    this.#isConfigured = true;
    if (this.#isAttached) this.#live?.resume();
    else this.#live?.begin();
  }

  #terminate(): void {
    void this.#end().then(() => this.sendEvent(new TerminatedEvent()));
  }

  /**
   * A guest that was launched ends with its session, one that was attached to does not, unless the client says otherwise.
   * When it is answered, the next session may have the same output, or attach.
   */
  async #disconnect(args: Dap.DisconnectArguments): Promise<void> {
    const { terminateDebuggee = !this.#isAttached, suspendDebuggee = false } = args;
    const live = this.#live;
    if (live && this.host.shelf && !terminateDebuggee && !this.#isOver) {
      live.detach(suspendDebuggee);
      this.host.shelf.leave(live);
      this.#live = undefined;
    }
    await this.#end();
    Promise.resolve().then(() => this.shutdown());
  }

  /** What may be read of a guest that runs, if it was launched so. */
  get #readable(): LiveDebuggee {
    const live = this.#any;
    if (!live.isReadable) throw notStopped();
    return live;
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    this.#tellWaiting();
    await this.#live?.end();
  }

  #refuse(response: Dap.Response, thrown: unknown): void {
    const { id, code, text } = inWords(thrown);
    const showUser = isInternal(thrown) || userActions.has(response.command);
    if (isInternal(thrown) && thrown instanceof Error) {
      this.sendEvent(new OutputEvent(`${thrown.stack}\n`, 'stderr'));
    }
    const error: Dap.Message = { id, format: text, variables: { code }, ...(showUser && { showUser }) };
    response.success = false;
    response.message = code === 'cancelled' ? code : text;
    response.body = { error };
    this.sendResponse(response);
  }
}

function decoded(bytes: unknown): Uint8Array {
  try {
    if (typeof bytes === 'string') return fromBase64(bytes);
  } catch {
    // Not base64: told below.
  }
  throw badArguments('freezeframe.consoleInput', '`bytes` is not base64');
}
