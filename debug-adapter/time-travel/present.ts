import type { Cue, DebuggeeEvent, Instant } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import type { Course } from './histories';
import { give, type Input } from './inputs';
import type { Traceable } from './past';
import { type Entry, Recording } from './recording';
import { beginning, Rerun } from './rerun';
import type { Tallies } from './tallies';

/** Where the run stands in its history: what has come from outside up to there and will come again, and what has been told. */
export class Present {
  listener: (event: DebuggeeEvent) => void = () => {};
  readonly #recording: Recording;
  #run: Rerun;
  /** How far this history has come, and what its guest has printed that has been shown. */
  #furthest = 0;
  #furthestNs = 0;
  #shownByteCount = 0;
  /** The last look at the timeline since the run has gone back. */
  #seen: TimelineMark | undefined;

  /** At the beginning, which is the first checkpoint. */
  constructor(
    private readonly debuggee: Traceable,
    inputs: readonly Entry[],
    tallies: Tallies,
  ) {
    this.#recording = new Recording(inputs);
    const run = new Rerun(debuggee, inputs, 0, beginning);
    run.tallies = tallies;
    run.attach(debuggee.checkpoints);
    debuggee.checkpoints.take();
    this.#run = this.#settle(run);
  }

  get run(): Rerun {
    return this.#run;
  }

  get now(): Instant {
    return this.debuggee.status().instant;
  }

  /** What has come from outside in this history, and what will come again. */
  get entries(): readonly Entry[] {
    return this.#recording.entries;
  }

  /** Of these, what has come. */
  get entriesHad(): readonly Entry[] {
    return this.#recording.had;
  }

  /** How many events this history is known to have. */
  get furthest(): number {
    return this.#furthest;
  }

  get endNs(): number {
    return Math.max(this.#furthestNs, this.debuggee.status().timeNs);
  }

  /** Before it goes back, and behind each run. */
  keepFurthest(): void {
    this.#furthest = Math.max(this.#furthest, this.now.events);
    this.#furthestNs = this.endNs;
  }

  /** What will come again, if nothing new comes before. */
  get cues(): Cue[] {
    const { ahead } = this.#recording;
    const first = ahead.findIndex(({ input }) => input.kind === 'only');
    return (first < 0 ? ahead : ahead.slice(0, first)).map((entry) => this.#cueOf(entry));
  }

  /** A thread is to act alone from here on; undefined: all are. */
  set only(thread: ThreadId | undefined) {
    this.#run.only = thread;
  }

  /** This history, as it is left. */
  get course(): Omit<Course, 'id'> {
    const { entries: inputs } = this;
    const events = Math.max(this.#furthest, inputs.at(-1)?.at.events ?? 0);
    return { inputs, end: { events, threads: [] }, endNs: this.#furthestNs };
  }

  /** Before something comes from outside. If that is refused, all is as it was but what was known of what is ahead. */
  mayTakeNewCourse(): void {
    if (this.now.events < this.#furthest) this.debuggee.checkpoints.takeNewCourse();
  }

  /** What comes at this instant is not what has come in this history before. */
  takesNewCourse(at: Instant): boolean {
    return at.events < this.#furthest || this.#recording.ahead.length > 0;
  }

  /** This history ends at an instant from now on. */
  endAt(at: Instant): void {
    this.#furthest = at.events;
    this.#furthestNs = this.debuggee.status().timeNs;
    this.#shownByteCount = this.#run.consoleByteCount;
  }

  /** Something has come from outside. */
  add(at: Instant, input: Input): void {
    this.#recording.add(at, input);
    this.#run.givenCount = this.#recording.entries.length;
  }

  /** Another history is this one from now on; it remains to go there. */
  exchange({ inputs, end, endNs }: Omit<Course, 'id'>): void {
    this.#recording.replace(inputs);
    this.#furthest = end.events;
    this.#furthestNs = endNs;
  }

  /** What happens in a run is told from now on. */
  become(run: Rerun): void {
    this.#run = this.#settle(run);
    this.#seen = undefined;
  }

  /** What the guest has printed up to here counts as shown. */
  passConsole(): void {
    this.#shownByteCount = this.#run.consoleByteCount;
  }

  /** It has had what came from outside on its way here. */
  stand(): void {
    this.#recording.stand(this.#run.givenCount);
  }

  /** The debuggee has been elsewhere, and stands here again. */
  attach(): void {
    this.#run.attach(this.debuggee.checkpoints);
  }

  /** What an earlier look has seen may not have been yet, or was of a run on the way elsewhere. */
  timeline(since: TimelineMark | undefined, isStill: boolean, isTravelling: boolean): TimelineLook {
    if (isTravelling) this.#seen = undefined;
    const look = this.debuggee.timeline(since === this.#seen ? since : undefined, isStill);
    if (!isTravelling) this.#seen = look.mark;
    return look;
  }

  #cueOf(entry: Entry): Cue {
    return {
      at: entry.at,
      perform: () => {
        if (this.#recording.ahead[0] !== entry) return;
        this.#recording.stand(++this.#run.givenCount);
        give(entry.input, this.debuggee);
      },
    };
  }

  #settle(run: Rerun): Rerun {
    run.listener = (event) => this.#tell(event, run);
    this.#recording.stand(run.givenCount);
    return run;
  }

  /** What a guest prints again has been shown. */
  #tell(event: DebuggeeEvent, run: Rerun): void {
    if (event.kind !== 'console') {
      this.listener(event);
      return;
    }
    const newCount = run.consoleByteCount - this.#shownByteCount;
    if (newCount <= 0) return;
    this.#shownByteCount = run.consoleByteCount;
    this.listener(newCount < event.bytes.length ? { kind: 'console', bytes: event.bytes.slice(-newCount) } : event);
  }
}
