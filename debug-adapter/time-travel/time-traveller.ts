import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import {
  type BackRequest,
  type Cue,
  type Debuggee,
  DebuggeeError,
  type DebuggeeEvent,
  type History,
  type Instant,
  type Landmark,
  type PastWrite,
  type Place,
  type RunRequest,
} from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import { firstOf, type ThreadId } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import type { PageOfBlock } from '../protocol/messages';
import { PageState } from '../protocol/page-states';
import { Forwarding } from './forwarding';
import { type Course, divergenceOf, Histories } from './histories';
import { give, type Input } from './inputs';
import { landmarkAt, pageSince, runToLandmark, runToLeak, runToPageState } from './landmarks';
import { endsOf, instantOf, Past, type Traceable } from './past';
import { checksOf, type RecordedRun, recordedStopOf, replay } from './recorded-run';
import { type Entry, Recording } from './recording';
import { beginning, Rerun } from './rerun';
import { placeOfStep } from './step-back';
import { Tallies } from './tallies';

/** Recordings as files. */
export interface Recordings {
  /** The run that this one is to be. */
  readonly recorded?: { readonly run: RecordedRun; readonly remark: string } | undefined;
  /** As `History.record`. */
  toText(run: RecordedRun, folder: string | undefined): Promise<string>;
}

/** A debuggee that can go back. */
export class TimeTraveller extends Forwarding implements History {
  readonly history: History = this;
  readonly #recording: Recording;
  readonly #histories: Histories;
  #present: Rerun;
  #breakpoints = noBreakpoints;
  #listener: (event: DebuggeeEvent) => void = () => {};
  readonly #past: Past;
  readonly #tallies: Tallies;
  /** How far this history has come, and what its guest has printed that has been shown. */
  #furthest = 0;
  #furthestNs = 0;
  /** The last look at the timeline since the run has gone back. */
  #seen: TimelineMark | undefined;
  #shownByteCount = 0;
  /** Why it stands where it does. */
  #stop: Stop | undefined;

