import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import {
  type BackRequest,
  type Debuggee,
  type History,
  type Landmark,
  markName,
  type PastWrite,
} from '../debuggee/debuggee';
import { phases } from '../debuggee/phase';
import type { DataAccess } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import type { LastWriter, PageOfBlock } from '../protocol/messages';
import { badExpression, cannotGoBack, interrupted, nothingFound } from './errors';
import { memoryReference } from './memory';

const pageByteCount = 4096;
const unitsInNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

const places =
  'places are `start`, a virtual time such as `12.5ms`, `instruction 1000` of the selected hart, `fault 17`, a phase such as `save`, `became ADDRESS`, `history 1`, a mark, and `write`, what `last-writer` has found';
/** What a mark cannot be called: other places are. */
const taken: ReadonlySet<string> = new Set([
  ...['start', 'write', 'fault', 'instruction', 'became', 'history'],
  ...phases.map(({ id }) => id),
]);

/** Whether a line of the debug console is about the past. */
export function isAboutThePast({ expression, context }: Dap.EvaluateArguments): boolean {
  return context === 'repl' && /^\s*((goto|last-writer|mark|became)\s|(marks|histories)\s*$)/.test(expression);
}

/** Where a line of the debug console looks from. */
export interface PointOfView {
  readonly thread: ThreadId;
  /** The guest physical address that an expression says. */
  physicalAddress(expression: string): number;
}

/** The past of a debuggee, as a user asks for it. */
export class TimeTravel {
  #found: PastWrite | undefined;

  constructor(private readonly debuggee: Debuggee) {}

  /** @throws SessionError when it cannot go back. */
  get history(): History {
    const { history } = this.debuggee;
    if (!history) throw cannotGoBack(!this.debuggee.abilities.has('instructions'));
    return history;
  }

  /** A line of the debug console that goes to another place of the run; undefined when it is none. */
  placeOf({ expression }: Dap.EvaluateArguments, view: PointOfView): BackRequest | undefined {
    const { thread } = view;
    const text = /^\s*goto\s+(.+?)\s*$/.exec(expression)?.[1];
    if (text === undefined) return undefined;
    if (text === 'start') return { kind: 'place', place: { instant: { events: 0, threads: [] } } };
    if (text === 'write') return this.toWrite();
    const time = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s)$/.exec(text);
    if (time) return { kind: 'place', place: { timeNs: Math.round(Number(time[1]) * unitsInNs[time[2]!]!) } };
    const instruction = /^instruction\s+(\d+)$/.exec(text);
    if (instruction && this.debuggee.threads().some(({ id, role }) => id === thread && role === 'hart')) {
      return { kind: 'place', place: { thread, progress: Number(instruction[1]) } };
    }
    const [, word, rest] = /^([\w-]+)(?:\s+(.+))?$/s.exec(text) ?? [];
    const number = rest !== undefined && /^[1-9]\d{0,14}$/.test(rest) ? { count: Number(rest) } : {};
    if (word === 'fault' && (rest === undefined || number.count)) return landmark('write-fault', number);
    const phase = phases.find(({ id }) => id === word);
    if (phase && (rest === undefined || number.count)) return landmark(phase.id, number);
    if (word === 'history' && number.count) return { kind: 'history', id: number.count };
    if (word === 'became' && rest !== undefined) return { kind: 'page', page: this.#pageAt(rest, view) };
    if (word !== undefined && rest === undefined && this.history.marks.some(({ name }) => name === word))
      return { kind: 'mark', name: word };
    throw badExpression(expression, places);
  }

  /** What a line of the debug console tells of the past, or sets; undefined when it is none. */
  told({ expression }: Dap.EvaluateArguments, view: PointOfView): string | undefined {
    const [, word, rest = ''] = /^\s*(\w+)(?:\s+(.*?))?\s*$/s.exec(expression) ?? [];
    switch (word) {
      case 'mark':
        return this.mark(rest);
      case 'marks':
        return this.history.marks.map(({ name, timeNs }) => `${name}  ${milliseconds(timeNs)}`).join('\n') || 'none';
      case 'histories':
        return this.history.histories
          .map(({ id, endNs, isPresent }) => `${isPresent ? '*' : ' '} ${id}  up to ${milliseconds(endNs)}`)
          .join('\n');
      case 'became': {
        const { block, page } = this.#pageAt(rest, view);
        const { address, state, timeNs, thread, why } = this.debuggee.pages.info(page, block);
        if (timeNs === undefined) return `The page at ${address} has been ${state} since the run began.`;
        return `The page at ${address} became ${state} at ${milliseconds(timeNs)}, by ${thread}${why ? `: ${why}` : ''}.\n\`goto became ${address}\` goes there.`;
      }
    }
    return undefined;
  }

  /** @returns in words. @throws SessionError where this is no name for a mark */
  mark(name: string): string {
    if (!markName.test(name) || taken.has(name))
      throw badExpression(`mark ${name}`, 'a mark is a word of letters, digits, - and _ that is no other place');
    this.history.mark(name);
    return `\`goto ${name}\` returns here.`;
  }

  #pageAt(expression: string, view: PointOfView): PageOfBlock {
    const page = this.debuggee.pages.at(view.physicalAddress(expression));
    if (!page) throw badExpression(expression, 'no page of a RAM block is there');
    return page;
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
    const text = `${thread} wrote last to ${of}${this.#from(access.pc)} at ${milliseconds(timeNs)}${changeInWords(access)}.`;
    return { text, isFound: true };
  }

  #from(pc: bigint | undefined): string {
    if (pc === undefined) return '';
    const symbol = this.debuggee.nearestSymbol(pc);
    const offset = symbol?.offset ? `+0x${symbol.offset.toString(16)}` : '';
    return ` from pc ${memoryReference(pc)}${symbol ? ` <${symbol.name}${offset}>` : ''}`;
  }
}

function landmark(of: Landmark, number: { readonly count?: number }): BackRequest {
  return { kind: 'landmark', landmark: of, ...number };
}

function milliseconds(ns: number): string {
  return `${(ns / 1e6).toFixed(6)} ms`;
}

function rangeInWords(address: number, byteCount: number): string {
  const at = `at ${memoryReference(BigInt(address))}`;
  if (byteCount === pageByteCount && address % pageByteCount === 0) return `the page ${at}`;
  return byteCount === 1 ? `the byte ${at}` : `the ${byteCount} bytes ${at}`;
}

function changeInWords({ before, after }: DataAccess): string {
  return before === undefined || after === undefined ? '' : `: ${memoryReference(before)} → ${memoryReference(after)}`;
}
