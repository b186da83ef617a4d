/** Completes the walkthrough's steps as they are done, in whatever way: each waits for a context key, `freezeframe.done.…`. */
import * as vscode from 'vscode';
import type { PageInfo, PagesEvent } from '../../debug-adapter/protocol/messages';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { customRequest } from '../debug/custom-requests';
import { debugType } from '../debug/debug-type';

const walkthrough = 'freezeframe.freezeframe#firstSnapshot';

type Step = 'run' | 'writeFault' | 'page' | 'stepMigration' | 'back' | 'leak' | 'file';

/** What is read here of a message of the protocol. */
interface Message {
  readonly type: string;
  readonly seq: number;
  readonly request_seq?: number;
  readonly command?: string;
  readonly event?: string;
  readonly success?: boolean;
  readonly arguments?: { readonly threadId?: number; readonly memoryReference?: string; readonly expression?: string };
  readonly body?: {
    readonly threadId?: number;
    readonly description?: string;
    readonly threads?: readonly { readonly id: number; readonly name: string }[];
    readonly blocks?: PagesEvent['blocks'];
  };
}

const stepping: ReadonlySet<unknown> = new Set(['next', 'stepIn', 'stepOut']);
const goingBack: ReadonlySet<unknown> = new Set([
  ...['stepBack', 'reverseContinue', 'freezeframe.stepBack', 'freezeframe.goToWrite'],
]);
const goingOn: ReadonlySet<unknown> = new Set(['continue', 'freezeframe.runToNext']);

export class WalkthroughProgress implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  readonly #done = new Set<Step>();
  readonly #registrations = vscode.Disposable.from(
    vscode.debug.registerDebugAdapterTrackerFactory(debugType, this),
    vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
      const isSnapshot = ({ input }: vscode.Tab) =>
        input instanceof vscode.TabInputCustom && input.viewType === 'freezeframe.snapshot';
      if (opened.some(isSnapshot)) this.done('file');
    }),
  );

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return new SessionSeen(session, (step) => this.done(step));
  }

  /** Command `freezeframe.openWalkthrough`. What was done before VS Code first showed one has not been ticked off. */
  async open(): Promise<void> {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', walkthrough);
    // As a preview it would give way to the first source that a stop shows.
    await vscode.commands.executeCommand('workbench.action.keepEditor');
    for (const step of this.#done) await tickOff(step);
  }

  done(step: Step): void {
    this.#done.add(step);
    void tickOff(step);
  }

  dispose(): void {
    this.#registrations.dispose();
  }
}

/** A key that is set already when VS Code begins to look at it is never seen to change: it is set for a moment only. */
async function tickOff(step: Step): Promise<void> {
  await vscode.commands.executeCommand('setContext', `freezeframe.done.${step}`, true);
  await vscode.commands.executeCommand('setContext', `freezeframe.done.${step}`, false);
}

class SessionSeen implements vscode.DebugAdapterTracker {
  #migrationThread: number | undefined;
  /** The first of its guest physical addresses, of the last write fault that has stopped the guest. */
  #faultPage: bigint | undefined;
  /** The request that the next stop answers. */
  #moving: 'step' | 'back' | undefined;
  /** Requests for memory of that page. */
  readonly #reads = new Set<number>();

  constructor(
    private readonly session: vscode.DebugSession,
    private readonly done: (step: Step) => void,
  ) {}

  onWillReceiveMessage({ command, seq, arguments: args }: Message): void {
    if (stepping.has(command)) this.#moving = args?.threadId === this.#migrationThread ? 'step' : undefined;
    else if (goingBack.has(command) || /^\s*goto\s/.test(args?.expression ?? '')) this.#moving = 'back';
    else if (goingOn.has(command)) this.#moving = undefined;
    else if (command === 'readMemory' && this.#isOfFaultPage(args?.memoryReference)) this.#reads.add(seq);
  }

  onDidSendMessage({ type, event, command, request_seq, success, body }: Message): void {
    if (event === 'stopped') this.#stopped(body?.description ?? '');
    else if (event === 'freezeframe.pages') {
      if (body?.blocks?.some(({ counts }) => (counts[PageState.Leaked] ?? 0) > 0)) this.done('leak');
    } else if (type === 'response' && command === 'threads')
      this.#migrationThread = body?.threads?.find(({ name }) => name === 'migration')?.id;
    else if (request_seq !== undefined && this.#reads.delete(request_seq) && success) this.done('page');
  }

  #stopped(description: string): void {
    this.done('run');
    const [, page] = /^Write fault on page (0x[0-9a-f]+)/.exec(description) ?? [];
    if (page !== undefined) {
      this.done('writeFault');
      this.#faultPage = BigInt(page) << 12n;
    }
    if (this.#moving === 'step') this.done('stepMigration');
    if (this.#moving === 'back') void this.#lookBehindWrite();
    this.#moving = undefined;
  }

  /** The write has not happened where its page is protected still. */
  async #lookBehindWrite(): Promise<void> {
    if (this.#faultPage === undefined) return;
    const text = `0x${this.#faultPage.toString(16)}`;
    try {
      const of = await customRequest(this.session, 'freezeframe.findPage', { text });
      const { state } = (await customRequest(this.session, 'freezeframe.pageInfo', of as PageInfo)) as PageInfo;
      if (state === 'protected') this.done('back');
    } catch {
      // The session has gone on, or has ended.
    }
  }

  #isOfFaultPage(memoryReference = ''): boolean {
    const [, address] = /^physical:(0x[0-9a-f]+)$/.exec(memoryReference) ?? [];
    return address !== undefined && (BigInt(address) >> 12n) << 12n === this.#faultPage;
  }
}
