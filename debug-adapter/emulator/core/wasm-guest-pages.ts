import type { PageGroups } from '../../protocol/changed-pages';
import type { PageState } from '../../protocol/page-states';
import type { GuestPages, KeptPagesState, Preserve } from './guest-pages';
import * as map from './memory-map';

/** What it takes of the core's exports. */
export interface PagesCore {
  touchAll(): void;
  protectAll(): void;
  protectTouched(): void;
  discard(page: number, actor: number, timeNs: number): void;
  unprotect(page: number): void;
  unprotectAll(): void;
  setPageState(page: number, state: number, actor: number, timeNs: number): void;
  setAllPageStates(state: number, actor: number, timeNs: number): void;
  startPreserving(): void;
  stopPreserving(): void;
  clearDirtyLog(): void;
  stopDirtyLog(): void;
}

/** Bytes of the core's memory, and what the core does to them: see assembly/pages.ts. */
export class WasmGuestPages implements GuestPages {
  readonly states: Uint8Array;
  readonly timesNs: Float64Array;
  readonly actors: Uint8Array;
  readonly records: readonly Uint8Array[];
  readonly groups: PageGroups;
  readonly #core: PagesCore;
  readonly #flags: Uint8Array;
  #preserve: Preserve = () => {};
  #isLoggingDirty = false;

  /** @param times where the pages' times begin, behind RAM */
  constructor(core: PagesCore, buffer: ArrayBuffer, times: number, pageCount: number) {
    this.#core = core;
    this.#flags = new Uint8Array(buffer, map.PAGE_FLAGS, pageCount);
    this.states = new Uint8Array(buffer, map.PAGE_STATES, pageCount);
    this.timesNs = new Float64Array(buffer, times, pageCount);
    this.actors = new Uint8Array(buffer, map.PAGE_ACTORS, pageCount);
    const timeBytes = new Uint8Array(buffer, times, pageCount * Float64Array.BYTES_PER_ELEMENT);
    this.records = [this.#flags, this.states, this.actors, timeBytes];
    const groupCount = Math.ceil(pageCount / map.PAGES_PER_VERSION);
    this.groups = {
      pagesPerGroup: map.PAGES_PER_VERSION,
      versions: new Uint32Array(buffer, map.RECORDS_VERSIONS, groupCount),
    };
  }

  touchAll(): void {
    this.#core.touchAll();
  }

  isTouched(page: number): boolean {
    return (this.#flags[page]! & map.FLAG_TOUCHED) !== 0;
  }

  protectAll(): void {
    this.#core.protectAll();
  }

  protectTouched(): void {
    this.#core.protectTouched();
  }

  discard(page: number, actor: number, timeNs: number): void {
    this.#core.discard(page, actor, timeNs);
  }

  unprotect(page: number): void {
    this.#core.unprotect(page);
  }

  unprotectAll(): void {
    this.#core.unprotectAll();
  }

  isProtected(page: number): boolean {
    return (this.#flags[page]! & map.FLAG_PROTECTED) !== 0;
  }

  setState(page: number, state: PageState, actor: number, timeNs: number): void {
    this.#core.setPageState(page, state, actor, timeNs);
  }

  setAllStates(state: PageState, actor: number, timeNs: number): void {
    this.#core.setAllPageStates(state, actor, timeNs);
  }

  startPreserving(preserve: Preserve): void {
    this.#preserve = preserve;
    this.#core.startPreserving();
  }

  stopPreserving(): void {
    this.#core.stopPreserving();
    this.#preserve = () => {};
  }

  isPreserved(page: number): boolean {
    return (this.#flags[page]! & map.FLAG_PRESERVE) !== 0;
  }

  /** The core is about to change a page for the first time since `startPreserving`. */
  preserve(page: number, actor: number, timeNs: number): void {
    this.#preserve(page, actor, timeNs);
  }

  startDirtyLog(): void {
    this.#isLoggingDirty = true;
    this.#core.clearDirtyLog();
  }

  syncDirtyLog(onDirty: (page: number) => void): void {
    if (!this.#isLoggingDirty) return;
    const flags = this.#flags;
    for (let page = 0; page < flags.length; page++) if ((flags[page]! & map.FLAG_CLEAN) === 0) onDirty(page);
    this.#core.clearDirtyLog();
  }

  stopDirtyLog(): void {
    this.#isLoggingDirty = false;
    this.#core.stopDirtyLog();
  }

  keep(): KeptPagesState {
    return { preserve: this.#preserve, isLoggingDirty: this.#isLoggingDirty };
  }

  putBack({ preserve, isLoggingDirty }: KeptPagesState): void {
    this.#preserve = preserve;
    this.#isLoggingDirty = isLoggingDirty;
  }
}
