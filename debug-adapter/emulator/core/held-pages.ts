import type { Pieces } from '../../debuggee/pieces';

/** What pages of RAM held before their first change, as of an instant. */
export interface HeldPages {
  /**
   * From now on a page is held, as it is, before its first change, by whichever writer; and from the next call of this on
   * again. Nobody else can tell.
   *
   * @param makeRoom there is no room for more pages: it has to take those that are held
   */
  begin(makeRoom: () => void): void;
  /** Before the caller changes a page: it is held if it is not yet. */
  hold(page: number): void;
  /** How many pages have been held since `begin`, and how many of them had to be copied: zeros are not. */
  readonly pageCount: number;
  readonly copiedPageCount: number;
  readonly byteCount: number;
  /**
   * The pages that are held, as only the core knows to read them; it has them no more.
   *
   * @param spare what has been taken before and nobody needs: there is room for as much
   */
  take(spare?: Int32Array): Int32Array;
  /** It has them again. */
  give(held: Int32Array): void;
  /** What has changed of the pages that are held, whose contents are then gone. */
  takeChanges(): Pieces<PageWords>;
  /** What the words hold now that have changed of the pages that are held, which stay so: piece by piece. */
  readChanges(): Iterable<PageWords>;
  /** The caller has itself put back what a page held: no code that was decoded of it stays. */
  noteChange(page: number): void;
  /** Puts back the pages that are held. */
  putBack(): void;
}

/**
 * What words of pages held: one entry behind the other, in no order. In each: the page; the entry's length in doublewords,
 * with `wereZeros` if the words were zeros, which it leaves out then; unless the length is 1, which says that none has
 * changed, a bit for each doubleword of the page (512), lowest first; and those doublewords.
 */
export type PageWords = Int32Array;
export const wereZeros = 0x8000_0000 | 0;
