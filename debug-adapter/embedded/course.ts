import type { Cue, Destination, RunRequest } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import { HartActor } from '../emulator/machine/hart-actor';
import type { VmmThread } from '../simulation/vmm-thread';

/** How many instructions take as long as an action of a VMM thread, about, and as what comes with each turn. */
export const instructionsPerAction = 300;
const instructionsPerTurn = 2000;

/** Of the VMM: phases that its threads have entered, write faults of all, actions. */
interface Met {
  phases: number;
  writeFaults: number;
  actions: number;
}

/** How much has happened in a run, whatever it is cut into, and at how much it is to stop or to get something from outside. */
export class Course {
  /**
   * See `Instant`: instructions, attempts at actions, alarms, and turns of harts that end in a wait without an instruction.
   */
  private _eventCount = 0;
  /** Actions that VMM threads have performed. */
  private readonly _actions = new Map<ThreadId, number>();
  #cues: readonly Cue[] = [];
  #destinations: readonly Destination[] = [];

  constructor(private readonly threadOf: (id: ThreadId) => VmmThread | HartActor | undefined) {}

  /** How much work that was, in instructions. */
  private _work = 0;

  /** How often what breakpoints may be about has come. */
  private readonly _met: Met = { phases: 0, writeFaults: 0, actions: 0 };

  get met(): Readonly<Met> {
    return { ...this._met };
  }

  meet(what: keyof Met): void {
    this._met[what]++;
  }

  get work(): number {
    return this._work;
  }

  get eventCount(): number {
    return this._eventCount;
  }

  get isBoundSomewhere(): boolean {
    return this.#destinations.length > 0;
  }

  begin({ cues = [], destinations = [] }: RunRequest): void {
    this.#cues = cues;
    this.#destinations = destinations;
  }

  pass(eventCount: number): void {
    this._eventCount += eventCount;
    this._work += eventCount;
  }

  beginTurn(): void {
    this._work += instructionsPerTurn;
  }

  hasActed(thread: ThreadId, count = 1): void {
    this._work += count * instructionsPerAction;
    this._actions.set(thread, (this._actions.get(thread) ?? 0) + count);
  }

  /** So many actions have been tried and performed, behind which nothing is due. */
  haveActed(thread: ThreadId, count: number): void {
    this._met.actions += count;
    this.pass(count);
    this.hasActed(thread, count);
  }

  /** As `ThreadInfo.progress`. */
  progressOf(id: ThreadId): number {
    const thread = this.threadOf(id);
    return thread instanceof HartActor ? thread.instructionCount : (this._actions.get(id) ?? 0);
  }

  /** What comes from outside at this instant. */
  get dueCue(): Cue | undefined {
    const [cue] = this.#cues;
    return cue && cue.at.events <= this._eventCount ? cue : undefined;
  }

  /** It has come. */
  passCue(): void {
    this.#cues = this.#cues.slice(1);
  }

  get reached(): Destination | undefined {
    for (const destination of this.#destinations) if (this.#distanceTo(destination) <= 0) return destination;
    return undefined;
  }

  /** How many instructions a hart may retire before something is due. */
  room(hart: HartActor): number {
    return Math.min(this.eventRoom, this.roomOf(hart));
  }

  /** How many events may come, of whomever, before something is due at an instant. */
  get eventRoom(): number {
    const [cue] = this.#cues;
    let room = cue ? this.#distanceTo({ instant: cue.at }) : Infinity;
    for (const to of this.#destinations) if ('instant' in to) room = Math.min(room, this.#distanceTo(to));
    return room;
  }

  /** How far an actor may go before it has come to a place of its own. */
  roomOf({ id }: VmmThread | HartActor): number {
    let room = Infinity;
    for (const to of this.#destinations) {
      if (!('instant' in to) && to.thread === id) room = Math.min(room, this.#distanceTo(to));
    }
    return room;
  }

  /** How many events of a thread, or of anybody, are still to come. */
  #distanceTo(destination: Destination): number {
    if ('instant' in destination) return destination.instant.events - this._eventCount;
    const { thread, progress } = destination;
    return this.threadOf(thread) ? progress - this.progressOf(thread) : Infinity;
  }
}
