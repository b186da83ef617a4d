import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { FindPageArguments, PageOfBlock, Repaired } from '../protocol/messages';
import { badArguments, cannotRunToPage, noQemu } from './errors';
import { untilPage } from './evaluate';
import type { LiveDebuggee } from './live-debuggee';
import { findPage } from './page-search';

/** Requests that are about a snapshot: to take one, to go on in it, and what a real QEMU's may need. */
export class Snapshots {
  constructor(
    private readonly debuggee: Debuggee,
    private readonly live: Pick<LiveDebuggee, 'run' | 'thread' | 'tellContinued' | 'onWritten' | 'tellTerminated'>,
  ) {}

  take(output: unknown): Record<string, never> {
    if (output !== undefined && typeof output !== 'string')
      throw badArguments('freezeframe.takeSnapshot', '`output` is not a path');
    this.debuggee.takeSnapshot(output);
    return {};
  }

  cancel(): Record<string, never> {
    this.debuggee.cancelSnapshot();
    return {};
  }

  runToNext(event: unknown): Record<string, never> {
    if (event !== 'phase' && event !== 'write-fault') {
      throw badArguments('freezeframe.runToNext', '`event` is neither "phase" nor "write-fault"');
    }
    this.#continueUntil(event);
    return {};
  }

  /** A line of the debug console that goes on until a page is sent; undefined when it is none. */
  runUntilPage(args: Dap.EvaluateArguments): Dap.EvaluateResponse['body'] | undefined {
    const text = untilPage(args);
    if (text === undefined) return undefined;
    if (!this.debuggee.abilities.has('until-page')) throw cannotRunToPage();
    this.#continueUntil(this.findPage({ text }));
    return { result: '', variablesReference: 0 };
  }

  findPage(args: FindPageArguments): PageOfBlock {
    return findPage(this.debuggee, this.live.thread, args, !this.live.run.isRunning);
  }

  async repairGuest(): Promise<Repaired> {
    if (!this.debuggee.repairGuest) throw noQemu();
    const text = await this.debuggee.repairGuest();
    this.live.onWritten();
    return { text };
  }

  killQemu(): Record<string, never> {
    if (!this.debuggee.killQemu) throw noQemu();
    this.debuggee.killQemu();
    this.live.tellTerminated();
    return {};
  }

  #continueUntil(until: 'phase' | 'write-fault' | PageOfBlock): void {
    // Behind the answer: no client knows that this request lets the threads run.
    Promise.resolve().then(() => this.live.tellContinued());
    this.live.run.start({ kind: 'continue', until });
  }
}
