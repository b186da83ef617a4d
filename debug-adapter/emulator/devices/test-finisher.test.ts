import assert from 'node:assert/strict';
import { type Finish, TestFinisher } from './test-finisher';

describe('test finisher', () => {
  const finishOf = (value: bigint, size = 4, offset = 0): Finish | undefined => {
    let finish: Finish | undefined;
    new TestFinisher((how) => {
      finish = how;
    }).write(offset, size, value);
    return finish;
  };

  it('passes, resets, and fails with a code', () => {
    assert.deepEqual(finishOf(0x5555n), { kind: 'pass' });
    assert.deepEqual(finishOf(0x7777n, 2), { kind: 'reset' });
    assert.deepEqual(finishOf(0x002a_3333n), { kind: 'fail', code: 42 });
  });

  it('ignores other values and other offsets', () => {
    assert.equal(finishOf(0x1234n), undefined);
    assert.equal(finishOf(0x5555n, 4, 4), undefined);
  });

  it('decodes half words and words only', () => {
    const finisher = new TestFinisher(() => {});
    assert.equal(finisher.read(0, 1), 'fault');
    assert.equal(finisher.write(0, 8, 0n), 'fault');
    assert.equal(finisher.read(0, 4), 0n);
  });
});
