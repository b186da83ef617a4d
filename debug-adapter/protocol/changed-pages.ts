/** Tells apart pages that may have changed from those that have not, group by group. */
export interface PageGroups {
  /** The last group may have fewer. */
  readonly pagesPerGroup: number;
  /** A number a group that is another one after each change of one of its pages. Live. */
  readonly versions: Uint32Array;
}

/** Pages from the first up to the one before the end. */
export type PageStretch = readonly [first: number, end: number];

/** What one reader has yet to look at: so a look at a large RAM costs no more than what has changed in it. */
export class ChangedPages {
  readonly #seen: Uint32Array | undefined;

  /** Everything has been looked at now. @param groups undefined: any page may change at any time */
  constructor(
    private readonly pageCount: number,
    private readonly groups: PageGroups | undefined,
  ) {
    this.#seen = groups?.versions.slice();
  }

  /** Outside of these stretches nothing has changed since the last call. They ascend, and none begins where one ends. */
  take(): readonly PageStretch[] {
    if (!this.groups) return [[0, this.pageCount]];
    const { pagesPerGroup, versions } = this.groups;
    const seen = this.#seen!;
    const stretches: PageStretch[] = [];
    for (let group = 0; group < versions.length; group++) {
      if (seen[group] === versions[group]) continue;
      seen[group] = versions[group]!;
      const first = group * pagesPerGroup;
      const end = Math.min(first + pagesPerGroup, this.pageCount);
      const last = stretches.at(-1);
      if (last && last[1] === first) stretches[stretches.length - 1] = [last[0], end];
      else stretches.push([first, end]);
    }
    return stretches;
  }
}
