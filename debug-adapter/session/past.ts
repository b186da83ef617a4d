import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { BackRequest, Debuggee } from '../debuggee/debuggee';
import type { LastWriter, LastWriterArguments, Places, Recorded, StepBackArguments } from '../protocol/messages';
import { badArguments, badExpression, interrupted } from './errors';
import { addressIn, compileExpression } from './expressions';
import type { Place } from './frames';
import type { LiveDebuggee } from './live-debuggee';
import { parseReference } from './memory';
import { TimeTravel } from './time-travel';

/** Requests, and lines of the debug console, that go back or ask about what was. */
export class Past {
  readonly #timeTravel: TimeTravel;

  constructor(
    private readonly debuggee: Debuggee,
    private readonly live: Pick<LiveDebuggee, 'threads' | 'run' | 'unitOf' | 'placeOf' | 'tellContinued'>,
  ) {
    this.#timeTravel = new TimeTravel(debuggee);
  }

  stepBack(args: Dap.StepBackArguments): void {
    const { live } = this;
    const { history } = this.#timeTravel;
    const thread = live.threads.id(args.threadId);
    live.run.back(history, { kind: 'step', thread, depth: 'into', unit: live.unitOf(args) });
  }

  reverseContinue(): void {
    this.live.run.back(this.#timeTravel.history, { kind: 'continue' });
  }

  /** By a request of which no client knows that it lets the threads run. */
  go(request: BackRequest): void {
    const { history } = this.#timeTravel;
    Promise.resolve().then(() => this.live.tellContinued());
    this.live.run.back(history, request);
  }

  stepBackBy({ threadId, depth }: StepBackArguments): Record<string, never> {
    if (depth !== 'over' && depth !== 'out')
      throw badArguments('freezeframe.stepBack', '`depth` is neither "over" nor "out"');
    const { live } = this;
    this.go({ kind: 'step', thread: live.threads.id(threadId), depth, unit: live.unitOf({ threadId }) });
    return {};
  }

  lastWriter({ address, byteCount = 1 }: LastWriterArguments): Promise<LastWriter> {
    return this.#timeTravel.lastWriter(Number(parseReference(address)), byteCount);
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
    const text = await this.#timeTravel.history.record(folder);
    if (text === 'interrupted') throw interrupted();
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
    return this.#timeTravel.lastWriter(physical, asked.byteCount).then(({ text, isFound }) => ({
      result: isFound ? `${text}\n\`goto write\` goes there.` : text,
      variablesReference: 0,
    }));
  }

  #physicalAddress({ thread, index }: Place, expression: string): number {
    const address = addressIn(compileExpression(expression), { names: this.debuggee.names(thread, index) });
    const physical = address !== undefined ? this.debuggee.physicalAddress(thread, address) : undefined;
    if (physical === undefined) throw badExpression(expression, 'it is no address of guest memory');
    return physical;
  }
}
