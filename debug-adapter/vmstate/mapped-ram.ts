import { none, type Reading } from './reading';
import type { StreamRamBlock, StreamRecord } from './stream-records';

const pagesPerBitmapByte = 8;
const bitmapChunkByteCount = 256;

/**
 * The pages of a mapped block as records; a page without its bit is zero.
 *
 * @param readsPages without it, records have no bytes: the file's other bytes say already where the pages are
 */
export function* mappedPages(
  { name, byteCount, mapped }: StreamRamBlock,
  pageByteCount: number,
  readsPages: boolean,
  onRecord: (record: StreamRecord) => void,
): Reading<void> {
  const { bitmapOffset, pagesOffset } = mapped!;
  const pageCount = byteCount / pageByteCount;
  const bitmapByteCount = Math.ceil(pageCount / pagesPerBitmapByte);
  for (let from = 0; from < bitmapByteCount; from += bitmapChunkByteCount) {
    const bitmap = yield {
      offset: bitmapOffset + from,
      length: Math.min(bitmapChunkByteCount, bitmapByteCount - from),
    };
    for (const [index, bits] of bitmap.entries()) {
      const first = (from + index) * pagesPerBitmapByte;
      const count = Math.min(pagesPerBitmapByte, pageCount - first);
      const start = pagesOffset + first * pageByteCount;
      const isRead = readsPages && bits !== 0;
      const bytes = isRead ? yield { offset: start, length: count * pageByteCount } : none;
      for (let page = 0; page < count; page++) {
        const place = { block: name, pageOffset: (first + page) * pageByteCount };
        const at = page * pageByteCount;
        if ((bits >> page) & 1) {
          const page = bytes.subarray(at, at + pageByteCount);
          onRecord({ kind: 'ramPage', ...place, bytes: page, start: start + at, byteCount: pageByteCount });
        } else onRecord({ kind: 'zeroPage', ...place, start: bitmapOffset + from + index, byteCount: 1 });
      }
    }
  }
}
