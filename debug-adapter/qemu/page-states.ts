import { DebuggeeError, type PagesOfBlock, type PageView } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import type { PageGroups } from '../protocol/changed-pages';
import type { PageInfo, PageOfBlock } from '../protocol/messages';
import { PageCounts, PageState, pageStateNames } from '../protocol/page-states';
import type { SentPage } from './page-stream';
import type { RamBlock } from './ram-blocks';
import type { RunningQemu } from './running-qemu';

const pageByteCount = 4096;
const pagesPerGroup = 512;

interface Pages extends PagesOfBlock {
  readonly states: Uint8Array;
  readonly groups: PageGroups;
  readonly timesNs: Float64Array;
  readonly threads: Map<number, ThreadId>;
  readonly address: number;
}

/** The pages of a real QEMU as the page map shows them: by what the stream has brought, and what the kernel protects. */
export class PageStates implements PageView {
  readonly blocks: readonly [Pages, ...Pages[]];

  constructor(blocks: readonly RamBlock[]) {
    const all = blocks.map((block): Pages => {
      const { name, byteCount } = block;
      const address = Number(block.address ?? 0n);
      const pageCount = byteCount / pageByteCount;
      const threads = new Map<number, ThreadId>();
      const states = new Uint8Array(pageCount);
      const groups = { pagesPerGroup, versions: new Uint32Array(Math.ceil(pageCount / pagesPerGroup)) };
      const counts = new PageCounts(states, groups);
      return {
        block: { name, address: `0x${address.toString(16)}`, pageCount },
        states,
        groups,
        counts: () => counts.now(),
        timesNs: new Float64Array(pageCount),
        threads,
        address,
        threadAt: (page) => threads.get(page) ?? 'migration',
      };
    });
    // In QEMU's order the largest comes first, be it a flash; a writable one at 0 or at 0x80000000 is the guest's RAM.
    const ram = all.findIndex(({ block }) => /\.ram$/.test(block.name));
    const [first] = all.splice(Math.max(0, ram), 1);
    this.blocks = [first!, ...all];
  }

  of(block: string): Pages | undefined {
    return this.blocks.find((each) => each.block.name === block);
  }

  set({ block, page }: PageOfBlock, state: PageState, timeNs: number, thread?: ThreadId): void {
    const pages = this.of(block);
    if (!pages || pages.states[page] === state) return;
    put(pages, page, state, timeNs);
    if (thread !== undefined) pages.threads.set(page, thread);
  }

  /** In the snapshot under way. */
  isSent({ block, page }: PageOfBlock): boolean {
    const state = this.of(block)?.states[page];
    return state === PageState.CopiedScan || state === PageState.CopiedFault || state === PageState.Zero;
  }

  /** Guest physical. */
  addressOf({ block, page }: PageOfBlock): number {
    return (this.of(block)?.address ?? 0) + page * pageByteCount;
  }

  /** A page has been sent. */
  sent({ block, page, isZero }: SentPage, timeNs: number): void {
    const isFaulting = this.of(block)?.states[page] === PageState.Faulting;
    const copied = isFaulting ? PageState.CopiedFault : PageState.CopiedScan;
    this.set({ block, page }, isZero ? PageState.Zero : copied, timeNs);
  }

  /** By the kernel's page tables. @param names of blocks that have been armed */
  refresh(qemu: RunningQemu, names: Iterable<string>, timeNs: number): void {
    for (const name of names) {
      const range = qemu.hostRangeOf(name);
      const pages = this.of(name);
      if (!range || !pages) continue;
      const pageOf = (address: bigint): number => Number(address - range.start) / pageByteCount;
      let page = 0;
      for (const { start, byteCount } of qemu.facts.protectedRanges(range)) {
        turn(pages, page, pageOf(start), { from: PageState.Protected, to: PageState.Untracked }, timeNs);
        page = pageOf(start) + byteCount / pageByteCount;
        turn(pages, pageOf(start), page, { from: PageState.Untracked, to: PageState.Protected }, timeNs);
      }
      turn(pages, page, pages.states.length, { from: PageState.Protected, to: PageState.Untracked }, timeNs);
    }
  }

  /** Another snapshot begins. */
  clear(): void {
    for (const { states, groups, timesNs, threads } of this.blocks) {
      states.fill(PageState.Untracked);
      for (let group = 0; group < groups.versions.length; group++) groups.versions[group]!++;
      timesNs.fill(0);
      threads.clear();
    }
  }

  info(page: number, blockName = this.blocks[0].block.name): PageInfo {
    const pages = this.of(blockName);
    if (!pages) throw new DebuggeeError('no-block', `There is no RAM block ${blockName}.`);
    const { name, pageCount } = pages.block;
    if (!Number.isInteger(page) || page < 0 || page >= pageCount) {
      throw new DebuggeeError('no-page', `There is no page ${page}: ${name} has pages 0 to ${pageCount - 1}.`);
    }
    const address = `0x${(pages.address + page * pageByteCount).toString(16)}`;
    const base = { page, address, block: name, state: pageStateNames[pages.states[page]!]! };
    const timeNs = pages.timesNs[page]!;
    return timeNs === 0 ? base : { ...base, timeNs, thread: pages.threadAt(page) };
  }

  at(address: number): PageOfBlock | undefined {
    const found = this.blocks.find(
      ({ address: start, states }) => address >= start && address < start + states.length * pageByteCount,
    );
    return found && { block: found.block.name, page: Math.floor((address - found.address) / pageByteCount) };
  }
}

function put({ states, groups, timesNs }: Pages, page: number, state: PageState, timeNs: number): void {
  states[page] = state;
  timesNs[page] = timeNs;
  groups.versions[Math.floor(page / pagesPerGroup)]!++;
}

/** Of these pages those in one state come into another one: rarely any, be they millions. */
function turn(
  pages: Pages,
  first: number,
  end: number,
  { from, to }: { readonly from: PageState; readonly to: PageState },
  timeNs: number,
): void {
  const index = pages.states.subarray(first, end).indexOf(from);
  if (index < 0) return;
  for (let page = first + index; page < end; page++) if (pages.states[page] === from) put(pages, page, to, timeNs);
}
