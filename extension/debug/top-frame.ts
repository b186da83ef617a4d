/**
 * Keeps the top frame of a stop selected. At a stop VS Code asks for the top of the stack and selects it; its Call Stack
 * view, on a timer of its own, asks too if that answer is not there yet. The second answer puts equal frames in the place
 * of the first one's: then nothing is selected in the view, and no exception is shown in the editor. That is seen in what
 * is asked and answered; the remedy is to select the top of the stack again, and to leave the keys where they are.
 */
import * as vscode from 'vscode';
import { debugType } from './debug-type';

/** What the Call Stack view takes to show what it has been answered: it collects changes for half as long. */
const viewMs = 100;
/** Of the first stopped session's first stopped thread, which the debug adapter lists first: leaves the keys where they are. */
const topOfFirst = 'workbench.action.debug.focusProcess';
/** Gives the editor the keys, too, and so closes what a user has just opened: the palette, a menu. */
const topOfSelected = 'workbench.action.debug.callStackTop';
const goingOn: ReadonlySet<unknown> = new Set([
  ...['continue', 'next', 'stepIn', 'stepOut', 'goto'],
  ...['stepBack', 'reverseContinue'],
]);

/** What is read here of a message of the protocol. */
interface Message {
  readonly type: string;
  readonly seq: number;
  readonly request_seq?: number;
  readonly command?: string;
  readonly event?: string;
  readonly arguments?: { readonly threadId?: number; readonly startFrame?: number };
  readonly body?: { readonly threadId?: number; readonly stackFrames?: readonly { readonly id: number }[] };
}

export class TopFrames implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  /** Of any debugger. */
  readonly #sessions = new Set([vscode.debug.activeDebugSession?.id].filter((id) => id !== undefined));
  readonly #registrations = vscode.Disposable.from(
    vscode.debug.registerDebugAdapterTrackerFactory(debugType, this),
    vscode.debug.onDidStartDebugSession(({ id }) => this.#sessions.add(id)),
    vscode.debug.onDidTerminateDebugSession(({ id }) => this.#sessions.delete(id)),
  );

  readonly #settled = new vscode.EventEmitter<vscode.DebugSession>();
  /** Once a stop: VS Code has selected the top frame, for which it gives the editor the keys. */
  readonly onSettled = this.#settled.event;

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return new TopFrame(
      session,
      () => (this.#sessions.size > 1 ? topOfSelected : topOfFirst),
      () => this.#settled.fire(session),
    );
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#settled.dispose();
  }
}

class TopFrame implements vscode.DebugAdapterTracker {
  /** That has stopped; undefined while the guest runs. */
  #thread: number | undefined;
  /** Requests for the top of its stack that have not been answered. */
  readonly #asked = new Set<number>();
  /** The top frame's number in each answer since the stop. */
  #tops: number[] = [];
  #isSettled = false;
  /** How often the guest has stopped or gone on. */
  #changeCount = 0;
  /** VS Code selects a frame only when its editor is open: that may be after all answers. */
  readonly #registration = vscode.debug.onDidChangeActiveStackItem(() => this.#lookIfNeeded());

  constructor(
    private readonly session: vscode.DebugSession,
    private readonly selectTop: () => string,
    private readonly onSettled: () => void,
  ) {}

  onWillReceiveMessage({ command, seq, arguments: args }: Message): void {
    if (command !== 'stackTrace' || args?.threadId !== this.#thread || args?.startFrame) return;
    this.#asked.add(seq);
  }

  onDidSendMessage({ type, event, command, body, request_seq }: Message): void {
    if (event === 'stopped') this.#begin(body?.threadId);
    else if (event === 'continued' || (type === 'response' && goingOn.has(command))) this.#begin(undefined);
    else if (request_seq !== undefined) this.#answered(request_seq, body);
  }

  #answered(seq: number, body: Message['body']): void {
    const top = this.#asked.delete(seq) ? body?.stackFrames?.[0] : undefined;
    if (!top) return;
    this.#tops.push(top.id);
    this.#lookIfNeeded();
  }

  onWillStopSession(): void {
    this.#begin(undefined);
    this.#registration.dispose();
  }

  #begin(thread: number | undefined): void {
    this.#thread = thread;
    this.#asked.clear();
    this.#tops = [];
    this.#isSettled = false;
    this.#changeCount++;
  }

  #lookIfNeeded(): void {
    if (this.#tops.length > 1) void this.#look();
    if (this.#selected === undefined || this.#isSettled) return;
    this.#isSettled = true;
    this.onSettled();
  }

  /** The top frame that is selected. Undefined: before that it is too early, and later a user has chosen another. */
  get #selected(): number | undefined {
    const item = vscode.debug.activeStackItem;
    const isOurs = item instanceof vscode.DebugStackFrame && item.session.id === this.session.id;
    return isOurs && this.#tops.includes(item.frameId) ? item.frameId : undefined;
  }

  async #look(): Promise<void> {
    const changeCount = this.#changeCount;
    await this.#handled();
    await new Promise((resolve) => setTimeout(resolve, viewMs));
    const selected = this.#selected;
    if (changeCount !== this.#changeCount || selected === undefined) return;
    // Frames keep their numbers at a stop: equal numbers do not tell whose answer's frame is selected.
    const isRight = this.#tops.indexOf(selected) === this.#tops.length - 1;
    this.#tops = [selected];
    if (!isRight) await vscode.commands.executeCommand(this.selectTop());
    if (changeCount === this.#changeCount) this.#lookIfNeeded();
  }

  /**
   * VS Code handles answers one by one, and commands at once: a command that follows an answer may overtake it. It has
   * handled all before when it has handled the answer to a request of our own.
   */
  async #handled(): Promise<void> {
    try {
      await this.session.customRequest('threads');
    } catch {
      // The session has ended.
    }
  }
}
