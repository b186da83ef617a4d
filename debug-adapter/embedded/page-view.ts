import { DebuggeeError, type PagesOfBlock, type PageView } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import { PageCounts, PageState, pageStateNames } from '../protocol/page-states';
import type { BlockStates, PageMap } from '../vmm/page-map';
import { pageContents } from './page-contents';

/** The pages of all RAM blocks as the page map shows them: a live view, the guest's RAM first. */
export function pageView(
  machine: Machine,
  pageMap: PageMap,
  threadOf: (actor: number) => ThreadId,
  whyLeaked: (page: number) => string | undefined,
): PageView {
  const { core, ramBlocks } = machine;
  const ram: BlockStates = { states: core.pages.states, actors: core.pages.actors, timesNs: core.pages.timesNs };
  const all = ramBlocks.map(({ name, address, bytes, writable }, index) => {
    const states = writable ? ram : pageMap.unprotected(index);
    const groups = writable ? core.pages.groups : undefined;
    return {
      writable,
      address,
      ...states,
      groups,
      counts: new PageCounts(states.states, groups),
      info: { name, address: hex(address), pageCount: bytes.length / pageByteCount },
    };
  });
  const [first, ...others] = [...all.filter(({ writable }) => writable), ...all.filter(({ writable }) => !writable)];
  const shown = (block: (typeof all)[number]): PagesOfBlock => ({
    block: block.info,
    states: block.states,
    groups: block.groups,
    counts: () => block.counts.now(),
    timesNs: block.timesNs,
    threadAt: (page) => threadOf(block.actors[page]!),
  });
  return {
    blocks: [shown(first!), ...others.map(shown)],
    info(page, blockName = first!.info.name) {
      const block = all.find(({ info }) => info.name === blockName);
      if (!block) throw new DebuggeeError('no-block', `There is no RAM block ${blockName}.`);
      const { name, pageCount } = block.info;
      if (!Number.isInteger(page) || page < 0 || page >= pageCount) {
        throw new DebuggeeError('no-page', `There is no page ${page}: ${name} has pages 0 to ${pageCount - 1}.`);
      }
      const state = block.states[page]!;
      const address = hex(block.address + page * pageByteCount);
      const { what, symbols, isCode } = pageContents(machine, block.address + page * pageByteCount);
      const named = symbols.map((symbol) => ({ name: symbol.name, address: `0x${symbol.address.toString(16)}` }));
      const base = { page, address, block: name, state: pageStateNames[state]!, what, symbols: named, isCode };
      if (state === PageState.Untracked && block.timesNs[page] === 0) return base;
      const why = block.writable && state === PageState.Leaked ? whyLeaked(page) : undefined;
      return { ...base, ...(why && { why }), timeNs: block.timesNs[page]!, thread: threadOf(block.actors[page]!) };
    },
    at(address) {
      const block = all.find(
        (each) => address >= each.address && address < each.address + each.info.pageCount * pageByteCount,
      );
      return block && { block: block.info.name, page: Math.floor((address - block.address) / pageByteCount) };
    },
  };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
