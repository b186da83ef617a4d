import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { createSession } from '../../debug-adapter/node/session';
import { wholeMessages } from '../../debug-adapter/node/whole-messages';
import { faultsOf } from './schema';
import { Transcript } from './transcript';

export const root = resolve(__dirname, '../..');
const bundle = join(root, 'dist/debug-adapter.js');
export const sourceFolder = join(root, 'dist/freezeframe-source');
export const workingSet = join(root, 'extension/sample/guests/working-set.elf');

export interface Breaks {
  readonly filters?: string[];
  readonly filterOptions?: Dap.ExceptionFilterOptions[];
  readonly functions?: Dap.FunctionBreakpoint[];
  readonly lines?: { readonly file: string; readonly breakpoints: Dap.SourceBreakpoint[] };
}

/** The adapter, with what it has said so far. */
export class RecordedAdapter extends DebugClient {
  readonly transcript: Transcript;
  readonly #stops: Dap.StoppedEvent['body'][] = [];
  readonly #waiting: ((stop: Dap.StoppedEvent['body']) => void)[] = [];

  readonly #messages: Dap.ProtocolMessage[] = [];

  /** @param folder of this adapter's own, where it runs: a snapshot that names no output is written there. */
  private constructor(readonly folder: string) {
    super(process.execPath, bundle, 'freezeframe', { cwd: folder }, true);
    this.transcript = new Transcript({ [folder]: '<tmp>', [root]: '<root>' });
    // Only a hang takes so long.
    this.defaultTimeout = 240_000;
    this.on('stopped', ({ body }: Dap.StoppedEvent) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting(body);
      else this.#stops.push(body);
    });
  }

  /** In this process, which has compiled the guest core before: most sessions are short. */
  static begun(): RecordedAdapter {
    const adapter = new RecordedAdapter(mkdtempSync(join(tmpdir(), 'freezeframe-dap-')));
    const [toAdapter, fromAdapter] = [new PassThrough(), new PassThrough()];
    const session = createSession();
    session.setRunAsServer(true);
    session.start(wholeMessages(toAdapter), fromAdapter);
    adapter.connect(fromAdapter, toAdapter);
    return adapter;
  }

  /** As it ships, in a process of its own. */
  static async started(): Promise<RecordedAdapter> {
    const adapter = new RecordedAdapter(mkdtempSync(join(tmpdir(), 'freezeframe-dap-')));
    await adapter.start();
    return adapter;
  }

  /** Ends the process; resolves when it is gone. */
  async endBy(signal: NodeJS.Signals): Promise<void> {
    this.#process!.kill(signal);
    await this.ended();
  }

  /** When its process is gone. */
  async ended(): Promise<void> {
    if (!this.#isGone) await once(this.#process!, 'exit');
  }

  get #isGone(): boolean {
    return this.#process !== undefined && (this.#process.exitCode !== null || this.#process.signalCode !== null);
  }

  get #process(): ChildProcess | undefined {
    return (this as unknown as { _adapterProcess?: ChildProcess })._adapterProcess;
  }

  override async stop(): Promise<void> {
    // The library asks to disconnect, again where a test has done so: a process that is ending does not answer.
    const end = this.#process && this.ended();
    if (!this.#isGone) await Promise.race([super.stop(), ...(end ? [end] : [])]);
    rmSync(this.folder, { recursive: true, force: true });
    // Whatever the session has been about: what it has said is the protocol.
    assert.deepEqual([...new Set(this.#messages.splice(0).flatMap(faultsOf))], []);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of the library
  override async send(command: string, args?: any): Promise<any> {
    this.transcript.request(command, args);
    try {
      const response: Dap.Response = await super.send(command, args);
      this.#messages.push(response);
      this.transcript.response(command, response.body);
      return response;
    } catch (error) {
      this.transcript.failure(command, (error as Error).message);
      throw error;
    }
  }

  override emit(name: string, ...args: unknown[]): boolean {
    const [event] = args as [Dap.Event | undefined];
    // Answers are noted when their promise is kept, a microtask later; events must not overtake them.
    if (event?.type === 'event' && name === event.event) this.#messages.push(event);
    if (event?.type === 'event') void Promise.resolve().then(() => this.transcript.event(event));
    return super.emit(name, ...args);
  }

  /** Launches, sets breakpoints, and lets run. */
  async begin(
    configuration: Record<string, unknown>,
    breaks: Breaks = {},
    features: Partial<Dap.InitializeRequestArguments> = {},
  ): Promise<void> {
    await this.initializeRequest({ adapterID: 'freezeframe', pathFormat: 'path', ...features });
    const snapshot = {
      when: { ms: 20 },
      output: join(this.folder, 'snapshot.qemu'),
      ...(configuration.snapshot ?? {}),
    };
    await this.launchRequest({ program: workingSet, ram: '16M', ...configuration, snapshot } as never);
    // As the page map of an editor does; what it is told of first is no news.
    await super.send('freezeframe.pageMap', { follow: true });
    if (breaks.lines) {
      const { file, breakpoints } = breaks.lines;
      await this.setBreakpointsRequest({ source: { path: join(sourceFolder, file) }, breakpoints });
    }
    if (breaks.functions) await this.setFunctionBreakpointsRequest({ breakpoints: breaks.functions });
    const { filters = [], filterOptions = [] } = breaks;
    await this.setExceptionBreakpointsRequest({ filters, filterOptions });
    await this.configurationDoneRequest();
  }

  /** The next stop that has not been asked for yet. */
  nextStop(): Promise<Dap.StoppedEvent['body']> {
    const stop = this.#stops.shift();
    return stop ? Promise.resolve(stop) : new Promise((done) => this.#waiting.push(done));
  }

  async goOn(threadId = 1): Promise<Dap.StoppedEvent['body']> {
    await this.continueRequest({ threadId });
    return this.nextStop();
  }

  async top(threadId: number): Promise<Dap.StackFrame> {
    const { body } = await this.stackTraceRequest({ threadId });
    return body.stackFrames[0]!;
  }

  async evaluate(expression: string, frameId?: number): Promise<string> {
    const { body } = await this.evaluateRequest({ expression, context: 'watch', frameId });
    return body.result;
  }

  /** A flat image of these instructions. */
  image(words: readonly number[]): string {
    return this.file('guest.bin', new Uint8Array(Uint32Array.from(words).buffer));
  }

  file(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }
}

/** The line, counted from 1, on which a shown source has this text. */
export function lineOf(file: string, text: string): number {
  const lines = readFileSync(join(sourceFolder, file), 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(text));
  if (index < 0) throw new Error(`${file} has no line with ${text}`);
  return index + 1;
}
