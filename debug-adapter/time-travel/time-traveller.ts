import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import {
  type BackRequest,
  type Debuggee,
  DebuggeeError,
  type DebuggeeEvent,
  type History,
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
import { divergenceOf, Histories } from './histories';
import type { Input } from './inputs';
import { landmarkAt, pageSince, runToLandmark, runToLeak, runToPageState } from './landmarks';
import { lastHit } from './last-hit';
import { lastWriteTo, runToWrite } from './last-write';
import { instantOf, Past, type Traceable } from './past';
import { Present } from './present';
import { checksOf, type RecordedRun, recordedStopOf, replay } from './recorded-run';
import type { Rerun } from './rerun';
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
  readonly #histories: Histories;
  readonly #present: Present;
  #breakpoints = noBreakpoints;
  readonly #past: Past;
  readonly #tallies: Tallies;
  /** Why it stands where it does. */
  #stop: Stop | undefined;
  /** Ends with the journey that is under way. */
  #journeyEnds: Promise<void> | undefined;
  /** On a journey, for where that ends. */
  #typed: Uint8Array[] = [];

  constructor(
    protected readonly debuggee: Traceable,
    private readonly recordings: Recordings,
  ) {
    super();
    const { inputs = [], marks = [] } = recordings.recorded?.run ?? {};
    this.#histories = new Histories(marks);
    this.#tallies = new Tallies(debuggee);
    this.#present = new Present(debuggee, inputs, this.#tallies);
    this.#past = new Past(debuggee, this.#present, () => {
      this.#present.attach();
      debuggee.setBreakpoints(this.#breakpoints);
    });
  }

  get isRecorded(): boolean {
    return this.recordings.recorded !== undefined;
  }

  async run(request: RunRequest): Promise<Stop> {
    if (this.#journeyEnds) {
      this.interrupt();
      await this.#journeyEnds;
    }
    this.#past.ready();
    this.#past.forgetUncountedAhead(this.#tallies);
    if (request.only !== undefined) this.#takeTurns(request.only);
    try {
      this.#stop = await this.debuggee.run({ ...request, cues: this.#present.cues });
      return this.#stop;
    } finally {
      if (request.only !== undefined) this.#takeTurns(undefined);
      this.#present.keepFurthest();
    }
  }

  pause(): void {
    if (this.#isTravelling) this.interrupt();
    else this.debuggee.pause();
  }

  interrupt(): void {
    this.#past.interrupt();
  }

  async dispose(): Promise<void> {
    this.pause();
    await this.debuggee.dispose();
  }

  setBreakpoints(breakpoints: Breakpoints): void {
    this.#breakpoints = this.#tallies.set(breakpoints);
    // They are none of a run that is made again.
    if (!this.#isTravelling) this.debuggee.setBreakpoints(this.#breakpoints);
  }

  onEvent(listener: (event: DebuggeeEvent) => void): void {
    this.#present.listener = listener;
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
    const at = this.#present.now;
    this.#mayTakeNewCourse();
    const answer = await this.debuggee.monitor(line);
    this.#record({ kind: 'monitor', line }, at);
    return answer;
  }

  consoleInput(bytes: Uint8Array): void {
    if (this.#isTravelling) this.#typed.push(bytes.slice());
    else this.#give({ kind: 'console', bytes: bytes.slice() }, () => this.debuggee.consoleInput(bytes));
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

  timeline(since: TimelineMark | undefined, isStill: boolean): TimelineLook {
    return this.#present.timeline(since, isStill, this.#isTravelling);
  }

  async back(request: BackRequest): Promise<Stop> {
    this.#present.keepFurthest();
    this.#stop = await this.#journey(() => this.#back(request));
    return this.#stop;
  }

  /** What is typed on the way reaches the guest at its end. */
  async #journey<Found>(go: () => Promise<Found>): Promise<Found> {
    this.#past.ready();
    let end = (): void => {};
    this.#journeyEnds = new Promise((done) => (end = done));
    try {
      return await go();
    } finally {
      this.#journeyEnds = undefined;
      for (const bytes of this.#typed.splice(0)) this.consoleInput(bytes);
      end();
    }
  }

  get #isTravelling(): boolean {
    return this.#journeyEnds !== undefined;
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
    const { now, furthest } = this.#present;
    const found = await this.#journey(() => lastWriteTo(this.#past, { physicalAddress, byteCount }, { now, furthest }));
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
    return this.#present.endNs;
  }

  async record(folder?: string): Promise<string | 'interrupted'> {
    const { entries: inputs, now: stands } = this.#present;
    const checks = await this.#journey(() => this.#past.fromBeginning((run) => checksOf(run, stands)));
    if (!checks) return 'interrupted';
    const marks = [...this.#histories.marks.values()]
      .filter((mark) => !this.#histories.courseOf(mark, inputs))
      .map(({ name, at, timeNs }) => ({ name, at, timeNs }));
    return this.recordings.toText({ inputs, marks, stands, stop: recordedStopOf(this.#stop), checks }, folder);
  }

  #give<Answer>(input: Input, perform: () => Answer): Answer {
    const at = this.#present.now;
    this.#mayTakeNewCourse();
    const answer = perform();
    this.#record(input, at);
    return answer;
  }

  /** Before something comes from outside. @throws DebuggeeError where it would come in the midst of a journey */
  #mayTakeNewCourse(): void {
    if (this.#isTravelling) throw new DebuggeeError('travelling', travelling);
    this.#present.mayTakeNewCourse();
  }

  #takeTurns(thread: ThreadId | undefined): void {
    this.#present.mayTakeNewCourse();
    this.#record({ kind: 'only', thread });
    this.#present.only = thread;
  }

  #record(input: Input, at = this.#present.now): void {
    if (this.#present.takesNewCourse(at)) {
      const left = this.#histories.leave(this.#present.course);
      this.#present.endAt(at);
      const text = `A new history begins here: \`goto history ${left}\` returns to the one that you leave.`;
      this.#present.listener({ kind: 'message', severity: 'info', text });
    }
    this.#present.add(at, input);
  }

  /** The present is its beginning. What the guest prints on the way is told. */
  async #replay(): Promise<Stop> {
    const { recorded } = this.recordings;
    const { run } = this.#present;
    const comeBack = this.#tallies.leave();
    const end = recorded && (await this.#past.of(run, () => replay(run, recorded.run)).finally(() => comeBack(true)));
    this.#present.stand();
    this.#present.keepFurthest();
    this.debuggee.setBreakpoints(this.#breakpoints);
    if (!end) return this.#interrupted();
    const isSame = !('text' in end);
    const text = isSame
      ? `The recorded run: all ${recorded.run.checks.length} state hashes agree.`
      : `Not the recorded run. ${end.text}${recorded.remark}`;
    this.#present.listener({ kind: 'replayed', isSame, text });
    return isSame ? end : this.#interrupted();
  }

  async #toLastStop(): Promise<Stop> {
    const now = this.#present.now;
    const breakpoints = this.#breakpoints;
    const comeBack = this.#tallies.leave();
    const found = await lastHit(this.#past, breakpoints, { now, stop: this.#stop }, this.#tallies).finally(() =>
      comeBack(false),
    );
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

  async #toLandmark(landmark: Landmark, count: number | undefined): Promise<Stop> {
    const { instant: end } = instantOf(this.#present.furthest);
    const events = await landmarkAt(this.#past, landmark, count, { now: this.#present.now, end });
    if (events === undefined) return this.#interrupted();
    return this.#travel(
      instantOf(events - 1),
      (run) => runToLandmark(run, landmark, events),
      (stop) => stop,
    );
  }

  async #toPageState(of: PageOfBlock): Promise<Stop> {
    const since = pageSince(this.debuggee, of);
    const now = this.#present.now;
    if (since.timeNs === 0)
      throw new DebuggeeError('no-change', 'This page has been in its state since the run began.');
    const { thread = this.#firstHart, why, address } = this.debuggee.pages.info(of.page, of.block);
    if (why !== undefined)
      this.#present.listener({
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
    const left = this.#histories.courseOf(mark, this.#present.entries);
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
    const { entries, course: left } = this.#present;
    const course = this.#histories.exchange(id, left);
    if (!course) throw new DebuggeeError('no-such-history', `There is no earlier history ${id}.`);
    this.#present.exchange(course);
    // What is known of the past goes where the two part.
    const divergence = divergenceOf(entries, course.inputs);
    this.#tallies.beginBy(divergence);
    const comeBack = this.#tallies.leave();
    const run = await this.#past.goBefore(instantOf(divergence - 1), this.#tallies);
    this.debuggee.checkpoints.takeNewCourse();
    const stop = await this.#past
      .of(run, () => run.runTo(place ?? { instant: course.end }))
      .finally(() => comeBack(true));
    this.#present.become(run);
    this.#present.passConsole();
    this.debuggee.setBreakpoints(this.#breakpoints);
    return stop ?? this.#interrupted();
  }

  async #toWrite(write: PastWrite): Promise<Stop> {
    const since = instantOf(write.since);
    return this.#travel(
      since,
      async (run) => (await run.runTo(since)) && runToWrite(run, write, this.#present.furthest),
      (stop) => stop,
    );
  }

  /** To some place, from the last checkpoint before `from`. */
  async #travel(
    from: Place,
    go: (run: Rerun) => Promise<Stop | undefined>,
    stopOf: (stop: Stop) => Stop,
  ): Promise<Stop> {
    this.#present.keepFurthest();
    const comeBack = this.#past.leave();
    const endCounting = this.#tallies.leave();
    const run = await this.#past.goBefore(from, this.#tallies);
    let stop: Stop | undefined;
    try {
      stop = await go(run);
    } finally {
      await comeBack(stop !== undefined);
      endCounting(stop !== undefined);
      if (stop) {
        this.#present.become(run);
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
}

const start = instantOf(0);
const travelling = 'Freezeframe is going through the past of this run: wait until it is done, or pause it.';
