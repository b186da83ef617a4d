import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { Pieces } from '../debuggee/pieces';
import type { Stop } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import type { PagesEvent } from '../protocol/messages';
import type { StopMark, TimelineEvent } from '../protocol/timeline';
import type { Client } from './client';
import { cancelled } from './errors';
import { JourneyProgress } from './journey-progress';
import { readBytes, readMemory } from './memory';
import { MemoryViews } from './memory-views';
import { PageEvents, type Standing } from './page-events';
import { SnapshotProgress } from './snapshot-progress';
import { TimelineEvents } from './timeline-events';

/** Who looks, and where the debuggee stands. */
interface Shown {
  readonly client: Client;
  readonly isRunning: boolean;
  readonly stop: Stop | undefined;
  /** Undefined while it runs. */
  readonly stopMark: StopMark | undefined;
}

/** What clients see grow and change: the page map, the timeline, memory that they have read, what takes time. */
export class Views {
  readonly #pages: PageEvents;
  readonly #timeline: TimelineEvents;
  readonly #memory = new MemoryViews();
  readonly #snapshot: SnapshotProgress;
  readonly #journey: JourneyProgress;

  constructor(
    private readonly debuggee: Debuggee,
    private readonly shown: Shown,
  ) {
    this.#pages = new PageEvents(debuggee);
    this.#timeline = new TimelineEvents(debuggee);
    this.#snapshot = new SnapshotProgress(debuggee);
    this.#journey = new JourneyProgress(debuggee);
  }

  pageMap({ follow }: { readonly follow?: boolean }): PagesEvent {
    if (follow) this.shown.client.followsPages = true;
    return this.#pages.all(this.#standing);
  }

  timeline({ follow }: { readonly follow?: boolean }): TimelineEvent {
    if (follow) this.shown.client.followsTimeline = true;
    return this.#timeline.all(this.shown.stopMark);
  }

  *readMemory(thread: ThreadId, args: Dap.ReadMemoryArguments): Pieces<Dap.ReadMemoryResponse['body']> {
    const { memoryReference, offset = 0, count } = args;
    const { answer, bytes } = yield* readMemory(this.debuggee, thread, args);
    const read = () => readBytes(this.debuggee, thread, args);
    if (this.shown.client.features.supportsMemoryEvent)
      this.#memory.note({ memoryReference, offset, count, bytes, read });
    return answer;
  }

  /** What its user gives up is what takes the time. */
  cancelProgress(progressId: string): boolean {
    return this.#journey.cancel(progressId) || this.#snapshot.cancel(progressId);
  }

  /** The debuggee is elsewhere. */
  get isOnJourney(): boolean {
    return this.#journey.isUnderWay;
  }

  /** The debuggee goes to another instant. @throws SessionError when its user has cancelled what finds nothing then */
  async journey<Found>(title: string, go: () => Promise<Found>): Promise<Found> {
    this.#journey.begin(title);
    try {
      return await go();
    } catch (error) {
      throw this.#journey.isCancelled ? cancelled() : error;
    } finally {
      this.#journey.end(this.shown.client);
    }
  }

  /** It goes through the past and comes back. */
  search<Found>(title: string, go: () => Promise<Found>): Promise<Found> {
    return this.journey(title, () => {
      this.#journey.show(this.shown.client);
      return go();
    });
  }

  /** The debuggee is another one than was shown. */
  showAll(): void {
    const { client, stop, stopMark } = this.shown;
    if (client.followsPages) client.send('freezeframe.pages', this.#pages.all({ stop }));
    if (client.followsTimeline) client.send('freezeframe.timeline', this.#timeline.all(stopMark));
  }

  /** It runs, and time has passed. */
  tick(): void {
    const { client } = this.shown;
    this.#showPages();
    const timeline = client.followsTimeline ? this.#timeline.tick() : undefined;
    if (timeline) client.send('freezeframe.timeline', timeline);
    if (!this.#journey.tick(client)) this.#snapshot.update(client);
  }

  /** It stands still, elsewhere than before or changed by its user. */
  showChanges(): void {
    // The panel says last what the time is.
    const { client, stopMark } = this.shown;
    if (client.followsTimeline) client.send('freezeframe.timeline', this.#timeline.changes(stopMark));
    this.#showPages();
    this.showMemory();
  }

  showMemory(): void {
    this.#memory.tellChanges(this.shown.client);
  }

  /** It does not run any more, or its client goes. */
  endProgress(): void {
    this.#snapshot.end(this.shown.client);
  }

  #showPages(): void {
    const { client } = this.shown;
    const changes = client.followsPages ? this.#pages.changes(this.#standing) : undefined;
    if (changes) client.send('freezeframe.pages', changes);
  }

  get #standing(): Standing | undefined {
    const { isRunning, stop } = this.shown;
    return isRunning ? undefined : { stop };
  }
}
