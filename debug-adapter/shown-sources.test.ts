import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SourceLines } from './embedded/source-lines';
import shownSources from './shown-sources.json';

describe('shown sources', () => {
  const sources = new Map(
    Object.entries(shownSources).map(([file, folder]) => [file, readFileSync(join(__dirname, folder, file), 'utf8')]),
  );

  const text = [...sources.values()].join('\n');

  it('have a line for every action, and no function has two of one label', () => {
    const lines = new SourceLines(sources);
    let actionCount = 0;
    for (const [file, source] of sources) {
      const lineCount = source.split('\n').length;
      for (let line = 1; line <= lineCount; line++) actionCount += lines.actionsAt(file, line).length;
    }
    assert.ok(actionCount > 30);
    assert.equal(actionCount, text.match(/yield\* (?!look\b)/g)?.length);
  });

  it('call every function by the name that its frame gets', () => {
    const calls = [...text.matchAll(/call\(\s*'\w+',\s*'(\w+)',\s*(\w+)\(/g)];
    assert.ok(calls.length > 10);
    for (const [, frame, routine] of calls) assert.equal(frame, routine);
  });
});
