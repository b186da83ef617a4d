import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseObject } from './json-pieces';
import { answered } from './reading';

const parsed = (text: string, max = text.length): unknown =>
  answered(parseObject(text, 'devices', max), () => new Uint8Array(0));

/** What `JSON.parse` makes of the text, or that it makes nothing of it. */
function outcome(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return 'no JSON';
  }
}

describe('an object’s text in JSON, read value by value', () => {
  const object = fc.record(
    { page_size: fc.nat(), devices: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()), more: fc.jsonValue() },
    { requiredKeys: [] },
  );

  it('is what it is when it is read at once, however it is laid out', () => {
    fc.assert(
      fc.property(object, fc.constantFrom('', ' ', '\n\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        assert.deepEqual(parsed(text), JSON.parse(text));
      }),
    );
  });

  it('with a character changed, left out or put in is JSON, or none, as it is at once', () => {
    const character = fc.constantFrom(...'{}[],:"\\ 0e-.tn\u00e9');
    fc.assert(
      fc.property(object, fc.nat(), fc.nat(2), character, (value, any, length, put) => {
        const text = JSON.stringify(value);
        const at = any % (text.length + 1);
        const changed = `${text.slice(0, at)}${put}${text.slice(at + length)}`;
        const whole = outcome(() => {
          const json: unknown = JSON.parse(changed);
          return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : 'no JSON';
        });
        assert.deepEqual(
          outcome(() => parsed(changed)),
          whole,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('has texts as keys', () => {
    for (const text of ['{1:2}', '{null:2}', '{[]:2}', '[]', '1', '', '{"a":1,}', '{,}', '{"devices":[1,]}']) {
      assert.throws(() => parsed(text), SyntaxError, text);
    }
  });

  it('is refused when a value is longer than it may be, before it is looked into', () => {
    assert.throws(() => parsed(`{"devices":[1,"${'x'.repeat(100)}"]}`, 50), RangeError);
    assert.deepEqual(parsed(`{"devices":[1,"${'x'.repeat(40)}"]}`, 50), { devices: [1, 'x'.repeat(40)] });
  });
});
