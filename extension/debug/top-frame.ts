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

/** VS Code selects a frame only when its editor is open. */
const lookAgainMs = 100;
const looksMax = 50;
const goingOn: ReadonlySet<unknown> = new Set(['continue', 'next', 'stepIn', 'stepOut', 'goto']);

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

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return new TopFrame(session.id);
  }

  dispose(): void {
    this.#registration.dispose();
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
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly session: string) {}

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
    if (this.#tops.length > 1 || this.#hasMoved) this.#look(looksMax);
  }

  onWillStopSession(): void {
    this.#begin(undefined);
  }

  #begin(thread: number | undefined): void {
    this.#thread = thread;
    this.#asked.clear();
    this.#askedOfOthers.clear();
    this.#rest = undefined;
    this.#hasRest = false;
    this.#tops = [];
    this.#hasMoved = false;
    clearTimeout(this.#timer);
  }

  /** Until a top frame is selected; nothing else is touched, for then a user has chosen another. */
  #look(looksLeft: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const item = vscode.debug.activeStackItem;
      const top = item instanceof vscode.DebugStackFrame && item.session.id === this.session ? item.frameId : undefined;
      // Frames keep their numbers at a stop: equal numbers do not tell whose answer's frame is selected.
      if (top === undefined || !this.#tops.includes(top)) {
        if (looksLeft > 1) this.#look(looksLeft - 1);
      } else if (this.#hasMoved || this.#tops.indexOf(top) !== this.#tops.length - 1) {
        this.#tops = [top];
        this.#hasMoved = false;
        void vscode.commands.executeCommand('workbench.action.debug.callStackTop');
      }
    }, lookAgainMs);
  }
}