  constructor(
    protected readonly debuggee: Traceable,
    private readonly recordings: Recordings,
  ) {
    super();
    const { inputs = [], marks = [] } = recordings.recorded?.run ?? {};
    this.#histories = new Histories(marks);
    this.#recording = new Recording(inputs);
    this.#tallies = new Tallies(debuggee);
    this.#past = new Past(debuggee, {
      entries: () => this.#recording.entries,
      entriesHad: () => this.#recording.had,
      known: () => this.#furthest,
      onReturn: () => {
        this.#present.attach(debuggee.checkpoints);
        debuggee.setBreakpoints(this.#breakpoints);
      },
    });
    const run = new Rerun(debuggee, inputs, 0, beginning);
    run.tallies = this.#tallies;
    run.attach(debuggee.checkpoints);
    debuggee.checkpoints.take();
    this.#present = this.#settle(run);
  }

  get isRecorded(): boolean {
    return this.recordings.recorded !== undefined;
  }

  async run(request: RunRequest): Promise<Stop> {
    this.#past.ready();
    this.#past.forgetUncountedAhead(this.#tallies);
    if (request.only !== undefined) this.#takeTurns(request.only);
    try {
      this.#stop = await this.debuggee.run({ ...request, cues: this.#cuesAhead() });
      return this.#stop;
    } finally {
      if (request.only !== undefined) this.#takeTurns(undefined);
      this.#keepFurthest();
    }
  }

  pause(): void {
    const { isRunning } = this.#past;
    this.#past.interrupt();
    if (!isRunning) this.debuggee.pause();
  }

  async dispose(): Promise<void> {
    this.pause();
    await this.debuggee.dispose();
  }

  setBreakpoints(breakpoints: Breakpoints): void {
    this.#breakpoints = this.#tallies.set(breakpoints);
    // They are none of a run that is made again.
    if (!this.#past.isRunning) this.debuggee.setBreakpoints(this.#breakpoints);
  }

  onEvent(listener: (event: DebuggeeEvent) => void): void {
    this.#listener = listener;
  }

  takeSnapshot(output?: string): void {
    this.#give({ kind: 'take-snapshot', output }, () => this.debuggee.takeSnapshot(output));
  }

  cancelSnapshot(): void {
    this.#give({ kind: 'cancel-snapshot' }, () => this.debuggee.cancelSnapshot());
  }

  async monitor(line: string): Promise<string> {
    // What only asks begins no new history.
    if (/^\s*(info|help|\?)/.test(line)) return this.debuggee.monitor(line);
    const at = this.#now;
    this.#mayTakeNewCourse();
    const answer = await this.debuggee.monitor(line);
    this.#record({ kind: 'monitor', line }, at);
    return answer;
  }

  consoleInput(bytes: Uint8Array): void {
    this.#give({ kind: 'console', bytes: bytes.slice() }, () => this.debuggee.consoleInput(bytes));
  }

  setRegister(thread: ThreadId, name: string, value: bigint): bigint {
    return this.#give({ kind: 'register', thread, name, value }, () => this.debuggee.setRegister(thread, name, value));
  }

  writeMemory(...[thread, address, bytes, whenProtected]: Parameters<Debuggee['writeMemory']>): void {
    this.#give({ kind: 'memory', thread, address, bytes: bytes.slice(), whenProtected }, () =>
      this.debuggee.writeMemory(thread, address, bytes, whenProtected),
    );
  }

  writePhysicalMemory(...[address, bytes, whenProtected]: Parameters<Debuggee['writePhysicalMemory']>): void {
    const input = {
      kind: 'memory',
      thread: undefined,
      address: BigInt(address),
      bytes: bytes.slice(),
      whenProtected,
    } as const;
    this.#give(input, () => this.debuggee.writePhysicalMemory(address, bytes, whenProtected));
  }

  /** What an earlier look has seen may not have been yet. */
  timeline(since: TimelineMark | undefined, isStill: boolean): TimelineLook {
    const look = this.debuggee.timeline(since === this.#seen ? since : undefined, isStill);
    this.#seen = look.mark;
    return look;
  }

  async back(request: BackRequest): Promise<Stop> {
    this.#past.ready();
    this.#keepFurthest();
    this.#stop = await this.#back(request);
    return this.#stop;
  }

  async #back(request: BackRequest): Promise<Stop> {
    switch (request.kind) {
      case 'continue':
        return this.#toLastStop();
      case 'step': {
        const stop = { reason: 'step', thread: request.thread } as const;
        const place = await placeOfStep(this.debuggee, request, this.#past);
        if (place === undefined) return this.#interrupted();
        return this.#travel(
          place,
          (run) => this.#past.approach(run, place),
          () => stop,
        );
      }
      case 'write':
        return this.#toWrite(request.write);
      case 'place':
        return this.#toPlace(request.place);
      case 'landmark':
        return this.#toLandmark(request.landmark, request.count);
      case 'page':
        return this.#toPageState(request.page);
      case 'mark':
        return this.#toMark(request.name);
      case 'history':
        return this.#toHistory(request.id);
      case 'recorded':
        return this.#replay();
      default:
        return request satisfies never;
    }
  }

  async lastWrite(physicalAddress: number, byteCount: number): Promise<PastWrite | 'interrupted' | undefined> {
    this.#past.ready();
    const wanted = watching(physicalAddress, byteCount, () => true);
    const found = await this.#past.backwards({ instant: this.#now }, wanted, async (stretch) => {
      // Each write takes longer than many instructions, and the last one of many is near the end.
      for (const { begin, since, end } of endsOf(stretch)) {
        let count = 0;
        let run = begin();
        if (!(await run.runTo(instantOf(since)))) return undefined;
        run.arm(watching(physicalAddress, byteCount, () => ++count < 0));
        if (!(await run.runTo(end))) return undefined;
        if (count === 0) continue;
        run = begin();
        if (!(await run.runTo(instantOf(since)))) return undefined;
        const index = count - 1;
        const stop = await this.#runToWrite(run, { physicalAddress, byteCount, index });
        if (stop?.reason !== 'data-breakpoint') return undefined;
        const { thread, access } = stop;
        return { physicalAddress, byteCount, since, index, thread, access, timeNs: run.debuggee.status().timeNs };
      }
      return 'nothing';
    });
    if (found === undefined) return 'interrupted';
    return found === 'nothing' ? undefined : found;
  }

  get histories(): History['histories'] {
    const present = { id: this.#histories.present, endNs: this.endNs, isPresent: true };
    const all = [...this.#histories.left.map(({ id, endNs }) => ({ id, endNs, isPresent: false })), present];
    return all.sort((a, b) => a.id - b.id);
  }

  get marks(): History['marks'] {
    return [...this.#histories.marks.values()];
  }

  mark(name: string): void {
    const { timeNs, instant: at } = this.debuggee.status();
    this.#histories.mark({ name, at, timeNs });
  }

  get endNs(): number {
    return Math.max(this.#furthestNs, this.debuggee.status().timeNs);
  }

  #keepFurthest(): void {
    this.#furthest = Math.max(this.#furthest, this.#now.events);
    this.#furthestNs = this.endNs;
  }

  async record(folder?: string): Promise<string | 'interrupted'> {
    this.#past.ready();
    const { entries: inputs } = this.#recording;
    const stands = this.#now;
    const checks = await this.#past.fromBeginning((run) => checksOf(run, stands));
    if (!checks) return 'interrupted';
    const marks = [...this.#histories.marks.values()]
      .filter((mark) => !this.#histories.courseOf(mark, inputs))
      .map(({ name, at, timeNs }) => ({ name, at, timeNs }));
    return this.recordings.toText({ inputs, marks, stands, stop: recordedStopOf(this.#stop), checks }, folder);
  }

  get #now() {
    return this.debuggee.status().instant;
  }

  /** What will come again, if nothing new comes before. */
  #cuesAhead(): Cue[] {
    const { ahead } = this.#recording;
    const first = ahead.findIndex(({ input }) => input.kind === 'only');
    return (first < 0 ? ahead : ahead.slice(0, first)).map((entry) => this.#cueOf(entry));
  }

  #cueOf(entry: Entry): Cue {
    return {
      at: entry.at,
      perform: () => {
        if (this.#recording.ahead[0] !== entry) return;
        this.#recording.stand(++this.#present.givenCount);
        give(entry.input, this.debuggee);
      },
    };
  }

  #give<Answer>(input: Input, perform: () => Answer): Answer {
    const at = this.#now;
    this.#mayTakeNewCourse();
    const answer = perform();
    this.#record(input, at);
    return answer;
  }

  #takeTurns(thread: ThreadId | undefined): void {
    this.#mayTakeNewCourse();
    this.#record({ kind: 'only', thread });
    this.#present.only = thread;
  }

  /** Before something comes from outside. If that is refused, all is as it was but what was known of what is ahead. */
  #mayTakeNewCourse(): void {
    if (this.#now.events < this.#furthest) this.debuggee.checkpoints.takeNewCourse();
  }

  #record(input: Input, at = this.#now): void {
    if (at.events < this.#furthest || this.#recording.ahead.length > 0) {
      const left = this.#histories.leave(this.#course);
      this.#furthest = at.events;
      this.#furthestNs = this.debuggee.status().timeNs;
      this.#shownByteCount = this.#present.consoleByteCount;
      const text = `A new history begins here: \`goto history ${left}\` returns to the one that you leave.`;
      this.#listener({ kind: 'message', severity: 'info', text });
    }
    this.#recording.add(at, input);
    this.#present.givenCount = this.#recording.entries.length;
  }

  /** The present is its beginning. What the guest prints on the way is told. */
  async #replay(): Promise<Stop> {
    const { recorded } = this.recordings;
    const present = this.#present;
    const comeBack = this.#tallies.leave();
    const end =
      recorded && (await this.#past.of(present, () => replay(present, recorded.run)).finally(() => comeBack(true)));
    this.#recording.stand(present.givenCount);
    this.#keepFurthest();
    this.debuggee.setBreakpoints(this.#breakpoints);
    if (!end) return this.#interrupted();
    const isSame = !('text' in end);
    const text = isSame
      ? `The recorded run: all ${recorded.run.checks.length} state hashes agree.`
      : `Not the recorded run. ${end.text}${recorded.remark}`;
    this.#listener({ kind: 'replayed', isSame, text });
    return isSame ? end : this.#interrupted();
  }

  async #toLastStop(): Promise<Stop> {
    const now = this.#now;
    const breakpoints = this.#breakpoints;
    const comeBack = this.#tallies.leave();
    const found = await this.#lastHitOf(breakpoints, now).finally(() => comeBack(false));
    if (found === undefined) return this.#interrupted();
    if (found === 'nothing') {
      return this.#travel(
        start,
        (run) => run.runTo(start),
        () => ({ reason: 'entry', thread: this.#firstHart }),
      );
    }
    const since = instantOf(found.since);
    let seen = 0;
    return this.#travel(
      since,
      async (run) => {
        if (!(await run.runTo(since))) return undefined;
        run.debuggee.setBreakpoints(breakpoints);
        const stop = await run.runTo({ instant: now }, () => seen++ === found.last);
        this.#tallies.beginAtStart();
        return stop;
      },
      (stop) => stop,
    );
  }

  /** The stretch in which one of them is hit last before now, and the number of that hit in it. Undefined: interrupted. */
  #lastHitOf(breakpoints: Breakpoints, now: Instant) {
    return this.#past.backwards(
      { instant: now },
      breakpoints,
      async ({ begin, since, end }) => {
        const run = begin();
        let count = 0;
        let last = -1;
        run.debuggee.setBreakpoints(breakpoints);
        const arrived = await run.runTo(end, (stop) => {
          if (run.debuggee.status().instant.events < now.events || !this.#standsAt(stop)) last = count;
          count++;
          return false;
        });
        if (!arrived) return undefined;
        return last < 0 ? 'nothing' : { since, last };
      },
      this.#tallies,
    );
  }

  /** Of the stops at this instant. Before others than these, a run to where it stands ends. */
  #standsAt({ reason, thread }: Stop): boolean {
    const isBehindIt = reason === 'data-breakpoint' || reason === 'write-fault';
    return isBehindIt && this.#stop?.reason === reason && this.#stop.thread === thread;
  }

  async #toLandmark(landmark: Landmark, count: number | undefined): Promise<Stop> {
    const { instant: end } = instantOf(this.#furthest);
    const events = await landmarkAt(this.#past, landmark, count, { now: this.#now, end });
    if (events === undefined) return this.#interrupted();
    return this.#travel(
      instantOf(events - 1),
      (run) => runToLandmark(run, landmark, events),
      (stop) => stop,
    );
  }

  async #toPageState(of: PageOfBlock): Promise<Stop> {
    const since = pageSince(this.debuggee, of);
    const now = this.#now;
    if (since.timeNs === 0)
      throw new DebuggeeError('no-change', 'This page has been in its state since the run began.');
    const { thread = this.#firstHart, why, address } = this.debuggee.pages.info(of.page, of.block);
    if (why !== undefined)
      this.#listener({
        kind: 'message',
        severity: 'info',
        text: `Why this write to the page at ${address} leaked: ${why}.`,
      });
    return this.#travel(
      { timeNs: since.timeNs },
      (run) => (since.state === PageState.Leaked ? runToLeak : runToPageState)(run, of, since, now),
      (stop) => (stop.reason === 'pause' ? { ...stop, thread } : stop),
    );
  }

  async #toMark(name: string): Promise<Stop> {
    const mark = this.#histories.marks.get(name);
    if (!mark) throw new DebuggeeError('no-mark', `There is no mark ${name}: set one with \`mark ${name}\`.`);
    const place = { instant: mark.at };
    const left = this.#histories.courseOf(mark, this.#recording.entries);
    return left ? this.#toHistory(left.id, place) : this.#toPlace(place);
  }

  #toPlace(place: Place): Promise<Stop> {
    return this.#travel(
      place,
      (run) => this.#past.approach(run, place),
      (stop) => stop,
    );
  }

  /** When that is interrupted, the run stands on the way there. */
  async #toHistory(id: number, place?: Place): Promise<Stop> {
    const { entries } = this.#recording;
    const course = this.#histories.exchange(id, this.#course);
    if (!course) throw new DebuggeeError('no-such-history', `There is no earlier history ${id}.`);
    this.#recording.replace(course.inputs);
    this.#furthest = course.end.events;
    this.#furthestNs = course.endNs;
    // What is known of the past goes where the two part.
    const divergence = divergenceOf(entries, course.inputs);
    this.#tallies.beginBy(divergence);
    const comeBack = this.#tallies.leave();
    const run = this.#past.goBefore(instantOf(divergence - 1), this.#tallies);
    this.debuggee.checkpoints.takeNewCourse();
    const stop = await this.#past
      .of(run, () => run.runTo(place ?? { instant: course.end }))
      .finally(() => comeBack(true));
    this.#present = this.#settle(run);
    this.#shownByteCount = run.consoleByteCount;
    this.#seen = undefined;
    this.debuggee.setBreakpoints(this.#breakpoints);
    return stop ?? this.#interrupted();
  }

  /** The present one. */
  get #course(): Omit<Course, 'id'> {
    const { entries: inputs } = this.#recording;
    const events = Math.max(this.#furthest, inputs.at(-1)?.at.events ?? 0);
    return { inputs, end: { events, threads: [] }, endNs: this.#furthestNs };
  }

  async #toWrite(write: PastWrite): Promise<Stop> {
    const since = instantOf(write.since);
    return this.#travel(
      since,
      async (run) => (await run.runTo(since)) && this.#runToWrite(run, write),
      (stop) => stop,
    );
  }

  async #runToWrite(
    run: Rerun,
    { physicalAddress, byteCount, index }: Pick<PastWrite, 'physicalAddress' | 'byteCount' | 'index'>,
  ): Promise<Stop | undefined> {
    let seen = 0;
    run.arm(watching(physicalAddress, byteCount, () => seen++ === index));
    const stop = await run.runTo(instantOf(this.#furthest), ({ reason }) => reason === 'data-breakpoint');
    return stop?.reason === 'data-breakpoint' ? { ...stop, breakpointIds: [] } : stop;
  }

  /** To some place, from the last checkpoint before `from`. */
  async #travel(
    from: Place,
    go: (run: Rerun) => Promise<Stop | undefined>,
    stopOf: (stop: Stop) => Stop,
  ): Promise<Stop> {
    this.#keepFurthest();
    const comeBack = this.#past.leave();
    const endCounting = this.#tallies.leave();
    const run = this.#past.goBefore(from, this.#tallies);
    let stop: Stop | undefined;
    try {
      stop = await go(run);
    } finally {
      comeBack(stop !== undefined);
      endCounting(stop !== undefined);
      if (stop) {
        this.#present = this.#settle(run);
        this.#seen = undefined;
        this.debuggee.setBreakpoints(this.#breakpoints);
      }
    }
    return stop ? stopOf(stop) : this.#interrupted();
  }

  #interrupted(): Stop {
    return { reason: 'pause', thread: this.#firstHart };
  }

  /** Where nobody in particular has stopped. */
  get #firstHart(): ThreadId {
    return firstOf('hart', this.debuggee.threads());
  }

  /** It is the present from now on: what happens in it is told. */
  #settle(run: Rerun): Rerun {
    run.listener = (event) => this.#tell(event, run);
    this.#recording.stand(run.givenCount);
    return run;
  }

  /** What a guest prints again has been shown. */
  #tell(event: DebuggeeEvent, run: Rerun): void {
    if (event.kind !== 'console') {
      this.#listener(event);
      return;
    }
    const newCount = run.consoleByteCount - this.#shownByteCount;
    if (newCount <= 0) return;
    this.#shownByteCount = run.consoleByteCount;
    this.#listener({ kind: 'console', bytes: event.bytes.slice(-newCount) });
  }
}

function watching(physicalAddress: number, byteCount: number, condition: () => boolean): Breakpoints {
  return { ...noBreakpoints, data: [{ id: 0, physicalAddress, byteCount, access: 'write', condition }] };
}

const start = instantOf(0);
