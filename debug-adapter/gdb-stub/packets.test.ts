import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, it } from 'mocha';
import { bytesOf, encodePacket, PacketReader, type Received } from './packets';

const byteCountMax = 64;

function read(pieces: readonly Uint8Array[]): Received[] {
  const reader = new PacketReader(byteCountMax);
  return pieces.flatMap((piece) => [...reader.read(piece)]);
}

const data = fc.uint8Array({ maxLength: byteCountMax / 2 }).map((bytes) => String.fromCharCode(...bytes));

describe('packets of the remote serial protocol', () => {
  it('are read as they were written, whatever bytes they hold and however they are cut', () => {
    fc.assert(
      fc.property(fc.array(data, { maxLength: 5 }), fc.array(fc.nat(200)), (texts, cuts) => {
        const whole = Buffer.concat(texts.map(encodePacket));
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const pieces = places.slice(1).map((end, index) => whole.subarray(places[index]!, end));
        assert.deepEqual(
          read(pieces),
          texts.map((text) => ({ kind: 'packet', data: text })),
        );
      }),
    );
  });

  it('are refused with any byte changed, or are another packet', () => {
    fc.assert(
      fc.property(data, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, place, change) => {
        const bytes = encodePacket(text);
        bytes[place % bytes.length]! ^= change;
        const same = read([bytes]).find((received) => received.kind === 'packet' && received.data === text);
        // The digits of a checksum are the same in capitals.
        assert.ok(!same || bytes.subarray(-2).some((byte) => byte >= 0x41 && byte <= 0x46));
      }),
    );
  });

  it('never make the reader fail, nor hold more than it may, and it reads on behind them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
        // A `$` begins anew, unless two digits of a checksum are awaited.
        const received = read([noise, bytesOf('00'), encodePacket('g')]);
        assert.deepEqual(received.at(-1), { kind: 'packet', data: 'g' });
      }),
    );
    assert.deepEqual(read([encodePacket('x'.repeat(byteCountMax + 1)), encodePacket('g')]), [
      { kind: 'too-long' },
      { kind: 'packet', data: 'g' },
    ]);
  });
});
