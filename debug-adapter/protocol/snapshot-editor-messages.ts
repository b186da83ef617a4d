/**
 * What the editor of snapshot files and its webview say to each other. Offsets and lengths are bytes of the file; a node
 * of the tree is named by its path, the index of a child at each level: `1/0/3`, the root's is empty.
 *
 * ```
 *   webview                         host
 *      │ ── ready ─────────────────► │  begins to read
 *      │ ◄────────────────── file ── │  then, again and again: blocks, tree, map and cells, as far as they are known
 *      │ ── rows, bytes, page ─────► │  what is in sight; each is answered by a message of its kind
 *      │ ◄─────── verdict, refused ─ │  all has been read
 *      │ ── search, go-to, … ──────► │
 *      │ ◄────── matches, place ──── │
 *      │ ── compare ───────────────► │  asks for another file
 *      │ ◄──────────── comparison ── │  then map, cells and tree are of both
 * ```
 */

export type ToSnapshotEditor =
  /** Begins anew: what came before was of an earlier state of the file. */
  | { readonly kind: 'file'; readonly name: string; readonly byteCount: number }
  /** It is no stream, or cannot be read. */
  | { readonly kind: 'refused'; readonly text: string }
  /** Without `what`, nothing is under way. */
  | { readonly kind: 'progress'; readonly what: string; readonly done: number; readonly total: number }
  | {
      readonly kind: 'blocks';
      readonly facts: string;
      readonly isComplete: boolean;
      readonly canRestore: boolean;
      readonly blocks: readonly BlockFacts[];
    }
  | ({ readonly kind: 'map' } & MapFacts)
  | { readonly kind: 'cells'; readonly block: number; readonly first: number; readonly cells: Uint8Array }
  | ({ readonly kind: 'verdict' } & VerdictFacts)
  /** The tree has changed: rows have to be asked for again. */
  | { readonly kind: 'tree' }
  | ({ readonly kind: 'rows' } & RowsOfParent)
  | { readonly kind: 'bytes'; readonly offset: number; readonly bytes: Uint8Array }
  | ({ readonly kind: 'page' } & PageFacts)
  | {
      readonly kind: 'matches';
      readonly query: string;
      readonly paths: readonly string[];
      readonly isComplete: boolean;
    }
  /** A place to be shown: bytes, with the node of the tree that has them; `note` where there is none. */
  | { readonly kind: 'place'; readonly place?: Place; readonly note?: string }
  /** The other file; without a name there is no comparison. */
  | { readonly kind: 'comparison'; readonly name: string; readonly text: string };

export type FromSnapshotEditor =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rows'; readonly parent: string; readonly from: number; readonly count: number }
  | { readonly kind: 'bytes'; readonly offset: number; readonly length: number }
  | { readonly kind: 'show-block'; readonly block: number }
  | { readonly kind: 'page'; readonly block: number; readonly page: number }
  | { readonly kind: 'open-page'; readonly block: number; readonly page: number }
  | { readonly kind: 'go-to'; readonly offset: number }
  | { readonly kind: 'search'; readonly query: string }
  /** The next occurrence from there on; behind the end the search begins anew. */
  | { readonly kind: 'search-bytes'; readonly query: string; readonly from: number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'compare' }
  | { readonly kind: 'end-comparison' }
  | { readonly kind: 'restore' };

export interface BlockFacts {
  readonly name: string;
  readonly pageCount: number;
  /** By `SnapshotPage`. */
  readonly counts: readonly number[];
  /** Its pages are where the destination has them already: none is missing. */
  readonly isShared: boolean;
}

export interface MapFacts {
  readonly block: number;
  /** Guest physical, of the block's first page; 0 where it is not known. */
  readonly address: number;
  readonly pageByteCount: number;
  readonly pagesPerCell: number;
  readonly cellCount: number;
  /** Pages that differ from the other file's; undefined where there is none. */
  readonly differingCount?: number;
}

export interface VerdictFacts {
  readonly isWhole: boolean;
  readonly text: string;
  readonly findings: readonly FindingFacts[];
}

export interface FindingFacts {
  readonly isWrong: boolean;
  readonly text: string;
  /** Where to look. */
  readonly offset?: number;
  readonly page?: { readonly block: number; readonly page: number };
}

export interface RowsOfParent {
  readonly parent: string;
  readonly childCount: number;
  readonly from: number;
  readonly rows: readonly TreeRow[];
}

export interface TreeRow {
  readonly label: string;
  readonly value?: string;
  readonly type?: string;
  readonly offset?: number;
  readonly byteCount?: number;
  /** Index of the RAM block that it stands for. */
  readonly block?: number;
  readonly childCount: number;
}

export interface PageFacts {
  readonly block: number;
  readonly page: number;
  /** In words, a line each. */
  readonly lines: readonly string[];
  /** What stands for it in the file. */
  readonly offset?: number;
  readonly byteCount?: number;
}

export interface Place {
  readonly offset: number;
  readonly byteCount: number;
  readonly path?: string;
}

/** Rows and bytes that may be asked for at once. */
export const rowCountMax = 512;
export const bytesMax = 16 * 1024;

/** Undefined for what is none of ours. The webview is ours, but what runs in it may not be. */
export function parseFromSnapshotEditor(raw: unknown): FromSnapshotEditor | undefined {
  if (!isObject(raw)) return undefined;
  const { kind } = raw;
  switch (kind) {
    case 'ready':
    case 'cancel':
    case 'compare':
    case 'end-comparison':
    case 'restore':
      return { kind };
    case 'rows': {
      const { parent, from, count } = raw;
      if (!isPath(parent) || !isCount(from) || !isCount(count) || count > rowCountMax) return undefined;
      return { kind, parent, from, count };
    }
    case 'bytes': {
      const { offset, length } = raw;
      if (!isCount(offset) || !isCount(length) || length > bytesMax) return undefined;
      return { kind, offset, length };
    }
    case 'show-block':
      return isCount(raw.block) ? { kind, block: raw.block } : undefined;
    case 'page':
    case 'open-page':
      return isCount(raw.block) && isCount(raw.page) ? { kind, block: raw.block, page: raw.page } : undefined;
    case 'go-to':
      return isCount(raw.offset) ? { kind, offset: raw.offset } : undefined;
    case 'search':
      return isText(raw.query) ? { kind, query: raw.query } : undefined;
    case 'search-bytes':
      return isText(raw.query) && isCount(raw.from) ? { kind, query: raw.query, from: raw.from } : undefined;
    default:
      return undefined;
  }
}

const kindsToEditor: ReadonlySet<unknown> = new Set<ToSnapshotEditor['kind']>([
  'file',
  'refused',
  'progress',
  'blocks',
  'map',
  'cells',
  'verdict',
  'tree',
  'rows',
  'bytes',
  'page',
  'matches',
  'place',
  'comparison',
]);

/** Undefined for what the extension host has not sent: other frames may post messages too. */
export function parseToSnapshotEditor(raw: unknown): ToSnapshotEditor | undefined {
  return isObject(raw) && kindsToEditor.has(raw.kind) ? (raw as ToSnapshotEditor) : undefined;
}

export function pathText(path: readonly number[]): string {
  return path.join('/');
}

export function parsePath(text: string): number[] {
  return text === '' ? [] : text.split('/').map(Number);
}

const queryCharactersMax = 256;
const pathCharactersMax = 1000;

function isObject(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= queryCharactersMax;
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.length <= pathCharactersMax && /^(\d+(\/\d+)*)?$/.test(value);
}
