import type { PageGroups } from '../../protocol/changed-pages';
import type { PageState } from '../../protocol/page-states';

/** What is known and asked of the pages of guest RAM: their states, protection, preserving, dirty log. */
export interface GuestPages {
  /** One `PageState` a page. Live. The core itself makes one transition: copied by the scan or zero → dirty at a write. */
  readonly states: Uint8Array;
  /** Virtual time in ns at which each page came into its state. Live. */
  readonly timesNs: Float64Array;
  /** The actor that brought it there: a hart's index, or a number ≥ 0x80 that the machine's owner chose. Live. */
  readonly actors: Uint8Array;
  /** What is known of each page, one array after the other, for whoever keeps it. Live. */
  readonly records: readonly Uint8Array[];
  /** Of which any of the records may have changed. Who puts them back notes that by `putBack`. */
  readonly groups: PageGroups;

  /**
   * The host's page table has an entry for the page: a hart, the loader or a device's write has touched it. (A device
   * that only reads a page counts for nothing here; guests give devices no pages they never wrote.)
   */
  isTouched(page: number): boolean;
  /** Somebody reads a byte of every page. */
  touchAll(): void;
  /** userfaultfd's WRITEPROTECT(on) for all of RAM; page states are the caller's business. */
  protectAll(): void;
  /** The same, as kernels do it that pass over pages without an entry. */
  protectTouched(): void;
  /**
   * The host takes a page away (madvise DONTNEED): the next to read it finds zeros. Nobody has touched it now, and it is
   * not protected.
   */
  discard(page: number, actor: number, timeNs: number): void;
  /** WRITEPROTECT(off) for one page. */
  unprotect(page: number): void;
  unprotectAll(): void;
  isProtected(page: number): boolean;
  /** For whoever keeps the page map: nobody else writes states. */
  setState(page: number, state: PageState, actor: number, timeNs: number): void;
  setAllStates(state: PageState, actor: number, timeNs: number): void;

  /**
   * From now on `preserve` is called once before each page's first change, by whichever writer, protected or not: while
   * it runs, RAM still holds the old bytes. Ends with `stopPreserving`.
   */
  startPreserving(preserve: Preserve): void;
  stopPreserving(): void;
  /** The page has not changed since `startPreserving`. */
  isPreserved(page: number): boolean;

  /**
   * Dirty logging (KVM_MEM_LOG_DIRTY_PAGES): all pages are clean now, and the first write to each, by whichever writer,
   * makes it dirty. Apart from protection, and together with it: a store that the protection stops makes nothing dirty.
   */
  startDirtyLog(): void;
  /** Calls `onDirty` for each dirty page in order and makes them clean again. */
  syncDirtyLog(onDirty: (page: number) => void): void;
  stopDirtyLog(): void;
}

/** `actor`: who is about to write, as in `GuestPages.actors`. `timeNs`: for a hart, of the guest's virtual clock. */
export type Preserve = (page: number, actor: number, timeNs: number) => void;

/** What a checkpoint needs of them besides their records; nobody looks inside. */
export interface KeptPagesState {
  readonly preserve: Preserve;
  readonly isLoggingDirty: boolean;
}
