import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import {
  type Breakpoints as Armed,
  type Conditional,
  noBreakpoints,
  type Tally,
  type WatchedData,
} from '../debuggee/breakpoints';
import { type Debuggee, DebuggeeError } from '../debuggee/debuggee';
import type { Pieces } from '../debuggee/pieces';
import type { Listing } from '../listing/listing';
import { breakpointCondition, type ConditionTexts, counts } from './breakpoint-conditions';
import { watchedData, watchedPage } from './data-breakpoints';
import {
  badArguments,
  badExpression,
  cannotBreakAtCode,
  noCode,
  noLine,
  noSource,
  SessionError,
  tooManyBreakpoints,
  tooMuchWatched,
} from './errors';
import { firstWriteFaultFilter, phaseOfFilter, writeFaultFilter } from './exception-filters';
import { compileExpression } from './expressions';
import type { GuestSources } from './guest-sources';
import type { ListedSources } from './listed-sources';
import { memoryReference, parseReference } from './memory';
import type { ShownSources } from './shown-sources';

type LineBreakpoint = Armed['lines'][number];
type AddressBreakpoint = Armed['addresses'][number];
type DataBreakpoint = Armed['data'][number];
type PhaseBreakpoint = Armed['phases'][number];
type WriteFaultBreakpoint = Armed['writeFaults'][number];
/** What a request sets: at an index the breakpoint, or why it cannot be. */
type Placed<T> = { readonly armed: T; readonly answer: Dap.Breakpoint } | { readonly answer: Dap.Breakpoint };

/** Where a breakpoint is that logs. */
export interface LogPlace {
  readonly source: Dap.Source;
  readonly line: number;
}

/** What a request that sets breakpoints answers. */
type Answered = Pieces<{ breakpoints: Dap.Breakpoint[] }>;

interface Remembered {
  readonly ids: readonly number[];
  readonly set: (on: Breakpoints) => Answered;
}

/** Of each kind: lines, functions, instructions, data, exceptions. More than anybody sets by hand. */
export const breakpointCountMax = 4000;
/** The core's table has 4096 places; steps and triggers want some. */
const addressCountMax = 4000;
/** Data breakpoints together: what finding out whom an access hits may take. */
const watchedPageCountMax = 1 << 20;
/** So many are set in one piece. */
const pieceCount = 500;
const pageByteCount = 4096;
const surplus = tooManyBreakpoints(breakpointCountMax);

/** What lines can be of. */
interface SourcesOfAllKinds {
  /** Of the VMM's threads. */
  readonly sources: ShownSources;
  readonly guestSources: GuestSources;
  readonly listed: ListedSources;
}

/** All breakpoints of a session. Each request replaces those of its kind (lines: of its file) and arms the whole anew. */
export class Breakpoints {
  readonly #linesOfFile = new Map<string, readonly LineBreakpoint[]>();
  readonly #linesOfListing = new Map<Listing, readonly AddressBreakpoint[]>();
  /** Of the guest's own sources, by the client's path. */
  readonly #linesOfGuest = new Map<string, readonly AddressBreakpoint[]>();
  #functions: readonly AddressBreakpoint[] = [];
  #instructions: readonly AddressBreakpoint[] = [];
  #data: readonly DataBreakpoint[] = [];
  /** Set as function breakpoints: VS Code lets extensions set no data breakpoints. */
  #watchedPages: readonly DataBreakpoint[] = [];
  #phases: readonly PhaseBreakpoint[] = [];
  #writeFaults: readonly WriteFaultBreakpoint[] = [];
  /** Of a gdb that is connected, whatever the client wants: their ids are below zero. */
  #ofGdb: Pick<Armed, 'addresses' | 'data'> = noBreakpoints;
  #nextId = 1;
  private readonly sources: ShownSources;
  private readonly guest: GuestSources;
  private readonly listed: ListedSources;
  /** Of the armed ones, by what was asked for: what is asked for again, with others beside it, counts on. */
  #tallies: ReadonlyMap<string, Tally> = new Map();
  readonly #askedFor = new WeakMap<Tally, string>();
  /** What was asked for, to be asked for again of another guest. */
  readonly #requests = new Map<string, Remembered>();
  #idsToReuse: Iterator<number> = [].values();

