import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expressionAt, functionStart, namesIn } from './c-expressions';

/** The expression at the mark in a line. */
function at(marked: string): string | undefined {
  const position = marked.indexOf('^');
  const line = marked.replace('^', '');
  const range = expressionAt(line, position);
  return range && line.slice(range.start, range.end);
}

describe('what is under the pointer in a line of C', () => {
  it('is a variable, or a part with all that it is a part of', () => {
    assert.equal(at('  x = ^count + 1;'), 'count');
    assert.equal(at('y = list->^next;'), 'list->next');
    assert.equal(at('y = ^list->next;'), 'list');
    assert.equal(at('f(a->b[i + c[1]].^d)'), 'a->b[i + c[1]].d');
    assert.equal(at('f(a->b[^i])'), 'i');
    assert.equal(at('(*node).^at.x'), '(*node).at');
    assert.equal(at('return &nodes[2] . at .^x;'), 'nodes[2] . at .x');
  });

  it('is nothing in texts and comments, in numbers, and where something is called first', () => {
    assert.equal(at('puts("^count");'), undefined);
    assert.equal(at('x = 1; // ^count'), undefined);
    assert.equal(at(' * ^count of all'), undefined);
    assert.equal(at('x = 0^x10;'), undefined);
    assert.equal(at('^next(list)'), undefined);
    assert.equal(at('next(list)->^at'), undefined);
    assert.equal(at('{ .^x = 1 }'), undefined);
  });
});

describe('the names in a line of C', () => {
  it('are those that stand for themselves', () => {
    const names = namesIn('  total += scaled(p, by) * list->ratio; // total 0x10').map((each) => each.name);
    assert.deepEqual(names, ['total', 'p', 'by', 'list']);
    assert.deepEqual(namesIn('for (int i = 0;').at(-1), { name: 'i', range: { start: 9, end: 10 } });
  });
});

describe('the function that a line of C is in', () => {
  it('begins at the margin, unless that is the end of another one', () => {
    const lines = ['int a(int b) {', '  return b;', '}', '', 'static', 'long c(', '    long d)', '{', '  d++;'];
    assert.equal(functionStart(lines, 1), 0);
    assert.equal(functionStart(lines, 8), 5);
    assert.equal(functionStart(lines, 3), 3);
  });
});
