import type { Debuggee } from '../../debug-adapter/debuggee/debuggee';
import type { Phase } from '../../debug-adapter/debuggee/phase';

/** Somebody who sits in front of an embedded guest: types, and reads what it prints. */
export class EmbeddedGuest {
  console = '';
  readonly messages: string[] = [];
  #isDone: () => boolean = () => false;

  constructor(
    readonly debuggee: Debuggee,
    onPhase: (phase: Phase) => void = () => {},
  ) {
    debuggee.onEvent((event) => {
      if (event.kind === 'phase') onPhase(event.phase);
      else if (event.kind === 'message') this.messages.push(event.text);
      else if (event.kind === 'console') this.console += Buffer.from(event.bytes).toString('latin1');
      if (this.#isDone()) debuggee.pause();
    });
  }

  type(text: string): void {
    this.debuggee.consoleInput(new TextEncoder().encode(text));
  }

  /** Runs until the console holds the text, from an offset on. */
  printed(text: string, from = 0): Promise<void> {
    return this.#until(() => this.console.includes(text, from), `"${text}" on the console`);
  }

  /** Runs until the debuggee has something to say of a snapshot. @returns what. */
  async message(): Promise<string> {
    await this.#until(() => this.messages.length > 0, 'message');
    return this.messages.shift()!;
  }

  async #until(isDone: () => boolean, what: string): Promise<void> {
    this.#isDone = isDone;
    while (!isDone()) {
      const stop = await this.debuggee.run({ kind: 'continue' });
      if (stop.reason !== 'pause') throw new Error(`no ${what}: ${JSON.stringify(stop)}\n${this.console}`);
    }
    this.#isDone = () => false;
  }
}
