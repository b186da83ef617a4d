import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { SourcePlace } from '../debuggee/guest-source';
import type { Frame, ThreadId } from '../debuggee/thread';
import { noFrame, notStopped } from './errors';
import type { GuestSources } from './guest-sources';
import type { ListedSources } from './listed-sources';
import { memoryReference } from './memory';
import type { ShownSources } from './shown-sources';
import type { Threads } from './threads';

export interface Place {
  readonly thread: ThreadId;
  readonly index: number;
}

/** Stack frames by the numbers a client was given. They hold for one stop. */
export class Frames {
  #places: Place[] = [];
  /** Who asks again at the same stop is given the same numbers. */
  readonly #numbers = new Map<string, number>();
  /** Numbers are never given out twice: an old one must not mean something new. */
  #first = 1;
  /** How often it has gone on since. */
  #stopCount = 0;

  constructor(
    private readonly debuggee: Debuggee,
    private readonly threads: Threads,
    private readonly sources: ShownSources,
    private readonly guest: GuestSources,
    private readonly listed: ListedSources,
  ) {}

  clear(): void {
    this.#first += this.#places.length;
    this.#places = [];
    this.#stopCount++;
    this.#numbers.clear();
  }

  /** A promise where files have to be looked for first. */
  stack(args: Dap.StackTraceArguments): Dap.StackTraceResponse['body'] | Promise<Dap.StackTraceResponse['body']> {
    const { threadId, startFrame = 0, levels } = args;
    const thread = this.threads.id(threadId);
    const stack = this.debuggee.stack(thread);
    const shown = stack.slice(startFrame, levels ? startFrame + levels : undefined);
    const stop = this.#stopCount;
    const told = (): Dap.StackTraceResponse['body'] => {
      if (this.#stopCount !== stop) throw notStopped();
      const stackFrames = shown.map((frame, index) => this.#frame(frame, { thread, index: startFrame + index }));
      return { stackFrames, totalFrames: stack.length };
    };
    const looking = this.guest.lookFor(shown.flatMap((frame) => sourceOf(frame)?.path ?? []));
    return looking ? looking.then(told) : told();
  }

  /** A thread goes on by lines where its source is shown. */
  isAtSource(thread: ThreadId): boolean {
    const [frame] = this.debuggee.stack(thread);
    const source = frame && sourceOf(frame);
    return source !== undefined && this.guest.canOpen(source);
  }

  /** @throws SessionError for a frame of an earlier stop. */
  place(frameId: number): Place {
    const place = this.#places[frameId - this.#first];
    if (!place) throw noFrame(frameId);
    return place;
  }

  #idOf(place: Place): number {
    const key = `${place.thread} ${place.index}`;
    const id = this.#numbers.get(key) ?? this.#first + this.#places.push(place) - 1;
    this.#numbers.set(key, id);
    return id;
  }

  #frame(frame: Frame, place: Place): Dap.StackFrame {
    const id = this.#idOf(place);
    if (frame.kind === 'trap') return { id, name: frame.name, line: 0, column: 0, presentationHint: 'label' };
    if (frame.kind === 'guest') {
      const { name, pc, isGuess, source } = frame;
      const guess = isGuess ? ({ name: `${name} (guess)`, presentationHint: 'subtle' } as const) : {};
      const instructionPointerReference = memoryReference(pc);
      if (source && this.guest.canOpen(source)) {
        const { path, line, column } = source;
        const shown = { line, column: Math.max(1, column), source: this.guest.shown(path) };
        return { id, name, ...shown, instructionPointerReference, ...guess };
      }
      const listed = this.listed.place(place.thread, pc);
      const named = source ? `${name} (${source.path}:${source.line})` : name;
      return { id, name: named, ...listed, column: 1, instructionPointerReference, ...guess };
    }
    return { id, name: frame.name, line: frame.line, column: 1, source: this.sources.source(frame.file) };
  }
}

function sourceOf(frame: Frame): SourcePlace | undefined {
  return frame.kind === 'guest' ? frame.source : undefined;
}
