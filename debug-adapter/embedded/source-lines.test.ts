import assert from 'node:assert/strict';
import { SourceLines } from './source-lines';

const source = [
  'function* thread() {',
  "  yield* act('first', 1, () => {});",
  '  const answer = yield* call(',
  "    'second',",
  "    'name', routine());",
  '}',
].join('\n');

describe('source lines', () => {
  it('find an action by its label, on the line of its yield', () => {
    const lines = new SourceLines(new Map([['thread.ts', source]]));
    assert.deepEqual(lines.lineOf({ routine: 'thread', label: 'first' }), { file: 'thread.ts', line: 2 });
    assert.deepEqual(lines.lineOf({ routine: 'thread', label: 'second' }), { file: 'thread.ts', line: 3 });
    assert.deepEqual(lines.actionsAt('thread.ts', 3), [{ routine: 'thread', label: 'second' }]);
    assert.equal(lines.lineOf({ routine: 'thread', label: 'third' }), undefined);
  });

  it('move a breakpoint down to the next line with an action', () => {
    const lines = new SourceLines(new Map([['thread.ts', source]]));
    assert.equal(lines.breakableLine('thread.ts', 1), 2);
    assert.equal(lines.breakableLine('thread.ts', 3), 3);
    assert.equal(lines.breakableLine('thread.ts', 4), undefined);
    assert.equal(lines.breakableLine('other.ts', 1), undefined);
  });

  it('tell apart actions of one label in two functions, and no others', () => {
    const other = source.replace('thread', 'other');
    const lines = new SourceLines(new Map([['thread.ts', `${source}\n${other}`]]));
    assert.deepEqual(lines.lineOf({ routine: 'other', label: 'first' }), { file: 'thread.ts', line: 8 });
    const twice = source.replace('second', 'first');
    assert.throws(
      () => new SourceLines(new Map([['thread.ts', twice]])),
      /label first of thread stands at thread\.ts:2/,
    );
    const again = new Map([
      ['thread.ts', source],
      ['again.ts', source],
    ]);
    assert.throws(() => new SourceLines(again), /function thread stands in thread\.ts and in again\.ts/);
  });
});