  /** `isArmed` false: everything is answered, nothing stops ("run without debugging"). */
  constructor(
    private readonly debuggee: Debuggee,
    { sources, guestSources, listed }: SourcesOfAllKinds,
    private readonly isArmed: boolean,
    private readonly log: (text: string, place?: LogPlace) => void,
  ) {
    this.sources = sources;
    this.guest = guestSources;
    this.listed = listed;
  }

  /** Those of a guest whose place this one takes, by the same ids. @returns what has become of each */
  *takeOver(previous: Breakpoints): Pieces<Dap.Breakpoint[]> {
    this.#nextId = previous.#nextId;
    const breakpoints: Dap.Breakpoint[][] = [];
    for (const { ids, set } of previous.#requests.values()) {
      this.#idsToReuse = ids.values();
      breakpoints.push((yield* set(this)).breakpoints);
    }
    return breakpoints.flat();
  }

  *setLines(args: Dap.SetBreakpointsArguments): Answered {
    const { source, breakpoints = [] } = args;
    const key = `lines of ${source.path ?? source.name}`;
    const remember = [key, (on: Breakpoints) => on.setLines(args)] as const;
    const listing = this.listed.listingOf(source);
    if (listing) {
      const room = this.#addressRoom(this.#linesOfListing.get(listing));
      const placed = yield* this.#placeAll(breakpoints, room, (wanted) => this.#placeInListing(key, listing, wanted));
      this.#linesOfListing.set(listing, armedOf(placed));
      return this.#arm(placed, ...remember);
    }
    const file = this.sources.fileOf(source);
    if (file === undefined && source.path !== undefined) {
      const { path } = source;
      const room = this.#addressRoom(this.#linesOfGuest.get(path));
      const paths = this.guest.pathsOf(source);
      const placed = yield* this.#placeAll(breakpoints, room, (wanted) => this.#placeInGuest(paths, source, wanted));
      this.#linesOfGuest.set(path, armedOf(placed).flat());
      return this.#arm(placed, ...remember);
    }
    const replaced = file === undefined ? [] : (this.#linesOfFile.get(file) ?? []);
    const room = breakpointCountMax - (countOf(this.#linesOfFile) - replaced.length);
    const placed = yield* this.#placeAll(breakpoints, room, (wanted) => this.#placeLine(file, source, wanted));
    if (file !== undefined) this.#linesOfFile.set(file, armedOf(placed));
    return this.#arm(placed, ...remember);
  }

  *setFunctions(args: Dap.SetFunctionBreakpointsArguments): Answered {
    type Wanted = AddressBreakpoint | DataBreakpoint;
    const room = this.#addressRoom(this.#functions);
    const placed = yield* this.#placeAll(args.breakpoints, room, (wanted): Placed<Wanted> => {
      const watched = watchedPage(wanted.name);
      return watched
        ? this.#placeWatched(wanted, watched)
        : this.#placeAddress('functions', wanted, () => this.#addressOf(wanted.name));
    });
    const armed = armedOf(placed);
    this.#functions = armed.filter((each): each is AddressBreakpoint => 'address' in each);
    this.#watchedPages = armed.filter((each): each is DataBreakpoint => !('address' in each));
    return this.#arm(placed, 'functions', (on) => on.setFunctions(args));
  }

  *setInstructions(args: Dap.SetInstructionBreakpointsArguments): Answered {
    const placed = yield* this.#placeAll(args.breakpoints, this.#addressRoom(this.#instructions), (wanted) =>
      this.#placeAddress(
        'instructions',
        wanted,
        () => parseReference(wanted.instructionReference) + BigInt(wanted.offset ?? 0),
      ),
    );
    this.#instructions = armedOf(placed);
    return this.#arm(placed, 'instructions', (on) => on.setInstructions(args));
  }

  *setExceptions(args: Dap.SetExceptionBreakpointsArguments): Answered {
    const { filters, filterOptions = [] } = args;
    const phases: PhaseBreakpoint[] = [];
    const writeFaults: WriteFaultBreakpoint[] = [];
    const wanted: Dap.ExceptionFilterOptions[] = [...filters.map((filterId) => ({ filterId })), ...filterOptions];
    const placed = yield* this.#placeAll(wanted, breakpointCountMax, (filter) =>
      this.#place((id) => {
        const { filterId } = filter;
        const conditional = { id, ...this.#condition('exceptions', filter) };
        const phase = phaseOfFilter(filterId);
        if (phase) phases.push({ ...conditional, phase });
        else if (filterId === writeFaultFilter) writeFaults.push(conditional);
        else if (filterId === firstWriteFaultFilter) writeFaults.push({ ...conditional, firstOnly: true });
        else throw badArguments('setExceptionBreakpoints', `there is no filter "${filterId}"`);
        return { armed: undefined, answer: { id, verified: true } };
      }),
    );
    this.#phases = phases;
    this.#writeFaults = writeFaults;
    return this.#arm(placed, 'exceptions', (on) => on.setExceptions(args));
  }

  *setData(args: Dap.SetDataBreakpointsArguments): Answered {
    let pageCount = 0;
    const placed = yield* this.#placeAll(args.breakpoints, breakpointCountMax, (wanted) =>
      this.#place((id) => {
        if (!this.debuggee.abilities.has('watch')) throw cannotBreakAtCode();
        const conditional = { id, ...this.#condition('data', wanted) };
        const armed = watchedData(wanted).map((watched) => ({ ...conditional, ...watched }));
        const more = armed.reduce((sum, { byteCount }) => sum + Math.ceil(byteCount / pageByteCount) + 1, 0);
        if (pageCount + more > watchedPageCountMax) throw tooMuchWatched();
        pageCount += more;
        return { armed, answer: { id, verified: true } };
      }),
    );
    this.#data = armedOf(placed).flat();
    return this.#arm(placed, 'data', (on) => on.setData(args));
  }

  setOfGdb(points: Pick<Armed, 'addresses' | 'data'>): void {
    this.#ofGdb = points;
    this.#armAll();
  }

  /** Lines of a source where a thread can stop. */
  locations({ source, line, endLine = line }: Dap.BreakpointLocationsArguments): Dap.BreakpointLocation[] {
    const next = this.#breakableLines(source);
    const locations: Dap.BreakpointLocation[] = [];
    for (let at = next(line); at !== undefined && at <= endLine; at = next(at + 1)) locations.push({ line: at });
    return locations;
  }

  #breakableLines(source: Dap.Source): (line: number) => number | undefined {
    const listing = this.listed.listingOf(source);
    if (listing) return (line) => listing.instructionAt(line)?.line;
    const file = this.sources.fileOf(source);
    if (file !== undefined) return (line) => this.debuggee.breakableLine(file, line);
    const paths = this.guest.pathsOf(source);
    return (line) => this.guest.codeOf(paths, line)?.line;
  }

  /**
   * What a `stopped` event tells of them. VS Code opens Run and Debug for the reason `breakpoint` only, and the Disassembly
   * view for `instruction breakpoint`, which are set there.
   */
  told(ids: readonly number[]): { readonly reason: string; readonly description?: string } {
    if (ids.every((id) => id < 0)) return { reason: 'breakpoint', description: "Paused on gdb's breakpoint" };
    const areAll = (of: readonly AddressBreakpoint[]) => ids.every((id) => of.some((candidate) => candidate.id === id));
    if (areAll(this.#functions)) return { reason: 'breakpoint', description: 'Paused on function breakpoint' };
    return { reason: areAll(this.#instructions) ? 'instruction breakpoint' : 'breakpoint' };
  }

  #placeLine(file: string | undefined, source: Dap.Source, wanted: Dap.SourceBreakpoint): Placed<LineBreakpoint> {
    return this.#place((id) => {
      if (file === undefined) throw noSource(source.name ?? source.path ?? 'This file');
      const line = this.debuggee.breakableLine(file, wanted.line);
      if (line === undefined) throw noLine(file, wanted.line);
      const place = { source: this.sources.source(file), line };
      const armed = { id, file, line, ...this.#condition(`lines of ${file}`, wanted, place) };
      return { armed, answer: { id, verified: true, ...place } };
    });
  }

  /** A line may begin at several addresses: where it is inlined, or in a file that several others include. */
  #placeInGuest(
    paths: readonly string[],
    source: Dap.Source,
    wanted: Dap.SourceBreakpoint,
  ): Placed<readonly AddressBreakpoint[]> {
    return this.#place((id) => {
      if (!this.debuggee.abilities.has('instructions')) throw cannotBreakAtCode();
      if (paths.length === 0) throw noCode(source, this.guest.namesakes(source));
      const code = this.guest.codeOf(paths, wanted.line);
      if (!code) throw noLine(source.name ?? source.path!, wanted.line);
      const place = { source, line: code.line };
      const conditioned = this.#condition(`lines of ${source.path}`, wanted, place);
      const armed = code.addresses.map((address) => ({ id, address, ...conditioned }));
      return {
        armed,
        answer: { id, verified: true, ...place, instructionReference: memoryReference(code.addresses[0]!) },
      };
    });
  }

  #placeInListing(of: string, listing: Listing, wanted: Dap.SourceBreakpoint): Placed<AddressBreakpoint> {
    const instruction = listing.instructionAt(wanted.line);
    const placed = this.#placeAddress(of, wanted, () => {
      if (!instruction) throw noLine(listing.name, wanted.line);
      return instruction.address;
    });
    const answer = {
      ...placed.answer,
      source: this.listed.source(listing),
      ...(instruction && { line: instruction.line }),
    };
    return { ...placed, answer };
  }

  #placeAddress(
    of: string,
    wanted: Dap.FunctionBreakpoint | Dap.InstructionBreakpoint | Dap.SourceBreakpoint,
    addressOf: () => bigint,
  ): Placed<AddressBreakpoint> {
    return this.#place((id) => {
      if (!this.debuggee.abilities.has('instructions')) throw cannotBreakAtCode();
      const address = BigInt.asUintN(64, addressOf());
      const armed = { id, address, ...this.#condition(of, wanted) };
      return { armed, answer: { id, verified: true, instructionReference: memoryReference(address) } };
    });
  }

  #placeWatched(wanted: ConditionTexts, watched: WatchedData): Placed<DataBreakpoint> {
    return this.#place((id) => {
      if (!this.debuggee.abilities.has('watch')) throw cannotBreakAtCode();
      return { armed: { id, ...this.#condition('functions', wanted), ...watched }, answer: { id, verified: true } };
    });
  }

  /** A symbol, or an expression of symbols and numbers such as `main + 0x10`. */
  #addressOf(name: string): bigint {
    const symbol = this.debuggee.symbolAddress(name);
    if (symbol !== undefined) return this.debuggee.functionEntry(symbol);
    const symbolAddress = (part: string) => this.debuggee.symbolAddress(part);
    const names = { lookup: symbolAddress, symbolAddress, readMemory: () => new Uint8Array(0) };
    const value = compileExpression(name).evaluate({ names });
    if (typeof value !== 'bigint') throw badExpression(name, 'it is no address');
    return value;
  }

  /** @param of which breakpoints: those that are replaced together */
  #condition(of: string, texts: ConditionTexts, place?: LogPlace): Pick<Conditional, 'condition' | 'tally'> {
    const askedFor = `${of} ${JSON.stringify(texts)}`;
    const tally = this.#tallies.get(askedFor) ?? { counts: counts(texts), reached: 0, hits: 0, isQuiet: false };
    this.#askedFor.set(tally, askedFor);
    const condition = breakpointCondition(texts, tally, (text) => this.log(text, place));
    return condition ? { condition, tally } : {};
  }

  /** Functions, instructions and lines of listings are addresses together. @param replaced those that make room */
  #addressRoom(replaced: readonly AddressBreakpoint[] = []): number {
    const lines = countOf(this.#linesOfListing) + countOf(this.#linesOfGuest);
    const count = this.#functions.length + this.#instructions.length + lines;
    return addressCountMax - (count - replaced.length);
  }

  /** The first `room` of those that can be set; what is too many is answered unread. */
  *#placeAll<Wanted, T>(
    all: readonly Wanted[],
    room: number,
    place: (wanted: Wanted) => Placed<T>,
  ): Pieces<Placed<T>[]> {
    const placed: Placed<T>[] = [];
    let left = room;
    for (const [index, wanted] of all.entries()) {
      if (index % pieceCount === pieceCount - 1) yield;
      const isRead = left > 0 && index < breakpointCountMax;
      let one = isRead ? place(wanted) : this.#refuseSurplus();
      const more = 'armed' in one && Array.isArray(one.armed) ? one.armed.length : 1;
      if (more > left && isRead) one = { answer: { id: one.answer.id, verified: false, message: surplus.message } };
      if ('armed' in one) left -= more;
      placed.push(one);
    }
    return placed;
  }

  #refuseSurplus(): { readonly answer: Dap.Breakpoint } {
    return { answer: { id: this.#newId(), verified: false, message: surplus.message } };
  }

  #newId(): number {
    return this.#idsToReuse.next().value ?? this.#nextId++;
  }

  #place<T>(place: (id: number) => Placed<T>): Placed<T> {
    const id = this.#newId();
    try {
      return place(id);
    } catch (error) {
      if (!(error instanceof DebuggeeError || error instanceof SessionError)) throw error;
      return { answer: { id, verified: false, message: error.message } };
    }
  }

  #arm(placed: readonly Placed<unknown>[], key: string, set: Remembered['set']): { breakpoints: Dap.Breakpoint[] } {
    this.#requests.set(key, { ids: placed.map(({ answer }) => answer.id!), set });
    this.#armAll();
    return { breakpoints: placed.map(({ answer }) => answer) };
  }

  #armAll(): void {
    const { addresses, data } = this.#ofGdb;
    const ofClient = this.isArmed ? this.#ofClient : noBreakpoints;
    const { phases, writeFaults, lines } = ofClient;
    const items: readonly Conditional[] = [
      ...phases,
      ...writeFaults,
      ...lines,
      ...ofClient.addresses,
      ...ofClient.data,
    ];
    const tallies = items.flatMap(({ tally }) => tally ?? []);
    this.#tallies = new Map(tallies.map((tally) => [this.#askedFor.get(tally)!, tally]));
    this.debuggee.setBreakpoints({
      ...ofClient,
      addresses: [...ofClient.addresses, ...addresses],
      data: [...ofClient.data, ...data],
    });
  }

  get #ofClient() {
    return {
      phases: this.#phases,
      writeFaults: this.#writeFaults,
      lines: [...this.#linesOfFile.values()].flat(),
      addresses: [
        ...this.#functions,
        ...this.#instructions,
        ...[...this.#linesOfListing.values()].flat(),
        ...[...this.#linesOfGuest.values()].flat(),
      ],
      data: [...this.#data, ...this.#watchedPages],
    };
  }
}

function countOf(lists: ReadonlyMap<unknown, readonly unknown[]>): number {
  return [...lists.values()].reduce((sum, list) => sum + list.length, 0);
}

function armedOf<T>(placed: readonly Placed<T>[]): T[] {
  return placed.flatMap((item) => ('armed' in item ? [item.armed] : []));
}
