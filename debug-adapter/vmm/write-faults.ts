import { GrowingList } from './growing-list';

interface Fault {
  readonly pc: bigint;
  /** Of the RAM block. */
  readonly page: number;
}

/** Which instructions have written to protected pages, and to which: of all harts and snapshots since the machine began. */
export class WriteFaults {
  private readonly _faults = new GrowingList<Fault>((one, other) => one.pc === other.pc && one.page === other.page);

  add(pc: bigint, page: number): void {
    this._faults.add({ pc, page });
  }

  /** How often the instruction at `pc` has faulted, by page of the RAM block. */
  at(pc: bigint): ReadonlyMap<number, number> {
    const pages = new Map<number, number>();
    for (const fault of this._faults.items()) {
      if (fault.pc === pc) pages.set(fault.page, (pages.get(fault.page) ?? 0) + 1);
    }
    return pages;
  }
}
