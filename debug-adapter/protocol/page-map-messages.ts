/**
 * Messages between the extension host and the page map's webview. Either side checks what arrives: the other may be of
 * another version, or no part of Freezeframe at all.
 *
 * ```
 *   webview                     host
 *      │ ── ready ──────────────► │  asks the session for the whole map
 *      │ ◄────────────── pages ── │  at once, then as the guest runs
 *      │ ── page-info 7 ────────► │
 *      │ ◄────── page-info 7 ──── │  or no-answer 7; find-page and filter-pages are questions, too
 *      │ ── open-memory ────────► │
 *      │ ◄─────────────── draw ── │
 *      │ ── picture ────────────► │  to be saved
 *      │ ◄──────────── report ─── │  a snapshot has ended, or the next one has begun
 *      │ ── open-snapshot ──────► │
 *      │ ◄───────────── ended ─── │
 * ```
 */
import type {
  BlockPages,
  FilteredPages,
  FilterPagesArguments,
  FindPageArguments,
  PageInfo,
  PageOfBlock,
  PagesEvent,
} from './messages';
import { isSnapshotReport, type SnapshotReport } from './snapshot-report';

export type PictureFormat = 'png' | 'svg';

export type ToPageMap =
  /** `phaseLabel` is the phase in words. */
  | { readonly kind: 'pages'; readonly pages: PagesEvent; readonly phaseLabel: string }
  | { readonly kind: 'page-info'; readonly id: number; readonly info: PageInfo }
  | { readonly kind: 'found-page'; readonly id: number; readonly of: PageOfBlock }
  | { readonly kind: 'filtered-pages'; readonly id: number; readonly pages: FilteredPages }
  /** To any question. */
  | { readonly kind: 'no-answer'; readonly id: number; readonly message: string }
  /** The whole of it is wanted as a picture. */
  | { readonly kind: 'draw'; readonly format: PictureFormat }
  /** Of the snapshot that has ended; undefined while one is under way. */
  | { readonly kind: 'report'; readonly report: SnapshotReport | undefined }
  /** The session is over; what is shown is its last state. */
  | { readonly kind: 'ended' };

export type FromPageMap =
  | { readonly kind: 'ready' }
  | { readonly kind: 'page-info'; readonly id: number; readonly of: PageOfBlock }
  | ({ readonly kind: 'find-page'; readonly id: number } & FindPageArguments)
  | ({ readonly kind: 'filter-pages'; readonly id: number } & FilterPagesArguments)
  | { readonly kind: 'open-memory'; readonly of: PageOfBlock }
  /** `svg`: text. `png`: base64. */
  | { readonly kind: 'picture'; readonly format: PictureFormat; readonly data: string }
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
    case 'found-page':
      return isCount(value.id) && isPageOfBlock(value.of)
        ? { kind: 'found-page', id: value.id, of: value.of }
        : undefined;
    case 'filtered-pages':
      return isCount(value.id) && isFilteredPages(value.pages)
        ? { kind: 'filtered-pages', id: value.id, pages: value.pages }
        : undefined;
    case 'no-answer':
      return isCount(value.id) && typeof value.message === 'string'
        ? { kind: 'no-answer', id: value.id, message: value.message }
        : undefined;
    case 'draw':
      return isPictureFormat(value.format) ? { kind: 'draw', format: value.format } : undefined;
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
    case 'find-page': {
      const { id, text, block } = value;
      if (!isCount(id) || typeof text !== 'string' || !isTextOrNone(block)) return undefined;
      return { kind: 'find-page', id, text, ...(block !== undefined && { block }) };
    }
    case 'filter-pages': {
      const { id, thread, sinceNs, untilNs } = value;
      if (!isCount(id) || !isTextOrNone(thread) || !isNumberOrNone(sinceNs) || !isNumberOrNone(untilNs)) {
        return undefined;
      }
      const times = { ...(sinceNs !== undefined && { sinceNs }), ...(untilNs !== undefined && { untilNs }) };
      return { kind: 'filter-pages', id, ...(thread !== undefined && { thread }), ...times };
    }
    case 'picture':
      return isPictureFormat(value.format) && typeof value.data === 'string'
        ? { kind: 'picture', format: value.format, data: value.data }
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

export function isPageOfBlock(value: unknown): value is PageOfBlock {
  return isRecord(value) && typeof value.block === 'string' && isCount(value.page);
}

export function isFilteredPages(value: unknown): value is FilteredPages {
  if (!isRecord(value)) return false;
  const { runs, count, threads } = value;
  return isTexts(runs) && isCount(count) && isTexts(threads);
}

export function isPageInfo(value: unknown): value is PageInfo {
  if (!isRecord(value)) return false;
  const { page, address, block, state, timeNs, thread, why, what, symbols, isCode } = value;
  return (
    isCount(page) &&
    isAddress(address) &&
    typeof block === 'string' &&
    typeof state === 'string' &&
    isNumberOrNone(timeNs) &&
    isTextOrNone(thread) &&
    isTextOrNone(why) &&
    (what === undefined || isTexts(what)) &&
    (symbols === undefined || (Array.isArray(symbols) && symbols.every(isSymbol))) &&
    (isCode === undefined || typeof isCode === 'boolean')
  );
}

function isSymbol(value: unknown): boolean {
  return isRecord(value) && typeof value.name === 'string' && isAddress(value.address);
}

function isPictureFormat(value: unknown): value is PictureFormat {
  return value === 'png' || value === 'svg';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isNumberOrNone(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isFinite(value));
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
