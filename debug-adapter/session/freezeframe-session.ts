import { DebugSession, Event, InitializedEvent, OutputEvent, Response, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import { fromBase64 } from '../protocol/base64';
import { checkArguments } from './arguments';
import { capabilities } from './capabilities';
import { Client } from './client';
import {
  alreadyLaunched,
  badArguments,
  hasEnded,
  inWords,
  isInternal,
  notAllowed,
  notLaunched,
  notStopped,
  unknownRequest,
} from './errors';
import { type LaunchConfiguration, parseLaunchConfiguration } from './launch-configuration';
import { LiveDebuggee } from './live-debuggee';
import type { Handlers } from './requests';

/** What a session needs from the program around it. */
export interface SessionHost {
  launch(configuration: LaunchConfiguration): Promise<Debuggee>;
  /** Folder with the shown sources; undefined where there are no files: clients then ask for their texts. */
  readonly sourceRoot: string | undefined;
  /** What a launch has to bring, where not everybody who reaches the session may have it. */
  readonly token?: string | undefined;
  /** Calls back every so many milliseconds of wall time. */
  every(ms: number, callback: () => void): { stop(): void };
}

/**
 * Requests by which a user acts: that they fail deserves a notification. Other answers are shown where they were asked
 * for (a launch's in a dialog, an expression's beside it).
 */
const userActions: ReadonlySet<string> = new Set(['continue', 'pause', 'next', 'stepIn', 'stepOut', 'terminate']);

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
  #client = new Client((event, body) => this.sendEvent(new Event(event, body)));
  #isLaunching = false;
  #isConfigured = false;
  #isOver = false;

  constructor(private readonly host: SessionHost) {
    super();
    this.#handlers = {
      initialize: (args) => this.#initialize(args),
      launch: (args) => this.#launch(args),
      configurationDone: () => this.#configurationDone(),

      setBreakpoints: (args) => this.#any.breakpoints.setLines(args),
      setFunctionBreakpoints: (args) => this.#any.breakpoints.setFunctions(args),
      setInstructionBreakpoints: (args) => this.#any.breakpoints.setInstructions(args),
      setExceptionBreakpoints: (args) => this.#any.breakpoints.setExceptions(args),
      dataBreakpointInfo: (args) => this.#still.dataBreakpointInfo(args),
      setDataBreakpoints: (args) => this.#any.breakpoints.setData(args),
      breakpointLocations: (args) => ({ breakpoints: this.#any.breakpoints.locations(args) }),
      exceptionInfo: () => this.#still.exceptionInfo(),

      threads: () => this.#any.listThreads(),
      stackTrace: (args) => this.#still.frames.stack(args),
      scopes: (args) => this.#still.scopes(args),
      variables: (args) => ({ variables: this.#still.variables.list(args) }),
      evaluate: (args) => this.#any.typeLine(args) ?? this.#any.monitor(args) ?? this.#still.evaluate(args),
      completions: (args) => this.#still.completions(args),
      setVariable: (args) => this.#still.setVariable(args),
      setExpression: (args) => this.#still.setExpression(args),
      readMemory: (args) => this.#still.readMemory(args),
      writeMemory: (args) => this.#still.writeMemory(args),
      disassemble: (args) => this.#still.disassemble(args),
      source: ({ source, sourceReference }) => this.#any.source({ ...source, sourceReference }),
      loadedSources: () => ({ sources: this.#any.sources.all() }),

      continue: (args) => this.#any.continue(args),
      pause: () => this.#any.run.pause(),
      gotoTargets: (args) => this.#still.jumps.targets(args),
      goto: (args) => this.#still.jump(args),
      next: (args) => this.#any.step(args, 'over'),
      stepIn: (args) => this.#any.step(args, 'into'),
      stepOut: (args) => this.#any.step(args, 'out'),
      terminate: () => this.#terminate(),
      disconnect: () => this.#disconnect(),

      'freezeframe.pageMap': () => this.#any.pageMap(),
      'freezeframe.pageInfo': ({ page }) => this.#any.debuggee.pages.info(page),
      'freezeframe.consoleInput': ({ bytes }) => this.#any.type(decoded(bytes)),
      'freezeframe.runToNext': (args) => this.#any.runToNext(args?.event),
      'freezeframe.takeSnapshot': (args) => this.#any.takeSnapshot(args?.output),
      'freezeframe.cancelSnapshot': () => this.#any.cancelSnapshot(),
    };
  }

  protected override dispatchRequest(request: Dap.Request): void {
    const { command } = request;
    const response: Dap.Response = new Response(request);
    const fail = (error: unknown): void => this.#refuse(response, error);
    const answer = (body: unknown): void => {
      if (body !== undefined) response.body = body;
      this.sendResponse(response);
    };
    try {
      if (!Object.hasOwn(this.#handlers, command)) throw unknownRequest(command);
      checkArguments(command as keyof Handlers, request.arguments);
      const handle = this.#handlers[command as keyof Handlers] as (args: unknown) => unknown;
      const result = handle(request.arguments);
      if (result instanceof Promise) result.then(answer, fail);
      else answer(result);
    } catch (error) {
      fail(error);
    }
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
    const { linesStartAt1, pathFormat } = args;
    if (linesStartAt1 === false) throw badArguments('initialize', 'lines start at 1');
    if (pathFormat !== undefined && pathFormat !== 'path')
      throw badArguments('initialize', 'paths are paths, not URIs');
    this.#client = new Client(this.#client.send, args);
    return capabilities;
  }

  async #launch(args: Dap.LaunchRequestArguments & { __sessionId?: string }): Promise<void> {
    if (this.#live || this.#isLaunching) throw alreadyLaunched();
    const { token } = this.host;
    if (token !== undefined && (args as { token?: unknown }).token !== token) throw notAllowed();
    this.#isLaunching = true;
    try {
      const configuration = parseLaunchConfiguration(args);
      const debuggee = await this.host.launch(configuration);
      if (this.#isOver) {
        await debuggee.dispose();
        throw hasEnded();
      }
      const launch = { noDebug: args.noDebug === true, editorSession: args.__sessionId };
      this.#live = new LiveDebuggee(debuggee, configuration, launch, this.host, this.#client);
    } finally {
      this.#isLaunching = false;
    }
    this.sendEvent(new InitializedEvent());
    this.#live.announce();
    if (this.#isConfigured) this.#live.begin();
  }

  #configurationDone(): void {
    if (this.#isConfigured) return;
    this.#isConfigured = true;
    this.#live?.begin();
  }

  #terminate(): void {
    void this.#end().then(() => this.sendEvent(new TerminatedEvent()));
  }

  /** When it is answered, the next session may have the same output. */
  async #disconnect(): Promise<void> {
    await this.#end();
    Promise.resolve().then(() => this.shutdown());
  }

  async #end(): Promise<void> {
    this.#isOver = true;
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
    response.message = text;
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
