/**
 * Keeps the top frame of a stop selected, and in sight. At a stop VS Code asks for the top of the stack and selects it; its
 * Call Stack view, on a timer of its own,
 *  - asks too if that answer is not there yet. The second answer puts equal frames in the place of the first one's: then
 *    nothing is selected in the view, and no exception is shown in the editor;
 *  - asks for the stacks of the other threads that are unfolded. A long one pushes the selected row out of sight.
 * Either is seen in what is asked and answered; the remedy for both is to select the top of the stack again.
 */
import * as vscode from 'vscode';
import { debugType } from './debug-type';

/** What the Call Stack view takes to show what it has been answered: it collects changes for half as long. */
const viewMs = 100;
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
  readonly #registration = vscode.debug.registerDebugAdapterTrackerFactory(debugType, this);

  readonly #settled = new vscode.EventEmitter<vscode.DebugSession>();
  /** Once a stop: VS Code has asked and selected all that it does by itself, and the editor has got the keys for the last time. */
  readonly onSettled = this.#settled.event;

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return new TopFrame(session, () => this.#settled.fire(session));
  }

  dispose(): void {
    this.#registration.dispose();
    this.#settled.dispose();
  }
}

class TopFrame implements vscode.DebugAdapterTracker {
  /** That has stopped; undefined while the guest runs. */
  #thread: number | undefined;
  /** Requests for the top of its stack, and for stacks of other threads, that have not been answered. */
  readonly #asked = new Set<number>();
  readonly #askedOfOthers = new Set<number>();
  /** The request for the rest of its stack: with the answer VS Code has all; what is asked after that, a user asks. */
  #rest: number | undefined;
  #hasRest = false;
  /** The top frame's number in each answer since the stop. */
  #tops: number[] = [];
  /** Rows have come above the selected one, perhaps. */
  #hasMoved = false;
  #isSettled = false;
  /** How often the guest has stopped or gone on. */
  #changeCount = 0;
  /** VS Code selects a frame only when its editor is open: that may be after all answers. */
  readonly #registration = vscode.debug.onDidChangeActiveStackItem(() => this.#lookIfNeeded());

  constructor(
    private readonly session: vscode.DebugSession,
    private readonly onSettled: () => void,
  ) {}

  onWillReceiveMessage({ command, seq, arguments: args }: Message): void {
    if (command !== 'stackTrace' || this.#thread === undefined) return;
    if (args?.threadId !== this.#thread) {
      if (!this.#hasRest) this.#askedOfOthers.add(seq);
    } else if (args.startFrame) this.#rest = seq;
    else this.#asked.add(seq);
  }

  onDidSendMessage({ type, event, command, body, request_seq }: Message): void {
    if (event === 'stopped') this.#begin(body?.threadId);
    else if (event === 'continued' || (type === 'response' && goingOn.has(command))) this.#begin(undefined);
    else if (request_seq !== undefined) this.#answered(request_seq, body);
  }

  #answered(seq: number, body: Message['body']): void {
    if (this.#asked.delete(seq)) {
      const top = body?.stackFrames?.[0];
      if (top) this.#tops.push(top.id);
    } else if (this.#askedOfOthers.delete(seq)) this.#hasMoved = true;
    else if (seq === this.#rest) this.#hasRest = true;
    else return;
    this.#lookIfNeeded();
  }

  onWillStopSession(): void {
    this.#begin(undefined);
    this.#registration.dispose();
  }

  #begin(thread: number | undefined): void {
    this.#thread = thread;
    this.#asked.clear();
    this.#askedOfOthers.clear();
    this.#rest = undefined;
    this.#hasRest = false;
    this.#tops = [];
    this.#hasMoved = false;
    this.#isSettled = false;
    this.#changeCount++;
  }

  #lookIfNeeded(): void {
    if (this.#tops.length > 1 || this.#hasMoved) void this.#look();
    else if (this.#hasAllAnswers && this.#selected !== undefined && !this.#isSettled) {
      this.#isSettled = true;
      this.onSettled();
    }
  }

  get #hasAllAnswers(): boolean {
    return this.#hasRest && this.#asked.size === 0 && this.#askedOfOthers.size === 0;
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
    const isRight = !this.#hasMoved && this.#tops.indexOf(selected) === this.#tops.length - 1;
    this.#tops = [selected];
    this.#hasMoved = false;
    if (!isRight) await vscode.commands.executeCommand('workbench.action.debug.callStackTop');
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
