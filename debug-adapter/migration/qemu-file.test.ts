import assert from 'node:assert/strict';
import { QemuFile } from './qemu-file';

function recorded(): { file: QemuFile; sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const file = new QemuFile({
    write: (bytes) => {
      sent.push(bytes.slice());
      return undefined;
    },
  });
  return { file, sent };
}

describe('a QEMUFile', () => {
  it('sends nothing before it is flushed or full', () => {
    const { file, sent } = recorded();
    assert.equal(file.putBytes(new Uint8Array(32 * 1024 - 1)), 0);
    assert.equal(sent.length, 0);
    assert.equal(
      file.put((record) => record.u8(1)),
      32 * 1024,
    );
    assert.equal(file.flush(), 0);
    assert.deepEqual([sent.length, file.byteCount], [1, 32 * 1024]);
  });

  it('sends a large piece in whole buffers and keeps the rest', () => {
    const { file, sent } = recorded();
    assert.equal(file.putBytes(new Uint8Array(100_000)), 3 * 32 * 1024);
    assert.equal(file.pendingByteCount, 100_000 - 3 * 32 * 1024);
    file.flush();
    assert.deepEqual(
      sent.map(({ length }) => length),
      [32_768, 32_768, 32_768, 1696],
    );
  });

  it('sends what a page holds at the flush, and what else was put as it was then', () => {
    const { file, sent } = recorded();
    const head = Uint8Array.of(1, 2);
    const page = Uint8Array.of(3, 4, 5);
    file.putBytes(head);
    file.putReference(page);
    file.putBytes(head);
    head.fill(9);
    page.fill(7);
    file.flush();
    page.fill(8);
    file.putReference(page);
    file.flush();
    assert.deepEqual(
      sent.map((bytes) => [...bytes]),
      [
        [1, 2, 7, 7, 7, 1, 2],
        [8, 8, 8],
      ],
    );
  });

  it('flushes by itself after 32 pages with their heads, which are 64 pieces', () => {
    const { file, sent } = recorded();
    const page = new Uint8Array(4096);
    for (let pages = 1; pages <= 64; pages++) {
      const flushed = file.put((record) => record.u64(0n)) + file.putReference(page);
      assert.equal(flushed, pages % 32 === 0 ? 32 * (4096 + 8) : 0);
    }
    assert.equal(sent.length, 2);
  });

  it('keeps the first error and sends nothing more', () => {
    let writes = 0;
    const file = new QemuFile({ write: () => `error ${++writes}` });
    file.putBytes(Uint8Array.of(1));
    file.flush();
    file.putBytes(Uint8Array.of(2));
    file.flush();
    assert.deepEqual([file.error, writes], ['error 1', 1]);
  });
});
