import type { Debuggee, PageView } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import type { FilteredPages, FilterPagesArguments, FindPageArguments, PageOfBlock } from '../protocol/messages';
import { encodeAll } from '../protocol/page-runs';
import { PageState } from '../protocol/page-states';
import { badArguments, noPage } from './errors';
import { addressIn, compileExpression } from './expressions';

const pageByteCount = 4096;

/**
 * The page that a user means by an address, a page number, a symbol or an expression.
 * @param canEvaluate the guest stands still: registers have values
 * @throws SessionError that says what is there instead
 */
export function findPage(
  debuggee: Debuggee,
  thread: ThreadId,
  { text, block }: FindPageArguments,
  canEvaluate: boolean,
): PageOfBlock {
  const wanted = text.trim();
  if (/^\d+$/.test(wanted)) return byIndex(debuggee.pages, Number(wanted), block);
  if (/^0x[0-9a-f]+$/i.test(wanted)) {
    const value = BigInt(wanted);
    const page = debuggee.pages.at(Number(value)) ?? debuggee.pages.at(Number(value) * pageByteCount);
    return page ?? byVirtualAddress(debuggee, thread, value, wanted);
  }
  const symbol = debuggee.symbolAddress(wanted);
  if (symbol !== undefined) return byVirtualAddress(debuggee, thread, symbol, wanted);
  if (!canEvaluate) throw noPage(`There is no symbol ${wanted}; expressions have values when the guest stands still.`);
  const value = addressIn(compileExpression(wanted), { names: debuggee.names(thread) });
  if (value === undefined) throw badArguments('freezeframe.findPage', `\`${wanted}\` is no address`);
  return byVirtualAddress(debuggee, thread, value, wanted);
}

function byIndex({ blocks }: PageView, page: number, name: string | undefined): PageOfBlock {
  const { block } = blocks.find((each) => each.block.name === name) ?? blocks[0];
  if (page < block.pageCount) return { block: block.name, page };
  throw noPage(`There is no page ${page}: ${block.name} has pages 0 to ${block.pageCount - 1}.`);
}

function byVirtualAddress(debuggee: Debuggee, thread: ThreadId, address: bigint, text: string): PageOfBlock {
  const unsigned = BigInt.asUintN(64, address);
  const physical = debuggee.physicalAddress(thread, unsigned);
  const page = physical === undefined ? undefined : debuggee.pages.at(physical);
  if (page) return page;
  const hex = `0x${unsigned.toString(16)}`;
  throw noPage(
    `${hex === text ? hex : `${text}, ${hex},`} is in no RAM block${physical === undefined ? ' and not mapped' : ''}.`,
  );
}

/** Pages that have come into their state by a thread, or in a time; those never touched match nothing that is asked for. */
export function filterPages({ blocks }: PageView, { thread, sinceNs, untilNs }: FilterPagesArguments): FilteredPages {
  const threads = new Set<ThreadId>();
  const isAny = thread === undefined && sinceNs === undefined && untilNs === undefined;
  let count = 0;
  const runs = blocks.map(({ states, timesNs, threadAt }) => {
    const matches = new Uint8Array(states.length);
    for (let page = 0; page < states.length; page++) {
      const timeNs = timesNs[page]!;
      const isTouched = states[page] !== PageState.Untracked || timeNs > 0;
      const by = isTouched ? threadAt(page) : undefined;
      if (by !== undefined) threads.add(by);
      const isMatch =
        isAny ||
        (isTouched &&
          (thread === undefined || by === thread) &&
          (sinceNs === undefined || timeNs >= sinceNs) &&
          (untilNs === undefined || timeNs <= untilNs));
      if (!isMatch) continue;
      matches[page] = 1;
      count++;
    }
    return encodeAll(matches);
  });
  return { runs, count, threads: [...threads].sort() };
}
