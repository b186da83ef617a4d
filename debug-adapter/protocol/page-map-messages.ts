/**
 * Messages between the extension host and the page map's webview. Either side checks what arrives: the other may be of
 * another version, or no part of Freezeframe at all.
 *
 * ```
 *   webview                     host
 *      │ ── ready ──────────────► │  asks the session for the whole map
 *      │ ◄────────────── pages ── │  at once, then as the guest runs
 *      │ ── page-info 7 ────────► │
 *      │ ◄────── page-info 7 ──── │  or page-info-failed 7
 *      │ ── open-memory ────────► │
 *      │ ◄──────────── report ─── │  a snapshot has ended, or the next one has begun
 *      │ ── open-snapshot ──────► │
 *      │ ◄───────────── ended ─── │
 * ```
 */
import type { BlockPages, PageInfo, PageOfBlock, PagesEvent } from './messages';
import { isSnapshotReport, type SnapshotReport } from './snapshot-report';

export type ToPageMap =
  /** `phaseLabel` is the phase in words. */
  | { readonly kind: 'pages'; readonly pages: PagesEvent; readonly phaseLabel: string }
  | { readonly kind: 'page-info'; readonly id: number; readonly info: PageInfo }
  | { readonly kind: 'page-info-failed'; readonly id: number; readonly message: string }
  /** Of the snapshot that has ended; undefined while one is under way. */
  | { readonly kind: 'report'; readonly report: SnapshotReport | undefined }
  /** The session is over; what is shown is its last state. */
  | { readonly kind: 'ended' };

export type FromPageMap =
  | { readonly kind: 'ready' }
  | { readonly kind: 'page-info'; readonly id: number; readonly of: PageOfBlock }
  | { readonly kind: 'open-memory'; readonly of: PageOfBlock }
  /** Of the report that is shown. */
  | { readonly kind: 'open-snapshot' }
  | { readonly kind: 'copy-qemu-command' };

/** The message, or undefined when it is none of ours. */
export function parseToPageMap(value: unknown): ToPageMap | undefined {
  if (!isRecord(value)) return undefined;
  switch (value.kind) {
    case 'pages':
      return isPagesEvent(value.pages) && typeof value.phaseLabel === 'string'
        ? { kind: 'pages', pages: value.pages, phaseLabel: value.phaseLabel }
        : undefined;
    case 'page-info':
      return isCount(value.id) && isPageInfo(value.info)
        ? { kind: 'page-info', id: value.id, info: value.info }
        : undefined;
    case 'page-info-failed':
      return isCount(value.id) && typeof value.message === 'string'
        ? { kind: 'page-info-failed', id: value.id, message: value.message }
        : undefined;
    case 'report':
      return value.report === undefined || isSnapshotReport(value.report)
        ? { kind: 'report', report: value.report }
        : undefined;
    case 'ended':
      return { kind: 'ended' };
    default:
      return undefined;
  }
}

/** The message, or undefined when it is none of ours. */
export function parseFromPageMap(value: unknown): FromPageMap | undefined {
  if (!isRecord(value)) return undefined;
  switch (value.kind) {
    case 'ready':
    case 'open-snapshot':
    case 'copy-qemu-command':
      return { kind: value.kind };
    case 'page-info':
      return isCount(value.id) && isPageOfBlock(value.of)
        ? { kind: 'page-info', id: value.id, of: value.of }
        : undefined;
    case 'open-memory':
      return isPageOfBlock(value.of) ? { kind: 'open-memory', of: value.of } : undefined;
    default:
      return undefined;
  }
}

export function isPagesEvent(value: unknown): value is PagesEvent {
  if (!isRecord(value)) return false;
  const { blocks, kind, timeNs, phase, stopped, stopPage } = value;
  return (
    Array.isArray(blocks) &&
    blocks.length > 0 &&
    blocks.every(isBlockPages) &&
    (kind === 'all' || kind === 'changes') &&
    typeof timeNs === 'number' &&
    typeof phase === 'string' &&
    typeof stopped === 'boolean' &&
    (stopPage === undefined || isPageOfBlock(stopPage))
  );
}

function isBlockPages(value: unknown): value is BlockPages {
  if (!isRecord(value)) return false;
  const { name, address, pageCount, runs, counts } = value;
  return (
    typeof name === 'string' &&
    isAddress(address) &&
    isCount(pageCount) &&
    typeof runs === 'string' &&
    Array.isArray(counts) &&
    counts.every(isCount)
  );
}

function isPageOfBlock(value: unknown): value is PageOfBlock {
  return isRecord(value) && typeof value.block === 'string' && isCount(value.page);
}

export function isPageInfo(value: unknown): value is PageInfo {
  if (!isRecord(value)) return false;
  const { page, address, block, state, timeNs, thread } = value;
  return (
    isCount(page) &&
    isAddress(address) &&
    typeof block === 'string' &&
    typeof state === 'string' &&
    (timeNs === undefined || typeof timeNs === 'number') &&
    (thread === undefined || typeof thread === 'string')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-f]+$/.test(value);
}
