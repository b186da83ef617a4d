/** Which instructions have written to protected pages, and to which: of all harts and snapshots since the machine began. */
export class WriteFaults {
  /** By program counter, then by page of the RAM block. */
  readonly #counts = new Map<bigint, Map<number, number>>();

  add(pc: bigint, page: number): void {
    let pages = this.#counts.get(pc);
    if (!pages) {
      pages = new Map();
      this.#counts.set(pc, pages);
    }
    pages.set(page, (pages.get(page) ?? 0) + 1);
  }

  /** How often the instruction at `pc` has faulted, by page of the RAM block. */
  at(pc: bigint): ReadonlyMap<number, number> {
    return this.#counts.get(pc) ?? new Map();
  }
}
