import type { Reading } from './reading';
import type { StreamRamBlock, StreamRecord } from './stream-records';

const pagesPerBitmapByte = 8;
const bitmapChunkByteCount = 1024;

/** The pages of a mapped block as records; a page without its bit is zero. */
export function* mappedPages(
  { name, byteCount, mapped }: StreamRamBlock,
  pageByteCount: number,
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
      const bytes = bits === 0 ? undefined : yield { offset: start, length: count * pageByteCount };
      for (let page = 0; page < count; page++) {
        const place = { block: name, pageOffset: (first + page) * pageByteCount };
        const at = page * pageByteCount;
        if ((bits >> page) & 1) {
          const page = bytes!.subarray(at, at + pageByteCount);
          onRecord({ kind: 'ramPage', ...place, bytes: page, start: start + at, byteCount: pageByteCount });
        } else onRecord({ kind: 'zeroPage', ...place, start: bitmapOffset + from + index, byteCount: 1 });
      }
    }
  }
}
