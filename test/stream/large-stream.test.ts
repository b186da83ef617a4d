import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { ByteSink } from '../../debug-adapter/vmstate/byte-sink';
import {
  beginSection,
  endSection,
  writeBlockList,
  writeConfiguration,
  writeEndOfRam,
  writeEof,
  writeHeader,
  writePage,
  writeZeroPage,
} from '../../debug-adapter/vmstate/stream-writer';

const pageCount = 2 ** 18;
const pagesPerSection = 2048;

/** The stream of a machine with 1 GiB of RAM, every eighth page zero, made while it is read. */
function* stream(): Generator<Uint8Array> {
  const out = new ByteSink();
  const take = (): Uint8Array => {
    const bytes = out.bytes().slice();
    out.clear();
    return bytes;
  };
  writeHeader(out);
  writeConfiguration(out, 'virt');
  beginSection(out, { type: 'start', id: 1, name: 'ram', instanceId: 0, version: 4 });
  writeBlockList(out, [{ name: 'ram', byteCount: pageCount * 4096 }]);
  writeEndOfRam(out);
  endSection(out, 1);
  const bytes = new Uint8Array(4096);
  for (let first = 0; first < pageCount; first += pagesPerSection) {
    beginSection(out, { type: 'part', id: 1 });
    for (let page = first; page < first + pagesPerSection; page++) {
      bytes[4095] = 1 + (page % 255);
      const place = { block: page === 0 ? 'ram' : undefined, offset: page * 4096 };
      if (page % 8 === 7) writeZeroPage(out, place);
      else writePage(out, place, bytes);
    }
    writeEndOfRam(out);
    endSection(out, 1);
    yield take();
  }
  writeEof(out);
  yield take();
}

describe('a stream of 1 GiB of RAM, from a pipe', () => {
  it('is read in a heap of 16 MiB, with no more than a page kept', async () => {
    const tsx = resolve(__dirname, '../../node_modules/tsx/dist/cli.mjs');
    const reader = spawn(process.execPath, [tsx, '--max-old-space-size=16', join(__dirname, 'large-stream.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answer = text(reader.stdout);
    let [written, sum] = [0, 0];
    for (const piece of stream()) {
      written += piece.length;
      if (!reader.stdin.write(piece)) await once(reader.stdin, 'drain');
    }
    reader.stdin.end();
    for (let page = 0; page < pageCount; page++) if (page % 8 !== 7) sum += 1 + (page % 255);
    const { rssMax, bufferedByteCountMax, ...counts } = JSON.parse(await answer);
    assert.deepEqual(counts, { pages: (pageCount * 7) / 8, zeroPages: pageCount / 8, sum, byteCount: written });
    assert.ok(bufferedByteCountMax < 4096 + 9, `${bufferedByteCountMax} bytes kept`);
    assert.ok(rssMax < 256 * 2 ** 20, `${rssMax} bytes of memory`);
  });
});
