import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GuestConsole } from './console';

describe('the guest console', () => {
  it('passes every byte on, and never half a character, however the output is cut', () => {
    const pieces = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('µ→🧊')), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (texts, cuts) => {
        const whole = new TextEncoder().encode(texts.join(''));
        const bytes: number[] = [];
        let text = '';
        const console = new GuestConsole({
          bytes: (piece) => bytes.push(...piece),
          text: (piece) => {
            text += piece;
          },
        });
        for (let at = 0; at < whole.length; ) {
          const end = at + cuts.next().value;
          console.push(whole.subarray(at, end));
          console.flush();
          at = end;
        }
        assert.deepEqual(bytes, [...whole]);
        assert.equal(text, new TextDecoder().decode(whole));
      }),
    );
  });

  it('is silent when there is nothing to send, and does not gather without end', () => {
    let sent = 0;
    const console = new GuestConsole({ bytes: () => sent++, text: () => {} });
    console.flush();
    assert.equal(sent, 0);
    console.push(new Uint8Array(100_000));
    assert.equal(sent, 1);
  });
});
