import type { Pieces } from '../../debuggee/pieces';
import type { GuestHarts } from './guest-harts';
import type { GuestPages, KeptPagesState } from './guest-pages';
import type { GuestRam } from './guest-ram';
import type { HeldPages } from './held-pages';

/** The emulated harts and their RAM: what the WebAssembly core offers to the machine. Who needs a part of it names that. */
export interface GuestCore extends GuestHarts, GuestRam {
  readonly pages: GuestPages;
  /** What pages held before they changed. */
  readonly held: HeldPages;
  /** Not 0 where code has run since `held.begin`: an entry for each virtual page, which it shares with others. Live. */
  readonly executedPages: Uint8Array;
  /** The entry of the page that an address is in. */
  executedEntry(address: bigint): number;
  /** All else but RAM. */
  keep(): KeptCore;
  /** After RAM and `pages.records` have been put back. Code stays decoded, but for pages that `held` knows have changed. */
  putBack(kept: KeptCore): void;
  /** 64-bit hash over RAM and every hart's architectural state. */
  stateHash(): bigint;
  /** The same, of large RAM in pieces. */
  stateHashInPieces(): Pieces<bigint>;
}

/** State of the harts and of what all share; nobody looks inside. */
export interface KeptCore {
  readonly harts: Uint8Array;
  readonly words: Uint8Array;
  readonly pages: KeptPagesState;
}

export interface GuestCoreOptions {
  readonly hartCount: number;
  readonly ramByteCount: number;
  readonly nsPerInstruction: number;
  /** `hot` if nothing is said. Nobody can tell by what the guest does. */
  readonly codeGeneration?: CodeGeneration;
}

/** Which of the guest's code becomes WebAssembly: none, what is executed often, or, for tests, all that was executed. */
export type CodeGeneration = 'off' | 'hot' | 'at-once';

/** Physical address of RAM on QEMU's `virt` board. */
export const ramBase = 0x8000_0000;
export const pageByteCount = 4096;
