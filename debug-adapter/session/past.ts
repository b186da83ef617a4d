import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { BackRequest, Debuggee } from '../debuggee/debuggee';
import type { LastWriter, LastWriterArguments, Places, Recorded, StepBackArguments } from '../protocol/messages';
import { badArguments, badExpression, interrupted } from './errors';
import { addressIn, compileExpression } from './expressions';
import type { Place } from './frames';
import type { LiveDebuggee } from './live-debuggee';
import { memoryReference, parseReference } from './memory';
import { TimeTravel } from './time-travel';

/** Requests, and lines of the debug console, that go back or ask about what was. */
export class Past {
  readonly #timeTravel: TimeTravel;

  constructor(
    private readonly debuggee: Debuggee,
    private readonly live: Pick<LiveDebuggee, 'threads' | 'run' | 'views' | 'unitOf' | 'placeOf' | 'tellContinued'>,
  ) {
    this.#timeTravel = new TimeTravel(debuggee);
  }

  stepBack(args: Dap.StepBackArguments): void {
    const { live } = this;
    const thread = live.threads.id(args.threadId);
    this.#back({ kind: 'step', thread, depth: 'into', unit: live.unitOf(args) });
  }

  reverseContinue(): void {
    this.#back({ kind: 'continue' });
  }

  /** A recorded run to where it was recorded. */
  replay(): void {
    this.#back({ kind: 'recorded' });
  }

  #back(request: BackRequest): void {
    const { history } = this.#timeTravel;
    const title = request.kind === 'recorded' ? 'Replaying the recorded run' : 'Going to another instant of the run';
    this.live.run.travel(() => this.live.views.journey(title, () => history.back(request)));
  }

  /** By a request of which no client knows that it lets the threads run. */
  go(request: BackRequest): void {
    // Whether it can go back is known before it is told that it does.
    void this.#timeTravel.history;
    Promise.resolve().then(() => this.live.tellContinued());
    this.#back(request);
  }

  stepBackBy({ threadId, depth }: StepBackArguments): Record<string, never> {
    if (depth !== 'over' && depth !== 'out')
      throw badArguments('freezeframe.stepBack', '`depth` is neither "over" nor "out"');
    const { live } = this;
    this.go({ kind: 'step', thread: live.threads.id(threadId), depth, unit: live.unitOf({ threadId }) });
    return {};
  }

  lastWriter({ address, byteCount = 1 }: LastWriterArguments): Promise<LastWriter> {
    return this.#lastWriter(Number(parseReference(address)), byteCount);
  }

  mark(name: string): Record<string, never> {
    this.#timeTravel.mark(name);
    return {};
  }

  places(): Places {
    const { marks, histories } = this.#timeTravel.history;
    return { marks: marks.map(({ name, timeNs }) => ({ name, timeNs })), histories };
  }

  async record(folder: string | undefined): Promise<Recorded> {
    const { history } = this.#timeTravel;
    const text = await this.live.views.search('Rerunning the guest to record it', async () => {
      const recorded = await history.record(folder);
      if (recorded === 'interrupted') throw interrupted();
      return recorded;
    });
    return { text };
  }

  goToWrite(): Record<string, never> {
    this.go(this.#timeTravel.toWrite());
    return {};
  }

  /** A line of the debug console that is about the past; undefined when it is none. */
  evaluate(
    args: Dap.EvaluateArguments,
  ): Promise<Dap.EvaluateResponse['body']> | Dap.EvaluateResponse['body'] | undefined {
    const place = this.live.placeOf(args);
    const physicalAddress = (expression: string): number => this.#physicalAddress(place, expression);
    const view = { thread: place.thread, physicalAddress };
    const request = this.#timeTravel.placeOf(args, view);
    if (request) {
      this.go(request);
      return { result: '', variablesReference: 0 };
    }
    const told = this.#timeTravel.told(args, view);
    if (told !== undefined) return { result: told, variablesReference: 0 };
    const asked = this.#timeTravel.askedFor(args);
    if (!asked) return undefined;
    const physical = physicalAddress(asked.address);
    return this.#lastWriter(physical, asked.byteCount).then(({ text, isFound }) => ({
      result: isFound ? `${text}\n\`goto write\` goes there.` : text,
      variablesReference: 0,
    }));
  }

  #lastWriter(physicalAddress: number, byteCount: number): Promise<LastWriter> {
    const title = `Looking for the last write to ${memoryReference(BigInt(physicalAddress))}`;
    return this.live.views.search(title, () => this.#timeTravel.lastWriter(physicalAddress, byteCount));
  }

  #physicalAddress({ thread, index }: Place, expression: string): number {
    const address = addressIn(compileExpression(expression), { names: this.debuggee.names(thread, index) });
    const physical = address !== undefined ? this.debuggee.physicalAddress(thread, address) : undefined;
    if (physical === undefined) throw badExpression(expression, 'it is no address of guest memory');
    return physical;
  }
}
