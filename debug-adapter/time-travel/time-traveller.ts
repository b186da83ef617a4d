import { type Breakpoints, noBreakpoints, type Rehearsal, rehearsalOf } from '../debuggee/breakpoints';
import {
  type BackRequest,
  type Cue,
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
import type { ThreadId } from '../debuggee/thread';
import type { TimelineLook, TimelineMark } from '../debuggee/timeline';
import type { PageOfBlock } from '../protocol/messages';
import { PageState } from '../protocol/page-states';
import { Forwarding } from './forwarding';
import { agreeUpTo, type Course, Histories } from './histories';
import { give, type Input } from './inputs';
import { chosen, landmarksOf, pageSince, runToLandmark, runToLeak, runToPageState } from './landmarks';
import { checksOf, type RecordedRun, recordedStopOf, replay } from './recorded-run';
import { type Entry, Recording } from './recording';
import { Rerun } from './rerun';
import { placeOfStep } from './step-back';

/**
 * Makes a debuggee in the state in which the first one began. `isToStay`: it may take the place of the present one, which
 * is gone by the time it runs, and writes files as that did; otherwise it writes none.
 */
export type MakeDebuggee = (isToStay: boolean) => Promise<Debuggee>;

/** Recordings as files. */
export interface Recordings {
  /** The run that this one is to be. */
  readonly recorded?: { readonly run: RecordedRun; readonly remark: string } | undefined;
  /** As `History.record`. */
  toText(run: RecordedRun, folder: string | undefined): Promise<string>;
}

const firstThread: ThreadId = 'hart 0';

/** A debuggee that can go back. */
export class TimeTraveller extends Forwarding implements History {
  readonly history: History = this;
  readonly #recording: Recording;
  readonly #histories = new Histories();
  #present: Rerun;
  #breakpoints = noBreakpoints;
  #listener: (event: DebuggeeEvent) => void = () => {};
  /** On a journey. */
  #travelling: Rerun | undefined;
  #isInterrupted = false;
  /** How far this history has come, and what its guest has printed that has been shown. */
  #furthest = 0;
  #furthestNs = 0;
  /** The last look at the timeline, and whose that was. */
  #seen: { readonly mark: TimelineMark; readonly of: Debuggee } | undefined;
  #shownByteCount = 0;
  /** Why it stands where it does. */
  #stop: Stop | undefined;

  /** @param end frees what all debuggees have used together */
  constructor(
    first: Debuggee,
    private readonly make: MakeDebuggee,
    private readonly end: () => void,
    private readonly recordings: Recordings,
  ) {
    super();
    const { inputs = [] } = recordings.recorded?.run ?? {};
    this.#recording = new Recording(inputs);
    this.#present = this.#settle(new Rerun(first, inputs, 0));
  }

  get isRecorded(): boolean {
    return this.recordings.recorded !== undefined;
  }

  protected get debuggee(): Debuggee {
    return this.#present.debuggee;
  }

  async run(request: RunRequest): Promise<Stop> {
    this.#isInterrupted = false;
    if (request.only !== undefined) this.#record({ kind: 'only', thread: request.only });
    try {
      this.#stop = await this.debuggee.run({ ...request, cues: this.#cuesAhead() });
      return this.#stop;
    } finally {
      if (request.only !== undefined) this.#record({ kind: 'only', thread: undefined });
      this.#keepFurthest();
    }
  }

  pause(): void {
    this.#isInterrupted = true;
    if (this.#travelling) this.#travelling.interrupt();
    else this.debuggee.pause();
  }

  async dispose(): Promise<void> {
    this.pause();
    await this.debuggee.dispose();
    this.end();
  }

  setBreakpoints(breakpoints: Breakpoints): void {
    this.#breakpoints = breakpoints;
    this.debuggee.setBreakpoints(breakpoints);
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

  /** What an earlier look has seen may have been another run. */
  timeline(since: TimelineMark | undefined, isStill: boolean): TimelineLook {
    const look = this.debuggee.timeline(
      since === this.#seen?.mark && this.#seen?.of === this.debuggee ? since : undefined,
      isStill,
    );
    this.#seen = { mark: look.mark, of: this.debuggee };
    return look;
  }

  async back(request: BackRequest): Promise<Stop> {
    this.#isInterrupted = false;
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
        const place = await placeOfStep(this.debuggee, request, (look) => this.#search(look));
        return place === undefined
          ? this.#interrupted()
          : this.#travel(
              (run) => run.runTo(place),
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
    this.#isInterrupted = false;
    let count = 0;
    const counted = await this.#search(async (run) => {
      run.debuggee.setBreakpoints(watching(physicalAddress, byteCount, () => ++count < 0));
      return run.runTo({ instant: this.#now });
    });
    if (!counted) return 'interrupted';
    if (count === 0) return undefined;
    const index = count - 1;
    const stop = await this.#search((run) => this.#runToWrite(run, { physicalAddress, byteCount, index }));
    if (stop?.reason !== 'data-breakpoint') return 'interrupted';
    const { thread, access, timeNs } = stop;
    return { physicalAddress, byteCount, index, thread, access, timeNs };
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
    this.#histories.marks.set(name, { name, at, timeNs, course: this.#histories.present });
  }

  get endNs(): number {
    return Math.max(this.#furthestNs, this.debuggee.status().timeNs);
  }

  #keepFurthest(): void {
    this.#furthest = Math.max(this.#furthest, this.#now.events);
    this.#furthestNs = this.endNs;
  }

  async record(folder?: string): Promise<string | 'interrupted'> {
    this.#isInterrupted = false;
    const { entries: inputs } = this.#recording;
    const stands = this.#now;
    const checks = await this.#search((run) => checksOf(run, stands), inputs);
    if (!checks) return 'interrupted';
    return this.recordings.toText({ inputs, stands, stop: recordedStopOf(this.#stop), checks }, folder);
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
    const answer = perform();
    this.#record(input, at);
    return answer;
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

  async #toLastStop(): Promise<Stop> {
    const now = this.#now;
    let count = 0;
    let last = -1;
    const searched = await this.#search(async (run) => {
      const rehearsal = rehearsalOf(this.#breakpoints);
      run.debuggee.setBreakpoints(rehearsal.breakpoints);
      return run.runTo({ instant: now }, () => {
        if (run.debuggee.status().instant.events < now.events) last = count;
        count++;
        return false;
      });
    });
    if (!searched) return this.#interrupted();
    if (last < 0) {
      return this.#travel(
        (run) => run.runTo({ instant: { events: 0, threads: [] } }),
        () => ({ reason: 'entry', thread: firstThread }),
      );
    }
    let seen = 0;
    return this.#travel(
      (run, rehearsal) => {
        run.debuggee.setBreakpoints(rehearsal.breakpoints);
        return run.runTo({ instant: now }, () => seen++ === last);
      },
      (stop) => stop,
    );
  }

  async #toLandmark(landmark: Landmark, count: number | undefined): Promise<Stop> {
    const end = { events: this.#furthest, threads: [] };
    const found = await this.#search((run) => landmarksOf(run, landmark, end, count), this.#recording.entries);
    if (!found) return this.#interrupted();
    const events = chosen(found, landmark, count, this.#now);
    return this.#travel(
      (run) => runToLandmark(run, landmark, events),
      (stop) => stop,
    );
  }

  async #toPageState(of: PageOfBlock): Promise<Stop> {
    const since = pageSince(this.debuggee, of);
    const now = this.#now;
    if (since.timeNs === 0)
      throw new DebuggeeError('no-change', 'This page has been in its state since the run began.');
    const { thread = firstThread, why, address } = this.debuggee.pages.info(of.page, of.block);
    if (why !== undefined)
      this.#listener({
        kind: 'message',
        severity: 'info',
        text: `Why this write to the page at ${address} leaked: ${why}.`,
      });
    return this.#travel(
      (run) => (since.state === PageState.Leaked ? runToLeak : runToPageState)(run, of, since, now),
      (stop) => (stop.reason === 'pause' ? { ...stop, thread } : stop),
    );
  }

  async #toMark(name: string): Promise<Stop> {
    const mark = this.#histories.marks.get(name);
    if (!mark) throw new DebuggeeError('no-mark', `There is no mark ${name}: set one with \`mark ${name}\`.`);
    const place = { instant: mark.at };
    const course = this.#histories.left.find(({ id }) => id === mark.course);
    const isHere = !course || agreeUpTo(mark.at, course.inputs, this.#recording.entries);
    return isHere ? this.#toPlace(place) : this.#toHistory(course.id, place);
  }

  #toPlace(place: Place): Promise<Stop> {
    return this.#travel(
      (run) => run.runTo(place),
      (stop) => stop,
    );
  }

  async #toHistory(id: number, place?: Place): Promise<Stop> {
    const before = this.#present;
    const left = this.#histories.present;
    const course = this.#takeHistory(id);
    if (!course) throw new DebuggeeError('no-such-history', `There is no earlier history ${id}.`);
    const stop = await this.#toPlace(place ?? { instant: course.end });
    if (this.#present === before) this.#takeHistory(left);
    else this.#shownByteCount = this.#present.consoleByteCount;
    return stop;
  }

  #takeHistory(id: number): Course | undefined {
    const course = this.#histories.exchange(id, this.#course);
    if (!course) return undefined;
    this.#recording.replace(course.inputs);
    this.#recording.stand(this.#present.givenCount);
    this.#furthest = course.end.events;
    this.#furthestNs = course.endNs;
    return course;
  }

  /** The present one. */
  get #course(): Omit<Course, 'id'> {
    const { entries: inputs } = this.#recording;
    const events = Math.max(this.#furthest, inputs.at(-1)?.at.events ?? 0);
    return { inputs, end: { events, threads: [] }, endNs: this.#furthestNs };
  }

  async #toWrite(write: PastWrite): Promise<Stop> {
    return this.#travel(
      (run, { breakpoints }) => this.#runToWrite(run, write, firstOnes(breakpoints)),
      (stop) => stop,
    );
  }

  async #runToWrite(
    run: Rerun,
    { physicalAddress, byteCount, index }: Pick<PastWrite, 'physicalAddress' | 'byteCount' | 'index'>,
    writeFaults: Breakpoints['writeFaults'] = [],
  ): Promise<(Stop & { timeNs: number }) | undefined> {
    let seen = 0;
    run.debuggee.setBreakpoints({ ...watching(physicalAddress, byteCount, () => seen++ === index), writeFaults });
    const stop = await run.runTo({ instant: this.#now }, ({ reason }) => reason === 'data-breakpoint');
    if (!stop) return undefined;
    const { timeNs } = run.debuggee.status();
    return stop.reason === 'data-breakpoint' ? { ...stop, breakpointIds: [], timeNs } : { ...stop, timeNs };
  }

  /** The present is its beginning. What the guest prints on the way is told. */
  async #replay(): Promise<Stop> {
    const { recorded } = this.recordings;
    const present = this.#present;
    const end = recorded && (await this.#journey(present, () => replay(present, recorded.run)));
    this.#recording.stand(present.givenCount);
    this.#keepFurthest();
    present.debuggee.setBreakpoints(this.#breakpoints);
    if (!end) return this.#interrupted();
    const isSame = !('text' in end);
    const text = isSame
      ? `The recorded run: all ${recorded.run.checks.length} state hashes agree.`
      : `Not the recorded run. ${end.text}${recorded.remark}`;
    this.#listener({ kind: 'replayed', isSame, text });
    return isSame ? end : this.#interrupted();
  }

  /** By a run that leaves no trace. Undefined: interrupted. */
  async #search<Found>(
    look: (run: Rerun) => Promise<Found | undefined>,
    inputs: readonly Entry[] = this.#recording.entries.slice(0, this.#present.givenCount),
  ): Promise<Found | undefined> {
    const run = new Rerun(await this.make(false), inputs, this.#now.events);
    try {
      return await this.#journey(run, () => look(run));
    } finally {
      await run.debuggee.dispose();
    }
  }

  /** A run takes the place of the present one, where it comes to. */
  async #travel(
    go: (run: Rerun, rehearsal: Rehearsal) => Promise<Stop | undefined>,
    stopOf: (stop: Stop) => Stop,
  ): Promise<Stop> {
    const before = this.#present;
    const run = new Rerun(await this.make(true), this.#recording.entries, this.#furthest);
    if (this.#isInterrupted) {
      await run.debuggee.dispose();
      return this.#interrupted();
    }
    const rehearsal = rehearsalOf(this.#breakpoints);
    run.debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: firstOnes(rehearsal.breakpoints) });
    // Its files go; the run writes them again.
    await before.debuggee.dispose();
    try {
      const stop = await this.#journey(run, () => go(run, rehearsal));
      return stop ? stopOf(stop) : this.#interrupted();
    } finally {
      rehearsal.speak();
      run.debuggee.setBreakpoints(rehearsal.breakpoints);
      this.#present = this.#settle(run);
    }
  }

  async #journey<Found>(run: Rerun, go: () => Promise<Found | undefined>): Promise<Found | undefined> {
    this.#travelling = run;
    try {
      return this.#isInterrupted ? undefined : await go();
    } finally {
      this.#travelling = undefined;
    }
  }

  #interrupted(): Stop {
    return { reason: 'pause', thread: firstThread };
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

/** Met on the way to the past, so that what was the first is not to come. */
function firstOnes({ writeFaults }: Breakpoints): Breakpoints['writeFaults'] {
  return writeFaults.filter(({ firstOnly }) => firstOnly);
}

function watching(physicalAddress: number, byteCount: number, condition: () => boolean): Breakpoints {
  return { ...noBreakpoints, data: [{ id: 0, physicalAddress, byteCount, access: 'write', condition }] };
}
