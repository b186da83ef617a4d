import type { Layout } from './layout';

/** Where a key leads from a page; undefined for other keys. @param last where the user was before, if now nowhere */
export function pageBeside(
  { pageCount, pagesPerCell, columns }: Layout,
  rowsOfPageKey: number,
  page: number | undefined,
  last: number,
  key: string,
): number | undefined {
  const row = columns * pagesPerCell;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -pagesPerCell,
    ArrowRight: pagesPerCell,
    ArrowUp: -row,
    ArrowDown: row,
    PageUp: -rowsOfPageKey * row,
    PageDown: rowsOfPageKey * row,
    Home: -pageCount,
    End: pageCount,
  };
  const step = steps[key];
  if (step === undefined) return undefined;
  if (page === undefined && key.startsWith('Arrow')) return last;
  const from = page ?? last;
  const to = from + step;
  // Up and down stay in their column.
  const isBeyond = to < 0 || to >= pageCount;
  if (isBeyond && (key === 'ArrowUp' || key === 'ArrowDown')) return from;
  return Math.max(0, Math.min(pageCount - 1, to));
}
