import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { Frame, ThreadId } from '../debuggee/thread';
import { noFrame } from './errors';
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

  constructor(
    private readonly debuggee: Debuggee,
    private readonly threads: Threads,
    private readonly sources: ShownSources,
    private readonly listed: ListedSources,
  ) {}

  clear(): void {
    this.#first += this.#places.length;
    this.#places = [];
    this.#numbers.clear();
  }

  stack({ threadId, startFrame = 0, levels }: Dap.StackTraceArguments): Dap.StackTraceResponse['body'] {
    const thread = this.threads.id(threadId);
    const stack = this.debuggee.stack(thread);
    const shown = stack.slice(startFrame, levels ? startFrame + levels : undefined);
    const stackFrames = shown.map((frame, index) => this.#frame(frame, { thread, index: startFrame + index }));
    return { stackFrames, totalFrames: stack.length };
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
      const { name, pc, isGuess } = frame;
      const guess = isGuess ? ({ name: `${name} (guess)`, presentationHint: 'subtle' } as const) : {};
      const { source, line } = this.listed.place(place.thread, pc);
      const instructionPointerReference = memoryReference(pc);
      return { id, name, line, column: 1, source, instructionPointerReference, ...guess };
    }
    return { id, name: frame.name, line: frame.line, column: 1, source: this.sources.source(frame.file) };
  }
}
