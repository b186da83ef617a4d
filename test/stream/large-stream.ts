import { StreamReader } from '../../debug-adapter/vmstate/stream-reader';

/**
 * Reads a stream from stdin as it comes, in a process of its own whose heap the test bounds, and prints what it counted.
 */
const counts = { pages: 0, zeroPages: 0, sum: 0, bufferedByteCountMax: 0, rssMax: 0 };
const reader = new StreamReader({
  layoutOf: () => undefined,
  onRecord: (record) => {
    if (record.kind === 'ramPage') {
      counts.pages++;
      counts.sum += record.bytes[record.bytes.length - 1]!;
    } else if (record.kind === 'zeroPage') counts.zeroPages++;
  },
});
process.stdin.on('data', (chunk: Buffer) => {
  reader.push(chunk);
  counts.bufferedByteCountMax = Math.max(counts.bufferedByteCountMax, reader.bufferedByteCount);
});
process.stdin.on('end', () => {
  reader.end();
  counts.rssMax = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ ...counts, byteCount: reader.offset }));
});
