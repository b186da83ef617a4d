/** What the map of a snapshot's file shows of a page, one byte a page: its last copy's form, or what a comparison says. */
export enum SnapshotPage {
  /** The file holds no copy of it, or has not been read so far. */
  Missing = 0,
  Zero = 1,
  Normal = 2,
  /** By zlib. */
  Compressed = 3,
  /** As differences from the copy before. */
  Xbzrle = 4,
  Equal = 5,
  Differing = 6,
}

export const snapshotPageNames = ['missing', 'zero', 'normal', 'compressed', 'xbzrle', 'equal', 'differing'] as const;

const snapshotPageCount = snapshotPageNames.length;

/** Where one cell stands for several pages it shows the state of the highest rank among theirs. */
export const snapshotPageRanks: Uint8Array = (() => {
  const ascending = [
    SnapshotPage.Zero,
    SnapshotPage.Normal,
    SnapshotPage.Compressed,
    SnapshotPage.Xbzrle,
    SnapshotPage.Missing,
    SnapshotPage.Equal,
    SnapshotPage.Differing,
  ];
  const ranks = new Uint8Array(snapshotPageCount);
  for (const [rank, state] of ascending.entries()) ranks[state] = rank;
  return ranks;
})();
