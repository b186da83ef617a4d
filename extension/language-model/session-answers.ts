/** The session in front, told to a language model: what a user sees in the same places. */
import type * as vscode from 'vscode';
import { phases } from '../../debug-adapter/debuggee/phase';
import type { BlockPages, LastWriter, PagesEvent } from '../../debug-adapter/protocol/messages';
import { isPageInfo, isPagesEvent } from '../../debug-adapter/protocol/page-map-messages';
import { pageStateNames } from '../../debug-adapter/protocol/page-states';
import { customRequest } from '../debug/custom-requests';
import { activeSession, type SessionWatch } from '../debug/session-watch';

const pageByteCount = 4096n;

/** What it means that a page is in such a state, by the state's name. */
const meanings: Readonly<Record<(typeof pageStateNames)[number], string>> = {
  untracked: 'Nothing of it is write-protected or saved.',
  protected: 'It is write-protected and not saved yet: the next write to it faults, and waits until it is saved.',
  faulting:
    'A thread has written to it while it was write-protected, and sleeps until the migration thread has saved it.',
  'copied by scan': 'The migration thread came to it in its linear scan; it has not been written to since.',
  'copied by fault': 'It was saved out of turn, because a thread wanted to write to it.',
  zero: 'It held only zeros: the stream has a flag for it, and no bytes.',
  dirty: 'It was written to after it was saved, which is allowed: the snapshot has what it held before.',
  leaked: 'The snapshot is wrong: it has bytes of this page that were written after the freeze.',
  'sent again': 'Dirty logging: it was written to after it was sent, and was sent once more.',
};

/** @throws Error that says what to do */
export async function statusOf(watch: SessionWatch): Promise<string> {
  const session = requireSession();
  const pages = await pagesOf(session);
  const { threads } = await session.customRequest('threads');
  const stop = watch.lastStop(session.id);
  const phase = phases.find(({ id }) => id === pages.phase)?.label ?? 'no snapshot yet';
  return [
    `Session "${session.name}" ${pages.stopped ? 'is stopped' : 'is running'} at ${pages.timeNs} ns of virtual time.`,
    ...(pages.stopped && stop
      ? [`Stop: ${[stop.description ?? stop.reason, stop.text].filter(Boolean).join(': ')}`]
      : []),
    `Phase of the snapshot: ${phase}.`,
    ...(pages.stopped ? await Promise.all(threads.map((thread: Thread) => standing(session, thread))) : []),
    ...pages.blocks.map((block) => {
      return `Pages of ${block.name}, ${block.pageCount} of 4 KiB from ${block.address}: ${countsOf(block)}.`;
    }),
  ].join('\n');
}

/** @throws Error that says what to do */
export async function pageOf(address: string): Promise<string> {
  const session = requireSession();
  const at = parsed(address);
  const { blocks } = await pagesOf(session);
  const block = blocks.find((each) => isIn(each, at)) ?? blocks[0]!;
  const page = Number((at - BigInt(block.address)) / pageByteCount);
  const info = await customRequest(session, 'freezeframe.pageInfo', { block: block.name, page });
  if (!isPageInfo(info)) throw new Error(`The debug adapter says nothing of page ${page}.`);
  const { state, timeNs, thread } = info;
  const since = timeNs === undefined ? 'since the start' : `since ${timeNs} ns, by ${thread}`;
  const meaning = meanings[state as keyof typeof meanings] ?? '';
  return `Page ${page} of ${info.block}, at ${info.address}, is ${state} ${since}. ${meaning}`;
}

/** @throws Error that says what to do */
export async function lastWriterOf(address: string, byteCount: number): Promise<string> {
  const at = `0x${parsed(address).toString(16)}`;
  const found = await customRequest(requireSession(), 'freezeframe.lastWriter', { address: at, byteCount });
  return (found as LastWriter).text;
}

/** @throws Error that says what to do */
export async function deadlockOf(): Promise<string> {
  const session = requireSession();
  const { exceptionId, description } = await session.customRequest('exceptionInfo', { threadId: 1 });
  if (exceptionId !== 'deadlock')
    return `There is no deadlock. The session has stopped for another reason: ${description}`;
  const { whatIf } = session.configuration;
  return [
    'Every thread waits, and no thread is left that could end a wait:',
    description,
    'A write-protected page is let go only by the migration thread; the BQL only by its holder.',
    ...(whatIf === undefined ? [] : [`The run departs from QEMU's algorithm: whatIf ${JSON.stringify(whatIf)}.`]),
  ].join('\n');
}

interface Thread {
  readonly id: number;
  readonly name: string;
}

async function standing(session: vscode.DebugSession, { id, name }: Thread): Promise<string> {
  const { stackFrames } = await session.customRequest('stackTrace', { threadId: id, levels: 1 });
  const [top] = stackFrames;
  if (!top) return `${name}: no frames`;
  return `${name}: ${top.name}${top.source?.name ? ` (${top.source.name}:${top.line})` : ''}`;
}

function countsOf({ counts }: BlockPages): string {
  return pageStateNames.flatMap((name, state) => (counts[state] ? [`${counts[state]} ${name}`] : [])).join(', ');
}

async function pagesOf(session: vscode.DebugSession): Promise<PagesEvent> {
  const pages = await customRequest(session, 'freezeframe.pageMap', {});
  if (!isPagesEvent(pages)) throw new Error('The debug adapter has no page map.');
  return pages;
}

function isIn({ address, pageCount }: BlockPages, at: bigint): boolean {
  const first = BigInt(address);
  return at >= first && at < first + BigInt(pageCount) * pageByteCount;
}

function requireSession(): vscode.DebugSession {
  const session = activeSession();
  if (!session) throw new Error('There is no snapshot session. Start one with F5, or select one in the Call Stack.');
  return session;
}

function parsed(address: string): bigint {
  try {
    return BigInt(address.trim());
  } catch {
    throw new Error(`${address} is not an address. Give a physical address, such as 0x80400000.`);
  }
}
