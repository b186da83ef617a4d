/** Brings the timeline of the session that the page map follows into its webview. */
import * as vscode from 'vscode';
import { isTimelineEvent } from '../../debug-adapter/protocol/timeline';
import {
  isTimelineLayout,
  parseFromTimeline,
  type TimelineLayout,
  type ToTimeline,
} from '../../debug-adapter/protocol/timeline-messages';
import { customRequest, onCustomEvent } from '../debug/custom-requests';

const layoutKey = 'timelineLayout';

export class TimelineFeed implements vscode.Disposable {
  #session: vscode.DebugSession | undefined;
  /** The webview has said that it listens. */
  #ready = false;
  readonly #registrations = vscode.Disposable.from(
    onCustomEvent('freezeframe.timeline', (session, body) => {
      if (session.id === this.#session?.id) this.#show(body, false);
    }),
  );

  /**
   * @param focus gives the webview the keys
   * @param onSettled as `TopFrames` has it
   * @param memory of how the panel is shared
   */
  constructor(
    private readonly post: (message: ToTimeline) => void,
    private readonly focus: () => void,
    private readonly onSettled: vscode.Event<vscode.DebugSession>,
    private readonly memory: vscode.Memento,
  ) {}

  dispose(): void {
    this.#registrations.dispose();
  }

  follow(session: vscode.DebugSession): void {
    this.#session = session;
    if (this.#ready) void this.#showWhole();
  }

  /** The webview is another, which does not listen yet. */
  reset(): void {
    this.#ready = false;
  }

  /** False: the message is not for the timeline. */
  receive(raw: unknown): boolean {
    const message = parseFromTimeline(raw);
    if (!message) return false;
    switch (message.kind) {
      case 'timeline-ready': {
        this.#ready = true;
        const layout = this.memory.get<unknown>(layoutKey);
        if (isTimelineLayout(layout)) this.post({ kind: 'timeline-layout', layout });
        void this.#showWhole();
        break;
      }
      case 'select-thread':
        void this.#selectThread(message.thread);
        break;
      case 'go-to-time':
        void this.#goTo(message.timeNs);
        break;
      case 'timeline-layout':
        this.#remember(message.layout);
        break;
      default:
        message satisfies never;
    }
    return true;
  }

  async #showWhole(): Promise<void> {
    try {
      if (this.#session) this.#show(await customRequest(this.#session, 'freezeframe.timeline', { follow: true }), true);
    } catch {
      // The session has ended before there was a guest.
    }
  }

  #show(body: unknown, isOther: boolean): void {
    if (this.#ready && isTimelineEvent(body)) this.post({ kind: 'timeline', event: body, isOther });
  }

  /** VS Code has no command that selects a thread: it follows the debug adapter's stops. */
  async #selectThread(thread: string): Promise<void> {
    try {
      if (this.#session) await customRequest(this.#session, 'freezeframe.selectThread', { thread });
    } catch (error) {
      vscode.window.setStatusBarMessage(error instanceof Error ? error.message : String(error), 4000);
    }
  }

  async #goTo(timeNs: number): Promise<void> {
    const session = this.#session;
    if (!session) return;
    // At a stop VS Code gives the editor the keys; who goes through time by them goes on with them.
    const kept = this.onSettled(({ id }) => {
      if (id !== session.id) return;
      kept.dispose();
      this.focus();
      this.post({ kind: 'timeline-focus' });
    });
    try {
      await session.customRequest('evaluate', { expression: `goto ${timeNs}ns`, context: 'repl' });
    } catch (error) {
      kept.dispose();
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  #remember(layout: TimelineLayout): void {
    void this.memory.update(layoutKey, layout);
  }
}
