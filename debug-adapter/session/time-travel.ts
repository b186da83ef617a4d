import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { BackRequest, Debuggee, History, PastWrite } from '../debuggee/debuggee';
import type { DataAccess } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import type { LastWriter } from '../protocol/messages';
import { badExpression, cannotGoBack, interrupted, nothingFound } from './errors';
import { memoryReference } from './memory';

const pageByteCount = 4096;
const unitsInNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

const places =
  'places are `start`, a virtual time such as `12.5ms`, `instruction 1000` of the selected hart, and `write`, what `last-writer` has found';

/** Whether a line of the debug console is about the past. */
export function isAboutThePast({ expression, context }: Dap.EvaluateArguments): boolean {
  return context === 'repl' && /^\s*(goto|last-writer)\s/.test(expression);
}

/** The past of a debuggee, as a user asks for it. */
export class TimeTravel {
  #found: PastWrite | undefined;

  constructor(private readonly debuggee: Debuggee) {}

  /** @throws SessionError when it cannot go back. */
  get history(): History {
    const { history } = this.debuggee;
    if (!history) throw cannotGoBack();
    return history;
  }

  /** A line of the debug console that goes to another place of the run; undefined when it is none. */
  placeOf({ expression }: Dap.EvaluateArguments, thread: ThreadId): BackRequest | undefined {
    const text = /^\s*goto\s+(.+?)\s*$/.exec(expression)?.[1];
    if (text === undefined) return undefined;
    if (text === 'start') return { kind: 'place', place: { instant: { events: 0, threads: [] } } };
    if (text === 'write') return this.toWrite();
    const time = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s)$/.exec(text);
    if (time) return { kind: 'place', place: { timeNs: Math.round(Number(time[1]) * unitsInNs[time[2]!]!) } };
    const instruction = /^instruction\s+(\d+)$/.exec(text);
    if (instruction && this.debuggee.threads().some(({ id, kind }) => id === thread && kind === 'hart')) {
      return { kind: 'place', place: { thread, progress: Number(instruction[1]) } };
    }
    throw badExpression(expression, places);
  }

  /** To the write that was asked for last. */
  toWrite(): BackRequest {
    if (!this.#found) throw nothingFound();
    return { kind: 'write', write: this.#found };
  }

  /** A line of the debug console that asks who wrote last to an address, with its number of bytes; undefined when it is none. */
  askedFor({ expression }: Dap.EvaluateArguments): { address: string; byteCount: number } | undefined {
    const asked = /^\s*last-writer\s+(.+?)(?:\s*,\s*(\d+))?\s*$/.exec(expression);
    return asked ? { address: asked[1]!, byteCount: Number(asked[2] ?? 1) } : undefined;
  }

  /** In words. */
  async lastWriter(physicalAddress: number, byteCount: number): Promise<LastWriter> {
    const write = await this.history.lastWrite(physicalAddress, byteCount);
    if (write === 'interrupted') throw interrupted();
    this.#found = write;
    const what = rangeInWords(physicalAddress, byteCount);
    if (!write) return { text: `Nobody has written to ${what} since the run began.`, isFound: false };
    const { thread, access, timeNs } = write;
    const where = rangeInWords(access.physicalAddress, access.byteCount);
    const of = where === what ? what : `${what} (${where})`;
    const text = `${thread} wrote last to ${of}${this.#from(access.pc)} at ${(timeNs / 1e6).toFixed(6)} ms${changeInWords(access)}.`;
    return { text, isFound: true };
  }

  #from(pc: bigint | undefined): string {
    if (pc === undefined) return '';
    const symbol = this.debuggee.nearestSymbol(pc);
    const offset = symbol?.offset ? `+0x${symbol.offset.toString(16)}` : '';
    return ` from pc ${memoryReference(pc)}${symbol ? ` <${symbol.name}${offset}>` : ''}`;
  }
}

function rangeInWords(address: number, byteCount: number): string {
  const at = `at ${memoryReference(BigInt(address))}`;
  if (byteCount === pageByteCount && address % pageByteCount === 0) return `the page ${at}`;
  return byteCount === 1 ? `the byte ${at}` : `the ${byteCount} bytes ${at}`;
}

function changeInWords({ before, after }: DataAccess): string {
  return before === undefined || after === undefined ? '' : `: ${memoryReference(before)} → ${memoryReference(after)}`;
}
