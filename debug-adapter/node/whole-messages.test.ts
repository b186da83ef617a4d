import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { wholeMessages } from './whole-messages';

const message = (text: string): string => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

/** The chunks that come of these. */
async function chunksOf(pieces: readonly Buffer[]): Promise<string[]> {
  const input = new PassThrough();
  const output = wholeMessages(input);
  const chunks: string[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  for (const piece of pieces) input.write(piece);
  input.end();
  await once(output, 'close');
  return chunks;
}

describe('a stream of messages', () => {
  it('has each message in one chunk, however it was cut', async () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 6 }), cuts, async (texts, places) => {
        const messages = texts.map(message);
        const bytes = Buffer.from(messages.join(''));
        const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        assert.deepEqual(await chunksOf(pieces), messages);
      }),
      { numRuns: 50 },
    );
  });

  it('copies what has come of a message once, not with each chunk', async () => {
    const text = 'x'.repeat(24 << 20);
    const bytes = Buffer.from(message(text));
    const concat = Buffer.concat;
    let copied = 0;
    Buffer.concat = ((list: readonly Uint8Array[]) => {
      const all = concat(list);
      copied += all.length;
      return all;
    }) as typeof concat;
    try {
      const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
        bytes.subarray(i * 65_536, (i + 1) * 65_536),
      );
      assert.deepEqual(
        (await chunksOf(pieces)).map(({ length }) => length),
        [bytes.length],
      );
    } finally {
      Buffer.concat = concat;
    }
    assert.ok(copied < 2 * bytes.length, `${copied}`);
  });

  it('passes on what is none', async () => {
    const text = `${'y'.repeat(9000)}`;
    assert.equal((await chunksOf([Buffer.from(text)])).join(''), text);
    assert.deepEqual(await chunksOf([Buffer.from('Content-Length: 9\r\n\r\nshort')]), [
      'Content-Length: 9\r\n\r\nshort',
    ]);
  });

  it('ends when its source is cut off', async () => {
    const input = new PassThrough();
    const output = wholeMessages(input);
    output.on('error', () => {});
    output.resume();
    input.destroy();
    await once(output, 'close');
  });
});
