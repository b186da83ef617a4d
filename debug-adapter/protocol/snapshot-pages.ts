/** What the map of a snapshot's file shows of a page, one byte a page: its last copy's form, or what a comparison says. */
export enum SnapshotPage {
  /** The file holds no copy of it, or has not been read so far. */
  Missing = 0,
  Zero = 1,
  Plain = 2,
  /** By zlib. */
  Compressed = 3,
  /** As differences from the copy before. */
  Xbzrle = 4,
  Equal = 5,
  Differing = 6,
}
