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
    assert.deepEqual(lines.lineOf('first'), { file: 'thread.ts', line: 2 });
    assert.deepEqual(lines.lineOf('second'), { file: 'thread.ts', line: 3 });
    assert.deepEqual(lines.labelsAt('thread.ts', 3), ['second']);
    assert.equal(lines.lineOf('third'), undefined);
  });

  it('move a breakpoint down to the next line with an action', () => {
    const lines = new SourceLines(new Map([['thread.ts', source]]));
    assert.equal(lines.breakableLine('thread.ts', 1), 2);
    assert.equal(lines.breakableLine('thread.ts', 3), 3);
    assert.equal(lines.breakableLine('thread.ts', 4), undefined);
    assert.equal(lines.breakableLine('other.ts', 1), undefined);
  });

  it('refuse two actions of one label', () => {
    const twice = `${source}\n${source}`;
    assert.throws(() => new SourceLines(new Map([['thread.ts', twice]])), /label first stands at thread\.ts:2/);
  });
});
