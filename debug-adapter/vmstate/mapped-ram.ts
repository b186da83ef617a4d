import type { RandomAccess } from './random-access';
import type { StreamRamBlock, StreamRecord } from './stream-records';

const pagesPerBitmapByte = 8;
const bitmapChunkByteCount = 1024;

/** The pages of a mapped block as records; a page without its bit is zero. */
export function* mappedPages(
  source: RandomAccess,
  { name, byteCount, mapped }: StreamRamBlock,
  pageByteCount: number,
): Generator<StreamRecord, void> {
  const { bitmapOffset, pagesOffset } = mapped!;
  const pageCount = byteCount / pageByteCount;
  const bitmapByteCount = Math.ceil(pageCount / pagesPerBitmapByte);
  for (let from = 0; from < bitmapByteCount; from += bitmapChunkByteCount) {
    const bitmap = source.read(bitmapOffset + from, Math.min(bitmapChunkByteCount, bitmapByteCount - from));
    for (const [index, bits] of bitmap.entries()) {
      const first = (from + index) * pagesPerBitmapByte;
      const count = Math.min(pagesPerBitmapByte, pageCount - first);
      const start = pagesOffset + first * pageByteCount;
      const bytes = bits === 0 ? undefined : source.read(start, count * pageByteCount);
      for (let page = 0; page < count; page++) {
        const place = { block: name, pageOffset: (first + page) * pageByteCount };
        const at = page * pageByteCount;
        if ((bits >> page) & 1) {
          const page = bytes!.subarray(at, at + pageByteCount);
          yield { kind: 'ramPage', ...place, bytes: page, start: start + at, byteCount: pageByteCount };
        } else yield { kind: 'zeroPage', ...place, start: bitmapOffset + from + index, byteCount: 1 };
      }
    }
  }
}
