import { DebuggeeError, type PageView } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import { PageState, pageStateNames } from '../protocol/page-states';

/** The guest's RAM as the page map shows it: a live view. */
export function pageView({ core, ramBlocks }: Machine, threadOf: (actor: number) => ThreadId): PageView {
  const { name, address, bytes } = ramBlocks.find(({ writable }) => writable)!;
  const pageCount = bytes.length / pageByteCount;
  const hex = (value: number): string => `0x${value.toString(16)}`;
  return {
    block: { name, address: hex(address), pageCount },
    states: core.pageStates,
    info(page) {
      if (!Number.isInteger(page) || page < 0 || page >= pageCount) {
        throw new DebuggeeError('no-page', `There is no page ${page}: ${name} has pages 0 to ${pageCount - 1}.`);
      }
      const state = core.pageStates[page]!;
      const base = { page, address: hex(address + page * pageByteCount), block: name, state: pageStateNames[state]! };
      if (state === PageState.Untracked && core.pageTimesNs[page] === 0) return base;
      return { ...base, timeNs: core.pageTimesNs[page]!, thread: threadOf(core.pageActors[page]!) };
    },
  };
}
